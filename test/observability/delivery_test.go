//go:build e2e

package observability

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/tenon-ci/tenon/hack/telemetry/sink"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// eventsController is the Deployment that sends CloudEvents.
const eventsController = "tekton-events-controller"

// tenTasks is a run of ten tasks on six levels. CODE is what the last of them ends with.
const tenTasks = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: work}
spec:
  params: [{name: code, default: "0"}]
  results: [{name: name}]
  steps:
  - name: first
    image: busybox
    script: printf %s "$(context.taskRun.name)" > $(results.name.path); sleep 1
  - name: last
    image: busybox
    script: sleep 1; exit $(params.code)
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: ten}
spec:
  pipelineSpec:
    results: [{name: one, value: $(tasks.a.results.name)}]
    tasks:
    - {name: a, taskRef: {name: work}}
    - {name: b, taskRef: {name: work}, runAfter: [a]}
    - {name: c, taskRef: {name: work}, runAfter: [a]}
    - {name: d, taskRef: {name: work}, runAfter: [a]}
    - {name: e, taskRef: {name: work}, runAfter: [b, c, d]}
    - {name: f, taskRef: {name: work}, runAfter: [e]}
    - {name: g, taskRef: {name: work}, runAfter: [e]}
    - {name: h, taskRef: {name: work}, runAfter: [e]}
    - {name: i, taskRef: {name: work}, runAfter: [f, g, h]}
    - {name: j, taskRef: {name: work}, runAfter: [i], params: [{name: code, value: "CODE"}]}
`

// down is how long the sink does not answer at the start of a run.
const down = 20 * time.Second

// TestEvents has a run of ten tasks with two controllers that send events. The sink is down at first, and one that leads is killed in
// the middle of it. Still every event about every object has to arrive, in order, and once for those who look at IDs.
func TestEvents(t *testing.T) {
	scale(t, eventsController, 2)
	cluster.SetConfig(t, "config-events", map[string]string{"sink": "http://" + receiver.address("8080")})
	receiver.behave(t, sink.Behavior{DownFor: down.String()})
	ns := cluster.New(t)
	ns.Create(strings.ReplaceAll(tenTasks, "CODE", "0"))
	ns.TaskRunDone("ten-a")
	killLeader(t, eventsController)
	if pr := ns.PipelineRunDone("ten"); !pr.IsSuccessful() {
		t.Fatalf("the run ended with %s", pr.Status.GetCondition("Succeeded").GetMessage())
	}

	objects := map[string]bool{}
	for _, run := range ns.Runs() {
		objects[fmt.Sprintf("/apis/tekton.dev/v1/namespaces/%s/%s/%s", ns.Name, run.GetKind(), run.GetName())] = true
	}
	if len(objects) != 11 {
		t.Fatalf("there are %d runs, want 11", len(objects))
	}
	events := awaitFinalEvents(t, ns.Name, objects)
	heard := map[string]bool{}
	for source, about := range BySource(events) {
		heard[source] = true
		for _, wrong := range CheckObject(about) {
			t.Errorf("%s: %s", source, wrong)
		}
		if t.Failed() {
			t.Logf("%s: %s", source, states(about))
		}
	}
	if diff := cmp.Diff(objects, heard); diff != "" {
		t.Errorf("objects with events (-want +got):\n%s", diff)
	}
	checkDeliveryEvent(t, ns)
}

// late is how long the test waits for events that should not come.
const late = 5 * time.Second

// awaitFinalEvents waits until the final event about each of the objects has arrived, and a bit longer.
func awaitFinalEvents(t *testing.T, namespace string, objects map[string]bool) []Event {
	t.Helper()
	delivered := func() (events []Event, repeats int) {
		events, repeats, err := Delivered(receiver.requests(t), namespace)
		if err != nil {
			t.Fatal(err)
		}
		return events, repeats
	}
	eventually(t, 4*time.Minute, func() error {
		ended := map[string]bool{}
		events, _ := delivered()
		for i := range events {
			if events[i].IsFinal() {
				ended[events[i].Source] = true
			}
		}
		if diff := cmp.Diff(objects, ended); diff != "" {
			return fmt.Errorf("objects with a final event (-want +got):\n%s", diff)
		}
		return nil
	})
	time.Sleep(late)
	events, repeats := delivered()
	t.Logf("%d events arrived, %d of them more than once", len(events), repeats)
	return events
}

func states(events []Event) string {
	var words []string
	for _, e := range events {
		words = append(words, e.State+"#"+e.Sequence)
	}
	return strings.Join(words, " ")
}

// checkDeliveryEvent looks for the Kubernetes event about the last CloudEvent of the run, which nobody was killed after.
func checkDeliveryEvent(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	const want = "Sent dev.tekton.event.pipelinerun.successful.v1"
	eventually(t, 30*time.Second, func() error {
		selector := fields.Set{"involvedObject.kind": "PipelineRun", "involvedObject.name": "ten", "reason": "CloudEventSent"}.String()
		list, err := ns.Kube.CoreV1().Events(ns.Name).List(t.Context(), metav1.ListOptions{FieldSelector: selector})
		if err != nil {
			return err
		}
		var seen []string
		for i := range list.Items {
			e := &list.Items[i]
			if e.Message == want && e.Type == "Normal" && e.Source.Component == "PipelineRunEvents" {
				return nil
			}
			seen = append(seen, fmt.Sprintf("%s from %s: %s", e.Type, e.Source.Component, e.Message))
		}
		return fmt.Errorf("there is no event %q of PipelineRunEvents among %q", want, seen)
	})
}

// TestRefusedEvents has a sink that refuses every third request and dawdles, which must keep no run waiting and lose no event; and then
// one that refuses for good, which is told as a Kubernetes event.
func TestRefusedEvents(t *testing.T) {
	cluster.SetConfig(t, "config-events", map[string]string{"sink": "http://" + receiver.address("8080")})
	receiver.behave(t, sink.Behavior{Status: 503, Every: 3, Delay: "200ms"})
	ns := cluster.New(t)
	ns.Create(simpleTaskRun("refused"))
	if tr := ns.TaskRunDone("refused"); !tr.IsSuccessful() {
		t.Fatalf("the run ended with %s", condition(tr))
	}
	source := fmt.Sprintf("/apis/tekton.dev/v1/namespaces/%s/TaskRun/refused", ns.Name)
	for _, wrong := range CheckObject(awaitFinalEvents(t, ns.Name, map[string]bool{source: true})) {
		t.Errorf("%s: %s", source, wrong)
	}

	receiver.behave(t, sink.Behavior{Status: 400})
	ns.Create(simpleTaskRun("unwanted"))
	ns.TaskRunDone("unwanted")
	eventually(t, time.Minute, func() error {
		selector := fields.Set{"involvedObject.name": "unwanted", "reason": "CloudEventFailed"}.String()
		list, err := ns.Kube.CoreV1().Events(ns.Name).List(t.Context(), metav1.ListOptions{FieldSelector: selector})
		if err != nil {
			return err
		}
		for i := range list.Items {
			if e := &list.Items[i]; e.Type == "Warning" && e.Source.Component == "TaskRunEvents" {
				return nil
			}
		}
		return fmt.Errorf("none of %d events says that a CloudEvent failed", len(list.Items))
	})
}

func simpleTaskRun(name string) string {
	return fmt.Sprintf(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: %s}
spec: {taskSpec: {steps: [{name: work, image: busybox, script: "true"}]}}
`, name)
}

// condition is the message of a run's condition.
func condition(tr *v1.TaskRun) string { return tr.Status.GetCondition("Succeeded").GetMessage() }
