//go:build e2e

package rbac

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/tenon-ci/tenon/test/cluster"
)

const (
	controller = "tekton-pipelines/tekton-pipelines-controller"
	webhook    = "tekton-pipelines/tekton-pipelines-webhook"
	resolvers  = "tekton-pipelines-resolvers/tekton-pipelines-resolvers"
	events     = "tekton-pipelines/tekton-events-controller"
)

// Why a right may be granted although no request of the tests needs it.
const (
	byAdmission = "no request shows it: an admission plugin asks for it when an object with blockOwnerDeletion is created"
	firstStart  = "needed at the first start in a cluster, and when the certificate is renewed, which may be before this installation"
	rarely      = "needed after a failure that the tests cannot bring about at will"
)

// excused are rights whose use the tests cannot show.
var excused = map[string]string{
	controller + ": update tekton.dev/taskruns/finalizers":                            byAdmission,
	controller + ": update tekton.dev/pipelineruns/finalizers":                        byAdmission,
	webhook + ": update namespaces/finalizers":                                        byAdmission,
	webhook + ": get namespaces":                                                      firstStart,
	webhook + ": update secrets":                                                      firstStart,
	webhook + ": update apiextensions.k8s.io/customresourcedefinitions":               firstStart,
	webhook + ": update admissionregistration.k8s.io/mutatingwebhookconfigurations":   firstStart,
	webhook + ": update admissionregistration.k8s.io/validatingwebhookconfigurations": firstStart,
	controller + ": create coordination.k8s.io/leases":                                firstStart,
	webhook + ": create coordination.k8s.io/leases":                                   firstStart,
	resolvers + ": create coordination.k8s.io/leases":                                 firstStart,
	controller + ": get pods":                                                         rarely,
	controller + ": get resolution.tekton.dev/resolutionrequests":                     rarely,
	controller + ": patch events":                                                     rarely,
	controller + ": get tekton.dev/pipelineruns":                                      rarely,
	controller + ": get tekton.dev/taskruns":                                          rarely,
	controller + ": get tekton.dev/customruns":                                        rarely,
	events + ": create coordination.k8s.io/leases":                                    firstStart,
	resolvers + ": list pods":                                                         "replicas are counted when a lease changes hands",
	events + ": list pods":                                                            "replicas are counted when a lease changes hands",
	webhook + ": watch coordination.k8s.io/leases":                                    "one role is for all that elect leaders, and the others watch",
	controller + ": get pods/log":                                                     "examples/_rbac grants it to those who want results from logs",
}

// The other packages of end-to-end tests run before this one.
func TestRightsAreThoseInUse(t *testing.T) {
	folder := auditFolder(t)
	requests := noted(t, folder, installations(t))
	refused, unused := compare(loadGrants(t, shippedDir, optionalDir), requests)
	for _, r := range refused {
		t.Errorf("asked for without a right in config/: %s", r)
	}
	for _, r := range unused {
		if excused[r] == "" {
			t.Errorf("granted in config/ and never used: %s", r)
		}
	}
	t.Logf("%d requests were compared", len(requests))
}

// auditFolder returns where the API server notes requests. Only the development cluster does.
func auditFolder(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "../../hack/cluster/cluster", "kubeconfig").Output()
	if err != nil {
		t.Fatalf("asking for the kubeconfig of the development cluster: %v", err)
	}
	own := strings.TrimSpace(string(out))
	if os.Getenv("KUBECONFIG") != own {
		t.Skipf("requests are noted by the development cluster only, whose KUBECONFIG is %s; it is %q", own, os.Getenv("KUBECONFIG"))
	}
	return filepath.Join(filepath.Dir(own), "log", "audit")
}

// installations returns since when what runs now was installed, by service account. What an older build asked for does not count.
func installations(t *testing.T) map[string]time.Time {
	t.Helper()
	clients, err := cluster.Connect()
	if err != nil {
		t.Fatal(err)
	}
	part := metav1.ListOptions{LabelSelector: "app.kubernetes.io/part-of=tekton-pipelines"}
	deployments, err := clients.Kube.AppsV1().Deployments(metav1.NamespaceAll).List(t.Context(), part)
	if err != nil {
		t.Fatal(err)
	}
	since := map[string]time.Time{}
	for i := range deployments.Items {
		d := &deployments.Items[i]
		at, err := rolledOut(t.Context(), clients.Kube, d)
		if err != nil {
			t.Fatal(err)
		}
		since[d.Namespace+"/"+d.Spec.Template.Spec.ServiceAccountName] = at
	}
	return since
}

const revision = "deployment.kubernetes.io/revision"

func rolledOut(ctx context.Context, kube kubernetes.Interface, d *appsv1.Deployment) (time.Time, error) {
	sets, err := kube.AppsV1().ReplicaSets(d.Namespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(d.Spec.Selector)})
	if err != nil {
		return time.Time{}, err
	}
	at := slices.IndexFunc(sets.Items, func(set appsv1.ReplicaSet) bool { return set.Annotations[revision] == d.Annotations[revision] })
	if at < 0 {
		return time.Time{}, fmt.Errorf("deployment %s has no ReplicaSet of its revision", d.Name)
	}
	return sets.Items[at].CreationTimestamp.Time, nil
}

// entry is what counts of a line of the audit log.
type entry struct {
	Verb string `json:"verb"`
	User struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef *struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
		APIGroup    string `json:"apiGroup"`
	} `json:"objectRef"`
	Received metav1.MicroTime `json:"requestReceivedTimestamp"`
}

// noted returns the different requests of the accounts since they were installed.
func noted(t *testing.T, folder string, since map[string]time.Time) []request {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "audit*.log"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("the API server notes nothing in %s (%v): 'hack/cluster/cluster down' and 'up' make it do so", folder, err)
	}
	found := map[request]bool{}
	for _, path := range paths {
		if err := read(path, since, found); err != nil {
			t.Fatal(err)
		}
	}
	out := make([]request, 0, len(found))
	for r := range found {
		out = append(out, r)
	}
	return out
}

func read(path string, since map[string]time.Time, into map[request]bool) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.ObjectRef == nil {
			continue // the last line may be under way, and requests without an object need no right
		}
		if e.ObjectRef.APIGroup == "authorization.k8s.io" && e.ObjectRef.Resource == "selfsubjectaccessreviews" {
			continue // everybody may ask what they may do
		}
		account := strings.Replace(strings.TrimPrefix(e.User.Username, "system:serviceaccount:"), ":", "/", 1)
		if at, ok := since[account]; !ok || e.Received.Time.Before(at) {
			continue
		}
		resource := e.ObjectRef.Resource
		if e.ObjectRef.Subresource != "" {
			resource += "/" + e.ObjectRef.Subresource
		}
		into[request{right{account, words(e.Verb, e.ObjectRef.APIGroup, resource)}, e.ObjectRef.Namespace, e.ObjectRef.Name}] = true
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}
