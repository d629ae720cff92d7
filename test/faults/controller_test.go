//go:build e2e

package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/test/cluster"
)

// name is that of the controller's Deployment, its ServiceAccount and its container.
const name = "tekton-pipelines-controller"

// host runs the controller as a process of this machine, so that it can be killed at any point, in the place of the one in the cluster.
type host struct {
	t       *testing.T
	gate    *gate
	clients *cluster.Clients
	binary  string
	args    []string
	env     []string
	log     *os.File

	mu      sync.Mutex
	process *exec.Cmd
	kills   int
	// wanted says that the controller is to be started again when it was killed.
	wanted bool
}

// newHost stops the controller in the cluster until the test ends, and starts one here, behind a gate.
func newHost(t *testing.T) *host {
	t.Helper()
	clients, err := cluster.Connect()
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, clients: clients, gate: newGate(t, clients.Config), binary: filepath.Join(t.TempDir(), "controller")}
	h.gate.end = h.kill
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", h.binary, "../../cmd/controller").CombinedOutput(); err != nil {
		t.Fatalf("building the controller: %v\n%s", err, out)
	}
	h.replace()
	if h.log, err = os.Create(filepath.Join(t.TempDir(), "log")); err != nil {
		t.Fatal(err)
	}
	h.env = append(os.Environ(),
		"KUBECONFIG="+h.kubeconfig(), "SYSTEM_NAMESPACE="+cluster.SystemNamespace, "POD_NAME=host", "POD_UID="+t.Name(),
		"KUBERNETES_MIN_VERSION=v1.28.0", "METRICS_DOMAIN=tekton.dev/pipeline", "METRICS_PROMETHEUS_PORT=29090",
		"CONFIG_LOGGING_NAME=config-logging", "CONFIG_OBSERVABILITY_NAME=config-observability", "CONFIG_DEFAULTS_NAME=config-defaults",
		"CONFIG_LEADERELECTION_NAME=config-leader-election-controller", "CONFIG_FEATURE_FLAGS_NAME=feature-flags")
	t.Cleanup(h.stop)
	h.start()
	return h
}

// replace takes over the arguments of the controller in the cluster, and lets it come back when the test ends.
func (h *host) replace() {
	h.t.Helper()
	deployments := h.clients.Kube.AppsV1().Deployments(cluster.SystemNamespace)
	deployment, err := deployments.Get(h.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	h.args = deployment.Spec.Template.Spec.Containers[0].Args
	h.t.Cleanup(h.away(name))
}

// away stops the pods of a Deployment, and returns a function that brings them back.
func (h *host) away(deployment string) (back func()) {
	h.t.Helper()
	scale, err := h.clients.Kube.AppsV1().Deployments(cluster.SystemNamespace).GetScale(h.t.Context(), deployment, metav1.GetOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	replicas := max(scale.Spec.Replicas, 1)
	h.scale(h.t.Context(), deployment, 0)
	return func() { h.scale(context.Background(), deployment, replicas) }
}

// scale sets how many pods a Deployment has and waits until it has them.
func (h *host) scale(ctx context.Context, deployment string, replicas int32) {
	h.t.Helper()
	deployments := h.clients.Kube.AppsV1().Deployments(cluster.SystemNamespace)
	scale, err := deployments.GetScale(ctx, deployment, metav1.GetOptions{})
	if err != nil {
		h.t.Errorf("scaling %s: %v", deployment, err)
		return
	}
	scale.Spec.Replicas = replicas
	if _, err := deployments.UpdateScale(ctx, deployment, scale, metav1.UpdateOptions{}); err != nil {
		h.t.Errorf("scaling %s: %v", deployment, err)
		return
	}
	err = wait.PollUntilContextTimeout(ctx, time.Second, cluster.Patience, true, func(ctx context.Context) (bool, error) {
		d, err := deployments.Get(ctx, deployment, metav1.GetOptions{})
		if err != nil {
			return false, nil //nolint:nilerr // it is asked again
		}
		pods, err := h.clients.Kube.CoreV1().Pods(cluster.SystemNamespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(d.Spec.Selector)})
		return err == nil && d.Status.AvailableReplicas == replicas && len(pods.Items) == int(replicas), nil
	})
	if err != nil {
		h.t.Errorf("waiting for %d pods of %s: %v", replicas, deployment, err)
	}
}

// kubeconfig writes one that leads through the gate, with the rights of the controller.
func (h *host) kubeconfig() string {
	h.t.Helper()
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr.To(int64(3 * 60 * 60))}}
	token, err := h.clients.Kube.CoreV1().ServiceAccounts(cluster.SystemNamespace).CreateToken(h.t.Context(), name, request, metav1.CreateOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	config := api.NewConfig()
	config.Clusters["gate"] = &api.Cluster{Server: h.gate.server.URL, CertificateAuthorityData: h.gate.authority()}
	config.AuthInfos["controller"] = &api.AuthInfo{Token: token.Status.Token}
	config.Contexts["gate"] = &api.Context{Cluster: "gate", AuthInfo: "controller"}
	config.CurrentContext = "gate"
	path := filepath.Join(h.t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func (h *host) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wanted = true
	if err := h.run(); err != nil {
		h.t.Fatal(err)
	}
}

// run starts the controller. When it ends although it is wanted, it is started again, as kubelet does.
func (h *host) run() error {
	process := exec.Command(h.binary, h.args...)
	process.Env, process.Stdout, process.Stderr = h.env, h.log, h.log
	if err := process.Start(); err != nil {
		return fmt.Errorf("starting the controller: %w", err)
	}
	h.process = process
	go func() {
		_ = process.Wait() // how it ended does not matter
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.wanted {
			return
		}
		h.gate.open()
		if err := h.run(); err != nil {
			h.t.Error(err)
		}
	}()
	return nil
}

// kill ends the controller without warning. It is called with the gate's lock, and must not wait for anybody who wants that.
func (h *host) kill() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kills++
	if err := h.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Errorf("killing the controller: %v", err)
	}
}

// stop ends the controller in peace, so that it gives its leases back, and prints the end of its log if the test failed.
func (h *host) stop() {
	h.mu.Lock()
	h.wanted = false
	process := h.process
	h.mu.Unlock()
	_ = process.Process.Signal(syscall.SIGTERM) // it may have ended
	if h.t.Failed() {
		if log, err := os.ReadFile(h.log.Name()); err == nil {
			lines := strings.Split(string(bytes.TrimSpace(log)), "\n")
			h.t.Logf("end of the controller's log:\n%s", strings.Join(lines[max(0, len(lines)-60):], "\n"))
		}
	}
}
