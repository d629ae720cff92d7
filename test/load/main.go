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
	markdown   bool
	keep       bool
	resolver   string
	params     remoteParams
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.StringVar(&o.shape, "shape", shapeTaskRun, "What to run: taskrun, chain, fan, diamond or matrix, "+
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
	flags.BoolVar(&o.markdown, "markdown", false, "Print Markdown tables.")
	flags.BoolVar(&o.keep, "keep", false, "Leave the namespace with all runs in place.")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	return o, o.check()
}

func (o *options) check() error {
	switch {
	case !knownShape(o.shape):
		return fmt.Errorf("-shape is %q, it has to be one of %v", o.shape, shapes)
	case o.runs < 1 || o.size < 1 || o.creators < 1:
		return errors.New("-runs, -size and -creators have to be at least 1")
	case (o.shape == shapeRemote) != (len(o.params) > 0):
		return errors.New("-param goes with -shape remote, which needs at least one")
	case o.shape == shapeRemote && (o.inline || o.results || o.kill > 0):
		return errors.New("-inline, -results and -kill-leader-after do not go with -shape remote")
	case o.stored < 0 || o.raw < 0 || o.rate < 0:
		return errors.New("-stored, -raw and -rate must not be negative")
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
	err = run(ctx, opts)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// run prepares the cluster, measures, and cleans up.
func run(ctx context.Context, opts options) (err error) {
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	s, err := connect(opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.cleanUp()) }()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	var bound float64
	if opts.raw > 0 {
		r, err := s.measure(ctx, rawPods(opts.raw))
		if err != nil {
			return fmt.Errorf("timing raw pods: %w", err)
		}
		bound = r.perSecond()
		s.print(r, 0)
	}
	if opts.stored > 0 {
		log.Printf("storing %d finished runs", opts.stored)
		r, err := s.measure(ctx, s.load("stored", opts.stored))
		if err != nil {
			return fmt.Errorf("storing finished runs: %w", err)
		}
		s.print(r, bound)
	}
	if opts.shape == shapeRemote {
		return s.compare(ctx, bound)
	}
	_, err = s.measureAndPrint(ctx, s.load("load", opts.runs), bound)
	return err
}

// measureAndPrint fails if a run does.
func (s *session) measureAndPrint(ctx context.Context, l load, bound float64) (*result, error) {
	r, err := s.measure(ctx, l)
	if err != nil {
		return nil, err
	}
	s.print(r, bound)
	if r.failed > 0 {
		return nil, fmt.Errorf("%d of %d runs failed, the first one: %s", r.failed, r.load.count, r.firstFailure)
	}
	return r, nil
}
