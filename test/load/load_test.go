package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/load/measure"
)

func TestParamsOfTheReference(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"-shape", "remote", "-param", "url=https://example.com/a?b=c", "-param", "revision="})
	if err != nil {
		t.Fatal(err)
	}
	tr := o.remoteShape().TaskRun("a")
	want := &v1.TaskRef{ResolverRef: v1.ResolverRef{Resolver: "git", Params: v1.Params{
		{Name: "url", Value: *v1.NewString("https://example.com/a?b=c")}, {Name: "revision", Value: *v1.NewString("")},
	}}}
	if diff := cmp.Diff(want, tr.Spec.TaskRef); diff != "" {
		t.Error(diff)
	}
	for _, args := range [][]string{{"-shape", "remote"}, {"-param", "a=b"}, {"-shape", "remote", "-param", "a"}, {"-shape", "remote", "-param", "a=b", "-inline"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q were accepted", args)
		}
	}
}

func TestComparison(t *testing.T) {
	t.Parallel()
	local := &measure.Result{ToPod: []time.Duration{time.Second}, Durations: []time.Duration{2 * time.Second}}
	remote := &measure.Result{ToPod: []time.Duration{1500 * time.Millisecond}, Durations: []time.Duration{2 * time.Second}}
	want := [][]string{
		{"created to pod, p50", "1.000 s", "1.500 s", "0.500 s"},
		{"created to pod, p95", "1.000 s", "1.500 s", "0.500 s"},
		{"created to pod, p99", "1.000 s", "1.500 s", "0.500 s"},
		{"created to done, p50", "2.000 s", "2.000 s", "0.000 s"},
		{"created to done, p95", "2.000 s", "2.000 s", "0.000 s"},
		{"created to done, p99", "2.000 s", "2.000 s", "0.000 s"},
	}
	if diff := cmp.Diff(want, comparison(local, remote).rows); diff != "" {
		t.Error(diff)
	}
}
