// Package leases keeps the leases of a component when its container starts anew, and shares them among its replicas.
package leases

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"
	"knative.dev/pkg/injection/sharedmain"
	"knative.dev/pkg/leaderelection"
	"knative.dev/pkg/system"
)

// Environment variables that name the pod of the process. Its Deployment sets them.
const (
	podNameEnv = "POD_NAME"
	podUIDEnv  = "POD_UID"
)

// Keep returns a context with which sharedmain takes part in leader election under the name of the pod, as component. A process
// that was killed cannot give its leases back. The one that follows it in the same pod has the same name, and goes on with them
// at once; by a name of its own, as it gets from sharedmain, it would wait until they are over (contract 4 §7.7).
//
// Of the buckets of a queue, a replica takes no more than its share as long as another one, a pod with the label app of the given
// value, may come and take the rest.
//
// Without the variables POD_NAME and POD_UID the context stays as it is: only they make sure that no two processes have one name.
func Keep(ctx context.Context, kube kubernetes.Interface, component, app string) (context.Context, error) {
	name, uid := os.Getenv(podNameEnv), os.Getenv(podUIDEnv)
	if name == "" || uid == "" {
		return ctx, nil
	}
	settings, err := read(ctx, kube)
	if err != nil {
		return ctx, err
	}
	ctx = leaderelection.WithConfig(ctx, settings)
	elected := settings.GetComponentConfig(component)
	elected.Identity = name + "_" + uid
	// Otherwise sharedmain would put its own names in the place of these.
	ctx = sharedmain.WithHADisabled(ctx)
	shared := newShares(elected.Identity, patience(elected), renewal(elected), countReplicas(kube, app, clock.RealClock{}), clock.RealClock{})
	known := newNews(elected.RetryPeriod, clock.RealClock{})
	go known.follow(ctx, kube.CoordinationV1().Leases(system.Namespace()))
	elected.RetryPeriod = min(elected.RetryPeriod, tryPeriod)
	return leaderelection.WithDynamicLeaderElectorBuilder(ctx, sharing{kube, shared, known}, elected), nil
}

// tryPeriod is how often a replica tries to take a lease, at most: leader election adds up to 1.2 times of it at random. What
// it costs is little, see news.
const tryPeriod = time.Second / 2

// retries is within how many retry periods each replica tries to take a lease, and maxPatience how long work may stand still
// because a replica that is to do it has not started yet.
const (
	retries     = 2.5
	maxPatience = 3 * time.Second
)

// patience is how long a lease above the share is left to others.
func patience(c leaderelection.ComponentConfig) time.Duration {
	return min(time.Duration(retries*float64(c.RetryPeriod)), maxPatience)
}

// renewal is how often a lease is renewed: every retry period, as it is set. A replica that cannot renew ends its work by the
// renew deadline after it last thought that it had renewed, which has to be before the others think that the lease is over.
func renewal(c leaderelection.ComponentConfig) time.Duration {
	return min(c.RetryPeriod, (c.LeaseDuration-c.RenewDeadline)/2)
}

// startTime is how long a replica may take to start.
const startTime = 30 * time.Second

// countReplicas returns a function that counts the pods with a label app that are ready, or may soon be.
func countReplicas(kube kubernetes.Interface, app string, clock clock.PassiveClock) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		pods, err := kube.CoreV1().Pods(system.Namespace()).List(ctx, metav1.ListOptions{LabelSelector: "app=" + app})
		if err != nil {
			return 0, fmt.Errorf("counting replicas: %w", err)
		}
		n := 0
		for i := range pods.Items {
			p := &pods.Items[i]
			if p.DeletionTimestamp == nil && (isReady(p) || clock.Since(p.CreationTimestamp.Time) < startTime) {
				n++
			}
		}
		return n, nil
	}
}

func isReady(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func read(ctx context.Context, kube kubernetes.Interface) (*leaderelection.Config, error) {
	name := leaderelection.ConfigMapName()
	cm, err := kube.CoreV1().ConfigMaps(system.Namespace()).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		cm, err = &corev1.ConfigMap{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the ConfigMap %s: %w", name, err)
	}
	settings, err := leaderelection.NewConfigFromConfigMap(cm)
	if err != nil {
		return nil, fmt.Errorf("reading the ConfigMap %s: %w", name, err)
	}
	return settings, nil
}
