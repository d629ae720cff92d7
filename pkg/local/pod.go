package local

import (
	"io"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Pods carries out pods, as the kubelet of a cluster does.
type Pods interface {
	// Start begins a pod, which must not be changed. report gets each new status, in order, from one goroutine at a time, until the pod
	// is removed. It may be called before Start returns.
	Start(pod *corev1.Pod, objects Objects, report func(corev1.PodStatus)) Pod
}

// Pod is a pod that was started.
type Pod interface {
	// Update takes over annotations, images of containers and activeDeadlineSeconds.
	Update(pod *corev1.Pod)
	// Delete stops all containers within grace, and removes the pod; it does not wait for that.
	Delete(grace time.Duration)
	// Remove gives back what a pod that has ended still holds; it does not wait for that.
	Remove()
	// Done is closed when the pod is removed. Its logs stay.
	Done() <-chan struct{}
	// Log opens the log of a container.
	Log(container string) (io.ReadCloser, error)
}

// Objects are what pods refer to. Errors are those of the API: IsNotFound holds for what is missing.
type Objects interface {
	ConfigMap(namespace, name string) (*corev1.ConfigMap, error)
	Secret(namespace, name string) (*corev1.Secret, error)
	// Claim returns the folder of a claim, on this machine.
	Claim(namespace, name string) (dir string, err error)
}

// Folders keeps the content of PersistentVolumeClaims in folders of this machine. It is used by many goroutines.
type Folders interface {
	// Claim returns the folder of a claim, which it makes if there is none. owned says that a run made the claim, so that it goes with the
	// run; other claims are the user's, and what is in them stays. An error that says that there is no such claim fulfils IsNotFound.
	Claim(claim *corev1.PersistentVolumeClaim, owned bool) (dir string, err error)
	// Remove removes the folder of a claim that a run made.
	Remove(namespace, name string) error
}
