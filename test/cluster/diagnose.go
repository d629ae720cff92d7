package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// logLines is how much of each log is printed.
const logLines = 60

// summary is a run in one line.
func summary(object runtime.Object) string {
	if object == nil || reflect.ValueOf(object).IsNil() {
		return "nothing"
	}
	switch o := object.(type) {
	case *v1.TaskRun:
		return fmt.Sprintf("TaskRun %s: %s", o.Name, conditionText(o.Status.GetCondition("Succeeded")))
	case *v1.PipelineRun:
		return fmt.Sprintf("PipelineRun %s: %s", o.Name, conditionText(o.Status.GetCondition("Succeeded")))
	default:
		text, err := json.Marshal(object)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
}

func conditionText(c interface {
	GetReason() string
	GetMessage() string
	IsTrue() bool
	IsFalse() bool
},
) string {
	state := "Unknown"
	switch {
	case c.IsTrue():
		state = "True"
	case c.IsFalse():
		state = "False"
	}
	return fmt.Sprintf("%s %s: %s", state, c.GetReason(), c.GetMessage())
}

// diagnose prints the runs, pods, events and logs of the namespace.
func (n *Namespace) diagnose() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var b strings.Builder
	fmt.Fprintf(&b, "state of namespace %s:\n", n.Name)
	if runs, err := n.Tekton.TektonV1().PipelineRuns(n.Name).List(ctx, metav1.ListOptions{}); err == nil {
		for i := range runs.Items {
			fmt.Fprintf(&b, "  %s\n", summary(&runs.Items[i]))
			for _, s := range runs.Items[i].Status.SkippedTasks {
				fmt.Fprintf(&b, "    skipped %s: %s\n", s.Name, s.Reason)
			}
		}
	}
	if runs, err := n.Tekton.TektonV1().TaskRuns(n.Name).List(ctx, metav1.ListOptions{}); err == nil {
		for i := range runs.Items {
			fmt.Fprintf(&b, "  %s\n", summary(&runs.Items[i]))
		}
	}
	if events, err := n.Kube.CoreV1().Events(n.Name).List(ctx, metav1.ListOptions{}); err == nil {
		for _, e := range events.Items {
			fmt.Fprintf(&b, "  event %s %s/%s %s: %s\n", e.Type, e.InvolvedObject.Kind, e.InvolvedObject.Name, e.Reason, e.Message)
		}
	}
	if pods, err := n.Kube.CoreV1().Pods(n.Name).List(ctx, metav1.ListOptions{}); err == nil {
		for i := range pods.Items {
			n.podState(ctx, &b, &pods.Items[i])
		}
	}
	n.t.Log(b.String())
}

func (n *Namespace) podState(ctx context.Context, b *strings.Builder, pod *corev1.Pod) {
	fmt.Fprintf(b, "  pod %s: %s %s %s\n", pod.Name, pod.Status.Phase, pod.Status.Reason, pod.Status.Message)
	statuses := append(append([]corev1.ContainerStatus{}, pod.Status.InitContainerStatuses...), pod.Status.ContainerStatuses...)
	for _, s := range statuses {
		state, err := json.Marshal(s.State)
		if err != nil {
			state = []byte(err.Error())
		}
		fmt.Fprintf(b, "    %s: %s\n", s.Name, state)
		log, err := n.Kube.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{
			Container: s.Name, TailLines: ptr.To[int64](logLines),
		}).DoRaw(ctx)
		if err != nil || len(log) == 0 {
			continue
		}
		for _, line := range strings.Split(strings.TrimSpace(string(log)), "\n") {
			fmt.Fprintf(b, "      | %s\n", line)
		}
	}
}
