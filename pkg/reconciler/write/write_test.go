package write_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/write"
)

// store is an API server with one pod, which refuses writes to anything but its latest version.
type store struct {
	pod    *corev1.Pod
	writes int
	gets   int
	patch  string
	// refusal answers patches.
	refusal error
}

func (s *store) Get(context.Context, string, metav1.GetOptions) (*corev1.Pod, error) {
	s.gets++
	return s.pod.DeepCopy(), nil
}

func (s *store) UpdateStatus(_ context.Context, pod *corev1.Pod, _ metav1.UpdateOptions) (*corev1.Pod, error) {
	if pod.ResourceVersion != s.pod.ResourceVersion {
		return nil, apierrors.NewConflict(schema.GroupResource{Resource: "pods"}, pod.Name, nil)
	}
	s.writes++
	s.pod.Status = pod.Status
	return s.pod.DeepCopy(), nil
}

func (s *store) Patch(_ context.Context, _ string, _ types.PatchType, data []byte, _ metav1.PatchOptions, _ ...string) (*corev1.Pod, error) {
	s.writes++
	s.patch = string(data)
	if s.refusal != nil {
		return nil, s.refusal
	}
	stored := s.pod.DeepCopy()
	stored.ResourceVersion += "0"
	s.pod = stored
	return stored.DeepCopy(), nil
}

func status(p *corev1.Pod) *corev1.PodStatus { return &p.Status }

func pod(version string, phase corev1.PodPhase) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p", UID: "u", ResourceVersion: version},
		Status:     corev1.PodStatus{Phase: phase},
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stored, observed, desired *corev1.Pod
		wantPhase                 corev1.PodPhase
		wantWrites, wantGets      int
		wantConflict              bool
	}{
		"no difference, no write": {
			stored: pod("1", "Running"), observed: pod("1", "Running"), desired: pod("1", "Running"),
			wantPhase: "Running",
		},
		"a difference is written at once": {
			stored: pod("1", "Pending"), observed: pod("1", "Pending"), desired: pod("1", "Running"),
			wantPhase: "Running", wantWrites: 1,
		},
		"only metadata changed meanwhile: the write is repeated": {
			stored: pod("2", "Pending"), observed: pod("1", "Pending"), desired: pod("1", "Running"),
			wantPhase: "Running", wantWrites: 1, wantGets: 1,
		},
		"the status changed meanwhile: a stale decision is not written": {
			stored: pod("2", "Failed"), observed: pod("1", "Pending"), desired: pod("1", "Running"),
			wantPhase: "Failed", wantGets: 1, wantConflict: true,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &store{pod: tc.stored}
			_, err := write.Status(context.Background(), s, tc.observed, tc.desired, status)
			if got := apierrors.IsConflict(err); got != tc.wantConflict {
				t.Errorf("conflict = %v (%v), want %v", got, err, tc.wantConflict)
			}
			if s.pod.Status.Phase != tc.wantPhase {
				t.Errorf("stored phase = %q, want %q", s.pod.Status.Phase, tc.wantPhase)
			}
			if s.writes != tc.wantWrites || s.gets != tc.wantGets {
				t.Errorf("writes, gets = %d, %d, want %d, %d", s.writes, s.gets, tc.wantWrites, tc.wantGets)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	object := pod("1", "Running")
	object.Labels = map[string]string{"kept": "yes"}
	tests := map[string]struct {
		labels, annotations map[string]string
		want                string
	}{
		"nothing to add":        {labels: map[string]string{"kept": "yes"}},
		"only what is missing":  {labels: map[string]string{"kept": "yes", "new": "1"}, want: `{"metadata":{"labels":{"new":"1"},"uid":"u"}}`},
		"labels and annotation": {labels: map[string]string{"kept": "no"}, annotations: map[string]string{"a": "b"}, want: `{"metadata":{"annotations":{"a":"b"},"labels":{"kept":"no"},"uid":"u"}}`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &store{pod: object}
			if _, err := write.Metadata(context.Background(), s, object, tc.labels, tc.annotations); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, s.patch); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	changed := pod("1", "Pending")
	changed.Status.Message = "meanwhile"
	tests := map[string]struct {
		stored       *corev1.Pod
		labels       map[string]string
		refusal      error
		wantPhase    corev1.PodPhase
		wantWrites   int
		wantVersion  string
		wantMetadata bool
		wantConflict bool
	}{
		"only a status":                    {stored: pod("1", "Pending"), wantPhase: "Running", wantWrites: 1, wantVersion: "1"},
		"labels, then the status, no read": {stored: pod("1", "Pending"), labels: map[string]string{"a": "b"}, wantPhase: "Running", wantWrites: 2, wantVersion: "10"},
		"labels are refused for now": {
			stored: pod("1", "Pending"), labels: map[string]string{"a": "b"}, refusal: apierrors.NewInternalError(errDown),
			wantPhase: "Pending", wantWrites: 1, wantVersion: "1", wantMetadata: true,
		},
		"labels are refused for good": {
			stored: pod("1", "Pending"), labels: map[string]string{"a": "b"}, refusal: apierrors.NewBadRequest("no"),
			wantPhase: "Running", wantWrites: 2, wantVersion: "1", wantMetadata: true,
		},
		"the status changed meanwhile": {
			stored: changed, labels: map[string]string{"a": "b"}, wantPhase: "Pending", wantWrites: 1, wantVersion: "10", wantConflict: true,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &store{pod: tc.stored, refusal: tc.refusal}
			observed := pod("1", "Pending")
			change := write.Change[corev1.PodStatus]{Labels: tc.labels, Status: corev1.PodStatus{Phase: "Running"}}
			got, err := write.Object(context.Background(), s, observed, change, status)
			var unlabelled *write.MetadataError
			if errors.As(err, &unlabelled) != tc.wantMetadata || apierrors.IsConflict(err) != tc.wantConflict {
				t.Errorf("error %v, want one about metadata: %v, a conflict: %v", err, tc.wantMetadata, tc.wantConflict)
			}
			if s.pod.Status.Phase != tc.wantPhase || s.writes != tc.wantWrites || s.gets != 0 {
				t.Errorf("stored phase %q after %d writes and %d reads, want %q after %d and none", s.pod.Status.Phase, s.writes, s.gets, tc.wantPhase, tc.wantWrites)
			}
			if got == nil || got.ResourceVersion != tc.wantVersion {
				t.Errorf("returned %v, want version %s", got, tc.wantVersion)
			}
			if observed.Status.Phase != "Pending" || observed.ResourceVersion != "1" {
				t.Errorf("what was observed changed: %v", observed)
			}
		})
	}
}

var errDown = errors.New("failed calling webhook")

func TestEqualDoesNotWalkThroughASharedSpec(t *testing.T) { //nolint:paralleltest // it counts allocations
	spec := &v1.PipelineSpec{Tasks: make([]v1.PipelineTask, 1000)}
	status := func(spec *v1.PipelineSpec, name string) *v1.PipelineRunStatus {
		return &v1.PipelineRunStatus{PipelineRunStatusFields: v1.PipelineRunStatusFields{
			PipelineSpec: spec, SkippedTasks: []v1.SkippedTask{{Name: name}},
		}}
	}
	for name, tc := range map[string]struct {
		a, b *v1.PipelineRunStatus
		want bool
	}{
		"the same spec":               {status(spec, "a"), status(spec, "a"), true},
		"the same spec, another skip": {status(spec, "a"), status(spec, "b"), false},
		"an equal spec":               {status(spec, "a"), status(spec.DeepCopy(), "a"), true},
		"another spec":                {status(spec, "a"), status(&v1.PipelineSpec{}, "a"), false},
		"none on one side":            {status(spec, "a"), status(nil, "a"), false},
		"an empty list is like none":  {&v1.PipelineRunStatus{}, &v1.PipelineRunStatus{PipelineRunStatusFields: v1.PipelineRunStatusFields{SkippedTasks: []v1.SkippedTask{}}}, true},
	} {
		if got := write.Equal(tc.a, tc.b); got != tc.want {
			t.Errorf("%s: equal = %v", name, got)
		}
	}
	shared := status(spec, "a")
	if n := testing.AllocsPerRun(10, func() { write.Equal(shared, status(spec, "a")) }); n > 200 {
		t.Errorf("%v allocations to compare statuses with one spec of a thousand tasks", n)
	}
}
