package recorder

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"
	"knative.dev/pkg/controller"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func TestEventsOfAnObjectStayInOrder(t *testing.T) {
	t.Parallel()
	const objects, each = 50, 5
	var (
		mu   sync.Mutex
		sent = map[string][]string{}
		left sync.WaitGroup
	)
	left.Add(objects * each)
	kube := fake.NewClientset()
	kube.PrependReactor("create", "events", func(action clienttesting.Action) (bool, runtime.Object, error) {
		event := action.(clienttesting.CreateAction).GetObject().(*corev1.Event)
		mu.Lock()
		defer mu.Unlock()
		name := event.InvolvedObject.Name
		sent[name] = append(sent[name], event.Reason)
		if event.Source.Component != "TaskRun" || event.InvolvedObject.Kind != "TaskRun" {
			t.Errorf("event is from %q about a %q", event.Source.Component, event.InvolvedObject.Kind)
		}
		left.Done()
		return true, event, nil
	})
	recorder := controller.GetEventRecorder(Into(t.Context(), kube, "TaskRun"))
	var want []string
	for i := range each {
		want = append(want, fmt.Sprint("Reason", i))
		for j := range objects {
			name := fmt.Sprint("run-", j)
			tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns", UID: types.UID(name)}}
			recorder.Event(tr, corev1.EventTypeNormal, want[i], "message")
		}
	}
	left.Wait()
	mu.Lock()
	defer mu.Unlock()
	for name, got := range sent {
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestIntoKeepsARecorder(t *testing.T) {
	t.Parallel()
	have := record.NewFakeRecorder(1)
	ctx := controller.WithEventRecorder(context.Background(), have)
	if got := controller.GetEventRecorder(Into(ctx, fake.NewClientset(), "TaskRun")); got != record.EventRecorder(have) {
		t.Errorf("recorder was replaced by %T", got)
	}
}

// A run that tells of its progress and of its trouble for long still has to tell how it ended.
func TestTheEndIsAlwaysRecorded(t *testing.T) {
	t.Parallel()
	kube := fake.NewClientset()
	sent := make(chan string, 1000)
	kube.PrependReactor("create", "events", func(action clienttesting.Action) (bool, runtime.Object, error) {
		event := action.(clienttesting.CreateAction).GetObject().(*corev1.Event)
		sent <- event.Reason
		return true, event, nil
	})
	kube.PrependReactor("patch", "events", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &corev1.Event{}, nil
	})
	recorder := controller.GetEventRecorder(Into(t.Context(), kube, "PipelineRun"))
	pr := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: "run", Namespace: "ns", UID: "u"}}
	recorder.Event(pr, corev1.EventTypeNormal, "Started", "")
	for i := range 60 {
		recorder.Event(pr, corev1.EventTypeNormal, "Running", fmt.Sprint("Tasks Completed: ", i))
		recorder.Event(pr, corev1.EventTypeWarning, "InternalError", fmt.Sprint("quota, attempt ", i))
	}
	recorder.Event(pr, corev1.EventTypeNormal, "Succeeded", "Tasks Completed: 60")
	recorder.Event(pr, corev1.EventTypeWarning, "Failed", "or so")
	want := map[string]bool{"Started": true, "Succeeded": true, "Failed": true}
	for len(want) > 0 {
		select {
		case reason := <-sent:
			delete(want, reason)
		case <-t.Context().Done():
			t.Fatalf("not recorded: %v", want)
		}
	}
}
