package taskplan

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

var (
	podResource   = schema.GroupResource{Resource: "pods"}
	quotaExceeded = apierrors.NewForbidden(podResource, "tr-pod", errors.New("exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"))
)

func TestUnresolved(t *testing.T) {
	t.Parallel()
	refs := &v1.TaskSpec{Steps: []v1.Step{{Name: "a", Ref: &v1.Ref{Name: "x"}}}}
	for name, tc := range map[string]struct {
		task *Task
		want outcome
		err  bool
		spec bool
	}{
		"waiting": {
			task: &Task{Failure: failure.Waitingf("", "awaiting")},
			want: outcome{Cond: "Unknown ResolvingTaskRef: TaskRun ns/tr awaiting remote resource", Started: true, Events: []string{"Normal Started", "Normal ResolvingTaskRef: TaskRun ns/tr awaiting remote resource"}},
		},
		"not found": {
			task: &Task{Failure: failure.NotFoundf("", `tasks.tekton.dev "task" not found`)},
			want: outcome{Cond: `False TaskRunResolutionFailed: error when listing tasks for taskRun tr: tasks.tekton.dev "task" not found`, Started: true, Done: true, Events: []string{"Normal Started", `Warning Failed: error when listing tasks for taskRun tr: tasks.tekton.dev "task" not found`}},
		},
		"refused by the cluster": {
			task: &Task{Failure: failure.Invalidf("TaskValidationFailed", "refused")},
			want: outcome{Cond: "False TaskValidationFailed: refused", Started: true, Done: true, Events: []string{"Normal Started", "Warning Failed: refused"}},
		},
		"no answer from the cluster": {
			task: &Task{Failure: failure.Transientf("", "down")}, err: true,
			want: outcome{Cond: "Unknown Started: ", Started: true, Events: []string{"Normal Started"}},
		},
		"StepAction waiting": {
			task: &Task{Name: "task", Spec: refs, StepFailure: failure.Waitingf("", "awaiting")}, spec: true,
			want: outcome{Cond: "Unknown ResolvingStepActionRef: TaskRun ns/tr awaiting remote StepAction", Started: true, Events: []string{"Normal Started", "Normal ResolvingStepActionRef: TaskRun ns/tr awaiting remote StepAction"}},
		},
		"StepAction not found": {
			task: &Task{Name: "task", Spec: refs, StepFailure: failure.NotFoundf("", "no x")}, spec: true,
			want: outcome{Cond: "False TaskRunResolutionFailed: no x", Started: true, Done: true, Events: []string{"Normal Started", "Warning Failed: no x"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := taskRun(byRef)
			d := next(t, tr, nil, cluster{task: tc.task})
			if diff := cmp.Diff(tc.want, summary(d)); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			if (d.Failure != nil) != tc.err || (d.Status.TaskSpec != nil) != tc.spec {
				t.Errorf("error %v, Task %v", d.Failure, d.Status.TaskSpec)
			}
			checkSettled(t, tr, nil, cluster{task: tc.task}, d)
		})
	}
}

func TestStepActionsArriveLater(t *testing.T) {
	t.Parallel()
	refs := &v1.TaskSpec{Steps: []v1.Step{{Ref: &v1.Ref{Name: "x"}}}}
	first := next(t, taskRun(byRef), nil, cluster{task: &Task{Name: "task", Spec: refs, StepFailure: failure.Waitingf("", "awaiting")}})
	second := taskRun(byRef)
	second.Status = first.Status
	if d := Next(Seen{TaskRun: second, Now: at(1).Time, Config: config.NewConfig(nil, nil)}); d.Wants.Task == nil || !cmp.Equal(refs, d.Wants.Task.Spec) {
		t.Fatalf("wants %+v", d.Wants)
	}
	d := next(t, second, nil, cluster{task: &Task{Spec: inline(), StepSources: []*v1.RefSource{{URI: "there"}}}})
	if got := summary(d); got.Cond != "Unknown Pending: Pending" || len(d.Status.Steps) != 1 || d.Status.Steps[0].Provenance.RefSource.URI != "there" {
		t.Errorf("decision %+v with steps %+v", got, d.Status.Steps)
	}
}

func TestVerification(t *testing.T) {
	t.Parallel()
	good := next(t, taskRun(byRef), nil, cluster{task: &Task{Name: "task", Spec: inline(), Verification: &Verification{Passed: true}}})
	if c := good.Status.GetCondition(v1.ConditionTrustedResourcesVerified); !c.IsTrue() {
		t.Errorf("condition %v", c)
	}
	bad := next(t, taskRun(byRef, retries(2)), nil, cluster{task: &Task{
		Failure: failure.Invalidf("ResourceVerificationFailed", "bad"),
	}})
	if c := bad.Status.GetCondition(v1.ConditionTrustedResourcesVerified); !c.IsFalse() || c.Message != "bad" {
		t.Errorf("condition %v", c)
	}
	if got := summary(bad); got.Cond != "False ResourceVerificationFailed: bad" || len(bad.Status.RetriesStatus) != 0 {
		t.Errorf("decision %+v with %d retries", got, len(bad.Status.RetriesStatus))
	}
}

// withClaim gives the run a workspace with a claim of its own.
func withClaim(tr *v1.TaskRun) {
	tr.Spec.Workspaces = []v1.WorkspaceBinding{{Name: "w", VolumeClaimTemplate: &corev1.PersistentVolumeClaim{}}}
}

// The claims of a run are made before the pod that uses them.
func TestClaimsAreMadeFirst(t *testing.T) {
	t.Parallel()
	d := next(t, taskRun(withClaim), nil, cluster{})
	if diff := cmp.Diff([]string{"create claim pvc-bff350b150", "create tr-pod"}, summary(d).Actions); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
}

// A pod waits for what others add to it, from the start if that is known.
func TestInjectedContainersOfANewPod(t *testing.T) {
	t.Parallel()
	type made struct {
		Hold  bool
		Ready string
	}
	off := func(f *config.FeatureFlags) { f.RunningInEnvWithInjectedSidecars = false }
	for name, tc := range map[string]struct {
		parts *Parts
		flags func(*config.FeatureFlags)
		want  made
	}{
		"not known":             {&Parts{}, nil, made{true, "READY"}},
		"known":                 {&Parts{InjectedHold: true, Injected: 1}, nil, made{true, ""}},
		"init containers":       {&Parts{Injected: 1}, nil, made{true, "READY"}},
		"known, but not wanted": {&Parts{InjectedHold: true, Injected: 1}, off, made{false, "READY"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, a := range next(t, taskRun(), nil, cluster{parts: tc.parts, flags: tc.flags}).Actions {
				if a, ok := a.(CreatePod); !ok || (made{a.HoldInjected, a.Pod.Annotations["tekton.dev/ready"]}) != tc.want {
					t.Errorf("action %+v", a)
				}
			}
		})
	}
}

// Registries are waited for. A look-up that is quick is not reported, a long one is, and what is known does not get lost.
func TestImagesAreWaitedFor(t *testing.T) {
	t.Parallel()
	pending := &Parts{Err: failure.Waitingf("", "looking"), AskAgain: at(40).Time}
	tr := taskRun()
	d := next(t, tr, nil, cluster{parts: pending, now: 1})
	if diff := cmp.Diff(tr.Status, d.Status); diff != "" || d.Events != nil || d.Labels != nil || d.Annotations != nil || !d.WakeAt.Equal(at(2).Time) || d.Failure != nil {
		t.Errorf("a quick look-up: step %+v, status (-before +after):\n%s", d, diff)
	}
	d = next(t, tr, nil, cluster{parts: pending, now: 2})
	want := outcome{Cond: "Unknown Pending: looking", Started: true, Events: []string{"Normal Started", "Normal Pending: looking"}}
	if diff := cmp.Diff(want, summary(d)); diff != "" || !d.WakeAt.Equal(at(40).Time) || d.Failure != nil {
		t.Errorf("a slow look-up: wakes at %v, failure %v (-want +got):\n%s", d.WakeAt, d.Failure, diff)
	}
	checkSettled(t, tr, nil, cluster{parts: pending, now: 3}, d)
	tr.Status = d.Status
	if got := summary(next(t, tr, nil, cluster{now: 30})); got.Cond != "Unknown Pending: Pending" || got.Actions[0] != "create tr-pod" {
		t.Errorf("after the answer %+v", got)
	}
	d = next(t, taskRun(timeout(30*time.Second)), nil, cluster{parts: &Parts{Err: failure.Waitingf("", "looking")}, now: 3})
	if !d.WakeAt.Equal(at(33).Add(time.Millisecond)) {
		t.Errorf("wakes at %v, not at its end", d.WakeAt)
	}
}

// What was done to a pod and did not succeed is tried again; the rest of the step stays.
func TestRefusedActions(t *testing.T) {
	t.Parallel()
	tr := taskRun(started, cancelled(""))
	seen := Seen{TaskRun: tr, Pod: podIn(corev1.PodRunning, runs()), Now: at(20).Time, Config: config.NewConfig(nil, nil)}
	step := Next(seen)
	if diff := cmp.Diff(step, Amend(seen, step, nil)); diff != "" {
		t.Errorf("without refusals (-step +amended):\n%s", diff)
	}
	conflict := apierrors.NewConflict(podResource, "tr-pod", errors.New("changed"))
	amended := Amend(seen, step, []Refused{{Action: step.Actions[0], Err: conflict}})
	if amended.Failure == nil || amended.Failure.Class != failure.Transient || !apierrors.IsConflict(amended.Failure) ||
		amended.Failure.Message() != "deleting pod tr-pod: "+conflict.Error() {
		t.Errorf("failure %v", amended.Failure)
	}
	amended.Failure = nil
	if diff := cmp.Diff(step, amended); diff != "" {
		t.Errorf("the rest (-step +amended):\n%s", diff)
	}
}

// An attempt whose pod could not be taken away is not over.
func TestRefusedActionsOfAnAttempt(t *testing.T) {
	t.Parallel()
	tr := taskRun(started, retries(1), timeout(time.Second))
	seen := Seen{TaskRun: tr, Pod: podIn(corev1.PodRunning, runs()), Now: at(20).Time, Config: config.NewConfig(nil, nil)}
	step := Next(seen)
	if got := summary(step); got.Cond[:19] != "Unknown ToBeRetried" {
		t.Fatalf("step %+v", got)
	}
	amended := Amend(seen, step, []Refused{{Action: step.Actions[0], Err: errNo}})
	if diff := cmp.Diff(tr.Status, amended.Status); diff != "" || amended.Failure == nil || amended.Events != nil {
		t.Errorf("amended %+v, status (-before +after):\n%s", amended, diff)
	}
}

func TestRefusedPod(t *testing.T) {
	t.Parallel()
	const invalidSpec = "Maybe invalid TaskSpec"
	for name, tc := range map[string]struct {
		// err is that of creating the pod or of looking up its parts, claim that of creating its claim.
		err, claim error
		want       outcome
		runs       bool
	}{
		"quota": {err: quotaExceeded, want: outcome{Cond: "Unknown ExceededResourceQuota: TaskRun Pod exceeded available resources: " + quotaExceeded.Error()}},
		"quota is being changed": {
			err:  apierrors.NewConflict(schema.GroupResource{Resource: "resourcequotas"}, "q", errors.New("changed")),
			want: outcome{Cond: "Unknown Pending: tried to create pod, but it failed with ResourceQuotaConflictError"},
		},
		"foreign pod": {err: ErrForeignPod, want: outcome{Cond: "Unknown Pending: tried to create pod, but it already exists", Started: true}},
		"pod security": {
			err:  apierrors.NewForbidden(podResource, "tr-pod", errors.New(`violates PodSecurity "restricted:latest"`)),
			want: outcome{Cond: `False PodAdmissionFailed: pods "tr-pod" is forbidden: violates PodSecurity "restricted:latest"`, Started: true, Done: true},
		},
		"security context constraints": {
			err:  apierrors.NewForbidden(podResource, "tr-pod", errors.New("unable to validate against any security context constraint: []")),
			want: outcome{Cond: `False PodAdmissionFailed: pods "tr-pod" is forbidden: unable to validate against any security context constraint: []`, Started: true, Done: true},
		},
		"invalid": {
			err:  apierrors.NewBadRequest("bad"),
			want: outcome{Cond: `False PodCreationFailed: failed to create task run pod "tr": bad. ` + invalidSpec, Started: true, Done: true},
		},
		"missing account": {
			err:  apierrors.NewNotFound(schema.GroupResource{Resource: "serviceaccounts"}, "sa"),
			want: outcome{Cond: `False PodCreationFailed: failed to create task run pod "tr": serviceaccounts "sa" not found. ` + invalidSpec, Started: true, Done: true},
		},
		"cannot be built": {
			err:  failure.Invalidf("", `multiple volumes with same name "v"`),
			want: outcome{Cond: `False PodCreationFailed: failed to create task run pod "tr": multiple volumes with same name "v". ` + invalidSpec, Started: true, Done: true},
		},
		"reason of its own": {
			err:  failure.UserErrorf("TaskRunValidationFailed", "secrets"),
			want: outcome{Cond: "False TaskRunValidationFailed: [User error] secrets", Started: true, Done: true},
		},
		"claim": {
			claim: apierrors.NewForbidden(schema.GroupResource{Resource: "persistentvolumeclaims"}, "c", errors.New("exceeded quota")),
			want:  outcome{Cond: `False CouldntCreateWorkspacePVC: failed to create PVC for TaskRun ns/tr workspaces correctly: persistentvolumeclaims "c" is forbidden: exceeded quota`, Started: true, Done: true},
		},
		"claim, server is busy": {
			claim: apierrors.NewTooManyRequests("busy", 1), runs: true,
			want: outcome{Cond: "Unknown Pending: tried to create pod, but it failed and will be tried again: failed to create PVC for TaskRun ns/tr workspaces correctly: busy", Started: true},
		},
		"claim, no connection": {
			claim: syscall.ECONNREFUSED, runs: true,
			want: outcome{Cond: "Unknown Pending: tried to create pod, but it failed and will be tried again: failed to create PVC for TaskRun ns/tr workspaces correctly: connection refused", Started: true},
		},
		"server is busy": {err: apierrors.NewTooManyRequests("busy", 1), want: outcome{Cond: "Unknown Pending: tried to create pod, but it failed and will be tried again: busy", Started: true}, runs: true},
		"no connection":  {err: errors.New("EOF"), want: outcome{Cond: "Unknown Pending: tried to create pod, but it failed and will be tried again: EOF", Started: true}, runs: true},
		"registry":       {err: failure.Transientf("", "503"), want: outcome{Cond: "Unknown Pending: tried to create pod, but it failed and will be tried again: 503", Started: true}, runs: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := next(t, taskRun(withClaim), nil, cluster{podErr: tc.err, claimErr: tc.claim})
			got := summary(d)
			got.Events = nil
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			if (d.Failure != nil) != tc.runs {
				t.Errorf("error %v, want one: %v", d.Failure, tc.runs)
			}
			if tc.err == nil || errors.Is(tc.err, ErrForeignPod) {
				return
			}
			d = next(t, taskRun(), nil, cluster{parts: &Parts{Err: tc.err}})
			if diff := cmp.Diff(tc.want.Cond, summary(d).Cond); diff != "" {
				t.Errorf("condition without the parts of the pod (-want +got):\n%s", diff)
			}
		})
	}
	byReference := next(t, taskRun(byRef), nil, cluster{task: &Task{Name: "task", Spec: inline()}, podErr: apierrors.NewBadRequest("bad")})
	if got, want := summary(byReference).Cond, `False PodCreationFailed: failed to create task run pod "tr": bad. Maybe missing or invalid Task ns/task`; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
}

// Waiting for quota goes on for ever, and says the same thing only once.
func TestQuotaIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := cluster{podErr: quotaExceeded, parts: &Parts{MissingSecrets: []string{"a"}}}
	first := next(t, taskRun(), nil, c)
	want := []string{
		"Normal Started",
		"Warning FailedToRetrieveSecret: Unable to retrieve some secrets (a); attempting to use them may not succeed.",
		"Normal ExceededResourceQuota: TaskRun Pod exceeded available resources: " + quotaExceeded.Error(),
	}
	if diff := cmp.Diff(want, summary(first).Events); diff != "" {
		t.Errorf("events of the first pass (-want +got):\n%s", diff)
	}
	tr := taskRun()
	tr.Status = first.Status
	c.now = 10000
	d := next(t, tr, nil, c)
	if diff := cmp.Diff(first.Status, d.Status); diff != "" {
		t.Errorf("status (-first +second):\n%s", diff)
	}
	if events := summary(d).Events; events != nil {
		t.Errorf("a later pass records %q", events)
	}
}

// Each attempt begins once, whatever it waited for before.
func TestEachAttemptReportsItsStartOnce(t *testing.T) {
	t.Parallel()
	for reason, want := range map[v1.TaskRunReason]int{
		"": 1, v1.TaskRunReasonToBeRetried: 1, v1.TaskRunReasonTaskRunPending: 1,
		v1.TaskRunReasonExceededResourceQuota: 0, v1.TaskRunReasonPending: 0,
	} {
		tr := taskRun()
		if reason != "" {
			condition(string(reason), "m")(tr)
		}
		got := 0
		for _, e := range next(t, tr, nil, cluster{}).Events {
			if e.Reason == string(v1.TaskRunReasonStarted) {
				got++
			}
		}
		if got != want {
			t.Errorf("after %q the start was reported %d times, want %d", reason, got, want)
		}
	}
}

func TestPodEvents(t *testing.T) {
	t.Parallel()
	tr := taskRun(func(tr *v1.TaskRun) {
		tr.Annotations = map[string]string{"pipeline.tekton.dev/affinity-assistant": "aa"}
		tr.Spec.PodTemplate = podTemplateWithAffinity()
	})
	d := next(t, tr, nil, cluster{parts: &Parts{MissingSecrets: []string{"a", "b"}}})
	want := []string{
		"Normal Started",
		"Warning FailedToRetrieveSecret: Unable to retrieve some secrets (a, b); attempting to use them may not succeed.",
		`Warning PodAffinityOverwrite: Pod template affinity is overwritten by affinity assistant for pod "tr-pod"`,
		"Normal Pending: Pending",
	}
	if diff := cmp.Diff(want, summary(d).Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestPodIsMadeAgain(t *testing.T) {
	t.Parallel()
	order := &PartsOrder{}
	d := next(t, taskRun(started), nil, cluster{order: &order})
	if got := summary(d); got.Cond != "Unknown Pending: Pending" || order.Spec == nil {
		t.Errorf("decision %+v, order %+v", got, order)
	}
}

func TestValidation(t *testing.T) {
	t.Parallel()
	declared := func(specs ...v1.ParamSpec) func(*v1.TaskRun) {
		return func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Params = specs }
	}
	given := func(list ...v1.Param) func(*v1.TaskRun) { return func(tr *v1.TaskRun) { tr.Spec.Params = list } }
	bind := func(list ...v1.WorkspaceBinding) func(*v1.TaskRun) {
		return func(tr *v1.TaskRun) { tr.Spec.Workspaces = list }
	}
	claim := func(name, claim string) v1.WorkspaceBinding {
		return v1.WorkspaceBinding{Name: name, PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}
	}
	cpu := func(s string) corev1.ResourceList { return corev1.ResourceList{"cpu": resource.MustParse(s)} }
	enums := func(f *config.FeatureFlags) { f.EnableParamEnum = true }
	noCoschedule := func(f *config.FeatureFlags) { f.Coschedule = config.CoscheduleDisabled }
	const invalid = "False TaskRunValidationFailed: [User error] "
	for name, tc := range map[string]struct {
		tr    *v1.TaskRun
		c     cluster
		want  string
		start string
	}{
		"request above limit": {tr: taskRun(func(tr *v1.TaskRun) {
			tr.Spec.TaskSpec.Steps[0].ComputeResources = corev1.ResourceRequirements{Requests: cpu("2"), Limits: cpu("1")}
		}), want: invalid + "invalid request resource value: 2 must be less or equal to limit 1"},
		"request above limit of the template": {tr: taskRun(func(tr *v1.TaskRun) {
			tr.Spec.TaskSpec.Steps[0].ComputeResources = corev1.ResourceRequirements{Requests: cpu("2")}
			tr.Spec.TaskSpec.StepTemplate = &v1.StepTemplate{ComputeResources: corev1.ResourceRequirements{Limits: cpu("500m")}}
		}), want: invalid + "invalid request resource value: 2 must be less or equal to limit 500m"},
		"no steps":        {tr: taskRun(func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Steps = nil }), want: invalid + "no steps"},
		"missing params":  {tr: taskRun(declared(v1.ParamSpec{Name: "p"}, v1.ParamSpec{Name: "q", Default: v1.NewString("")}, v1.ParamSpec{Name: "r"})), want: invalid + "invalid input params for task tr: missing values for these params which have no default values: [p r]"},
		"types of params": {tr: taskRun(declared(v1.ParamSpec{Name: "p", Type: "array"}), given(v1.Param{Name: "p", Value: *v1.NewString("x")})), want: invalid + "invalid input params for task tr: param types don't match the user-specified type: [p]"},
		"missing keys": {
			tr:   taskRun(declared(v1.ParamSpec{Name: "p", Type: "object", Properties: map[string]v1.PropertySpec{"k": {}}}), given(v1.Param{Name: "p", Value: *v1.NewObject(map[string]string{"l": ""})})),
			want: invalid + "invalid input params for task tr: missing keys for these params which are required in ParamSpec's properties map[p:[k]]",
		},
		"array index": {
			tr:   taskRun(declared(v1.ParamSpec{Name: "p", Type: "array"}), given(v1.Param{Name: "p", Value: *v1.NewArray("x")}), func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Steps[0].Image = "$(params.p[1])" }),
			want: invalid + "non-existent param references:[$(params.p[1])]",
		},
		"enum":              {tr: taskRun(declared(v1.ParamSpec{Name: "p", Enum: []string{"a"}}), given(v1.Param{Name: "p", Value: *v1.NewString("b")})), c: cluster{flags: enums}, want: "False InvalidParamValue: [User error] param `p` value: b is not in the enum list"},
		"enum without flag": {tr: taskRun(declared(v1.ParamSpec{Name: "p", Enum: []string{"a"}}), given(v1.Param{Name: "p", Value: *v1.NewString("b")})), want: "Unknown Pending: Pending"},
		"workspace unbound": {tr: taskRun(func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Workspaces = []v1.WorkspaceDeclaration{{Name: "w"}} }), want: invalid + `declared workspace "w" is required but has not been bound`},
		"workspace bound by default": {
			tr: taskRun(func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Workspaces = []v1.WorkspaceDeclaration{{Name: "w"}} }),
			c:  cluster{defaults: func(d *config.Defaults) { d.DefaultTaskRunWorkspaceBinding = "emptyDir: {}" }}, want: "Unknown Pending: Pending",
		},
		"bad default binding": {tr: taskRun(), c: cluster{defaults: func(d *config.Defaults) { d.DefaultTaskRunWorkspaceBinding = "[" }}, start: "False TaskRunResolutionFailed: failed to unmarshal ["},
		"workspace unknown":   {tr: taskRun(byRef, bind(claim("w", "c"))), c: cluster{task: &Task{Name: "task", Spec: inline()}}, want: invalid + `workspace binding "w" does not match any declared workspace`},
		"workspace declared by binding it": {
			tr: taskRun(bind(claim("w", "c"))), want: "Unknown Pending: Pending",
		},
		"binding without source": {tr: taskRun(bind(v1.WorkspaceBinding{Name: "w"})), start: invalid + `binding "w" is invalid: expected exactly one, got neither`},
		"two claims":             {tr: taskRun(bind(claim("v", "c"), claim("w", "d"))), start: invalid + "more than one PersistentVolumeClaim is bound"},
		"two claims, placed freely": {
			tr: taskRun(bind(claim("v", "c"), claim("w", "d"))), c: cluster{flags: noCoschedule}, want: "Unknown Pending: Pending",
		},
		"overrides": {tr: taskRun(func(tr *v1.TaskRun) {
			tr.Spec.StepSpecs = []v1.TaskRunStepSpec{{Name: "a"}, {Name: "x"}}
			tr.Spec.SidecarSpecs = []v1.TaskRunSidecarSpec{{Name: "y"}}
		}), want: invalid + "invalid StepOverride: No Step named x\ninvalid SidecarOverride: No Sidecar named y"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := summary(next(t, tc.tr, nil, tc.c)).Cond
			if tc.start != "" && len(got) > len(tc.start) {
				got = got[:len(tc.start)]
			}
			if diff := cmp.Diff(tc.want+tc.start, got); diff != "" {
				t.Errorf("condition (-want +got):\n%s", diff)
			}
		})
	}
}

// A Task that does not fit is shown, but not run by a later attempt.
func TestValidationIsRepeated(t *testing.T) {
	t.Parallel()
	tr := taskRun(retries(1), func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Params = v1.ParamSpecs{{Name: "p"}} })
	d := next(t, tr, nil, cluster{})
	if d.Status.TaskSpec != nil || d.Status.RetriesStatus[0].TaskSpec == nil {
		t.Fatalf("status %+v", d.Status)
	}
	second := tr.DeepCopy()
	second.Status = d.Status
	if got := summary(next(t, second, nil, cluster{})); got.Cond[:29] != "False TaskRunValidationFailed" {
		t.Errorf("second attempt %+v", got)
	}
}

// Each attempt of a Task, inline or not, sees how many there have been before it. The Task is not looked up again for that.
func TestTaskSeesTheCountOfAttempts(t *testing.T) {
	t.Parallel()
	const variable = "$(context.task.retry-count)"
	counting := inline()
	counting.Steps[0].Args = []string{variable}
	for name, change := range map[string]func(*v1.TaskRun){
		"inline": func(tr *v1.TaskRun) { tr.Spec.TaskSpec = counting },
		"stored": byRef,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			order := &PartsOrder{}
			arg := func(spec *v1.TaskSpec) string { return spec.Steps[0].Args[0] }
			tr := taskRun(retries(1), change)
			d := next(t, tr, nil, cluster{task: &Task{Name: "task", Spec: counting}, order: &order})
			if got := arg(order.Spec); got != "0" {
				t.Errorf("the first attempt sees %q", got)
			}
			tr.Status = d.Status
			tr.Status = next(t, tr, podIn(corev1.PodFailed, exits(1)), cluster{}).Status
			if got := arg(tr.Status.RetriesStatus[0].TaskSpec); got != "0" {
				t.Errorf("the first attempt is archived with %q", got)
			}
			gone := cluster{task: &Task{Failure: failure.NotFoundf("", "the Task is gone")}, order: &order}
			tr.Status = next(t, tr, nil, gone).Status
			if got := arg(order.Spec); got != "1" {
				t.Errorf("the second attempt sees %q", got)
			}
			failed := podIn(corev1.PodFailed, exits(1))
			failed.Name = tr.Status.PodName
			if got := arg(next(t, tr, failed, cluster{}).Status.TaskSpec); got != "1" {
				t.Errorf("the run ends with %q", got)
			}
		})
	}
}

func TestTheOnlyAttemptIsTheFirst(t *testing.T) {
	t.Parallel()
	d := next(t, taskRun(func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Steps[0].Args = []string{"$(context.task.retry-count)"} }), nil, cluster{})
	if got := d.Status.TaskSpec.Steps[0].Args[0]; got != "0" {
		t.Errorf("the status shows %q", got)
	}
}
