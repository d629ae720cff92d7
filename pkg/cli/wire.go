package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	goruntime "runtime"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/cli/clustercmd"
	"github.com/tenon-ci/tenon/pkg/cli/graphcmd"
	"github.com/tenon-ci/tenon/pkg/cli/lintcmd"
	"github.com/tenon-ci/tenon/pkg/cli/migratecmd"
	"github.com/tenon-ci/tenon/pkg/cli/view"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/local"
	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/folders"
	"github.com/tenon-ci/tenon/pkg/local/image"
	"github.com/tenon-ci/tenon/pkg/local/kubelet"
	"github.com/tenon-ci/tenon/pkg/local/runner"
	"github.com/tenon-ci/tenon/pkg/manifest"
	"github.com/tenon-ci/tenon/pkg/pullsecrets"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/bundle"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/git"
	"github.com/tenon-ci/tenon/pkg/resolver/git/scmapi"
	"github.com/tenon-ci/tenon/pkg/resolver/hub"
	"github.com/tenon-ci/tenon/pkg/resolver/web"
)

// systemNamespace is where the settings of the controllers are.
const systemNamespace = "tekton-pipelines"

// Wire lets the program do its work with the packages of this repository.
func (p *Program) Wire() {
	p.Admit, p.Start, p.Clean, p.Others = admit, p.start, clean, p.others
	p.IsSaid = func(err error) bool { return errors.Is(err, clustercmd.ErrNotSucceeded) }
}

func (p *Program) others() []*cobra.Command {
	console, _ := p.console(p.Out, "auto")
	width := 0
	if console.Size != nil {
		width, _ = console.Size()
	}
	isTerminal := console.Size != nil
	return append(clustercmd.New(clustercmd.Options{
		In: p.In, Out: p.Out, Err: p.Err, InTerminal: isTerminalFile(p.In), OutTerminal: isTerminal, Width: width,
		Screen: func() clustercmd.Screen {
			options := console
			options.Logs = view.LogsNone
			return view.New(options)
		},
	}),
		lintcmd.New(lintcmd.Options{Version: p.Version, Terminal: isTerminal && p.Getenv("NO_COLOR") == ""}),
		graphcmd.New(graphcmd.Options{Out: p.Out, Err: p.Err, Width: width}),
		migratecmd.New(migratecmd.Options{}),
	)
}

// admit reads and admits files.
func admit(ctx context.Context, f Files) (*Admitted, error) {
	docs, err := readAll(f)
	if err != nil {
		return nil, err
	}
	if docs, err = withFeatures(docs, f.Features); err != nil {
		return nil, err
	}
	a := &Admitted{}
	for _, one := range manifest.AdmitEach(ctx, docs) {
		refusals, warnings := sorted(one)
		a.Refusals = append(a.Refusals, refusals...)
		a.Warnings = append(a.Warnings, warnings...)
		if one.Hub != nil {
			a.Objects = append(a.Objects, one.Hub)
		}
	}
	ctx = manifest.Configured(ctx, docs)
	a.Again = func(_ context.Context, run runtime.Object) (runtime.Object, []string) { return admitRun(ctx, run) }
	return a, nil
}

func readAll(f Files) ([]manifest.Document, error) {
	var docs []manifest.Document
	for _, path := range f.Paths {
		var more []manifest.Document
		var err error
		if path == manifest.Stdin {
			more, err = manifest.Read(path, f.In)
		} else {
			more, err = manifest.ReadFiles([]string{path})
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, more...)
	}
	return docs, nil
}

// withFeatures puts flags into the ConfigMap of feature flags, which is made if there is none.
func withFeatures(docs []manifest.Document, features map[string]string) ([]manifest.Document, error) {
	if len(features) == 0 {
		return docs, nil
	}
	for i := range docs {
		if cm, ok := docs[i].Object.(*corev1.ConfigMap); ok && cm.Name == config.FeatureFlagsName() {
			if cm.Data == nil {
				cm.Data = make(map[string]string)
			}
			for name, value := range features {
				cm.Data[name] = value
			}
			return docs, nil
		}
	}
	data, err := yaml.Marshal(&corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: config.FeatureFlagsName(), Namespace: systemNamespace},
		Data:       features,
	})
	if err != nil {
		return nil, fmt.Errorf("writing feature flags: %w", err)
	}
	more, err := manifest.Read("--feature", bytes.NewReader(data))
	return append(docs, more...), err
}

func sorted(a manifest.Admitted) (refusals, warnings []string) {
	for _, problem := range a.Problems {
		text := fmt.Sprintf("%s:%d:%d: %s: %s", problem.File, problem.Line, problem.Column, problem.Object, problem.Message)
		if problem.Field != "" {
			text += ": " + problem.Field
		}
		if problem.Severity == manifest.Error {
			refusals = append(refusals, text)
			continue
		}
		warnings = append(warnings, "warning: "+text)
	}
	return refusals, warnings
}

// admitRun gives a run its defaults and validates it once more.
func admitRun(ctx context.Context, run runtime.Object) (runtime.Object, []string) {
	data, err := yaml.Marshal(run)
	if err != nil {
		return nil, []string{err.Error()}
	}
	docs, err := manifest.Read("run", bytes.NewReader(data))
	if err != nil || len(docs) != 1 {
		return nil, []string{fmt.Sprintf("the run cannot be read: %v", err)}
	}
	one := manifest.AdmitEach(ctx, docs)[0]
	refusals, _ := sorted(one)
	return one.Hub, refusals
}

// session is a run with all that carries it out.
type session struct {
	*local.Engine
	root metav1.Object
	// close undoes what was set up, the last first.
	close []func() error
}

func (p *Program) start(ctx context.Context, s Setup) (_ Session, err error) {
	out := &session{root: s.Run}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close())
		}
	}()
	images, err := openImages(s)
	if err != nil {
		return nil, err
	}
	out.close = append(out.close, images.Close)
	rt, err := newRuntime(ctx, s, images)
	if err != nil {
		return nil, err
	}
	out.close = append(out.close, rt.Close)
	memory, err := memoryFor(rt)
	if err != nil {
		return nil, err
	}
	if memory != nil {
		out.close = append(out.close, func() error { return memory.Close(false) })
	}
	pods := kubelet.New(rt, kubelet.Options{
		Dir: s.State.Dir, Memory: memory.Path(), Logs: logSink(s.Open), PullPolicy: pullPolicy(s.Pull),
		Runner: runner.New(runner.Options{Dir: s.Places.Programs(), Arch: goruntime.GOARCH}),
	})
	out.close = append(out.close, pods.Close)
	resolvers, err := newResolvers(p.Getenv, s)
	if err != nil {
		return nil, err
	}
	out.Engine, err = local.New(local.Options{
		Objects: s.Objects, Run: s.Run, Namespace: s.Run.GetNamespace(), Pods: pods, Folders: s.Folders, Release: p.Version,
		Images: commands(rt, images), Resolvers: resolvers,
	})
	if err != nil {
		return nil, err
	}
	out.Subscribe(func(local.Event) { s.Changed() })
	return out, nil
}

// memoryFor makes a folder in memory for small files of pods, which are much of what a pod's start costs. Engines may run where it cannot
// be seen.
func memoryFor(rt container.Runtime) (*folders.State, error) {
	place := kubelet.MemoryPlace()
	if place == "" || rt.Name() == "docker" {
		return nil, nil
	}
	return folders.NewState(place)
}

// Run implements Session; that somebody killed the run is no error.
func (s *session) Run(ctx context.Context) error {
	if err := s.Engine.Run(ctx); err != nil && !errors.Is(err, local.ErrKilled) {
		return err
	}
	return nil
}

// Cancel implements Session.
func (s *session) Cancel() {
	if _, ok := s.root.(*v1.PipelineRun); ok {
		s.Engine.Cancel(string(v1.PipelineRunSpecStatusCancelledRunFinally))
		return
	}
	s.Engine.Cancel("")
}

// Close implements Session.
func (s *session) Close() error {
	var errs []error
	for i := len(s.close) - 1; i >= 0; i-- {
		errs = append(errs, s.close[i]())
	}
	s.close = nil
	return errors.Join(errs...)
}

type logSink func(pod *corev1.Pod, container string) io.WriteCloser

// Open implements kubelet.LogSink.
func (f logSink) Open(pod *corev1.Pod, container string) io.WriteCloser { return f(pod, container) }

func pullPolicy(flag string) corev1.PullPolicy {
	switch flag {
	case "always":
		return corev1.PullAlways
	case "missing":
		return corev1.PullIfNotPresent
	case "never":
		return corev1.PullNever
	default:
		return ""
	}
}

func openImages(s Setup) (*image.Store, error) {
	o := image.Options{Dir: s.Places.Images(), Layouts: s.Images, Insecure: s.Insecure, Fresh: s.Pull == "always"}
	for _, text := range s.Mirrors {
		mirror, err := image.ParseMirror(mirrorOf(text))
		if err != nil {
			return nil, err
		}
		o.Mirrors = append(o.Mirrors, mirror)
	}
	return image.Open(o)
}

// commands tells about images whose steps name no command. The docker backend has images of its own.
func commands(rt container.Runtime, images *image.Store) func(context.Context, string, []corev1.Secret) (imageinfo.Image, error) {
	return func(ctx context.Context, ref string, secrets []corev1.Secret) (imageinfo.Image, error) {
		keychain, err := pullsecrets.New(secrets)
		if err != nil {
			return imageinfo.Image{}, err
		}
		if rt.Name() != "docker" {
			return images.Info(ctx, ref, keychain)
		}
		got, err := rt.Image(ctx, container.ImageRequest{Ref: ref, Policy: corev1.PullIfNotPresent, Keychain: keychain})
		if err != nil {
			return imageinfo.Image{}, err
		}
		platform := imageinfo.Platform{Name: "linux/" + goruntime.GOARCH, Entrypoint: got.Entrypoint, Cmd: got.Cmd}
		return imageinfo.Image{Ref: got.Ref, Platforms: []imageinfo.Platform{platform}}, nil
	}
}

// newResolvers makes those that fetch over the network. Whoever runs this program may talk to this machine, too.
func newResolvers(getenv func(string) string, s Setup) (map[string]framework.Resolver, error) {
	kube, err := local.Kube(s.Objects, s.Run.GetNamespace())
	if err != nil {
		return nil, err
	}
	everything, err := reach.ParseHosts("0.0.0.0/0,::/0,localhost")
	if err != nil {
		return nil, err
	}
	policy := func() reach.Policy { return reach.Policy{Allow: everything} }
	out := make(map[string]framework.Resolver)
	for _, r := range []framework.Resolver{
		git.New(kube, policy, scmapi.New(policy)), web.New(kube, policy), hub.New(policy, getenv),
		bundle.New(kube, policy, authn.DefaultKeychain),
	} {
		out[r.About().Type] = r
	}
	return out, nil
}
