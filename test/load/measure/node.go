package measure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
)

const (
	// nodeWorkers is how many pods the node reports at the same time.
	nodeWorkers = 16
	// heartbeat is how often the node says that it lives; Kubernetes waits for leaseSeconds.
	heartbeat    = 10 * time.Second
	leaseSeconds = 40
)

// virtualNode is a node on which every pod runs and ends at once.
type virtualNode struct {
	name    string
	kube    kubernetes.Interface
	results bool
	queue   chan *corev1.Pod
	// stop ends the node's goroutines, which outlive the measurement so that pods can be deleted.
	stop context.CancelFunc
}

// start registers the node and returns when pods can be scheduled to it.
func (n *virtualNode) start(ctx context.Context) error {
	var life context.Context
	life, n.stop = context.WithCancel(context.Background())
	node, err := n.kube.CoreV1().Nodes().Create(ctx, n.object(), metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("creating node %s: %w", n.name, err)
	}
	// Kubernetes marks new nodes meanwhile.
	node.ResourceVersion, node.Status = "", nodeStatus(time.Now())
	if _, err := n.kube.CoreV1().Nodes().UpdateStatus(ctx, node, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("writing the status of node %s: %w", n.name, err)
	}
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: n.name, Namespace: corev1.NamespaceNodeLease}, Spec: n.lease()}
	if _, err := n.kube.CoordinationV1().Leases(lease.Namespace).Create(ctx, lease, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating the lease of node %s: %w", n.name, err)
	}
	go n.beat(life)
	if err := n.watchPods(life); err != nil {
		return err
	}
	return n.awaitReady(ctx)
}

func (n *virtualNode) object() *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.name, Labels: map[string]string{corev1.LabelHostname: n.name, corev1.LabelOSStable: "linux"}},
		Spec:       corev1.NodeSpec{Taints: []corev1.Taint{{Key: taint, Value: "true", Effect: corev1.TaintEffectNoSchedule}}},
	}
}

func nodeStatus(now time.Time) corev1.NodeStatus {
	room := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("100000"), corev1.ResourceMemory: resource.MustParse("1Pi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("1Pi"), corev1.ResourcePods: resource.MustParse("1000000"),
	}
	at := metav1.NewTime(now)
	status := corev1.NodeStatus{Capacity: room, Allocatable: room, NodeInfo: corev1.NodeSystemInfo{
		OperatingSystem: "linux", Architecture: "amd64", KubeletVersion: "v1.28.0-virtual",
	}}
	for kind, value := range map[corev1.NodeConditionType]corev1.ConditionStatus{
		corev1.NodeReady: corev1.ConditionTrue, corev1.NodeMemoryPressure: corev1.ConditionFalse,
		corev1.NodeDiskPressure: corev1.ConditionFalse, corev1.NodePIDPressure: corev1.ConditionFalse,
	} {
		status.Conditions = append(status.Conditions, corev1.NodeCondition{
			Type: kind, Status: value, Reason: "Virtual", LastHeartbeatTime: at, LastTransitionTime: at,
		})
	}
	return status
}

func (n *virtualNode) lease() coordinationv1.LeaseSpec {
	return coordinationv1.LeaseSpec{
		HolderIdentity: ptr.To(n.name), LeaseDurationSeconds: ptr.To[int32](leaseSeconds), RenewTime: ptr.To(metav1.NowMicro()),
	}
}

func (n *virtualNode) beat(ctx context.Context) {
	for pause(ctx, heartbeat) == nil {
		patch, err := json.Marshal(map[string]any{"spec": n.lease()})
		if err != nil {
			log.Printf("heartbeat: %v", err)
			return
		}
		_, err = n.kube.CoordinationV1().Leases(corev1.NamespaceNodeLease).Patch(ctx, n.name, types.MergePatchType, patch, metav1.PatchOptions{})
		if err != nil && ctx.Err() == nil {
			log.Printf("heartbeat: %v", err)
		}
	}
}

// awaitReady waits until Kubernetes has taken the taint off that new nodes have.
func (n *virtualNode) awaitReady(ctx context.Context) error {
	for {
		node, err := n.kube.CoreV1().Nodes().Get(ctx, n.name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("reading node %s: %w", n.name, err)
		}
		if len(node.Spec.Taints) == 1 {
			return nil
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("waiting for node %s to be ready: %w", n.name, err)
		}
	}
}

// watchPods lets every pod that is scheduled to the node end.
func (n *virtualNode) watchPods(ctx context.Context) error {
	factory := informers.NewSharedInformerFactoryWithOptions(n.kube, 0, informers.WithTweakListOptions(func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", n.name).String()
	}))
	n.queue = make(chan *corev1.Pod, 100_000)
	pods := factory.Core().V1().Pods().Informer()
	handle := func(object any) {
		pod, ok := object.(*corev1.Pod)
		if ok && (pod.Status.Phase == corev1.PodPending || pod.DeletionTimestamp != nil) {
			n.queue <- pod
		}
	}
	if _, err := pods.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: handle, UpdateFunc: func(_, object any) { handle(object) }}); err != nil {
		return fmt.Errorf("watching pods: %w", err)
	}
	factory.Start(ctx.Done())
	for range nodeWorkers {
		go n.work(ctx)
	}
	return nil
}

func (n *virtualNode) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case pod := <-n.queue:
			if err := n.runPod(ctx, pod); err != nil && ctx.Err() == nil && !apierrors.IsNotFound(err) {
				log.Printf("running pod %s/%s: %v", pod.Namespace, pod.Name, err)
			}
		}
	}
}

// runPod reports first that the pod runs and then that it has ended, as a kubelet does.
func (n *virtualNode) runPod(ctx context.Context, pod *corev1.Pod) error {
	client := n.kube.CoreV1().Pods(pod.Namespace)
	if pod.DeletionTimestamp != nil {
		return client.Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)})
	}
	for _, state := range []func(*corev1.Pod, time.Time, bool) (corev1.PodStatus, error){Running, Succeeded} {
		status, err := state(pod, time.Now(), n.results)
		if err != nil {
			return err
		}
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID}, "status": status})
		if err != nil {
			return fmt.Errorf("writing the pod's status: %w", err)
		}
		_, err = client.Patch(ctx, pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
		if apierrors.IsInvalid(err) {
			// A watch that was interrupted shows pods again that have ended meanwhile.
			if now, e := client.Get(ctx, pod.Name, metav1.GetOptions{}); e == nil && now.Status.Phase == corev1.PodSucceeded {
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// remove takes the node off the cluster.
func (n *virtualNode) remove() error {
	if n.stop == nil {
		return nil
	}
	n.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var errs []error
	for _, err := range []error{
		n.kube.CoreV1().Nodes().Delete(ctx, n.name, metav1.DeleteOptions{}),
		n.kube.CoordinationV1().Leases(corev1.NamespaceNodeLease).Delete(ctx, n.name, metav1.DeleteOptions{}),
	} {
		if !apierrors.IsNotFound(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
