package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/tenon-ci/tenon/test/cluster"
)

// protobuf is how the node talks to the API server, as a kubelet does.
const protobuf = "application/vnd.kubernetes.protobuf"

// session is one use of the program on one cluster.
type session struct {
	*cluster.Clients
	opts      options
	own       *ownRequests
	node      *virtualNode
	namespace string
}

func connect(opts options) (*session, error) {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), &clientcmd.ConfigOverrides{}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	own := &ownRequests{counts: counts{}}
	config.Wrap(own.wrap)
	clients, err := cluster.NewClients(config)
	if err != nil {
		return nil, err
	}
	fast := rest.CopyConfig(config)
	fast.ContentType, fast.AcceptContentTypes = protobuf, protobuf
	kube, err := kubernetes.NewForConfig(fast)
	if err != nil {
		return nil, fmt.Errorf("building the client of the virtual node: %w", err)
	}
	id := fmt.Sprintf("%d-%d", time.Now().Unix(), os.Getpid())
	return &session{
		Clients: clients, opts: opts, own: own, namespace: "tenon-load-" + id,
		node: &virtualNode{name: "tenon-virtual-" + id, kube: kube, results: opts.results},
	}, nil
}

// prepare makes the namespace with what runs refer to, and the node.
func (s *session) prepare(ctx context.Context) error {
	if err := s.node.start(ctx); err != nil {
		return fmt.Errorf("starting the virtual node: %w", err)
	}
	_, err := s.Kube.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: s.namespace, Labels: map[string]string{"tenon-load": "true"},
	}}, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("creating namespace %s: %w", s.namespace, err)
	}
	if err := s.awaitServiceAccount(ctx); err != nil {
		return err
	}
	return s.createDefinitions(ctx)
}

// awaitServiceAccount waits until pods can be created. Nothing can be watched for less than the wait is worth.
func (s *session) awaitServiceAccount(ctx context.Context) error {
	for {
		_, err := s.Kube.CoreV1().ServiceAccounts(s.namespace).Get(ctx, "default", metav1.GetOptions{})
		if !apierrors.IsNotFound(err) {
			return err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("waiting for the default service account: %w", err)
		}
	}
}

func (s *session) createDefinitions(ctx context.Context) error {
	if s.opts.inline {
		return nil
	}
	task := s.shape().task()
	if _, err := s.Tekton.TektonV1().Tasks(s.namespace).Create(ctx, task, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating the Task: %w", err)
	}
	if s.shape().single() {
		return nil
	}
	if _, err := s.Tekton.TektonV1().Pipelines(s.namespace).Create(ctx, s.shape().pipeline(), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating the Pipeline: %w", err)
	}
	return nil
}

func (s *session) shape() shape {
	return shape{kind: s.opts.shape, size: s.opts.size, results: s.opts.results, inline: s.opts.inline, node: s.node.name}
}

// cleanPatience bounds how long the program waits for Kubernetes to delete what it made.
const cleanPatience = 10 * time.Minute

// cleanUp also works when the program was interrupted. It ends when everything is gone, since deleting takes the machine as much
// as creating did: what is measured next would be measured beside it.
func (s *session) cleanUp() error {
	if s.opts.keep {
		log.Printf("namespace %s is kept; the virtual node is gone", s.namespace)
		return s.node.remove()
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanPatience)
	defer cancel()
	return errors.Join(s.deleteNamespace(ctx), s.node.remove())
}

// deleteNamespace needs the node: it confirms that pods are gone.
func (s *session) deleteNamespace(ctx context.Context) error {
	namespaces := s.Kube.CoreV1().Namespaces()
	err := namespaces.Delete(ctx, s.namespace, metav1.DeleteOptions{})
	for err == nil {
		if err = pause(ctx, time.Second); err == nil {
			_, err = namespaces.Get(ctx, s.namespace, metav1.GetOptions{})
		}
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("deleting namespace %s: %w", s.namespace, err)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
