package explain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/explain"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

var now = time.Date(2026, 3, 4, 5, 10, 0, 0, time.UTC)

func ago(seconds int) *metav1.Time {
	return &metav1.Time{Time: now.Add(-time.Duration(seconds) * time.Second)}
}

func condition(status corev1.ConditionStatus, reason, message string) duckv1.Status {
	return duckv1.Status{Conditions: duckv1.Conditions{{Type: apis.ConditionSucceeded, Status: status, Reason: reason, Message: message}}}
}

// taskRun is one with a pod "pod".
func taskRun(status corev1.ConditionStatus, reason, message string, change ...func(*v1.TaskRun)) *v1.TaskRun {
	tr := &v1.TaskRun{
		ObjectMeta: metav1.ObjectMeta{Name: "tr", Namespace: "ci", CreationTimestamp: *ago(90)},
		Status: v1.TaskRunStatus{Status: condition(status, reason, message), TaskRunStatusFields: v1.TaskRunStatusFields{
			PodName: "pod", StartTime: ago(80),
		}},
	}
	if status != "Unknown" {
		tr.Status.CompletionTime = ago(10)
	}
	for _, c := range change {
		c(tr)
	}
	return tr
}

func pod(change func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "pod", Namespace: "ci", CreationTimestamp: *ago(70)},
		Status:     corev1.PodStatus{Phase: corev1.PodPending},
	}
	change(p)
	return p
}

func unschedulable(message string) *corev1.Pod {
	return pod(func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: "False", Reason: "Unschedulable", Message: message}}
	})
}

func waiting(image, reason, message string) *corev1.Pod {
	return pod(func(p *corev1.Pod) {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "step-build", Image: image, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}},
		}}
	})
}

func warning(kind, name, message string) *corev1.Event {
	return &corev1.Event{InvolvedObject: corev1.ObjectReference{Kind: kind, Name: name}, Type: "Warning", Message: message}
}

func step(name string, code int32, reason, termination string) func(*v1.TaskRun) {
	return func(tr *v1.TaskRun) {
		tr.Status.Steps = append(tr.Status.Steps, v1.StepState{
			Name: name, Container: "step-" + name, TerminationReason: termination,
			ContainerState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				ExitCode: code, Reason: reason, StartedAt: *ago(60), FinishedAt: *ago(20),
			}},
		})
	}
}

func managed(manager string) []metav1.ManagedFieldsEntry {
	return []metav1.ManagedFieldsEntry{{
		Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: &metav1.FieldsV1{Raw: []byte(`{"f:spec":{"f:status":{}}}`)},
	}}
}

func TestTaskRun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		tr     *v1.TaskRun
		pod    *corev1.Pod
		events []*corev1.Event
		claims []*corev1.PersistentVolumeClaim
		want   string
	}{
		{name: "succeeded", tr: taskRun("True", "Succeeded", "All Steps have completed executing"), want: "succeeded in 1m10s"},
		{
			name: "nobody has looked", tr: &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "tr", CreationTimestamp: *ago(30)}},
			want: "no controller has looked at it yet for 30s. Next: see whether the controller runs",
		},
		{
			name: "pending", tr: taskRun("Unknown", "TaskRunPending", `TaskRun "tr" is pending`, func(tr *v1.TaskRun) { tr.ManagedFields = managed("kubectl-edit") }),
			want: "held back by kubectl-edit: spec.status is TaskRunPending. Next: remove spec.status to start it",
		},
		{
			name: "resolver", tr: taskRun("Unknown", "ResolvingTaskRef", "TaskRun ci/tr awaiting remote resource", func(tr *v1.TaskRun) {
				tr.Spec.TaskRef = &v1.TaskRef{ResolverRef: v1.ResolverRef{Resolver: "git"}}
			}),
			want: "waits for the Task from the resolver git for 1m30s. Next: kubectl get resolutionrequests; see whether the resolvers run",
		},
		{
			name: "resolver failed", tr: taskRun("False", "TaskRunResolutionFailed", "error when listing tasks for taskRun tr: tasks.tekton.dev \"x\" not found"),
			want: "error when listing tasks for taskRun tr: tasks.tekton.dev \"x\" not found. Next: check the name, namespace and params of the reference, or apply what is missing",
		},
		{
			name: "quota", tr: taskRun("Unknown", "ExceededResourceQuota", `TaskRun Pod exceeded available resources: pods "pod" is forbidden: exceeded quota: small, requested: requests.cpu=2, used: requests.cpu=3, limited: requests.cpu=4`),
			want: "the quota small has no room: the pod asks for requests.cpu=2, requests.cpu=3 is used of requests.cpu=4. Next: free quota or lower computeResources; it is tried again each minute",
		},
		{
			name: "no node", tr: taskRun("Unknown", "ExceededNodeResources", "TaskRun Pod exceeded available resources"),
			pod:  unschedulable("0/4 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable, 2 node(s) had untolerated taint {a: b,c}. preemption: 0/4 nodes are available."),
			want: "no node fits: 1 node without enough free cpu, 1 node cordoned, 2 nodes kept free by the taint {a: b,c}. Next: lower computeResources.requests, or add nodes; it waits until the timeout",
		},
		{
			name: "affinity assistant", tr: taskRun("Unknown", "Pending", "pod status"), pod: unschedulable("0/2 nodes are available: 1 node(s) didn't match pod affinity rules, 1 Too many pods."),
			want: "no node fits: 1 node other than the one that the run's affinity assistant is on, 1 node full of pods. Next: the node of the affinity assistant is full or cordoned; set coschedule to disabled if the volume can be used from several nodes",
		},
		{
			name: "claim", tr: taskRun("Unknown", "Pending", "pod status"),
			pod: func() *corev1.Pod {
				p := unschedulable("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.")
				p.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "src"}}}}
				return p
			}(),
			events: []*corev1.Event{warning("PersistentVolumeClaim", "src", `storageclass.storage.k8s.io "fast" not found`)},
			claims: []*corev1.PersistentVolumeClaim{{
				ObjectMeta: metav1.ObjectMeta{Name: "src", CreationTimestamp: *ago(60)}, Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending},
			}},
			want: `the claim src of a workspace has no volume yet for 1m0s: storageclass.storage.k8s.io "fast" not found. Next: name a storage class that can make volumes; there may be no default one`,
		},
		{
			name: "claim changed meanwhile", tr: taskRun("Unknown", "Pending", "pod status"), pod: unschedulable(`running PreBind plugin "VolumeBinding": Operation cannot be fulfilled on persistentvolumeclaims "src": the object has been modified; please apply your changes to the latest version and try again`),
			want: `running PreBind plugin "VolumeBinding": Operation cannot be fulfilled on persistentvolumeclaims "src": the object has been modified; please apply your changes to the latest version and try again. Next: wait: it is tried again`,
		},
		{
			name: "claim missing", tr: taskRun("Unknown", "Pending", "pod status"), pod: unschedulable(`0/1 nodes are available: persistentvolumeclaim "src" not found.`),
			want: `no node fits: persistentvolumeclaim "src" not found. Next: create the claim; the run goes on then`,
		},
		{
			name: "image", tr: taskRun("Unknown", "PullImageFailed", "build step"), pod: waiting("ghcr.io/x/y:1", "ErrImagePull", "denied: requested access to the resource is denied"),
			want: "the image ghcr.io/x/y:1 cannot be pulled: denied: requested access to the resource is denied. Next: check the name, and add a pull secret to the service account",
		},
		{
			name: "image, back-off", tr: taskRun("Unknown", "PullImageFailed", "build step"), pod: waiting("nosuch:1", "ImagePullBackOff", `Back-off pulling image "nosuch:1"`),
			events: []*corev1.Event{warning("Pod", "pod", `Failed to pull image "nosuch:1": manifest unknown`)},
			want:   `the image nosuch:1 cannot be pulled: Failed to pull image "nosuch:1": manifest unknown. Next: check the name and tag of the image`,
		},
		{
			name: "secret in env", tr: taskRun("Unknown", "Pending", "x"), pod: waiting("a", "CreateContainerConfigError", `secret "token" not found`),
			want: `container step-build cannot be made: secret "token" not found. Next: create the Secret; the run goes on then`,
		},
		{
			name: "configmap in volume", tr: taskRun("Unknown", "Pending", "x"), pod: pod(func(*corev1.Pod) {}),
			events: []*corev1.Event{warning("Pod", "pod", `MountVolume.SetUp failed for volume "cfg" : configmap "settings" not found`)},
			want:   `a volume cannot be mounted: "cfg" : configmap "settings" not found. Next: create the ConfigMap; the run goes on then`,
		},
		{
			name: "step", tr: taskRun("False", "StepFailed", `"step-b" exited with code 3: Error`, step("a", 0, "Completed", "Completed"), step("b", 3, "Error", "Error")),
			want: "step 2 (b) exited with code 3. Next: read its log: tenon logs --failed tr/tr",
		},
		{
			name: "retries", tr: taskRun("False", "StepFailed", `"step-b" exited with code 3: Error`, step("b", 3, "Error", "Error"), func(tr *v1.TaskRun) {
				tr.Spec.Retries, tr.Status.RetriesStatus = 1, []v1.TaskRunStatus{{}}
			}),
			want: "step 1 (b) exited with code 3 (attempt 2 of 2). Next: read its log: tenon logs --failed tr/tr",
		},
		{
			name: "step timeout", tr: taskRun("False", "StepFailed", `"step-b" exited because the step exceeded the specified timeout limit`, step("b", 1, "Error", "TimeoutExceeded")),
			want: "step 1 (b) took longer than its timeout. Next: raise timeout of the step",
		},
		{
			name: "memory", tr: taskRun("False", "StepOOM", `"step-b" exited with code 137: OOMKilled`, step("b", 137, "OOMKilled", "OOMKilled"), func(tr *v1.TaskRun) {
				tr.Status.TaskSpec = &v1.TaskSpec{Steps: []v1.Step{{Name: "b", ComputeResources: corev1.ResourceRequirements{
					Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("64Mi")},
				}}}}
			}),
			want: "step 1 (b) used more memory than it may (OOMKilled, its limit is 64Mi). Next: raise computeResources.limits.memory of the step",
		},
		{
			name: "evicted", tr: taskRun("False", "PodEvicted", "The node was low on resource: memory."),
			want: "The node was low on resource: memory. Next: set requests, or raise the ephemeral-storage limit; retries help too",
		},
		{
			name: "preempted", tr: taskRun("False", "StepFailed", `"step-b" exited with code 137: Error`, step("b", 137, "Error", "Error")),
			pod: pod(func(p *corev1.Pod) {
				p.Status.Phase = corev1.PodFailed
				p.Status.Conditions = []corev1.PodCondition{{Type: corev1.DisruptionTarget, Status: "True", Reason: "PreemptionByScheduler", Message: "default-scheduler: preempting"}}
			}),
			want: "the pod had to make room for one with a higher priority: default-scheduler: preempting. Next: give the task retries; they help against this",
		},
		{
			name: "deleted", tr: taskRun("False", "StepFailed", `"step-b" exited with code 143: Error. The pod was deleted while it ran`, step("b", 143, "Error", "Error")),
			want: "somebody deleted the pod while it ran. Next: give the task retries; they help against this",
		},
		{
			name: "refused", tr: taskRun("False", "PodAdmissionFailed", `pods "pod" is forbidden: violates PodSecurity "restricted:latest"`),
			want: `pods "pod" is forbidden: violates PodSecurity "restricted:latest". Next: set securityContext as the policy of the namespace asks, or have the policy changed`,
		},
		{
			name: "timeout", tr: taskRun("False", "TaskRunTimeout", "TaskRun \"tr\" failed to finish within \"1m0s\"\nPrevious status: [ExceededNodeResources] TaskRun Pod exceeded available resources"),
			want: `TaskRun "tr" failed to finish within "1m0s"; before that: [ExceededNodeResources] TaskRun Pod exceeded available resources. Next: raise timeout (spec.timeout of a TaskRun, timeout of the pipeline task)`,
		},
		{
			name: "cancelled", tr: taskRun("False", "TaskRunCancelled", `TaskRun "tr" was cancelled. `, func(tr *v1.TaskRun) {
				tr.Spec.StatusMessage, tr.ManagedFields = "not needed any more", managed("dashboard")
			}),
			want: "cancelled by dashboard: not needed any more",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := explain.Objects{Objects: runtree.Objects{Root: test.tr}, Events: test.events, Claims: test.claims, Now: now}
			if test.pod != nil {
				o.Pods = []*corev1.Pod{test.pod}
			}
			if diff := cmp.Diff(test.want, explain.Run(o).String()); diff != "" {
				t.Errorf("Run (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	l := explain.Run(explain.Objects{
		Objects: runtree.Objects{Root: taskRun("False", "StepFailed", `"step-b" exited with code 3: Error`, step("b", 3, "Error", "Error"))}, Now: now,
		Log: func(pod, container string) []string { return []string{pod, container} },
	})
	if diff := cmp.Diff([]string{"pod", "step-b"}, l.Log); diff != "" || l.Step != "b" {
		t.Errorf("Step = %s, Log (-want +got):\n%s", l.Step, diff)
	}
}

func pipelineRun(status corev1.ConditionStatus, reason, message string, change ...func(*v1.PipelineRun)) *v1.PipelineRun {
	task := func(name string, after ...string) v1.PipelineTask {
		return v1.PipelineTask{Name: name, RunAfter: after, TaskRef: &v1.TaskRef{Name: name}}
	}
	pr := &v1.PipelineRun{
		ObjectMeta: metav1.ObjectMeta{Name: "pr", Namespace: "ci", CreationTimestamp: *ago(90)},
		Status: v1.PipelineRunStatus{Status: condition(status, reason, message), PipelineRunStatusFields: v1.PipelineRunStatusFields{
			StartTime:    ago(80),
			PipelineSpec: &v1.PipelineSpec{Tasks: []v1.PipelineTask{task("first"), task("second", "first")}, Finally: []v1.PipelineTask{task("last")}},
		}},
	}
	if status != "Unknown" {
		pr.Status.CompletionTime = ago(5)
	}
	for _, c := range change {
		c(pr)
	}
	return pr
}

// of makes a TaskRun that of the task "first".
func of(tr *v1.TaskRun) *v1.TaskRun {
	tr.Labels = map[string]string{"tekton.dev/pipelineRun": "pr", "tekton.dev/pipelineTask": "first"}
	return tr
}

func TestPipelineRun(t *testing.T) {
	t.Parallel()
	custom := &v1beta1.CustomRun{ObjectMeta: metav1.ObjectMeta{
		Name: "cr", Namespace: "ci", CreationTimestamp: *ago(60), Labels: map[string]string{"tekton.dev/pipelineRun": "pr", "tekton.dev/pipelineTask": "first"},
	}, Spec: v1beta1.CustomRunSpec{CustomRef: &v1beta1.TaskRef{APIVersion: "example.dev/v1", Kind: "Wait"}}}
	for _, test := range []struct {
		name string
		pr   *v1.PipelineRun
		tr   *v1.TaskRun
		cr   *v1beta1.CustomRun
		want string
	}{
		{name: "succeeded", pr: pipelineRun("True", "Succeeded", "Tasks Completed: 3"), want: "succeeded in 1m15s"},
		{
			name: "pending", pr: pipelineRun("Unknown", "PipelineRunPending", `PipelineRun "pr" is pending`, func(pr *v1.PipelineRun) { pr.Spec.Status = "PipelineRunPending" }),
			want: "held back: spec.status is PipelineRunPending. Next: remove spec.status to start it",
		},
		{
			name: "claim quota", pr: pipelineRun("Unknown", "PipelineRunPending", "Waiting for PVC creation to succeed: PVC creation error, retryable for x: exceeded quota"),
			want: "Waiting for PVC creation to succeed: PVC creation error, retryable for x: exceeded quota. Next: free quota for claims; it is tried again",
		},
		{
			name: "resolver", pr: pipelineRun("Unknown", "ResolvingPipelineRef", "awaiting", func(pr *v1.PipelineRun) {
				pr.Spec.PipelineRef = &v1.PipelineRef{ResolverRef: v1.ResolverRef{Resolver: "bundles"}}
			}),
			want: "waits for the Pipeline from the resolver bundles for 1m30s. Next: kubectl get resolutionrequests; see whether the resolvers run",
		},
		{
			name: "params", pr: pipelineRun("False", "ParameterMissing", "[User error] PipelineRun ci/pr is missing some parameters required by Pipeline ci/p: pipelineRun missing parameters: [x]"),
			want: "PipelineRun ci/pr is missing some parameters required by Pipeline ci/p: pipelineRun missing parameters: [x]. Next: start a new run with params that fit the Pipeline",
		},
		{
			name: "a task waits", pr: pipelineRun("Unknown", "Running", "Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 0"),
			tr:   of(taskRun("Unknown", "ExceededResourceQuota", "exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2")),
			want: "task first: the quota q has no room: the pod asks for pods=1, pods=2 is used of pods=2. Next: free quota or lower computeResources; it is tried again each minute",
		},
		{
			name: "a task failed", pr: pipelineRun("False", "Failed", "Tasks Completed: 1"),
			tr:   of(taskRun("False", "StepFailed", `"step-b" exited with code 3: Error`, step("b", 3, "Error", "Error"))),
			want: "task first: step 1 (b) exited with code 3. Next: read its log: tenon logs --failed tr/tr",
		},
		{
			name: "result missing", pr: pipelineRun("False", "PipelineValidationFailed", `Tasks Completed: 1 (Failed: 0, Cancelled 0), Skipped: 0, Failed Validation: 1 (task "first" completed successfully but did not emit the result "r", which is referenced by task "second")`),
			want: `a result is missing: task "first" completed successfully but did not emit the result "r", which is referenced by task "second". Next: let that task write the result in every case, or guard the other one with when`,
		},
		{
			name: "timeout", pr: pipelineRun("False", "PipelineRunTimeout", `PipelineRun "pr" failed due to tasks failed to finish within "1m0s"`), tr: of(taskRun("False", "TaskRunCancelled", "x")),
			want: `PipelineRun "pr" failed due to tasks failed to finish within "1m0s"; it was at first. Next: raise spec.timeouts.tasks`,
		},
		{
			name: "cancelled", pr: pipelineRun("False", "Cancelled", `PipelineRun "pr" was cancelled`, func(pr *v1.PipelineRun) {
				pr.Spec.Status, pr.ManagedFields = "Cancelled", managed("kubectl-patch")
			}), tr: of(taskRun("False", "TaskRunCancelled", "x")),
			want: "cancelled by kubectl-patch: spec.status is Cancelled",
		},
		{
			name: "no controller", pr: pipelineRun("Unknown", "Running", "Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 0"), cr: custom,
			want: "task first: no controller for example.dev/v1 Wait has touched it since 05:09:00 UTC. Next: install the controller of this custom task",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := explain.Objects{Objects: runtree.Objects{Root: test.pr}, Now: now}
			if test.tr != nil {
				o.TaskRuns = []*v1.TaskRun{test.tr}
			}
			if test.cr != nil {
				o.CustomRuns = []*v1beta1.CustomRun{test.cr}
			}
			if diff := cmp.Diff(test.want, explain.Run(o).String()); diff != "" {
				t.Errorf("Run (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAll(t *testing.T) {
	t.Parallel()
	pr := pipelineRun("Unknown", "Running", "Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 0")
	skippedTasks := []v1.SkippedTask{{
		Name: "third", Reason: v1.WhenExpressionsSkip, WhenExpressions: []v1.WhenExpression{{Input: "no", Operator: "in", Values: []string{"yes"}}},
	}}
	pr.Status.PipelineSpec.Tasks = append(pr.Status.PipelineSpec.Tasks, v1.PipelineTask{Name: "third"})
	pr.Status.SkippedTasks = skippedTasks
	tr := of(taskRun("Unknown", "Running", "Not all Steps in the Task have finished executing", func(tr *v1.TaskRun) {
		tr.Status.Steps = []v1.StepState{{Name: "b", Container: "step-b", ContainerState: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: *ago(30)}}}}
	}))
	var got []string
	for _, l := range explain.All(explain.Objects{Objects: runtree.Objects{Root: pr, TaskRuns: []*v1.TaskRun{tr}}, Now: now}) {
		got = append(got, l.String())
	}
	want := []string{
		"task first: step b runs for 30s",
		"task second: waits for first",
		`task third: skipped: "no" is not "yes"`,
		"task last: waits until all other tasks have ended",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
}
