package measure

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/test/cluster"
)

var errNoLeader = errors.New("no lease is held by a pod of the controller")

// endLeader ends a controller that leads a share of the work on objects of a kind, and returns the name of its pod.
func (s *Session) endLeader(ctx context.Context, kind string) (string, error) {
	pod, lease, err := s.leader(ctx, kind)
	if err != nil {
		return "", err
	}
	log.Printf("ending %s, which holds lease %s", pod.Name, lease)
	if s.settings.KillWith == "" {
		return pod.Name, s.Kube.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)})
	}
	return pod.Name, killContainer(ctx, s.settings.KillWith, pod)
}

// leader finds a pod of the controller that holds a lease of the reconciler of a kind, and the name of the lease.
func (s *Session) leader(ctx context.Context, kind string) (*corev1.Pod, string, error) {
	leases, err := s.Kube.CoordinationV1().Leases(cluster.SystemNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, "", fmt.Errorf("listing leases: %w", err)
	}
	pods, err := s.Kube.CoreV1().Pods(cluster.SystemNamespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + ControllerApp})
	if err != nil {
		return nil, "", fmt.Errorf("listing pods of the controller: %w", err)
	}
	for i := range leases.Items {
		if !strings.Contains(leases.Items[i].Name, ".reconciler."+strings.ToLower(kind)+".") {
			continue
		}
		holder := ptr.Deref(leases.Items[i].Spec.HolderIdentity, "")
		for j := range pods.Items {
			if strings.HasPrefix(holder, pods.Items[j].Name) {
				return &pods.Items[j], leases.Items[i].Name, nil
			}
		}
	}
	return nil, "", errNoLeader
}

// killContainer runs a command with the ID of the pod's container.
func killContainer(ctx context.Context, command string, pod *corev1.Pod) error {
	words := strings.Fields(command)
	if len(words) == 0 || len(pod.Status.ContainerStatuses) == 0 {
		return fmt.Errorf("killing the container of %s: no command, or no container", pod.Name)
	}
	_, id, _ := strings.Cut(pod.Status.ContainerStatuses[0].ContainerID, "://")
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], id)...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("killing container %s of %s: %w", id, pod.Name, err)
	}
	return nil
}
