package pipelinerun

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

func TestChildrenAreFoundByOwnerAndByRecord(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	pr.Status.ChildReferences = []v1.ChildStatusReference{
		{TypeMeta: runtime.TypeMeta{Kind: "TaskRun"}, Name: "run-recorded"},
		{TypeMeta: runtime.TypeMeta{Kind: "TaskRun"}, Name: "run-gone"},
	}
	foreign := ownedTaskRun("run-elsewhere", pr.UID)
	foreign.Namespace = "elsewhere"
	w := newWorld(t, pr, ownedTaskRun("run-a", pr.UID), ownedTaskRun("run-other", "other"), foreign)
	if err := w.pipelines.Tracker().Add(ownedTaskRun("run-recorded", pr.UID)); err != nil {
		t.Fatal(err)
	}
	got := w.children.of(context.Background(), pr)
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	var names []string
	for _, tr := range got.TaskRuns {
		names = append(names, tr.Name)
	}
	if diff := cmp.Diff([]string{"run-a", "run-recorded"}, names); diff != "" {
		t.Errorf("children (-want +got):\n%s", diff)
	}
}

func TestFindAssistant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pr := newRun("a")
	ours := metav1.ObjectMeta{Name: "aa", Namespace: "ns", UID: "set", OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(pr, v1.SchemeGroupVersion.WithKind("PipelineRun"))}}
	set := func(change func(*appsv1.StatefulSet)) *appsv1.StatefulSet {
		s := &appsv1.StatefulSet{ObjectMeta: *ours.DeepCopy(), Status: appsv1.StatefulSetStatus{ReadyReplicas: 1}}
		if change != nil {
			change(s)
		}
		return s
	}
	node := func(cordoned bool) *corev1.Node {
		return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}, Spec: corev1.NodeSpec{Unschedulable: cordoned}}
	}
	w.cache(t, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "aa-0", Namespace: "ns", UID: "pod"}, Spec: corev1.PodSpec{NodeName: "n"}})
	tests := []struct {
		name string
		set  *appsv1.StatefulSet
		node *corev1.Node
		want plan.StatefulSet
	}{
		{"none", nil, node(false), plan.StatefulSet{}},
		{"on a good node", set(nil), node(false), plan.StatefulSet{Exists: true, UID: "set"}},
		{"on a cordoned node", set(nil), node(true), plan.StatefulSet{Exists: true, UID: "set", Cordoned: true, PodUID: "pod"}},
		{"not ready on a cordoned node", set(func(s *appsv1.StatefulSet) { s.Status.ReadyReplicas = 0 }), node(true), plan.StatefulSet{Exists: true, UID: "set"}},
		{"of a deleted run of the same name", set(func(s *appsv1.StatefulSet) { s.OwnerReferences[0].UID = "old" }), node(true), plan.StatefulSet{Foreign: true}},
		{"being deleted", set(func(s *appsv1.StatefulSet) { s.DeletionTimestamp = &metav1.Time{Time: epoch} }), node(false), plan.StatefulSet{Foreign: true}},
		{"of nobody", set(func(s *appsv1.StatefulSet) { s.OwnerReferences = nil }), node(false), plan.StatefulSet{Foreign: true}},
	}
	for _, tc := range tests {
		if tc.set != nil {
			w.cache(t, tc.set)
		}
		w.cache(t, tc.node)
		if diff := cmp.Diff(tc.want, w.assistants.find(t.Context(), pr, "aa")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// Without the right to watch them, StatefulSets are asked for and all nodes are good.
func TestFindAssistantWithoutWatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pr := newRun("a")
	w.cache(t, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "aa-0", Namespace: "ns", UID: "pod"}, Spec: corev1.PodSpec{NodeName: "n"}})
	set := &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: "aa", Namespace: "ns", UID: "set",
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(pr, v1.SchemeGroupVersion.WithKind("PipelineRun"))},
		},
		Status: appsv1.StatefulSetStatus{ReadyReplicas: 1},
	}
	if err := w.kubefake.Tracker().Add(set); err != nil {
		t.Fatal(err)
	}
	a := assistants{kube: w.kubefake, pods: w.assistants.pods}
	if diff := cmp.Diff(plan.StatefulSet{Exists: true, UID: "set"}, a.find(t.Context(), pr, "aa")); diff != "" {
		t.Errorf("one that exists (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(plan.StatefulSet{}, a.find(t.Context(), pr, "bb")); diff != "" {
		t.Errorf("one that does not (-want +got):\n%s", diff)
	}
}

func TestDeleteClaimRemovesOnlyTheProtection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{
		Name: "c", Namespace: "ns", Finalizers: []string{"example.com/keep", protectionFinalizer},
	}}
	if err := w.kubefake.Tracker().Add(claim); err != nil {
		t.Fatal(err)
	}
	if err := w.releaseClaim(context.Background(), claim); err != nil {
		t.Fatal(err)
	}
	got, err := w.kubefake.CoreV1().PersistentVolumeClaims("ns").Get(context.Background(), "c", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"example.com/keep"}, got.Finalizers); diff != "" {
		t.Errorf("finalizers (-want +got):\n%s", diff)
	}
}
