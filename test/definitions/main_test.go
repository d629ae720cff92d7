//go:build e2e

// Package resolvers tests that definitions come from everywhere that they can come from: the resolvers ask real servers, which run
// in the cluster. For the time of the tests the installation trusts an authority of theirs.
package definitions

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	resolution "github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned"
	"github.com/tenon-ci/tenon/test/cluster"
)

// deployment is that of the resolvers.
const deployment = "tekton-pipelines-remote-resolvers"

// servers are what the tests fetch from.
var servers *remotes

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run sets up, runs the tests, and puts everything back.
func run(m *testing.M) (code int) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var err error
	servers, err = startRemotes(ctx)
	defer func() {
		if err := servers.end(code != 0); err != nil {
			fmt.Fprintln(os.Stderr, "putting back what the tests changed:", err)
			code = 1
		}
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting the servers:", err)
		return 1
	}
	return m.Run()
}

// remotes are servers in a namespace of their own.
type remotes struct {
	*cluster.Clients
	requests  resolution.Interface
	namespace string
	keys      keys
	restore   []func(context.Context) error
}

// startRemotes returns what there is to end even if it fails.
func startRemotes(ctx context.Context) (*remotes, error) {
	r := &remotes{}
	var err error
	if r.Clients, err = cluster.Connect(); err != nil {
		return r, err
	}
	if r.requests, err = resolution.NewForConfig(r.Config); err != nil {
		return r, err
	}
	if err := r.makeNamespace(ctx); err != nil {
		return r, err
	}
	if r.keys, err = makeKeys(r.host("git")); err != nil {
		return r, err
	}
	if err := r.createServers(); err != nil {
		return r, err
	}
	if err := r.configure(ctx); err != nil {
		return r, err
	}
	// What is trusted is read at the start.
	if err := r.ReplacePods(ctx, cluster.ResolversNamespace, deployment); err != nil {
		return r, err
	}
	return r, r.AwaitDeployment(ctx, r.namespace, "remotes")
}

func (r *remotes) makeNamespace(ctx context.Context) error {
	ns, err := r.Kube.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "tenon-test-remotes-", Labels: map[string]string{"tenon-test": "true"},
	}}, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("creating a namespace: %w", err)
	}
	r.namespace = ns.Name
	r.restore = append(r.restore, func(ctx context.Context) error {
		return r.Kube.CoreV1().Namespaces().Delete(ctx, ns.Name, metav1.DeleteOptions{})
	})
	return nil
}

// fetchTimeout is how long an HTTP server may take.
const fetchTimeout = "5s"

// configure changes the settings of the resolvers. Most tests give everything by params.
func (r *remotes) configure(ctx context.Context) error {
	for name, data := range map[string]map[string]string{
		"config-registry-cert": {"cert": r.keys.authority},
		"http-resolver-config": {"fetch-timeout": fetchTimeout},
		"resolvers-network":    {"deny": r.host("denied")},
		// The registries do not speak HTTPS.
		"bundleresolver-config": {"insecure-registries": r.host("remotes")},
		"git-resolver-config": {
			"e2e.scm-type": "gitea", "e2e.server-url": r.url("remotes", 8081), "e2e.default-org": "acme", "e2e.default-revision": "main",
			"e2e.api-token-secret-name": "login", "e2e.api-token-secret-key": "token", "e2e.api-token-secret-namespace": r.namespace,
		},
	} {
		restore, err := r.ChangeConfig(ctx, cluster.ResolversNamespace, name, data)
		if restore != nil {
			r.restore = append(r.restore, restore)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// end puts everything back. Where tests have failed it prints what the servers and the resolvers said first.
func (r *remotes) end(failed bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if failed && r.Clients != nil {
		r.printLogs(ctx, r.namespace)
		r.printLogs(ctx, cluster.ResolversNamespace)
	}
	var errs []error
	for _, restore := range slices.Backward(r.restore) {
		errs = append(errs, restore(ctx))
	}
	if len(r.restore) > 1 { // the namespace is the first
		errs = append(errs, r.ReplacePods(ctx, cluster.ResolversNamespace, deployment))
	}
	return errors.Join(errs...)
}

func (r *remotes) printLogs(ctx context.Context, namespace string) {
	pods, err := r.Kube.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return // there is nothing to print then
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		for _, c := range pod.Spec.Containers {
			log, err := r.Kube.CoreV1().Pods(namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Container: c.Name, TailLines: ptr.To[int64](80)}).DoRaw(ctx)
			fmt.Fprintf(os.Stderr, "container %s of pod %s/%s (%s, error %v):\n%s\n", c.Name, namespace, pod.Name, pod.Status.Phase, err, log)
		}
	}
}

// host is the name of a service.
func (r *remotes) host(service string) string { return service + "." + r.namespace + ".svc" }

// url is the address of a service.
func (r *remotes) url(service string, port int) string {
	return fmt.Sprintf("http://%s:%d", r.host(service), port)
}

// registry is the name of a registry.
func (r *remotes) registry(port int) string { return fmt.Sprintf("%s:%d", r.host("remotes"), port) }

// repository is the address of a Git repository over HTTP.
func (r *remotes) repository(name string) string { return "http://" + r.host("git") + "/" + name }
