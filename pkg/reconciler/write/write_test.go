package write_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenon-ci/tenon/pkg/reconciler/write"
)

// store is an API server with one pod, which refuses writes to anything but its latest version.
type store struct {
	pod    *corev1.Pod
	writes int
	gets   int
	patch  string
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
	return s.pod, nil
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
			if err := write.Metadata(context.Background(), s, object, tc.labels, tc.annotations); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, s.patch); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
		})
	}
}
