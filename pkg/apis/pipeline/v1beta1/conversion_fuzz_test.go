package v1beta1_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/randfill"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// FuzzRoundTrip converts random objects of either version to the other and back and expects nothing to be lost.
func FuzzRoundTrip(f *testing.F) {
	for seed := range int64(20) {
		for kind := range byte(8) {
			f.Add(seed, kind)
		}
	}
	f.Fuzz(func(t *testing.T, seed int64, kind byte) {
		filler := newFiller(seed)
		switch kind % 8 { // one kind per input, so that an input is quick
		case 0:
			roundTrip(t, randomTask(filler), &v1.Task{}, &v1beta1.Task{})
		case 1:
			roundTrip(t, randomPipeline(filler), &v1.Pipeline{}, &v1beta1.Pipeline{})
		case 2:
			roundTrip(t, randomTaskRun(filler), &v1.TaskRun{}, &v1beta1.TaskRun{})
		case 3:
			roundTrip(t, randomPipelineRun(filler), &v1.PipelineRun{}, &v1beta1.PipelineRun{})
		case 4:
			roundTrip(t, randomV1Task(filler), &v1beta1.Task{}, &v1.Task{})
		case 5:
			roundTrip(t, randomV1Pipeline(filler), &v1beta1.Pipeline{}, &v1.Pipeline{})
		case 6:
			roundTrip(t, randomV1TaskRun(filler), &v1beta1.TaskRun{}, &v1.TaskRun{})
		default:
			roundTrip(t, randomV1PipelineRun(filler), &v1beta1.PipelineRun{}, &v1.PipelineRun{})
		}
	})
}

// roundTrip converts before to the type of between and back to the type of after, through JSON as the API server does,
// and compares. The types must be different.
func roundTrip(t *testing.T, before, between, after apis.Convertible) {
	t.Helper()
	ctx := context.Background()
	want := compactJSON(t, before)
	if err := before.ConvertTo(ctx, between); err != nil {
		t.Fatalf("converting %T: %v", before, err)
	}
	if diff := diffJSON(t, want, compactJSON(t, before)); diff != "" {
		t.Fatalf("conversion changed its %T (-want +got):\n%s", before, diff)
	}
	text := compactJSON(t, between)
	decoded, ok := between.(runtime.Object).DeepCopyObject().(apis.Convertible)
	if !ok {
		t.Fatalf("%T is not convertible", between)
	}
	if err := json.Unmarshal([]byte(text), decoded); err != nil {
		t.Fatalf("decoding %T: %v", between, err)
	}
	if err := after.ConvertFrom(ctx, decoded); err != nil {
		t.Fatalf("converting %T back: %v", before, err)
	}
	if diff := diffJSON(t, want, compactJSON(t, after)); diff != "" {
		t.Errorf("round trip of %T (-want +got):\n%s", before, diff)
	}
}

// diffJSON indents only texts that differ: lines are for people.
func diffJSON(t *testing.T, want, got string) string {
	t.Helper()
	if want == got {
		return ""
	}
	var wantLines, gotLines bytes.Buffer
	if err := errors.Join(json.Indent(&wantLines, []byte(want), "", " "), json.Indent(&gotLines, []byte(got), "", " ")); err != nil {
		t.Fatalf("indenting: %v", err)
	}
	return cmp.Diff(wantLines.String(), gotLines.String())
}

func compactJSON(t *testing.T, object any) string {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatalf("encoding %T: %v", object, err)
	}
	return string(text)
}

func jsonOf(t *testing.T, object any) string {
	t.Helper()
	text, err := json.MarshalIndent(object, "", " ")
	if err != nil {
		t.Fatalf("encoding %T: %v", object, err)
	}
	return string(text)
}

func newFiller(seed int64) *randfill.Filler {
	return randfill.NewWithSeed(seed).NilChance(0.4).NumElements(1, 2).
		// Filled by hand, because they contain themselves.
		SkipFieldsWithPattern(regexp.MustCompile("^(PipelineSpec|RetriesStatus|ManagedFields|TypeMeta)$")).
		Funcs(
			func(m *metav1.TypeMeta, _ randfill.Continue) { *m = metav1.TypeMeta{} },
			func(t *metav1.Time, c randfill.Continue) { t.Time = randomTime(c) },
			func(t *apis.VolatileTime, c randfill.Continue) { t.Inner.Time = randomTime(c) },
			func(q *resource.Quantity, c randfill.Continue) {
				*q = *resource.NewQuantity(c.Int63n(1000), resource.DecimalSI)
			},
			func(i *intstr.IntOrString, c randfill.Continue) { *i = intstr.FromInt32(c.Int31n(65536)) },
			func(e *runtime.RawExtension, c randfill.Continue) {
				e.Raw = fmt.Appendf(nil, `{"key":%d}`, c.Int31())
			},
			func(v *v1.ParamValue, c randfill.Continue) { *v = randomValue(c) },
			func(a *v1.Artifacts, c randfill.Continue) {
				c.FillNoCustom(a)
				if len(a.Inputs)+len(a.Outputs) == 0 { // says nothing, and is left out of v1beta1
					a.Inputs = []v1.Artifact{{Name: "a"}}
				}
			},
			func(s *v1.ParamSpec, c randfill.Continue) {
				c.FillNoCustom(s)
				s.Type = randomType(c)
			},
			func(m *v1.Matrix, c randfill.Continue) {
				c.FillNoCustom(m)
				if len(m.Params)+len(m.Include) == 0 {
					m.Params = v1.Params{{Name: "p", Value: randomValue(c)}}
				}
			},
		)
}

func randomTime(c randfill.Continue) time.Time { return time.Unix(c.Int63n(1<<32), 0).UTC() }

func randomType(c randfill.Continue) v1.ParamType {
	return v1.AllParamTypes[c.Intn(len(v1.AllParamTypes))]
}

func randomValue(c randfill.Continue) v1.ParamValue {
	switch randomType(c) {
	case v1.ParamTypeArray:
		return *v1.NewArray(c.String(5), c.String(5))
	case v1.ParamTypeObject:
		return *v1.NewObject(map[string]string{"a": c.String(5), "b": c.String(5)})
	default:
		return *v1.NewString(c.String(5))
	}
}

func fill[T any](filler *randfill.Filler) *T {
	object := new(T)
	filler.Fill(object)
	return object
}

// The name of a pipeline task identifies it and is unique in valid objects.

func randomPipelineSpec(filler *randfill.Filler, depth int) *v1beta1.PipelineSpec {
	spec := fill[v1beta1.PipelineSpec](filler)
	for i := range spec.Tasks {
		spec.Tasks[i].Name = fmt.Sprint("task", i)
		if depth > 0 {
			spec.Tasks[i].PipelineSpec = randomPipelineSpec(filler, depth-1)
		}
	}
	for i := range spec.Finally {
		spec.Finally[i].Name = fmt.Sprint("finally", i)
	}
	return spec
}

func randomV1PipelineSpec(filler *randfill.Filler, depth int) *v1.PipelineSpec {
	spec := fill[v1.PipelineSpec](filler)
	for i := range spec.Tasks {
		spec.Tasks[i].Name = fmt.Sprint("task", i)
		if depth > 0 {
			spec.Tasks[i].PipelineSpec = randomV1PipelineSpec(filler, depth-1)
		}
	}
	for i := range spec.Finally {
		spec.Finally[i].Name = fmt.Sprint("finally", i)
	}
	return spec
}

func randomTask(filler *randfill.Filler) *v1beta1.Task { return fill[v1beta1.Task](filler) }

func randomPipeline(filler *randfill.Filler) *v1beta1.Pipeline {
	p := fill[v1beta1.Pipeline](filler)
	p.Spec = *randomPipelineSpec(filler, 1)
	return p
}

func randomTaskRun(filler *randfill.Filler) *v1beta1.TaskRun {
	tr := fill[v1beta1.TaskRun](filler)
	tr.Status.RetriesStatus = []v1beta1.TaskRunStatus{*fill[v1beta1.TaskRunStatus](filler)}
	return tr
}

func randomPipelineRun(filler *randfill.Filler) *v1beta1.PipelineRun {
	pr := fill[v1beta1.PipelineRun](filler)
	pr.Spec.PipelineSpec = randomPipelineSpec(filler, 1)
	pr.Status.PipelineSpec = randomPipelineSpec(filler, 1)
	// The maps are dropped, and timeout wins over timeouts, beside which it is refused.
	pr.Status.TaskRuns, pr.Status.Runs = nil, nil
	if pr.Spec.Timeout != nil {
		pr.Spec.Timeouts = nil
	}
	return pr
}

func randomV1Task(filler *randfill.Filler) *v1.Task { return fill[v1.Task](filler) }

func randomV1Pipeline(filler *randfill.Filler) *v1.Pipeline {
	p := fill[v1.Pipeline](filler)
	p.Spec = *randomV1PipelineSpec(filler, 1)
	return p
}

func randomV1TaskRun(filler *randfill.Filler) *v1.TaskRun {
	tr := fill[v1.TaskRun](filler)
	tr.Status.RetriesStatus = []v1.TaskRunStatus{*fill[v1.TaskRunStatus](filler)}
	return tr
}

func randomV1PipelineRun(filler *randfill.Filler) *v1.PipelineRun {
	pr := fill[v1.PipelineRun](filler)
	pr.Spec.PipelineSpec = randomV1PipelineSpec(filler, 1)
	pr.Status.PipelineSpec = randomV1PipelineSpec(filler, 1)
	return pr
}
