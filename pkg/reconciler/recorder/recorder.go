// Package recorder records events. A broadcaster of client-go sends one event after the other, and drops those that come
// while a thousand wait; under load, runs would lose events that people look for. Here several work side by side, and the
// events of one object stay in order.
package recorder

import (
	"context"
	"hash/maphash"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/record"
	"knative.dev/pkg/controller"

	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned/scheme"
)

// lanes is how many events are sent at the same time. Each has a queue of its own.
const lanes = 16

// remembered is how many objects each lane remembers the events of, to count those that repeat: together as many as a single
// broadcaster does. It keeps some 2 KiB for each, so that the number is felt in the memory of the controller.
const remembered = 4096 / lanes

// Recorder is a record.EventRecorder.
type Recorder struct {
	seed  maphash.Seed
	lanes [lanes]record.EventRecorder
}

var _ record.EventRecorder = (*Recorder)(nil)

// Into returns ctx with a recorder whose events come from the named component, until ctx ends. A recorder that ctx has
// already stays.
func Into(ctx context.Context, kube kubernetes.Interface, component string) context.Context {
	if controller.GetEventRecorder(ctx) != nil {
		return ctx
	}
	r := &Recorder{seed: maphash.MakeSeed()}
	sink := sink{EventSink: &typedcorev1.EventSinkImpl{Interface: kube.CoreV1().Events("")}, ctx: ctx, pauses: pauses}
	for i := range r.lanes {
		b := record.NewBroadcaster(record.WithContext(ctx), record.WithCorrelatorOptions(record.CorrelatorOptions{
			LRUCacheSize: remembered, SpamKeyFunc: spamKey,
		}))
		b.StartRecordingToSink(sink)
		r.lanes[i] = b.NewRecorder(scheme.Scheme, corev1.EventSource{Component: component})
		context.AfterFunc(ctx, b.Shutdown)
	}
	return controller.WithEventRecorder(ctx, r)
}

// spamKey says which events have a budget in common: those about one object for one reason. By default all of one type have, so that
// a run which told of its progress often enough could not tell how it ended.
func spamKey(e *corev1.Event) string {
	o := e.InvolvedObject
	return strings.Join([]string{e.Source.Component, e.Source.Host, o.Kind, o.Namespace, o.Name, string(o.UID), o.APIVersion, e.Type, e.Reason}, "\x00")
}

func (r *Recorder) lane(object runtime.Object) record.EventRecorder {
	m, err := meta.Accessor(object)
	if err != nil {
		return r.lanes[0]
	}
	return r.lanes[maphash.String(r.seed, string(m.GetUID()))%lanes]
}

// Event implements record.EventRecorder.
func (r *Recorder) Event(object runtime.Object, eventtype, reason, message string) {
	r.lane(object).Event(object, eventtype, reason, message)
}

// Eventf implements record.EventRecorder.
func (r *Recorder) Eventf(object runtime.Object, eventtype, reason, messageFmt string, args ...interface{}) {
	r.lane(object).Eventf(object, eventtype, reason, messageFmt, args...)
}

// AnnotatedEventf implements record.EventRecorder.
func (r *Recorder) AnnotatedEventf(object runtime.Object, annotations map[string]string, eventtype, reason, messageFmt string, args ...interface{}) {
	r.lane(object).AnnotatedEventf(object, annotations, eventtype, reason, messageFmt, args...)
}
