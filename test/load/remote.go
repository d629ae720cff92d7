package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/load/measure"
)

// remoteParams are params of a reference, in their order.
type remoteParams v1.Params

func (p *remoteParams) String() string {
	var items []string
	for _, param := range *p {
		items = append(items, param.Name+"="+param.Value.StringVal)
	}
	return strings.Join(items, " ")
}

// Set reads NAME=VALUE.
func (p *remoteParams) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		return errors.New("want NAME=VALUE")
	}
	*p = append(*p, v1.Param{Name: name, Value: *v1.NewString(value)})
	return nil
}

// remoteShape is the shape with the reference that was asked for.
func (o *options) remoteShape() measure.Shape {
	sh := o.runShape()
	sh.Remote = &v1.TaskRef{ResolverRef: v1.ResolverRef{Resolver: v1.ResolverName(o.resolver), Params: v1.Params(o.params)}}
	return sh
}

// compare measures TaskRuns by name and by reference. One by reference goes before those that are measured, so that the
// resolver has what it may keep.
func (s *session) compare(ctx context.Context, bound float64) error {
	byName, byReference := s.opts.runShape(), s.opts.remoteShape()
	show := func(r *measure.Result) { s.print(r, bound) }
	local := byName.Load("local", s.opts.runs)
	local.ToPod = true
	localResult, err := s.measureLoad(ctx, local, show)
	if err != nil {
		return fmt.Errorf("timing TaskRuns by name: %w", err)
	}
	log.Printf("filling the cache of the resolver %s", s.opts.resolver)
	warm, err := s.Measure(ctx, byReference.Load("warm", 1))
	if err != nil {
		return fmt.Errorf("filling the cache: %w", err)
	}
	if warm.Failed > 0 {
		return fmt.Errorf("filling the cache: %s", warm.FirstFailure)
	}
	remote := byReference.Load("remote", s.opts.runs)
	remote.ToPod = true
	remoteResult, err := s.measureLoad(ctx, remote, show)
	if err != nil {
		return fmt.Errorf("timing TaskRuns by reference: %w", err)
	}
	s.printSection(comparison(localResult, remoteResult))
	return nil
}

// comparison is the table of what a reference costs.
func comparison(local, remote *measure.Result) section {
	sec := section{title: "what a reference costs", header: []string{"Measure", "By name", "By reference", "Difference"}}
	add := func(what string, local, remote []time.Duration) {
		for _, q := range []float64{0.5, 0.95, 0.99} {
			a, b := measure.Quantile(local, q), measure.Quantile(remote, q)
			sec.rows = append(sec.rows, []string{
				fmt.Sprintf("%s, p%.0f", what, 100*q),
				seconds(a), seconds(b), seconds(b - a),
			})
		}
	}
	add("created to pod", local.ToPod, remote.ToPod)
	add("created to done", local.Durations, remote.Durations)
	return sec
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }
