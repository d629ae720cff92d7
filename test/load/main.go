// Command load measures how fast Tenon's control plane is. It works on any cluster through the public API alone: it
// registers a node of its own on which every pod ends at once, so that what is left is the control plane, creates runs
// for it, and prints how long they took and what they cost. See docs/performance.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/tenon-ci/tenon/test/load/measure"
)

// options are the flags of the program.
type options struct {
	shape      string
	runs, size int
	rate       float64
	results    bool
	inline     bool
	stored     int
	raw        int
	creators   int
	timeout    time.Duration
	settle     time.Duration
	kill       time.Duration
	killWith   string
	replicas   int
	restart    bool
	markdown   bool
	keep       bool
	resolver   string
	params     remoteParams
	sweep      bool
	sweepSize  string
	output     string
}

func parse(args []string) (options, error) {
	o, flags := newOptions()
	if err := flags.Parse(args); err != nil {
		return *o, err
	}
	if flags.NArg() > 0 {
		return *o, fmt.Errorf("%q is no flag; there are no other arguments", flags.Arg(0))
	}
	return *o, o.check()
}

// defaults are the options without any flags.
func defaults() options {
	o, _ := newOptions()
	return *o
}

// newOptions returns the defaults, and the flags that change them.
func newOptions() (*options, *flag.FlagSet) {
	o, flags := &options{}, flag.NewFlagSet("load", flag.ContinueOnError)
	flags.StringVar(&o.shape, "shape", measure.ShapeTaskRun, "What to run: taskrun, chain, fan, diamond or matrix, "+
		"all but the first of which are PipelineRuns; or remote: TaskRuns by name and then by a reference, to compare them.")
	flags.IntVar(&o.runs, "runs", 500, "How many TaskRuns or PipelineRuns to create.")
	flags.IntVar(&o.size, "size", 5, "How many tasks a PipelineRun has: in the chain, side by side in fan, diamond (two more around them) and matrix.")
	flags.Float64Var(&o.rate, "rate", 0, "How many runs to create per second; 0 creates all at once.")
	flags.BoolVar(&o.results, "results", false, "Let every task report a result, and hand it to the next task of a chain or diamond.")
	flags.BoolVar(&o.inline, "inline", false, "Embed the tasks and the pipeline in the runs instead of referring to stored ones.")
	flags.IntVar(&o.stored, "stored", 0, "How many runs of the shape to finish, and leave stored, before the measurement.")
	flags.IntVar(&o.raw, "raw", 500, "How many pods to time first, without Tenon; 0 leaves that out.")
	flags.IntVar(&o.creators, "creators", 32, "How many requests that create runs are under way at the same time.")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Minute, "When to give up.")
	flags.DurationVar(&o.settle, "settle", 3*time.Second, "How long to wait after the last run for late events before counting.")
	flags.DurationVar(&o.kill, "kill-leader-after", 0, "End the controller that leads this long after the first run was created; 0 ends none.")
	flags.StringVar(&o.killWith, "kill-with", "", "A command that kills a container at once, given its ID as the last argument. "+
		"Without it the leader's pod is deleted, and the kubelet lets it say goodbye.")
	flags.StringVar(&o.resolver, "resolver", "git", "The resolver of the reference, for the shape remote.")
	flags.Var(&o.params, "param", "A param of the reference, `NAME=VALUE`, for the shape remote; may be repeated. "+
		"The Task has to do without params of its own.")
	flags.IntVar(&o.replicas, "replicas", 0, "Change the number of replicas of the controller, and of the shares of its work, "+
		"for the measurement; 0 leaves them.")
	flags.BoolVar(&o.restart, "restart", false, "Replace the controller's pods before the measurement, so that what they did before does not count.")
	flags.BoolVar(&o.sweep, "sweep", false, "Measure how time and costs grow with tasks per run, runs at once, replicas and stored runs. "+
		"Of the other flags only -creators, -timeout, which is for each point then, -settle, -markdown and -keep count.")
	flags.StringVar(&o.sweepSize, "sweep-size", sizeFull, "How far the sweep goes: small, to see that it works, or full.")
	flags.StringVar(&o.output, "o", "", "The `file` to write the results of the sweep to as JSON, after each point.")
	flags.BoolVar(&o.markdown, "markdown", false, "Print Markdown tables.")
	flags.BoolVar(&o.keep, "keep", false, "Leave the namespace with all runs in place.")
	return o, flags
}

func (o *options) check() error {
	switch {
	case !measure.KnownShape(o.shape):
		return fmt.Errorf("-shape is %q, it has to be one of %v", o.shape, measure.Shapes)
	case o.runs < 1 || o.size < 1 || o.creators < 1:
		return errors.New("-runs, -size and -creators have to be at least 1")
	case (o.shape == measure.ShapeRemote) != (len(o.params) > 0):
		return errors.New("-param goes with -shape remote, which needs at least one")
	case o.shape == measure.ShapeRemote && (o.inline || o.results || o.kill > 0):
		return errors.New("-inline, -results and -kill-leader-after do not go with -shape remote")
	case o.stored < 0 || o.raw < 0 || o.rate < 0 || o.replicas < 0:
		return errors.New("-stored, -raw, -rate and -replicas must not be negative")
	case o.sweepSize != sizeSmall && o.sweepSize != sizeFull:
		return fmt.Errorf("-sweep-size is %q, it has to be %s or %s", o.sweepSize, sizeSmall, sizeFull)
	case o.output != "" && !o.sweep:
		return errors.New("-o goes with -sweep")
	}
	return nil
}

func main() {
	opts, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if opts.sweep {
		err = runSweep(ctx, opts)
	} else {
		err = run(ctx, opts)
	}
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// session is one use of the program on one cluster.
type session struct {
	*measure.Session
	opts options
}

func (o *options) settings() measure.Settings {
	return measure.Settings{
		Results: o.results, Rate: o.rate, Creators: o.creators, Settle: o.settle, Kill: o.kill, KillWith: o.killWith, Keep: o.keep,
	}
}

// runShape is the shape that was asked for.
func (o *options) runShape() measure.Shape {
	return measure.Shape{Kind: o.shape, Size: o.size, Results: o.results, Inline: o.inline}
}

// run prepares the cluster, measures, and cleans up.
func run(ctx context.Context, opts options) (err error) {
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	on, err := measure.Connect(opts.settings())
	if err != nil {
		return err
	}
	s := &session{Session: on, opts: opts}
	defer func() { err = errors.Join(err, s.CleanUp()) }()
	if err := s.Start(ctx); err != nil {
		return err
	}
	restore, err := s.renew(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()
	if err := s.Open(ctx, opts.runShape()); err != nil {
		return err
	}
	_, err = s.measureAll(ctx, s.print)
	return err
}

// renew replaces the controller's pods if that was asked for, or is needed for the number of replicas. It returns what puts that number
// back.
func (s *session) renew(ctx context.Context) (restore func() error, err error) {
	if s.opts.restart && s.opts.replicas == 0 {
		return func() error { return nil }, s.Restart(ctx)
	}
	return s.Scale(ctx, s.opts.replicas)
}

// warmUp is how many PipelineRuns of one task run first if the controller's pods were replaced: enough that each share of its work
// has a leader, and caches have what they may keep, when the measurement begins.
const warmUp = 20

func (s *session) warm(ctx context.Context) error {
	if !s.opts.restart && s.opts.replicas == 0 {
		return nil
	}
	one := measure.Shape{Kind: measure.ShapeFan, Size: 1, Inline: true}
	if _, err := s.Measure(ctx, one.Load("warm", warmUp)); err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	return nil
}

// measureAll measures what the options say, hands each result to show, and returns the last one. It fails if a run does.
func (s *session) measureAll(ctx context.Context, show func(*measure.Result, float64)) (*measure.Result, error) {
	if err := s.warm(ctx); err != nil {
		return nil, err
	}
	var bound float64
	if s.opts.raw > 0 {
		r, err := s.Measure(ctx, measure.RawPods(s.opts.raw))
		if err != nil {
			return nil, fmt.Errorf("timing raw pods: %w", err)
		}
		bound = r.PerSecond()
		show(r, 0)
	}
	if s.opts.stored > 0 {
		log.Printf("storing %d finished runs", s.opts.stored)
		r, err := s.Measure(ctx, s.opts.runShape().Load("stored", s.opts.stored))
		if err != nil {
			return nil, fmt.Errorf("storing finished runs: %w", err)
		}
		show(r, bound)
	}
	if s.opts.shape == measure.ShapeRemote {
		return nil, s.compare(ctx, bound)
	}
	return s.measureLoad(ctx, s.opts.runShape().Load("load", s.opts.runs), func(r *measure.Result) { show(r, bound) })
}

// measureLoad fails if a run does, after it has printed the result.
func (s *session) measureLoad(ctx context.Context, l measure.Load, show func(*measure.Result)) (*measure.Result, error) {
	r, err := s.Measure(ctx, l)
	if err != nil {
		return nil, err
	}
	show(r)
	if r.Failed > 0 {
		return nil, fmt.Errorf("%d of %d runs failed, the first one: %s", r.Failed, r.Load.Count, r.FirstFailure)
	}
	return r, nil
}
