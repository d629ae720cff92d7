package v1beta1_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// dense returns a Pipeline of n tasks each of which needs a result of all before it.
func dense(n int) *v1beta1.Pipeline {
	p := &v1beta1.Pipeline{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	var results []string
	for i := range n {
		task := v1beta1.PipelineTask{Name: fmt.Sprintf("t%d", i), TaskRef: &v1beta1.TaskRef{Name: "t"}}
		if i > 0 {
			task.Params = v1.Params{{Name: "p", Value: *v1.NewArray(results...)}}
		}
		results = append(results, fmt.Sprintf("$(tasks.t%d.results.r)", i))
		p.Spec.Tasks = append(p.Spec.Tasks, task)
	}
	return p
}

// BenchmarkDensePipelineAdmission shows what a Pipeline with many edges costs in this version, from the JSON of a request
// on: it is converted on the way. The time per edge is what has to stay the same.
func BenchmarkDensePipelineAdmission(b *testing.B) {
	for _, n := range []int{100, 300, 1000} {
		b.Run(fmt.Sprintf("tasks=%d", n), func(b *testing.B) {
			ctx := apis.WithinCreate(context.Background())
			request, err := json.Marshal(dense(n))
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				p := &v1beta1.Pipeline{}
				if err := json.Unmarshal(request, p); err != nil {
					b.Fatal(err)
				}
				p.SetDefaults(ctx)
				if err := p.Validate(ctx); err != nil {
					b.Fatal(err)
				}
			}
			edges := n * (n - 1) / 2
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*edges), "ns/edge")
		})
	}
}
