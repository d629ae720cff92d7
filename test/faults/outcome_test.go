//go:build e2e

package faults

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/test/cluster"
)

// outcome is what clients see of a run when it is over, without what differs each time: times, UIDs, and how often progress was told.
type outcome struct {
	Condition           string
	Results             map[string]string
	Labels, Annotations map[string]string
	Skipped             []string
	References          []string
	Children            map[string]child
	// Pods counts the pods of each TaskRun.
	Pods map[string]int
	// Claims and Assistants are what is left of what was made for the run.
	Claims, Assistants int
	// Events counts those that are told once, by reason; Told are the reasons of the others.
	Events map[string]int
	Told   []string
}

// child is a TaskRun.
type child struct {
	Condition           string
	Results             map[string]string
	Labels, Annotations map[string]string
	Events              map[string]int
}

// incidental are the reasons of events that tell of the fault, or of progress: a run that goes on while its status can't be written has
// none to tell of.
var incidental = []string{"Running", "Error", "InternalError", "UpdateFailed", "TaskRunsCreationFailed"}

// see returns how things are now. What can't be read is missing in it.
func see(ctx context.Context, ns *cluster.Namespace) outcome {
	pr, err := ns.Tekton.TektonV1().PipelineRuns(ns.Name).Get(ctx, "run", metav1.GetOptions{})
	if err != nil {
		return outcome{Condition: err.Error()}
	}
	told := events(ctx, ns)
	got := outcome{
		Condition: condition(pr.Status.GetCondition(apis.ConditionSucceeded), pr.Status.CompletionTime),
		Results:   map[string]string{}, Labels: pr.Labels, Annotations: pr.Annotations,
		Children: map[string]child{}, Pods: map[string]int{}, Events: map[string]int{},
	}
	for _, r := range pr.Status.Results {
		got.Results[r.Name] = r.Value.StringVal
	}
	for _, s := range pr.Status.SkippedTasks {
		got.Skipped = append(got.Skipped, s.Name)
	}
	for _, ref := range pr.Status.ChildReferences {
		got.References = append(got.References, ref.Kind+" "+ref.Name+" of "+ref.PipelineTaskName)
	}
	slices.Sort(got.References)
	for reason, n := range told[pr.UID] {
		switch {
		case milestone(reason):
			got.Events[reason] = n
		case !slices.Contains(incidental, reason):
			got.Told = append(got.Told, reason)
		}
	}
	slices.Sort(got.Told)
	addChildren(ctx, ns, &got, pr.UID, told)
	return got
}

func addChildren(ctx context.Context, ns *cluster.Namespace, got *outcome, run types.UID, told map[types.UID]map[string]int) {
	runs, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).List(ctx, metav1.ListOptions{})
	if err != nil {
		return
	}
	for i := range runs.Items {
		tr := &runs.Items[i]
		c := child{
			Condition: condition(tr.Status.GetCondition(apis.ConditionSucceeded), tr.Status.CompletionTime),
			Results:   map[string]string{}, Labels: maps.Clone(tr.Labels), Annotations: tr.Annotations, Events: map[string]int{},
		}
		if c.Labels["tekton.dev/pipelineRunUID"] == string(run) {
			c.Labels["tekton.dev/pipelineRunUID"] = "that of the run"
		}
		for _, r := range tr.Status.Results {
			c.Results[r.Name] = r.Value.StringVal
		}
		for reason, n := range told[tr.UID] {
			if milestone(reason) {
				c.Events[reason] = n
			}
		}
		got.Children[tr.Name] = c
	}
	if pods, err := ns.Kube.CoreV1().Pods(ns.Name).List(ctx, metav1.ListOptions{LabelSelector: "tekton.dev/taskRun"}); err == nil {
		for i := range pods.Items {
			got.Pods[pods.Items[i].Labels["tekton.dev/taskRun"]]++
		}
	}
	if claims, err := ns.Kube.CoreV1().PersistentVolumeClaims(ns.Name).List(ctx, metav1.ListOptions{}); err == nil {
		got.Claims = len(claims.Items)
	}
	if sets, err := ns.Kube.AppsV1().StatefulSets(ns.Name).List(ctx, metav1.ListOptions{}); err == nil {
		got.Assistants = len(sets.Items)
	}
}

func condition(c *apis.Condition, completed *metav1.Time) string {
	if c == nil {
		return "none"
	}
	text := string(c.Status) + " " + c.Reason + ": " + c.Message
	if completed.IsZero() {
		text += " (not completed)"
	}
	return text
}

// milestone tells whether events count.
func milestone(reason string) bool {
	return reason == "Started" || reason == "Succeeded" || reason == "Failed"
}

// events counts the events about each run by reason. Those that differ in their text only in the count of progress are one.
func events(ctx context.Context, ns *cluster.Namespace) map[types.UID]map[string]int {
	told := map[types.UID]map[string]int{}
	list, err := ns.Kube.CoreV1().Events(ns.Name).List(ctx, metav1.ListOptions{})
	if err != nil {
		return told
	}
	for i := range list.Items {
		e := &list.Items[i]
		if !strings.HasSuffix(e.InvolvedObject.Kind, "Run") {
			continue
		}
		uid := e.InvolvedObject.UID
		if told[uid] == nil {
			told[uid] = map[string]int{}
		}
		told[uid][e.Reason] += int(max(e.Count, 1))
	}
	return told
}

// await waits until the outcome is as wanted. Events and the removal of what was made for the run may come after its end.
func await(t *testing.T, ns *cluster.Namespace, want outcome) {
	t.Helper()
	var got outcome
	err := wait.PollUntilContextTimeout(t.Context(), time.Second, time.Minute, true, func(context.Context) (bool, error) {
		got = see(t.Context(), ns) // all of it, also when the time is over meanwhile
		return cmp.Equal(want, got), nil
	})
	if err != nil {
		t.Errorf("outcome (-undisturbed +disturbed):\n%s", cmp.Diff(want, got))
	}
}

// complete tells whether nothing more is to come of an undisturbed run.
func complete(got outcome) bool {
	if got.Events["Succeeded"]+got.Events["Failed"] == 0 || got.Claims+got.Assistants > 0 {
		return false
	}
	for _, c := range got.Children {
		if c.Events["Succeeded"]+c.Events["Failed"] == 0 {
			return false
		}
	}
	return len(got.Children) > 0
}

// undisturbed returns the outcome of a run that nothing happens to.
func undisturbed(t *testing.T) outcome {
	t.Helper()
	ns := cluster.New(t)
	ns.Create(run)
	if pr := ns.PipelineRunDone("run"); !pr.IsSuccessful() {
		t.Fatalf("the undisturbed run failed: %v", pr.Status.GetCondition(apis.ConditionSucceeded))
	}
	var got outcome
	err := wait.PollUntilContextTimeout(t.Context(), time.Second, time.Minute, true, func(ctx context.Context) (bool, error) {
		got = see(ctx, ns)
		return complete(got), nil
	})
	if err != nil {
		t.Fatalf("the undisturbed run did not come to rest: %+v", got)
	}
	return got
}
