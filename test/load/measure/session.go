// Package measure times runs on a cluster and counts what they cost it. It works through the public API alone: a Session
// registers a node of its own on which every pod ends at once, so that what is left is the control plane, creates runs for it,
// and reads the counters of the API server and of Tenon's components before and afterwards.
//
// The counters of the API server are those of the whole cluster: what others do meanwhile counts too.
package measure

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

// Settings are what all measurements of a session have in common.
type Settings struct {
	// Results lets every step report a result, for shapes with Results.
	Results bool
	// Rate is how many runs are created per second; 0 creates all at once.
	Rate float64
	// Creators is how many requests that create runs are under way at the same time, at least 1.
	Creators int
	// Settle is how long to wait after the last run for late events before counting.
	Settle time.Duration
	// Kill is how long after the first run was created the controller that leads is ended; 0 ends none.
	Kill time.Duration
	// KillWith is a command that kills a container at once, given its ID as the last argument. Without it the leader's pod is deleted.
	KillWith string
	// Keep leaves namespaces with all runs in place.
	Keep bool
}

// Session is one use of a cluster: Start, then Open, any number of measurements and Close, as often as wanted, then Stop.
type Session struct {
	*cluster.Clients
	settings Settings
	own      *ownRequests
	node     *virtualNode
	id       string
	// opened counts the namespaces, the last of which is namespace; empty if none is open.
	opened    int
	namespace string
}

// Connect returns a session on the cluster that KUBECONFIG names. It creates nothing there.
func Connect(settings Settings) (*Session, error) {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), &clientcmd.ConfigOverrides{}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	own := &ownRequests{counts: Counts{}}
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
	return &Session{
		Clients: clients, settings: settings, own: own, id: id,
		node: &virtualNode{name: "tenon-virtual-" + id, kube: kube, results: settings.Results},
	}, nil
}

// Start registers the node, and returns when pods can be scheduled to it. Stop has to be called also if it fails.
func (s *Session) Start(ctx context.Context) error {
	if err := s.node.start(ctx); err != nil {
		return fmt.Errorf("starting the virtual node: %w", err)
	}
	return nil
}

// Node is the name of the node, for shapes that are used without a measurement.
func (s *Session) Node() string { return s.node.name }

// Stop takes the node off the cluster.
func (s *Session) Stop() error { return s.node.remove() }

// Open makes a namespace with what runs of the shape refer to. Close has to be called also if it fails.
func (s *Session) Open(ctx context.Context, sh Shape) error {
	s.opened++
	s.namespace = fmt.Sprintf("tenon-load-%s-%d", s.id, s.opened)
	_, err := s.Kube.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: s.namespace, Labels: map[string]string{"tenon-load": "true"},
	}}, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("creating namespace %s: %w", s.namespace, err)
	}
	if err := s.awaitServiceAccount(ctx); err != nil {
		return err
	}
	return s.createDefinitions(ctx, sh)
}

// awaitServiceAccount waits until pods can be created. Nothing can be watched for less than the wait is worth.
func (s *Session) awaitServiceAccount(ctx context.Context) error {
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

func (s *Session) createDefinitions(ctx context.Context, sh Shape) error {
	if sh.Inline {
		return nil
	}
	if _, err := s.Tekton.TektonV1().Tasks(s.namespace).Create(ctx, sh.Task(), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating the Task: %w", err)
	}
	if sh.Single() {
		return nil
	}
	if _, err := s.Tekton.TektonV1().Pipelines(s.namespace).Create(ctx, sh.Pipeline(), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating the Pipeline: %w", err)
	}
	return nil
}

// cleanPatience bounds how long a session waits for Kubernetes to delete what it made.
const cleanPatience = 10 * time.Minute

// Close deletes the namespace with all runs. It also works when the program was interrupted. It ends when everything is gone, since
// deleting takes the machine as much as creating did: what is measured next would be measured beside it. It needs the node, which
// confirms that pods are gone.
func (s *Session) Close() error {
	name := s.namespace
	if s.namespace = ""; name == "" {
		return nil
	}
	if s.settings.Keep {
		log.Printf("namespace %s is kept", name)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanPatience)
	defer cancel()
	namespaces := s.Kube.CoreV1().Namespaces()
	err := namespaces.Delete(ctx, name, metav1.DeleteOptions{})
	for err == nil {
		if err = pause(ctx, time.Second); err == nil {
			_, err = namespaces.Get(ctx, name, metav1.GetOptions{})
		}
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("deleting namespace %s: %w", name, err)
}

// CleanUp closes what is open and stops the session.
func (s *Session) CleanUp() error { return errors.Join(s.Close(), s.Stop()) }

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
