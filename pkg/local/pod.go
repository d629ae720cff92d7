package local

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/kubelet"
)

// Pods carries out pods, as the kubelet of a cluster does; *kubelet.Kubelet is one.
type Pods interface {
	// Start begins a pod, which must not be changed. report gets each new status, in order, from one goroutine at a time, until the pod
	// is removed. It may be called before Start returns.
	Start(pod *corev1.Pod, objects kubelet.Objects, report func(corev1.PodStatus)) kubelet.Pod
}

// Folders keeps the content of PersistentVolumeClaims in folders of this machine. It is used by many goroutines.
type Folders interface {
	// Claim returns the folder of a claim, which it makes if there is none. owned says that a run made the claim, so that it goes with the
	// run; other claims are the user's, and what is in them stays. An error that says that there is no such claim fulfils IsNotFound.
	Claim(claim *corev1.PersistentVolumeClaim, owned bool) (dir string, err error)
	// Remove removes the folder of a claim that a run made.
	Remove(namespace, name string) error
}
