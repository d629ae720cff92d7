package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/tenon-ci/tenon/test/load/growth"
	"github.com/tenon-ci/tenon/test/load/measure"
)

// Sizes of a sweep.
const (
	sizeSmall = "small"
	sizeFull  = "full"
)

// point is one measurement of a sweep: settings of the program, and the size that grows in its series.
type point struct {
	series string
	x      int
	opts   options
}

// extent is how far a sweep goes.
type extent struct {
	tasks, stored, runs, replicas []int
	// besides is how many TaskRuns are measured while others are stored, shared how many with several replicas.
	besides, shared int
	// restart lets each point begin with new pods of the controller: their memory has a history.
	restart bool
}

var extents = map[string]extent{
	sizeSmall: {tasks: []int{10, 50}, stored: []int{0, 200}, runs: []int{10, 50}, replicas: []int{1, 2}, besides: 20, shared: 50},
	sizeFull: {
		tasks: []int{10, 100, 1000}, stored: []int{0, 2000, 10000}, runs: []int{10, 100, 1000}, replicas: []int{1, 2, 3},
		besides: 100, shared: 500, restart: true,
	},
}

// common are the settings that all points of a sweep have in common: the defaults, but for those that the user may choose.
func (o *options) common() options {
	c := defaults()
	c.creators, c.timeout, c.settle, c.markdown, c.keep = o.creators, o.timeout, o.settle, o.markdown, o.keep
	c.raw, c.restart = 0, extents[o.sweepSize].restart
	return c
}

// points lists the measurements of a sweep. What leaves the most behind in the API server comes last.
func points(opts options) []point {
	e, common := extents[opts.sweepSize], opts.common()
	var out []point
	add := func(series string, sizes []int, set func(o *options, x int)) {
		for _, x := range sizes {
			o := common
			set(&o, x)
			out = append(out, point{series: series, x: x, opts: o})
		}
	}
	add(growth.Fan, e.tasks, func(o *options, x int) { o.shape, o.size, o.runs = measure.ShapeFan, x, 1 })
	add(growth.Chain, e.tasks, func(o *options, x int) { o.shape, o.size, o.runs = measure.ShapeChain, x, 1 })
	add(growth.Runs, e.runs, func(o *options, x int) { o.shape, o.runs = measure.ShapeTaskRun, x })
	add(growth.Replicas, e.replicas, func(o *options, x int) { o.shape, o.runs, o.replicas = measure.ShapeTaskRun, e.shared, x })
	add(growth.Stored, e.stored, func(o *options, x int) { o.shape, o.runs, o.stored = measure.ShapeTaskRun, e.besides, x })
	return out
}

// flags are the arguments of the program for the same measurement.
func (o *options) flags() []string {
	out := []string{"-raw", "0", "-shape", o.shape, "-runs", fmt.Sprint(o.runs)}
	if o.shape != measure.ShapeTaskRun {
		out = append(out, "-size", fmt.Sprint(o.size))
	}
	if o.stored > 0 {
		out = append(out, "-stored", fmt.Sprint(o.stored))
	}
	if o.replicas > 0 {
		out = append(out, "-replicas", fmt.Sprint(o.replicas))
	}
	if o.restart {
		out = append(out, "-restart")
	}
	return out
}

// runSweep measures all points of a sweep. One that fails does not keep it from the others.
func runSweep(ctx context.Context, opts options) (err error) {
	common := opts.common()
	s, err := measure.Connect(common.settings())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.CleanUp()) }()
	if err := s.Start(ctx); err != nil {
		return err
	}
	report := &growth.Report{Size: opts.sweepSize, Day: time.Now().UTC().Format(time.DateOnly)}
	table := sweepTable{markdown: opts.markdown, w: os.Stdout}
	table.header()
	failed := 0
	for _, p := range points(opts) {
		if ctx.Err() != nil {
			return fmt.Errorf("%d points were measured: %w", len(report.Points), context.Cause(ctx))
		}
		measured := growth.Point{Series: p.series, X: p.x, Flags: p.opts.flags()}
		r, err := measurePoint(ctx, s, p.opts)
		if err != nil {
			failed++
			log.Printf("%s, %d: %v", p.series, p.x, err)
		}
		if r != nil {
			measured.Values = values(r)
		} else {
			measured.Error = err.Error()
		}
		table.row(measured)
		report.Points = append(report.Points, measured)
		if err := save(opts.output, report); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d points failed", failed, len(report.Points))
	}
	return nil
}

// measurePoint measures one point of a sweep in a namespace of its own. With an error there is a result too if only cleaning up failed.
func measurePoint(ctx context.Context, on *measure.Session, opts options) (r *measure.Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	s := &session{Session: on, opts: opts}
	restore, err := s.renew(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close(), restore()) }()
	if err := s.Open(ctx, opts.runShape()); err != nil {
		return nil, err
	}
	return s.measureAll(ctx, func(*measure.Result, float64) {})
}

// values are what a report keeps of a result.
func values(r *measure.Result) *growth.Values {
	tasks, controller := r.TaskRuns(), r.Spent(measure.ControllerApp)
	v := &growth.Values{
		WallSeconds:                   r.Wall.Seconds(),
		SecondsPerTask:                r.Wall.Seconds() / tasks,
		WritesPerTaskRun:              r.WritesPerTaskRun(),
		ReadsPerTaskRun:               r.Reads() / tasks,
		EventsPerTaskRun:              r.EventsPerTaskRun(),
		ServerCPUSeconds:              r.ServerCPU(),
		ControllerCPUSeconds:          controller.CPU,
		ServerCPUMillisPerTaskRun:     1000 * r.ServerCPU() / tasks,
		ControllerCPUMillisPerTaskRun: 1000 * controller.CPU / tasks,
		PeakResidentBytes:             max(r.Peak.Memory, controller.Memory),
		ResidentBytes:                 controller.Memory,
		HeapBytes:                     controller.Heap,
	}
	if own, ok := r.ControllerRequests(); ok {
		perTask := own.Sum(anyRequest) / tasks
		v.ControllerRequestsPerTaskRun = &perTask
	}
	if r.Load.Kind == measure.KindPipelineRun {
		writes := r.WritesPerPipelineRun()
		v.WritesPerPipelineRun = &writes
	}
	if r.Collected > 0 {
		v.CollectedHeapBytes = &r.Collected
	}
	return v
}

// save writes the report to a file, if there is one to write to.
func save(file string, r *growth.Report) (err error) {
	if file == "" {
		return nil
	}
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return growth.Write(out, r)
}
