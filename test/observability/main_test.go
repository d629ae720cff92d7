//go:build e2e

package observability

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/hack/telemetry/otlp"
	"github.com/tenon-ci/tenon/hack/telemetry/sink"
	"github.com/tenon-ci/tenon/test/cluster"
)

// The tests change settings of the whole installation: none of them runs beside another.

// receiver is what the installation tells about runs to.
var receiver *receivers

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run starts the receivers, runs the tests, and removes them.
func run(m *testing.M) (code int) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var err error
	receiver, err = startReceivers(ctx)
	defer func() {
		if err := receiver.end(code != 0); err != nil {
			fmt.Fprintln(os.Stderr, "removing the receivers:", err)
			code = 1
		}
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting the receivers:", err)
		return 1
	}
	return m.Run()
}

// The login of the receiver that asks for one.
const (
	user     = "tracer"
	password = "a-long-password"
)

// receiverObjects is the program of hack/telemetry. Nobody listens at the service that is dead.
const receiverObjects = `
apiVersion: v1
kind: Service
metadata: {name: telemetry}
spec:
  selector: {app: telemetry}
  ports: [{name: sink, port: 8080}, {name: grpc, port: 4317}, {name: http, port: 4318}, {name: login, port: 4319}, {name: dead, port: 4320}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: telemetry}
spec:
  selector: {matchLabels: {app: telemetry}}
  template:
    metadata: {labels: {app: telemetry}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: telemetry
        image: registry.local:5000/telemetry
        env:
        - {name: TELEMETRY_BASIC_AUTH, value: "` + user + `:` + password + `"}
        readinessProbe: {httpGet: {path: /-/ready, port: 4318}, periodSeconds: 1}
`

// receivers are in a namespace of their own.
type receivers struct {
	*cluster.Clients
	namespace string
}

// startReceivers returns what there is to end even if it fails.
func startReceivers(ctx context.Context) (*receivers, error) {
	r := &receivers{}
	var err error
	if r.Clients, err = cluster.Connect(); err != nil {
		return r, err
	}
	ns, err := r.Kube.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "tenon-test-telemetry-", Labels: map[string]string{"tenon-test": "true"},
	}}, metav1.CreateOptions{})
	if err != nil {
		return r, fmt.Errorf("creating a namespace: %w", err)
	}
	r.namespace = ns.Name
	objects, err := cluster.Objects([]byte(receiverObjects))
	if err != nil {
		return r, err
	}
	in := &cluster.Namespace{Clients: r.Clients, Name: r.namespace}
	for _, object := range objects {
		if _, err := in.TryCreate(object); err != nil {
			return r, fmt.Errorf("creating %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return r, r.AwaitDeployment(ctx, r.namespace, "telemetry")
}

// end removes the receivers. Where tests have failed it prints what Tenon's components said first.
func (r *receivers) end(failed bool) error {
	if r.namespace == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if failed {
		r.printLogs(ctx, r.namespace)
		r.printLogs(ctx, cluster.SystemNamespace)
	}
	return r.Kube.CoreV1().Namespaces().Delete(ctx, r.namespace, metav1.DeleteOptions{})
}

func (r *receivers) printLogs(ctx context.Context, namespace string) {
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

// address is that of a port of the receivers, for programs in the cluster.
func (r *receivers) address(port string) string { return "telemetry." + r.namespace + ".svc:" + port }

// get asks a port of the receivers through the API server for something in JSON.
func (r *receivers) get(t *testing.T, port, path string, query map[string]string, into any) {
	t.Helper()
	text, err := r.Kube.CoreV1().Services(r.namespace).ProxyGet("http", "telemetry", port, path, query).DoRaw(t.Context())
	if err != nil {
		t.Fatalf("asking the receivers for %s: %v", path, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("reading what the receivers say of %s: %v", path, err)
	}
}

// requests are those that the sink got.
func (r *receivers) requests(t *testing.T) []sink.Request {
	t.Helper()
	var out []sink.Request
	r.get(t, "8080", "/-/requests", nil, &out)
	return out
}

// spans are those of a trace.
func (r *receivers) spans(t *testing.T, traceID string) []otlp.Span {
	t.Helper()
	var out []otlp.Span
	r.get(t, "4318", "/-/spans", map[string]string{"trace": traceID}, &out)
	return out
}

// behave changes how the sink answers, until the end of the test.
func (r *receivers) behave(t *testing.T, behavior sink.Behavior) {
	t.Helper()
	put := func(ctx context.Context, behavior sink.Behavior) error {
		text, err := json.Marshal(behavior)
		if err != nil {
			return err
		}
		return r.Kube.CoreV1().RESTClient().Put().Namespace(r.namespace).Resource("services").SubResource("proxy").
			Name("http:telemetry:8080").Suffix("/-/behavior").Body(text).Do(ctx).Error()
	}
	if err := put(t.Context(), behavior); err != nil {
		t.Fatalf("changing how the sink answers: %v", err)
	}
	t.Cleanup(func() {
		if err := put(context.Background(), sink.Behavior{}); err != nil {
			t.Errorf("having the sink answer as before: %v", err)
		}
	})
}

// eventually calls a function again and again until it says that all is well, and fails the test with what it said last. It is for
// what nothing tells the end of.
func eventually(t *testing.T, limit time.Duration, check func() error) {
	t.Helper()
	var last error
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(time.Second) {
		if last = check(); last == nil {
			return
		}
	}
	t.Fatalf("after %s: %v", limit, last)
}

// scale sets the number of replicas of a Deployment of the installation until the end of the test.
func scale(t *testing.T, name string, replicas int32) {
	t.Helper()
	deployments := receiver.Kube.AppsV1().Deployments(cluster.SystemNamespace)
	set := func(ctx context.Context, replicas int32) (before int32, err error) {
		now, err := deployments.GetScale(ctx, name, metav1.GetOptions{})
		if err != nil {
			return 0, err
		}
		before = now.Spec.Replicas
		now.Spec.Replicas = replicas
		if _, err := deployments.UpdateScale(ctx, name, now, metav1.UpdateOptions{}); err != nil {
			return 0, err
		}
		return before, receiver.AwaitDeployment(ctx, cluster.SystemNamespace, name)
	}
	before, err := set(t.Context(), replicas)
	if err != nil {
		t.Fatalf("scaling %s to %d: %v", name, replicas, err)
	}
	t.Cleanup(func() {
		if _, err := set(context.Background(), before); err != nil {
			t.Errorf("scaling %s back to %d: %v", name, before, err)
		}
	})
}

// killLeader kills, without any time to say goodbye, a pod of a Deployment of the installation that holds a lease. Elsewhere than on
// the development cluster its pod is deleted, which leaves it a second.
func killLeader(t *testing.T, deployment string) {
	t.Helper()
	pod, lease := leader(t, deployment)
	t.Logf("killing %s, which holds lease %s", pod.Name, lease)
	out, err := exec.CommandContext(t.Context(), clusterScript, "kubeconfig").Output()
	if err != nil || strings.TrimSpace(string(out)) != os.Getenv("KUBECONFIG") || len(pod.Status.ContainerStatuses) == 0 {
		options := metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)}
		if err := receiver.Kube.CoreV1().Pods(pod.Namespace).Delete(t.Context(), pod.Name, options); err != nil {
			t.Fatalf("deleting pod %s: %v", pod.Name, err)
		}
		return
	}
	_, id, _ := strings.Cut(pod.Status.ContainerStatuses[0].ContainerID, "://")
	if out, err := exec.CommandContext(t.Context(), clusterScript, "kill-container", id).CombinedOutput(); err != nil {
		t.Fatalf("killing the container of %s: %v\n%s", pod.Name, err, out)
	}
}

// clusterScript is the development cluster's.
const clusterScript = "../../hack/cluster/cluster"

// leader returns a pod of a Deployment of the installation that holds a lease, and the name of the lease.
func leader(t *testing.T, deployment string) (*corev1.Pod, string) {
	t.Helper()
	leases, err := receiver.Kube.CoordinationV1().Leases(cluster.SystemNamespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pods, err := receiver.Kube.CoreV1().Pods(cluster.SystemNamespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app=" + deployment})
	if err != nil {
		t.Fatal(err)
	}
	for i := range pods.Items {
		for j := range leases.Items {
			if strings.HasPrefix(ptr.Deref(leases.Items[j].Spec.HolderIdentity, ""), pods.Items[i].Name) {
				return &pods.Items[i], leases.Items[j].Name
			}
		}
	}
	t.Fatalf("none of the %d pods of %s holds a lease", len(pods.Items), deployment)
	return nil, ""
}
