package taskrun

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	kubeinformers "k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"knative.dev/pkg/injection"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
)

// troubleReasons are the reasons of events about what keeps a pod from starting although nothing in the pod tells of it: a
// volume whose Secret is missing, a disk that hangs on another node, a network that is not set up.
var troubleReasons = []string{"FailedMount", "FailedMapVolume", "FailedAttachVolume", "FailedCreatePodSandBox"}

// podIndex finds events by the UID of the pod they are about.
const podIndex = "podUID"

// troubles finds the events that tell why a pod does not start.
type troubles struct{ index cache.Indexer }

// of returns the reason and text of the newest trouble with a pod; empty if there is none.
func (t troubles) of(pod *corev1.Pod) string {
	if pod == nil || pod.Status.Phase != corev1.PodPending {
		return ""
	}
	about, err := t.index.ByIndex(podIndex, string(pod.UID))
	if err != nil {
		return "" // only without the index, and then there are no events either
	}
	var newest *corev1.Event
	for _, object := range about {
		if e, ok := object.(*corev1.Event); ok && (newest == nil || lastSeen(e).After(lastSeen(newest))) {
			newest = e
		}
	}
	if newest == nil {
		return ""
	}
	return newest.Reason + ": " + newest.Message
}

// watchTroubles fills a cache with the warnings about pods, and lets passes be made over the TaskRuns whose pods, found in pods,
// are in trouble.
func watchTroubles(
	ctx context.Context, client kubernetes.Interface, pods cache.Indexer, after func(key types.NamespacedName, delay time.Duration),
) (troubles, error) {
	factory := kubeinformers.NewSharedInformerFactoryWithOptions(client, 0,
		kubeinformers.WithNamespace(injection.GetNamespaceScope(ctx)),
		kubeinformers.WithTransform(bareEvent),
		kubeinformers.WithTweakListOptions(func(o *metav1.ListOptions) {
			o.FieldSelector = fields.AndSelectors(
				fields.OneTermEqualSelector("type", corev1.EventTypeWarning), fields.OneTermEqualSelector("involvedObject.kind", "Pod"),
			).String()
		}))
	informer := factory.Core().V1().Events().Informer()
	if err := informer.AddIndexers(cache.Indexers{podIndex: indexByPod}); err != nil {
		return troubles{}, fmt.Errorf("indexing events by pod: %w", err)
	}
	wake := func(object any) {
		if run, ok := runInTrouble(object, pods); ok {
			after(run, settle)
		}
	}
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: wake, UpdateFunc: func(_, object any) { wake(object) },
	}); err != nil {
		return troubles{}, fmt.Errorf("watching events of pods: %w", err)
	}
	// Nothing waits for the events: a controller that may not list them works without.
	factory.Start(ctx.Done())
	return troubles{informer.GetIndexer()}, nil
}

// runInTrouble returns the TaskRun whose pod an event is about.
func runInTrouble(object any, pods cache.Indexer) (types.NamespacedName, bool) {
	event, ok := object.(*corev1.Event)
	if !ok || !slices.Contains(troubleReasons, event.Reason) {
		return types.NamespacedName{}, false
	}
	found, exists, err := pods.GetByKey(event.InvolvedObject.Namespace + "/" + event.InvolvedObject.Name)
	if err != nil || !exists {
		return types.NamespacedName{}, false
	}
	pod, ok := found.(*corev1.Pod)
	if !ok || pod.UID != event.InvolvedObject.UID {
		return types.NamespacedName{}, false
	}
	owner := metav1.GetControllerOf(pod)
	if owner == nil || owner.Kind != pipeline.TaskRunControllerKind {
		return types.NamespacedName{}, false
	}
	return types.NamespacedName{Namespace: pod.Namespace, Name: owner.Name}, true
}

func indexByPod(object any) ([]string, error) {
	event, ok := object.(*corev1.Event)
	if !ok || !slices.Contains(troubleReasons, event.Reason) {
		return nil, nil
	}
	return []string{string(event.InvolvedObject.UID)}, nil
}

// bareEvent keeps of an event what is read here, and of one that is no trouble only its name.
func bareEvent(object any) (any, error) {
	event, ok := object.(*corev1.Event)
	if !ok {
		return object, nil
	}
	bare := &corev1.Event{ObjectMeta: metav1.ObjectMeta{
		Namespace: event.Namespace, Name: event.Name, UID: event.UID, ResourceVersion: event.ResourceVersion,
	}}
	if slices.Contains(troubleReasons, event.Reason) {
		bare.InvolvedObject, bare.Reason, bare.Message = event.InvolvedObject, event.Reason, event.Message
		bare.LastTimestamp, bare.EventTime, bare.Series = event.LastTimestamp, event.EventTime, event.Series
	}
	return bare, nil
}

// lastSeen is when what an event tells happened last.
func lastSeen(e *corev1.Event) time.Time {
	last := e.LastTimestamp.Time
	if e.EventTime.After(last) {
		last = e.EventTime.Time
	}
	if e.Series != nil && e.Series.LastObservedTime.After(last) {
		last = e.Series.LastObservedTime.Time
	}
	return last
}
