package taskplan

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func TestSpanContextComesWithTheStart(t *testing.T) {
	t.Parallel()
	const line = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	given, stored := map[string]string{"traceparent": line}, map[string]string{"traceparent": "stored"}
	has := func(tr *v1.TaskRun) { tr.Status.SpanContext = stored }
	for name, tc := range map[string]struct {
		tr    *v1.TaskRun
		pod   *corev1.Pod
		given map[string]string
		want  map[string]string
	}{
		"first pass":        {tr: taskRun(), given: given, want: given},
		"not traced":        {tr: taskRun()},
		"pending":           {tr: taskRun(func(tr *v1.TaskRun) { tr.Spec.Status = v1.TaskRunSpecStatusPending }), given: given},
		"cancelled at once": {tr: taskRun(cancelled("")), given: given, want: given},
		"stored already":    {tr: taskRun(has), given: given, want: stored},
		"started without":   {tr: taskRun(started), pod: podIn(corev1.PodRunning, runs()), given: given},
		"ended":             {tr: taskRun(started, has), pod: podIn(corev1.PodSucceeded, exits(0)), want: stored},
		"tried again":       {tr: taskRun(started, has, retries(1)), pod: podIn(corev1.PodFailed, exits(1)), want: stored},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := next(t, tc.tr, tc.pod, cluster{trace: tc.given})
			if diff := cmp.Diff(tc.want, d.Status.SpanContext); diff != "" {
				t.Errorf("span context (-want +got):\n%s", diff)
			}
			// The pod that is made in the same pass knows it.
			for _, a := range d.Actions {
				made, ok := a.(CreatePod)
				if !ok {
					continue
				}
				knows := slices.ContainsFunc(made.Pod.Spec.Containers, func(c corev1.Container) bool {
					return slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == "TRACEPARENT" })
				})
				if traced := d.Status.SpanContext["traceparent"] == line; knows != traced {
					t.Errorf("the pod knows of a trace: %v, want %v", knows, traced)
				}
			}
		})
	}
}
