// Package cluster lets tests work on a live cluster: each in a namespace of its own, waiting by watches, and with what a
// person would look at printed when a test fails.
package cluster

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned"
)

// SystemNamespace is where Tenon is installed.
const SystemNamespace = "tekton-pipelines"

// Patience is how long a test waits for a run by default. It is no measure of speed: a machine with two cores that runs
// many tests at once is slow.
const Patience = 4 * time.Minute

// Clients reach a cluster.
type Clients struct {
	Config  *rest.Config
	Kube    kubernetes.Interface
	Tekton  versioned.Interface
	Dynamic dynamic.Interface
	Mapper  *restmapper.DeferredDiscoveryRESTMapper
}

var connect = sync.OnceValues(func() (*Clients, error) {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), &clientcmd.ConfigOverrides{}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	return NewClients(config)
})

// Connect returns clients for the cluster that KUBECONFIG names, the same ones at each call.
func Connect() (*Clients, error) { return connect() }

// NewClients returns clients without a rate limit of their own.
func NewClients(config *rest.Config) (*Clients, error) {
	config.QPS = -1
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("building the Kubernetes client: %w", err)
	}
	tekton, err := versioned.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("building the Tekton client: %w", err)
	}
	dyn, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("building the dynamic client: %w", err)
	}
	return &Clients{
		Config: config, Kube: kube, Tekton: tekton, Dynamic: dyn,
		Mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(kube.Discovery())),
	}, nil
}

// Namespace is a namespace that one test has for itself.
type Namespace struct {
	*Clients
	Name string
	t    testing.TB
}

// New makes a namespace for a test. When the test ends it is deleted, after its state has been printed if the test
// failed. With TENON_KEEP=1 the namespaces of failed tests are kept.
func New(t testing.TB) *Namespace {
	t.Helper()
	clients, err := Connect()
	if err != nil {
		t.Fatalf("connecting to the cluster: %v", err)
	}
	ctx := context.Background()
	ns, err := clients.Kube.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "tenon-test-", Labels: map[string]string{"tenon-test": "true"},
	}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("creating a namespace: %v", err)
	}
	n := &Namespace{Clients: clients, Name: ns.Name, t: t}
	t.Cleanup(n.end)
	n.awaitServiceAccount()
	return n
}

func (n *Namespace) end() {
	if n.t.Failed() {
		n.diagnose()
		if os.Getenv("TENON_KEEP") != "" {
			n.t.Logf("namespace %s is kept", n.Name)
			return
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := n.Kube.CoreV1().Namespaces().Delete(ctx, n.Name, metav1.DeleteOptions{}); err != nil {
		n.t.Logf("deleting namespace %s: %v", n.Name, err)
	}
}

// awaitServiceAccount waits until pods can be created.
func (n *Namespace) awaitServiceAccount() {
	n.t.Helper()
	list := n.Kube.CoreV1().ServiceAccounts(n.Name)
	await(n.t, 30*time.Second, "the default service account", lister[*corev1.ServiceAccountList]{list.List, list.Watch}, "default",
		func(*corev1.ServiceAccount) bool { return true })
}
