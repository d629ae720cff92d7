package kubelet

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// imageResult is what asking for an image gave.
type imageResult struct {
	ref   string
	image *container.Image
	err   error
}

// lookUp begins to ask for the image, so that those of all containers come side by side. The lock must be held.
func (w *worker) lookUp() {
	pod, c := w.p.spec, find(w.p.spec, w.name)
	if isOurs(c.Image) {
		return
	}
	w.lookup = make(chan imageResult, 1)
	go func(to chan<- imageResult) {
		image, err := w.ask(pod, c)
		to <- imageResult{c.Image, image, err}
	}(w.lookup)
}

// pull returns the image of the container: that which was asked for first, or a new one.
func (w *worker) pull(pod *corev1.Pod, c *corev1.Container) (*container.Image, error) {
	if first := w.lookup; first != nil {
		w.lookup = nil
		select {
		case r := <-first:
			if r.ref == c.Image {
				return r.image, r.err
			}
		case <-w.ctx.Done():
			return nil, w.ctx.Err()
		}
	}
	return w.ask(pod, c)
}

func (w *worker) ask(pod *corev1.Pod, c *corev1.Container) (*container.Image, error) {
	keys, err := pullSecrets(pod, w.p.objects)
	if err != nil {
		w.p.o.Logger.Warn("reading the pull secrets of a pod", "pod", pod.Name, "error", err)
	}
	req := container.ImageRequest{Ref: c.Image, Policy: w.p.pullPolicy(c), Keychain: keys}
	if progress := w.p.o.Progress; progress != nil {
		req.Progress = func(what string) { progress(pod, w.name, what) }
	}
	return w.p.runtime.Image(w.ctx, req)
}

// pullPolicy is the container's, or what an API server fills in.
func (k *Kubelet) pullPolicy(c *corev1.Container) corev1.PullPolicy {
	switch {
	case k.o.PullPolicy != "":
		return k.o.PullPolicy
	case c.ImagePullPolicy != "":
		return c.ImagePullPolicy
	case isLatest(c.Image):
		return corev1.PullAlways
	default:
		return corev1.PullIfNotPresent
	}
}

// isLatest tells whether a reference has the tag latest, or none and no digest.
func isLatest(ref string) bool {
	if strings.Contains(ref, "@") {
		return false
	}
	name := ref[strings.LastIndexByte(ref, '/')+1:]
	_, tag, tagged := strings.Cut(name, ":")
	return !tagged || tag == "latest"
}
