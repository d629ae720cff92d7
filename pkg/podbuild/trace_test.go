package podbuild_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

const (
	sampledRun = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	skippedRun = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

// traces returns the values of TRACEPARENT in each step, by container.
func traces(p *corev1.Pod) map[string][]string {
	found := map[string][]string{}
	for _, c := range p.Spec.Containers {
		for _, e := range c.Env {
			if e.Name == "TRACEPARENT" {
				found[c.Name] = append(found[c.Name], e.Value)
			}
		}
	}
	return found
}

func TestTraceparent(t *testing.T) {
	t.Parallel()
	span := func(carrier string, attempt int, container string) string {
		run := spancontext.Of(map[string]string{"traceparent": carrier})
		return spancontext.Traceparent(spancontext.Step(run, attempt, container))
	}
	own := corev1.EnvVar{Name: "TRACEPARENT", Value: "mine"}
	for name, tc := range map[string]struct {
		carrier string
		change  func(*podbuild.Input)
		want    map[string][]string
	}{
		"not traced":    {want: map[string][]string{}},
		"wrong context": {carrier: "00-1", want: map[string][]string{}},
		"traced": {carrier: sampledRun, want: map[string][]string{
			"step-s0": {span(sampledRun, 0, "step-s0")}, "step-s1": {span(sampledRun, 0, "step-s1")},
		}},
		"not sampled": {carrier: skippedRun, want: map[string][]string{
			"step-s0": {span(skippedRun, 0, "step-s0")}, "step-s1": {span(skippedRun, 0, "step-s1")},
		}},
		"third attempt": {
			carrier: sampledRun, change: func(in *podbuild.Input) { in.TaskRun.Status.RetriesStatus = make([]v1.TaskRunStatus, 2) },
			want: map[string][]string{"step-s0": {span(sampledRun, 2, "step-s0")}, "step-s1": {span(sampledRun, 2, "step-s1")}},
		},
		"set in a step": {
			carrier: sampledRun, change: func(in *podbuild.Input) { in.Task.Steps[1].Env = []corev1.EnvVar{own} },
			want: map[string][]string{"step-s0": {span(sampledRun, 0, "step-s0")}, "step-s1": {"mine"}},
		},
		"set in the step template": {
			carrier: sampledRun, change: func(in *podbuild.Input) { in.Task.StepTemplate = &v1.StepTemplate{Env: []corev1.EnvVar{own}} },
			want: map[string][]string{"step-s0": {"mine"}, "step-s1": {"mine"}},
		},
		"set in the pod template": {
			carrier: sampledRun, change: func(in *podbuild.Input) { in.PodTemplate = &pod.Template{Env: []corev1.EnvVar{own}} },
			want: map[string][]string{"step-s0": {"mine"}, "step-s1": {"mine"}},
		},
		"a sidecar has no span": {
			carrier: sampledRun, change: func(in *podbuild.Input) {
				in.Task.Sidecars = []v1.Sidecar{{Name: "c", Image: "i", Command: []string{"x"}}}
			},
			want: map[string][]string{"step-s0": {span(sampledRun, 0, "step-s0")}, "step-s1": {span(sampledRun, 0, "step-s1")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := input(2)
			if tc.carrier != "" {
				in.TaskRun.Status.SpanContext = map[string]string{"traceparent": tc.carrier}
			}
			if tc.change != nil {
				tc.change(&in)
			}
			if diff := cmp.Diff(tc.want, traces(build(t, in))); diff != "" {
				t.Errorf("TRACEPARENT (-want +got):\n%s", diff)
			}
		})
	}
	if s := span(sampledRun, 0, "step-s0"); !strings.HasPrefix(s, sampledRun[:36]) || !strings.HasSuffix(s, "-01") || s == sampledRun {
		t.Errorf("span of a step: %s", s)
	}
}

// Other variables can be made of the span.
func TestTraceparentComesFirst(t *testing.T) {
	t.Parallel()
	in := input(1)
	in.TaskRun.Status.SpanContext = map[string]string{"traceparent": sampledRun}
	in.Task.Steps[0].Env = []corev1.EnvVar{{Name: "PARENT", Value: "$(TRACEPARENT)"}}
	p := build(t, in)
	env := p.Spec.Containers[len(p.Spec.Containers)-1].Env
	if len(env) != 2 || env[0].Name != "TRACEPARENT" || len(in.Task.Steps[0].Env) != 1 {
		t.Errorf("env %v", env)
	}
}
