//go:build e2e

package tenants

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/util/retry"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// These tests change the installation, so they run before the parallel ones.

// workloads are the Deployments that look after runs, by name.
var workloads = map[string]string{
	"tekton-pipelines-controller": cluster.SystemNamespace, "tekton-events-controller": cluster.SystemNamespace,
	"tekton-pipelines-remote-resolvers": cluster.ResolversNamespace,
}

const everything = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: fetched}
spec: {workspaces: [{name: w}], steps: [{name: s, image: busybox, script: "echo hello > $(workspaces.w.path)/a"}]}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  workspaces: [{name: w, volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}}]
  pipelineSpec:
    workspaces: [{name: w}]
    tasks:
      - name: first
        workspaces: [{name: w, workspace: w}]
        taskRef: {resolver: cluster, params: [{name: kind, value: task}, {name: name, value: fetched}, {name: namespace, value: $(context.pipelineRun.namespace)}]}
      - name: second
        runAfter: [first]
        workspaces: [{name: w, workspace: w}]
        taskSpec: {workspaces: [{name: w}], steps: [{name: s, image: busybox, script: "grep hello $(workspaces.w.path)/a"}]}
`

// An installation that serves one namespace, with rights in that namespace only, beside the one for all others.
func TestScopedInstallation(t *testing.T) {
	team := cluster.New(t)
	for name, namespace := range workloads {
		change(t, team.Clients, namespace, name, func(d *appsv1.Deployment) {
			c := &d.Spec.Template.Spec.Containers[0]
			c.Args = append(c.Args, "-ignore-namespaces", team.Name)
		})
	}
	team.Create(everything)
	time.Sleep(10 * time.Second) // Nothing tells that nothing will happen.
	ignored, err := team.Tekton.TektonV1().PipelineRuns(team.Name).Get(t.Context(), "run", metav1.GetOptions{})
	if err != nil || len(ignored.Status.Conditions) > 0 {
		t.Fatalf("a run of an ignored namespace was looked at: %+v (%v)", ignored.Status, err)
	}

	s := scope{system: team.Name + "-tenon", namespace: team.Name, images: installedImages(t, team.Clients)}
	install(t, team.Clients, s)
	if pr := team.PipelineRunDone("run"); !pr.Status.GetCondition("Succeeded").IsTrue() {
		t.Errorf("the run ended with %+v", pr.Status.Conditions)
	}
	for namespace, name := range map[string]string{s.system: "tekton-pipelines-controller", s.system + "-resolvers": "tekton-pipelines-remote-resolvers"} {
		checkLogs(t, team.Clients, namespace, name)
	}

	// The other one goes on with all other namespaces.
	other := cluster.New(t)
	other.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec: {taskSpec: {steps: [{name: s, image: busybox, command: ["true"]}]}}
`)
	if tr := other.TaskRunDone("run"); !tr.IsSuccessful() {
		t.Errorf("a run of another namespace ended with %+v", tr.Status.Conditions)
	}
}

// checkLogs fails if a program was refused something, or was started again.
func checkLogs(t *testing.T, c *cluster.Clients, namespace, deployment string) {
	t.Helper()
	d, err := c.Kube.AppsV1().Deployments(namespace).Get(t.Context(), deployment, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pods, err := c.Kube.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(d.Spec.Selector)})
	if err != nil || len(pods.Items) == 0 {
		t.Fatalf("%d pods of %s (%v)", len(pods.Items), deployment, err)
	}
	for i := range pods.Items {
		p := &pods.Items[i]
		if n := p.Status.ContainerStatuses[0].RestartCount; n > 0 {
			t.Errorf("%s was started again %d times", p.Name, n)
		}
		stream, err := c.Kube.CoreV1().Pods(namespace).GetLogs(p.Name, &corev1.PodLogOptions{}).Stream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(stream)
		if err != nil {
			t.Fatal(err)
		}
		notes := 0
		for line := range strings.SplitSeq(string(text), "\n") {
			if strings.Contains(line, "forbidden") {
				t.Errorf("%s was refused something: %s", p.Name, line)
			}
			if strings.Contains(line, "nodes may not be listed and watched") {
				notes++
			}
		}
		if deployment == "tekton-pipelines-controller" && notes != 1 {
			t.Errorf("the log of %s says %d times that nodes may not be watched", p.Name, notes)
		}
	}
}

// Without rights for pods, Secrets and the like but in a chosen namespace, runs elsewhere end and say why.
func TestRightsInChosenNamespaces(t *testing.T) {
	chosen, other := cluster.New(t), cluster.New(t)
	const role = "tekton-pipelines-controller-tenant-access"
	bindings := chosen.Kube.RbacV1().ClusterRoleBindings()
	was, err := bindings.Get(t.Context(), role, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := bindings.Delete(t.Context(), role, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		restored := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: role, Labels: was.Labels}, Subjects: was.Subjects, RoleRef: was.RoleRef}
		if _, err := bindings.Create(context.Background(), restored, metav1.CreateOptions{}); err != nil {
			t.Errorf("putting back %s: %v", role, err)
		}
		if err := chosen.ReplacePods(context.Background(), cluster.SystemNamespace, "tekton-pipelines-controller"); err != nil {
			t.Error(err)
		}
	})
	bound := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: role}, Subjects: was.Subjects, RoleRef: was.RoleRef}
	if _, err := chosen.Kube.RbacV1().RoleBindings(chosen.Name).Create(t.Context(), bound, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := chosen.ReplacePods(t.Context(), cluster.SystemNamespace, "tekton-pipelines-controller"); err != nil {
		t.Fatal(err)
	}
	chosen.Create(everything)
	other.Create(everything)
	if pr := chosen.PipelineRunDone("run"); !pr.Status.GetCondition("Succeeded").IsTrue() {
		t.Errorf("in the chosen namespace the run ended with %+v", pr.Status.Conditions)
	}
	other.Create(sleeping("task"))
	tr := other.AwaitTaskRun("task", "to end, or to say what it waits for", func(tr *v1.TaskRun) bool {
		_, message := failure(tr)
		return strings.Contains(message, "forbidden")
	})
	reason, message := failure(tr)
	t.Logf("elsewhere: %s: %s", reason, message)
}

// installedImages returns what the references of config/ became in the installation.
func installedImages(t *testing.T, c *cluster.Clients) map[string]string {
	t.Helper()
	images := map[string]string{}
	for _, o := range shipped(t) {
		if o.GetKind() != "Deployment" {
			continue
		}
		var want appsv1.Deployment
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &want); err != nil {
			t.Fatal(err)
		}
		got, err := c.Kube.AppsV1().Deployments(o.GetNamespace()).Get(t.Context(), o.GetName(), metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		template, installed := want.Spec.Template.Spec.Containers[0], got.Spec.Template.Spec.Containers[0]
		images[template.Image] = installed.Image
		for i, arg := range template.Args {
			if strings.HasPrefix(arg, "ko://") && i < len(installed.Args) {
				images[arg] = installed.Args[i]
			}
		}
	}
	return images
}

// install creates the objects of an installation, which go when the test ends, and waits until it works.
func install(t *testing.T, c *cluster.Clients, s scope) {
	t.Helper()
	ctx := context.Background()
	t.Cleanup(func() {
		for _, name := range []string{s.system, s.system + "-resolvers"} {
			if err := c.Kube.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
				t.Errorf("deleting namespace %s: %v", name, err)
			}
		}
	})
	objects := s.objects(shipped(t))
	for _, o := range objects {
		if err := apply(ctx, c, o); err != nil {
			t.Fatalf("creating %s %s: %v", o.GetKind(), o.GetName(), err)
		}
	}
	for _, o := range objects {
		if o.GetKind() != "Deployment" {
			continue
		}
		if err := c.AwaitDeployment(t.Context(), o.GetNamespace(), o.GetName()); err != nil {
			t.Fatal(err)
		}
	}
}

func apply(ctx context.Context, c *cluster.Clients, o *unstructured.Unstructured) error {
	gvk := o.GroupVersionKind()
	mapping, err := c.Mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return fmt.Errorf("finding the resource: %w", err)
	}
	return retry.OnError(retry.DefaultRetry, apierrors.IsNotFound, func() error {
		if o.GetNamespace() == "" {
			_, err = c.Dynamic.Resource(mapping.Resource).Create(ctx, o, metav1.CreateOptions{})
		} else {
			_, err = c.Dynamic.Resource(mapping.Resource).Namespace(o.GetNamespace()).Create(ctx, o, metav1.CreateOptions{})
		}
		return err
	})
}

// change changes a Deployment until the test ends, and waits until its pods are new.
func change(t *testing.T, c *cluster.Clients, namespace, name string, how func(*appsv1.Deployment)) {
	t.Helper()
	update := func(ctx context.Context, how func(*appsv1.Deployment)) error {
		err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
			d, err := c.Kube.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			how(d)
			_, err = c.Kube.AppsV1().Deployments(namespace).Update(ctx, d, metav1.UpdateOptions{})
			return err
		})
		if err != nil {
			return fmt.Errorf("changing Deployment %s: %w", name, err)
		}
		return c.AwaitDeployment(ctx, namespace, name)
	}
	var before []string
	if err := update(t.Context(), func(d *appsv1.Deployment) {
		before = slices.Clone(d.Spec.Template.Spec.Containers[0].Args)
		how(d)
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := update(context.Background(), func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Args = before })
		if err != nil {
			t.Error(err)
		}
	})
}
