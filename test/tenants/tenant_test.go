//go:build e2e

package tenants

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// secret is what a tenant must never see of another one.
const secret = "do-not-tell-4711"

// tenant is a namespace with an account that has the role edit in it, and acts as nobody else.
type tenant struct {
	*cluster.Namespace
	// as acts as the account.
	as *cluster.Namespace
}

// newTenant makes a namespace and its account, and waits until the role counts.
func newTenant(t *testing.T) tenant {
	t.Helper()
	ns := cluster.New(t)
	ctx := t.Context()
	if _, err := ns.Kube.CoreV1().ServiceAccounts(ns.Name).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "tenant"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := ns.Kube.RbacV1().RoleBindings(ns.Name).Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "tenant"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "tenant", Namespace: ns.Name}},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "edit"},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	config := rest.CopyConfig(ns.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + ns.Name + ":tenant"}
	clients, err := cluster.NewClients(config)
	if err != nil {
		t.Fatal(err)
	}
	out := tenant{ns, &cluster.Namespace{Clients: clients, Name: ns.Name}}
	err = wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		_, err := clients.Tekton.TektonV1().TaskRuns(ns.Name).List(ctx, metav1.ListOptions{})
		return err == nil, nil
	})
	if err != nil {
		t.Fatalf("the tenant may not list TaskRuns: %v", err)
	}
	return out
}

// create makes objects as the tenant, and returns the first refusal.
func (a tenant) create(t *testing.T, text string) error {
	t.Helper()
	objects, err := cluster.Objects([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		if _, err := a.as.TryCreate(object); err != nil {
			return err
		}
	}
	return nil
}

// run makes a run as the tenant, which nothing refuses, and returns how it ends.
func (a tenant) run(t *testing.T, name, text string) *v1.TaskRun {
	t.Helper()
	if err := a.create(t, text); err != nil {
		t.Fatal(err)
	}
	return a.TaskRunDone(name)
}

func failure(tr *v1.TaskRun) (reason, message string) {
	if c := tr.Status.GetCondition(apis.ConditionSucceeded); c != nil {
		return c.Reason, c.Message
	}
	return "", ""
}

// victim makes what a tenant would like to have in a namespace.
func (a tenant) victim(t *testing.T) {
	t.Helper()
	a.Create(fmt.Sprintf(`
apiVersion: v1
kind: Secret
metadata: {name: theirs}
stringData: {token: %[1]s, password: %[1]s, username: u}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: theirs}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: theirs}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
---
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: theirs}
spec: {steps: [{name: s, image: busybox, script: "echo %[1]s"}]}
`, secret))
}

// untold fails if the secret is in anything that the tenant can read.
func (a tenant) untold(t *testing.T) {
	t.Helper()
	ctx := context.Background() // It is called when the test has ended.
	runs, err := a.as.Tekton.TektonV1().TaskRuns(a.Name).List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	requests, err := a.Dynamic.Resource(requestResource).Namespace(a.Name).List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	events, err := a.as.Kube.CoreV1().Events(a.Name).List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if where := fmt.Sprintf("%+v\n%+v\n%+v", runs.Items, requests.Items, events.Items); strings.Contains(where, secret) {
		at := strings.Index(where, secret)
		t.Errorf("the secret is in %q", where[max(0, at-200):at+len(secret)])
	}
}
