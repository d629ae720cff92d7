package controller

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/pager"

	"github.com/tenon-ci/tenon/pkg/apierror"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/cloudevent"
	"github.com/tenon-ci/tenon/pkg/cloudevent/queue"
)

// Reasons of the Kubernetes events about deliveries (contract 4 §5.1).
const (
	reasonSent   = "CloudEventSent"
	reasonFailed = "CloudEventFailed"
)

// sentPrefix is what the message of a CloudEventSent has before the type.
const sentPrefix = "Sent "

// IDAnnotation is, on Kubernetes events about deliveries, the id of the CloudEvent.
const IDAnnotation = "tenon.dev/cloudevent-id"

// tellPauses are the times between the attempts to create a Kubernetes event.
var tellPauses = []time.Duration{100 * time.Millisecond, 400 * time.Millisecond, 1600 * time.Millisecond}

// tell records a Kubernetes event about the final result of a delivery. It is also the memory of it.
func (c *Controller) tell(item *queue.Item, result error) {
	e := report(item.Event, result, c.clock.Now())
	for attempt := 0; ; attempt++ {
		_, err := c.kube.CoreV1().Events(e.Namespace).Create(c.deliveries, e, metav1.CreateOptions{})
		if err == nil || apierrors.IsAlreadyExists(err) {
			return
		}
		if attempt == len(tellPauses) || !apierror.Passes(err) {
			c.logger.Warnw("the result of the delivery of an event is not recorded", "type", item.Type, "run", item.State.Key.String(), "error", err)
			return
		}
		select {
		case <-c.deliveries.Done():
			return
		case <-c.clock.After(tellPauses[attempt]):
		}
	}
}

// report returns the Kubernetes event about the result of a delivery. Its name follows from the CloudEvent: there is one for each.
func report(e cloudevent.Event, result error, now time.Time) *corev1.Event {
	s := e.State
	group := v1.SchemeGroupVersion
	if s.Kind == cloudevent.CustomRun {
		group = v1beta1.SchemeGroupVersion
	}
	out := &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: s.Key.Namespace, Name: reportName(s.Key.Name, e.ID), Annotations: map[string]string{IDAnnotation: e.ID},
		},
		InvolvedObject: corev1.ObjectReference{
			Kind: string(s.Kind), APIVersion: group.String(), Namespace: s.Key.Namespace, Name: s.Key.Name, UID: s.UID,
			ResourceVersion: s.Object.GetResourceVersion(),
		},
		Type: corev1.EventTypeNormal, Reason: reasonSent, Message: sentPrefix + e.Type,
		Source: corev1.EventSource{Component: s.Kind.Source()}, ReportingController: s.Kind.Source(),
		FirstTimestamp: metav1.NewTime(now), LastTimestamp: metav1.NewTime(now), Count: 1,
	}
	if result != nil {
		out.Type, out.Reason, out.Message = corev1.EventTypeWarning, reasonFailed, fmt.Sprintf("Could not send %s: %v", e.Type, result)
		out.Message = out.Message[:min(len(out.Message), messageLimit)]
	}
	return out
}

// Limits of the API server for events.
const (
	messageLimit = 1024
	nameLimit    = 253
)

func reportName(run, id string) string {
	suffix := "." + strings.ReplaceAll(id, "-", "")
	return strings.TrimRight(run[:min(len(run), nameLimit-len(suffix))], ".-") + suffix
}

// pageSize is how many events are listed at a time.
const pageSize = 1000

// toldOf has the ids of CloudEvents by the run that they are about. Whoever may make events in a namespace can give them any UID, so the
// namespace of an event counts too: nobody speaks for the runs of another one.
type toldOf map[runID]map[string]bool

type runID struct {
	namespace string
	uid       types.UID
}

// readTold returns the ids of the CloudEvents that Kubernetes events say are delivered or given up, by run.
// The namespace is empty for all. The events stay for an hour, unless the API server is told otherwise.
func readTold(ctx context.Context, kube kubernetes.Interface, namespace string, about func(types.NamespacedName) bool) (toldOf, error) {
	told := toldOf{}
	for _, reason := range []string{reasonSent, reasonFailed} {
		list := pager.New(func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			return kube.CoreV1().Events(namespace).List(ctx, opts)
		})
		list.PageSize = pageSize
		opts := metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector("reason", reason).String()}
		err := list.EachListItem(ctx, opts, func(object runtime.Object) error {
			if e, ok := object.(*corev1.Event); ok && about(types.NamespacedName{Namespace: e.InvolvedObject.Namespace, Name: e.InvolvedObject.Name}) {
				remember(told, e)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("listing events with the reason %s: %w", reason, err)
		}
	}
	return told, nil
}

func remember(told toldOf, e *corev1.Event) {
	id := idIn(e)
	if id == "" {
		return
	}
	of := runID{e.Namespace, e.InvolvedObject.UID}
	if told[of] == nil {
		told[of] = map[string]bool{}
	}
	told[of][id] = true
}

// idIn returns the id of the CloudEvent that a Kubernetes event is about. One that was recorded by another implementation only has the
// type, from which the id follows where a type is sent once.
func idIn(e *corev1.Event) string {
	if id := e.Annotations[IDAnnotation]; id != "" {
		return id
	}
	if eventType, ok := strings.CutPrefix(e.Message, sentPrefix); ok && e.Reason == reasonSent {
		return cloudevent.OnceID(e.InvolvedObject.UID, eventType)
	}
	return ""
}
