package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// chainThere returns how long the chain takes in the cluster, from its creation until a watch shows that it is done.
func (o options) chainThere(ctx context.Context) (time.Duration, error) {
	clients, err := cluster.Connect()
	if err != nil {
		return 0, fmt.Errorf("connecting to the cluster: %w", err)
	}
	ns, err := clients.Kube.CoreV1().Namespaces().Create(ctx,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "tenon-local-"}}, metav1.CreateOptions{})
	if err != nil {
		return 0, fmt.Errorf("creating a namespace: %w", err)
	}
	defer clients.Kube.CoreV1().Namespaces().Delete(ctx, ns.Name, metav1.DeleteOptions{}) //nolint:errcheck // nothing depends on it
	err = wait.PollUntilContextTimeout(ctx, time.Second/4, time.Minute, true, func(ctx context.Context) (bool, error) {
		_, err := clients.Kube.CoreV1().ServiceAccounts(ns.Name).Get(ctx, "default", metav1.GetOptions{})
		return err == nil, nil // it is not there yet
	})
	if err != nil {
		return 0, fmt.Errorf("waiting for the service account: %w", err)
	}
	var run v1.PipelineRun
	if err := yaml.Unmarshal([]byte(o.chainText()), &run); err != nil {
		return 0, err
	}
	runs := clients.Tekton.TektonV1().PipelineRuns(ns.Name)
	began := time.Now()
	created, err := runs.Create(ctx, &run, metav1.CreateOptions{})
	if err != nil {
		return 0, fmt.Errorf("creating the chain: %w", err)
	}
	changes, err := runs.Watch(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector("metadata.name", created.Name).String(), ResourceVersion: created.ResourceVersion,
	})
	if err != nil {
		return 0, fmt.Errorf("watching the chain: %w", err)
	}
	defer changes.Stop()
	for change := range changes.ResultChan() {
		if pr, ok := change.Object.(*v1.PipelineRun); ok && pr.IsDone() {
			if c := pr.Status.GetCondition("Succeeded"); !c.IsTrue() {
				return 0, fmt.Errorf("the chain has failed: %s", c.Message)
			}
			return time.Since(began), nil
		}
	}
	return 0, fmt.Errorf("the watch of the chain ended before the chain")
}
