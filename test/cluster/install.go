package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/wait"
)

// ResolversNamespace is where the resolvers are installed.
const ResolversNamespace = "tekton-pipelines-resolvers"

// rolloutPatience is how long new pods of a Deployment may take, pollPeriod how often they are looked at.
const (
	rolloutPatience = 2 * time.Minute
	pollPeriod      = 500 * time.Millisecond
)

// ChangeConfig sets keys of a ConfigMap, which is made if there is none, and returns what puts back what was there. It is for
// those who set something up for a whole package; a test calls SetConfig. It waits for no one to see the change.
func (c *Clients) ChangeConfig(ctx context.Context, namespace, name string, data map[string]string) (restore func(context.Context) error, err error) {
	client := c.Kube.CoreV1().ConfigMaps(namespace)
	stored, err := client.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		made := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
		if _, err := client.Create(ctx, made, metav1.CreateOptions{}); err != nil {
			return nil, fmt.Errorf("making ConfigMap %s: %w", name, err)
		}
		return func(ctx context.Context) error { return client.Delete(ctx, name, metav1.DeleteOptions{}) }, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s: %w", name, err)
	}
	before, after := map[string]any{}, map[string]any{}
	for key, value := range data {
		after[key], before[key] = value, nil
		if was, ok := stored.Data[key]; ok {
			before[key] = was
		}
	}
	change := func(ctx context.Context, data map[string]any) error {
		text, err := json.Marshal(map[string]any{"data": data})
		if err != nil {
			return err
		}
		if _, err := client.Patch(ctx, name, types.MergePatchType, text, metav1.PatchOptions{}); err != nil {
			return fmt.Errorf("changing ConfigMap %s: %w", name, err)
		}
		return nil
	}
	return func(ctx context.Context) error { return change(ctx, before) }, change(ctx, after)
}

// AwaitDeployment waits until all pods of a Deployment are ready, and those of its former revision gone, which work until their end.
func (c *Clients) AwaitDeployment(ctx context.Context, namespace, name string) error {
	err := wait.PollUntilContextTimeout(ctx, pollPeriod, rolloutPatience, true, func(ctx context.Context) (bool, error) {
		d, err := c.Kube.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		want := int32(1)
		if d.Spec.Replicas != nil {
			want = *d.Spec.Replicas
		}
		if s := d.Status; s.ObservedGeneration < d.Generation || s.UpdatedReplicas != want || s.ReadyReplicas != want {
			return false, nil
		}
		pods, err := c.podsOf(ctx, d)
		return len(pods) == int(want), err
	})
	if err != nil {
		return fmt.Errorf("waiting for Deployment %s: %w", name, err)
	}
	return nil
}

// ReplacePods deletes the pods of a Deployment, and waits until others are ready in their place. Its revision stays the same.
func (c *Clients) ReplacePods(ctx context.Context, namespace, name string) error {
	d, err := c.Kube.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("reading Deployment %s: %w", name, err)
	}
	before, err := c.podsOf(ctx, d)
	if err != nil {
		return err
	}
	old := sets.New[types.UID]()
	for i := range before {
		old.Insert(before[i].UID)
		err := c.Kube.CoreV1().Pods(namespace).Delete(ctx, before[i].Name, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting pod %s: %w", before[i].Name, err)
		}
	}
	err = wait.PollUntilContextTimeout(ctx, pollPeriod, rolloutPatience, true, func(ctx context.Context) (bool, error) {
		now, err := c.podsOf(ctx, d)
		ready := 0
		for i := range now {
			if old.Has(now[i].UID) {
				return false, err
			}
			if isReady(&now[i]) {
				ready++
			}
		}
		return ready > 0 && ready == len(now), err
	})
	if err != nil {
		return fmt.Errorf("waiting for new pods of Deployment %s: %w", name, err)
	}
	return nil
}

func (c *Clients) podsOf(ctx context.Context, d *appsv1.Deployment) ([]corev1.Pod, error) {
	list, err := c.Kube.CoreV1().Pods(d.Namespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(d.Spec.Selector)})
	if err != nil {
		return nil, fmt.Errorf("listing the pods of Deployment %s: %w", d.Name, err)
	}
	return list.Items, nil
}

func isReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
