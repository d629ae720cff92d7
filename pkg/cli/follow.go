package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/cli/view"
	"github.com/tenon-ci/tenon/pkg/local/folders"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// run carries out tenon run.
func (p *Program) run(ctx context.Context, files []string, f *runFlags, hasTimeout bool) error {
	r, err := p.request(ctx, files, f, hasTimeout)
	if err != nil {
		return err
	}
	if f.dryRun {
		return p.print(p.Out, "yaml", asObjects(r.runs))
	}
	places, err := FindPlaces(p.Getenv)
	if err != nil {
		return err
	}
	var finals []runtime.Object
	code := 0
	for _, run := range r.runs {
		one := following{p: p, request: r, places: places}
		state, err := one.follow(ctx, run)
		if err != nil {
			return err
		}
		finals = append(finals, one.finals...)
		if state != runtree.Succeeded {
			code = exitFailed
		}
		if one.interrupted {
			code = exitInterrupted
			break
		}
	}
	if f.output != "" {
		if err := p.print(p.Out, f.output, finals); err != nil {
			return err
		}
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}

// following is one run from its start to its end.
type following struct {
	p           *Program
	request     *request
	places      Places
	view        view.View
	session     Session
	finals      []runtime.Object
	interrupted bool

	warned   map[string]bool
	warnedMu sync.Mutex
}

func (f *following) follow(ctx context.Context, run metav1.Object) (state runtree.State, err error) {
	out := f.p.Out
	if f.request.flags.output != "" {
		out = f.p.Err
	}
	options, err := f.p.console(out, f.request.flags.color)
	if err != nil {
		return "", err
	}
	options.Logs, options.Quiet = view.LogMode(f.request.flags.logs), f.request.flags.quiet
	f.warned = make(map[string]bool)
	f.view = view.New(options)
	defer f.view.Close()
	home, err := folders.NewState(f.places.Runs())
	if err != nil {
		return "", failed(err)
	}
	defer func() { err = errors.Join(err, home.Close(f.request.flags.keep)) }()
	changed := make(chan struct{}, 1)
	setup := f.setup(run, home, changed)
	for _, folder := range f.request.folders {
		if err := setup.Folders.Bind(folder.Claim, folder.Dir, folder.IsWritable); err != nil {
			return "", refused(err)
		}
	}
	setup.Folders.Prepare()
	defer setup.Folders.Close()
	f.session, err = f.p.Start(ctx, setup)
	if err != nil {
		return "", failed(err)
	}
	defer func() { err = errors.Join(err, f.session.Close()) }()
	err = f.watch(ctx, changed)
	root := runtree.Build(f.session.Snapshot())
	state = root.State
	f.view.Update(root)
	if f.request.flags.keep {
		f.view.Note("The folder of the run is kept: " + home.Dir)
	}
	// How it ended is shown before what is left of it is removed.
	f.view.Close()
	f.finals = f.session.Objects()
	if err != nil && !f.interrupted {
		return state, failed(err)
	}
	return state, nil
}

func failed(err error) error { return &exitError{code: exitFailed, err: err} }

func (f *following) setup(run metav1.Object, home *folders.State, changed chan<- struct{}) Setup {
	flags := f.request.flags
	s := Setup{
		Objects: f.request.objects, Run: run, Backend: flags.backend, Network: flags.network, Pull: flags.pull,
		Images: flags.images, Mirrors: flags.mirrors, Insecure: flags.insecureRegistry,
		Places: f.places, State: home, Open: f.view.Open, Warn: f.warn,
		Changed: func() {
			select {
			case changed <- struct{}{}:
			default:
			}
		},
	}
	s.Folders = folders.New(folders.Options{Claims: f.places.Claims(), Run: home.Dir, Warn: f.warn})
	return s
}

// warn says something once.
func (f *following) warn(text string) {
	f.warnedMu.Lock()
	defer f.warnedMu.Unlock()
	if !f.warned[text] {
		f.warned[text] = true
		f.view.Note("Warning: " + text)
	}
}

// watch runs the session, shows each change, and passes on what the user asks for.
func (f *following) watch(ctx context.Context, changed <-chan struct{}) error {
	ended := make(chan error, 1)
	go func() { ended <- f.session.Run(ctx) }()
	for {
		select {
		case err := <-ended:
			f.sayWarnings()
			return err
		case <-changed:
			f.view.Update(runtree.Build(f.session.Snapshot()))
			f.sayWarnings()
		case <-f.p.Interrupts:
			if f.interrupted {
				f.view.Note("Stopping at once.")
				f.session.Kill()
				continue
			}
			f.interrupted = true
			f.view.Note("Cancelling: finally tasks still run. Press Ctrl-C again to stop at once.")
			f.session.Cancel()
		}
	}
}

func (f *following) sayWarnings() {
	for _, w := range f.session.Warnings() {
		f.warn(w)
	}
}

func asObjects(runs []metav1.Object) []runtime.Object {
	var out []runtime.Object
	for _, run := range runs {
		if o, ok := run.(runtime.Object); ok {
			out = append(out, o)
		}
	}
	return out
}

// print writes objects as documents of YAML or as one List of JSON.
func (p *Program) print(out io.Writer, format string, objects []runtime.Object) error {
	if format == "json" {
		data, err := json.MarshalIndent(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects}, "", "  ")
		if err != nil {
			return fmt.Errorf("writing the objects: %w", err)
		}
		_, err = fmt.Fprintf(out, "%s\n", data)
		return err
	}
	for i, o := range objects {
		data, err := yaml.Marshal(o)
		if err != nil {
			return fmt.Errorf("writing the objects: %w", err)
		}
		if i > 0 {
			if _, err := io.WriteString(out, "---\n"); err != nil {
				return err
			}
		}
		if _, err := out.Write(data); err != nil {
			return err
		}
	}
	return nil
}
