//go:build e2e

package takeover

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	resolution "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	"github.com/tenon-ci/tenon/test/cluster"
)

const controller = "tekton-pipelines-controller"

var (
	reasonOf           = apierrors.ReasonForError
	resolutionRequests = resolution.SchemeGroupVersion.WithResource("resolutionrequests")
)

// TestTakeOver makes runs in all stages as the other engine leaves them when it is stopped: their pods first, while the runs are held
// back, and what their status says when no controller is there. Then Tenon goes on with them: each has to end as it would have, in
// the pods that it had. With -short there is one run of each stage. TENON_TAKEOVER_RUNNER names the image of the runner if it was built before.
func TestTakeOver(t *testing.T) {
	ns := cluster.New(t)
	e := &engine{Namespace: ns, t: t, image: buildRunner(t)}
	e.makeGate()
	ns.Create(logAccess)
	began := time.Now()
	runs, leave := e.begin(append(taskRunStages(), pipelineRunStages()...))
	t.Logf("pods of %d runs in %d stages after %.0f s", len(runs), stagesOf(runs), time.Since(began).Seconds())
	gap := time.Now()
	restore := e.scale(0)
	t.Cleanup(restore)
	for _, l := range leave {
		l()
	}
	before := e.pods()
	versions := e.versions(runs)
	restore()
	took := time.Now()
	t.Logf("no controller for %.0f s", time.Since(gap).Seconds())
	for _, r := range runs {
		if r.after != nil {
			r.after(e, r.name)
		}
	}
	e.openGate()
	for _, r := range runs {
		e.awaitEnd(r)
	}
	t.Logf("all have ended %.0f s after Tenon was started", time.Since(took).Seconds())
	e.checkPods(runs, before)
	e.checkUntouched(runs, versions)
	e.checkSidecars(runs)
	e.checkLeftOver()
	printCounts(t, runs)
}

// logAccess lets the controller read the results that are in logs.
const logAccess = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: logs}
rules: [{apiGroups: [""], resources: [pods/log], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: logs}
subjects: [{kind: ServiceAccount, name: tekton-pipelines-controller, namespace: tekton-pipelines}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: logs}
`

// run is one run of a stage.
type run struct {
	stage

	name  string
	ended string
}

// begin makes all runs and waits for their pods. What it returns leaves them as the other engine does.
func (e *engine) begin(stages []stage) (runs []*run, leave []func()) {
	e.t.Helper()
	for i, s := range stages {
		count := s.runs
		if testing.Short() {
			count = 1
		}
		for j := range count {
			r := &run{stage: s, name: fmt.Sprintf("s%02d-%d", i, j)}
			runs = append(runs, r)
			leave = append(leave, s.make(e, r.name))
			if len(e.expected) >= wave {
				e.meet()
			}
		}
	}
	e.meet()
	return runs, leave
}

// wave is how many pods are started at a time: more make a small machine slower, not faster.
const wave = 6

// meet waits until the pods that were made are in their stages.
func (e *engine) meet() {
	e.t.Helper()
	for _, wait := range e.expected {
		wait()
	}
	e.expected = nil
}

func stagesOf(runs []*run) int {
	names := map[string]bool{}
	for _, r := range runs {
		names[fmt.Sprint(r.pipeline, r.stage.name)] = true
	}
	return len(names)
}

// buildRunner puts the runner into an image.
func buildRunner(t *testing.T) string {
	t.Helper()
	if image := os.Getenv("TENON_TAKEOVER_RUNNER"); image != "" {
		return image
	}
	const local = "registry.local:5000"
	repository := os.Getenv("KO_DOCKER_REPO")
	args := []string{"build", "--base-import-paths", "--sbom=none", "--platform=linux/" + runtime.GOARCH}
	env := os.Environ()
	if repository == "" || strings.HasPrefix(repository, local) {
		args = append(args, "--insecure-registry")
		env = append(env, "KO_DOCKER_REPO="+local+"/tenon", "KO_DEFAULTBASEIMAGE="+local+"/base/static")
	}
	cmd := exec.CommandContext(t.Context(), "ko", append(args, "./test/takeover/runner")...)
	cmd.Dir, cmd.Env = "../..", env
	var log strings.Builder
	cmd.Stderr = &log
	image, err := cmd.Output()
	if err != nil {
		t.Fatalf("building the image of the runner: %v\n%s", err, log.String())
	}
	return strings.TrimSpace(string(image))
}

// makeGate makes the volume in which scripts wait for a file.
func (e *engine) makeGate() {
	e.t.Helper()
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: gateClaim}, Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Mi")}},
	}}
	_, err := e.Kube.CoreV1().PersistentVolumeClaims(e.Name).Create(e.t.Context(), claim, metav1.CreateOptions{})
	e.fatal(err, "creating claim %s", gateClaim)
}

// openGate makes the file.
func (e *engine) openGate() {
	e.t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "opener"}, Spec: corev1.PodSpec{
		RestartPolicy: corev1.RestartPolicyNever,
		Containers: []corev1.Container{{
			Name: "opener", Image: "busybox", Command: []string{"touch", "/gate/go"}, VolumeMounts: []corev1.VolumeMount{{Name: gateClaim, MountPath: "/gate"}},
		}},
		Volumes: []corev1.Volume{{Name: gateClaim, VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: gateClaim}}}},
	}}
	_, err := e.Kube.CoreV1().Pods(e.Name).Create(e.t.Context(), pod, metav1.CreateOptions{})
	e.fatal(err, "opening the gate")
}

// scale sets how many controllers there are, waits for it, and returns what brings back as many as before, once.
func (e *engine) scale(replicas int32) (restore func()) {
	e.t.Helper()
	ctx := context.Background()
	deployments := e.Kube.AppsV1().Deployments(cluster.SystemNamespace)
	scale, err := deployments.GetScale(ctx, controller, metav1.GetOptions{})
	e.fatal(err, "reading how many controllers there are")
	was := max(scale.Spec.Replicas, 1)
	scale.Spec.Replicas = replicas
	_, err = deployments.UpdateScale(ctx, controller, scale, metav1.UpdateOptions{})
	e.fatal(err, "scaling %s", controller)
	e.fatal(e.AwaitDeployment(ctx, cluster.SystemNamespace, controller), "scaling %s", controller)
	e.awaitControllers(ctx, int(replicas))
	restored := false
	return func() {
		if !restored {
			restored = true
			e.scale(was)
		}
	}
}

// awaitControllers waits until so many pods are left of the Deployment.
func (e *engine) awaitControllers(ctx context.Context, n int) {
	e.t.Helper()
	err := wait.PollUntilContextTimeout(ctx, time.Second, cluster.Patience, true, func(ctx context.Context) (bool, error) {
		pods, err := e.Kube.CoreV1().Pods(cluster.SystemNamespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + controller})
		return err == nil && len(pods.Items) == n, nil //nolint:nilerr // it is asked again
	})
	e.fatal(err, "waiting for %d controllers", n)
}

// pods returns the UIDs of the pods of runs, by name.
func (e *engine) pods() map[string]types.UID {
	e.t.Helper()
	list, err := e.Kube.CoreV1().Pods(e.Name).List(e.t.Context(), metav1.ListOptions{LabelSelector: "tekton.dev/taskRun"})
	e.fatal(err, "listing pods")
	out := map[string]types.UID{}
	for i := range list.Items {
		out[list.Items[i].Name] = list.Items[i].UID
		for _, c := range list.Items[i].Status.ContainerStatuses {
			if strings.HasPrefix(c.Name, "step-") && c.RestartCount > 0 {
				e.t.Errorf("container %s of pod %s was started %d times", c.Name, list.Items[i].Name, c.RestartCount+1)
			}
		}
	}
	return out
}

// versions returns the resource versions of the TaskRuns that Tenon is to leave alone.
func (e *engine) versions(runs []*run) map[string]string {
	e.t.Helper()
	out := map[string]string{}
	for _, r := range runs {
		if r.same {
			tr, err := e.Tekton.TektonV1().TaskRuns(e.Name).Get(e.t.Context(), r.name, metav1.GetOptions{})
			e.fatal(err, "reading TaskRun %s", r.name)
			out[r.name] = tr.ResourceVersion
		}
	}
	return out
}

// awaitEnd compares how a run ends with how it has to.
func (e *engine) awaitEnd(r *run) {
	e.t.Helper()
	var status duckv1.Status
	var results []string
	if r.pipeline {
		pr := e.PipelineRunDone(r.name)
		status = pr.Status.Status
		for _, x := range pr.Status.Results {
			results = append(results, x.Name+"="+x.Value.StringVal)
		}
	} else {
		tr := e.TaskRunDone(r.name)
		status = tr.Status.Status
		for _, x := range tr.Status.Results {
			results = append(results, x.Name+"="+x.Value.StringVal)
		}
	}
	c := status.GetCondition(apis.ConditionSucceeded)
	r.ended = string(c.Status) + " " + c.Reason
	if r.ended != r.want || strings.Join(results, " ") != r.results {
		e.t.Errorf("%s (%s) ended with %s: %s, results %v; want %s, results [%s]", r.name, r.stage.name, r.ended, c.Message, results, r.want, r.results)
		r.ended = "WRONG " + r.ended
	}
}

// checkPods checks that no run has more pods than it should, and that those that it had are the same.
func (e *engine) checkPods(runs []*run, before map[string]types.UID) {
	e.t.Helper()
	var got map[string]types.UID
	want := map[string]types.UID{}
	for name, uid := range before {
		want[name] = uid
	}
	made := map[string]bool{}
	for _, r := range runs {
		for _, suffix := range r.more {
			made[r.name+suffix] = true
		}
		for name := range before {
			if r.gone && strings.HasPrefix(name, r.name+"-") {
				delete(want, name)
			}
		}
	}
	// Pods that are deleted take a while to go.
	_ = wait.PollUntilContextTimeout(e.t.Context(), time.Second, time.Minute, true, func(context.Context) (bool, error) {
		got = e.pods()
		for name := range made {
			if _, ok := got[name]; ok {
				want[name] = got[name]
			}
		}
		return cmp.Equal(want, got), nil
	})
	if diff := cmp.Diff(want, got); diff != "" {
		e.t.Errorf("pods (-want +got):\n%s", diff)
	}
	for name := range made {
		if _, ok := got[name]; !ok {
			e.t.Errorf("there is no pod %s", name)
		}
	}
}

func (e *engine) checkUntouched(runs []*run, versions map[string]string) {
	e.t.Helper()
	if diff := cmp.Diff(versions, e.versions(runs)); diff != "" {
		e.t.Errorf("TaskRuns that were done and were written (-before +after):\n%s", diff)
	}
}

// checkSidecars waits until the status says that all sidecars were stopped.
func (e *engine) checkSidecars(runs []*run) {
	e.t.Helper()
	running := func(s v1.SidecarState) bool { return s.Terminated == nil }
	for _, r := range runs {
		if !r.pipeline {
			e.AwaitTaskRun(r.name, "have no sidecar that runs", func(tr *v1.TaskRun) bool { return !slices.ContainsFunc(tr.Status.Sidecars, running) })
		}
	}
}

// checkLeftOver checks that affinity assistants are gone, and that nothing was fetched twice.
func (e *engine) checkLeftOver() {
	e.t.Helper()
	err := wait.PollUntilContextTimeout(e.t.Context(), time.Second, time.Minute, true, func(ctx context.Context) (bool, error) {
		sets, err := e.Kube.AppsV1().StatefulSets(e.Name).List(ctx, metav1.ListOptions{})
		return err == nil && len(sets.Items) == 0, nil //nolint:nilerr // it is asked again
	})
	e.fatal(err, "waiting for affinity assistants to go")
	requests, err := e.Dynamic.Resource(resolutionRequests).Namespace(e.Name).List(e.t.Context(), metav1.ListOptions{})
	e.fatal(err, "listing ResolutionRequests")
	if len(requests.Items) != 1 {
		e.t.Errorf("%d ResolutionRequests, want 1", len(requests.Items))
	}
}

func printCounts(t *testing.T, runs []*run) {
	t.Helper()
	type key struct{ kind, stage, ended string }
	var keys []key
	counts := map[key]int{}
	for _, r := range runs {
		k := key{"TaskRun", r.stage.name, r.ended}
		if r.pipeline {
			k.kind = "PipelineRun"
		}
		if counts[k]++; counts[k] == 1 {
			keys = append(keys, k)
		}
	}
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "%3d  %-12s %-36s %s\n", counts[k], k.kind, k.stage, k.ended)
	}
	t.Logf("%d runs:\n%s", len(runs), b.String())
}
