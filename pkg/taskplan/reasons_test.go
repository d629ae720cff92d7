package taskplan

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// neverSet are the reasons that clients may know and that no TaskRun gets: those reserved for signed results (contract 2 §1.4), and
// the one for sidecars that cannot be stopped, which would turn a run that succeeded into one that failed.
var neverSet = []v1.TaskRunReason{
	v1.TaskRunReasonResultsVerified, v1.TaskRunReasonResultsVerificationFailed, v1.AwaitingTaskRunResults, v1.TaskRunReasonStopSidecarFailed,
}

// TestEveryReason produces each reason of the contract's tables (2 §1.2, §1.4) from what a pass sees.
func TestEveryReason(t *testing.T) {
	t.Parallel()
	type world struct {
		tr  *v1.TaskRun
		pod *corev1.Pod
		c   cluster
	}
	step := func(phase corev1.PodPhase, state corev1.ContainerState) world {
		return world{tr: taskRun(started), pod: podIn(phase, state)}
	}
	unresolved := func(task *Task) world { return world{tr: taskRun(byRef), c: cluster{task: task}} }
	refused := func(err error) world { return world{tr: taskRun(), c: cluster{podErr: err}} }
	stuck := func(reason string) world {
		waiting := waits(reason, "no")
		return world{tr: taskRun(started, func(tr *v1.TaskRun) { tr.Status.Steps[0].ContainerState = waiting }), pod: podIn(corev1.PodPending, waiting)}
	}
	failed := world{tr: taskRun(started, retries(1)), pod: podIn(corev1.PodFailed, exits(1))}
	ignored := step(corev1.PodFailed, exits(1))
	ignored.tr.Annotations = map[string]string{"pipeline.tekton.dev/pipeline-task-on-error": "continue"}
	enum := world{tr: taskRun(), c: cluster{flags: func(f *config.FeatureFlags) { f.EnableParamEnum = true }}}
	enum.tr.Spec.TaskSpec.Params = v1.ParamSpecs{{Name: "p", Enum: []string{"a"}}}
	enum.tr.Spec.Params = v1.Params{{Name: "p", Value: *v1.NewString("b")}}
	refs := &v1.TaskSpec{Steps: []v1.Step{{Name: "a", Ref: &v1.Ref{Name: "x"}}}}

	var produced []string
	for reason, w := range map[v1.TaskRunReason]world{
		v1.TaskRunReasonStarted:                    unresolved(&Task{Failure: failure.Transientf("", "down")}),
		v1.TaskRunReasonTaskRunPending:             {tr: taskRun(func(tr *v1.TaskRun) { tr.Spec.Status = v1.TaskRunSpecStatusPending })},
		v1.TaskRunReasonResolvingTaskRef:           unresolved(&Task{Failure: failure.Waitingf("", "awaiting")}),
		v1.TaskRunReasonResolvingStepActionRef:     unresolved(&Task{Name: "task", Spec: refs, StepFailure: failure.Waitingf("", "awaiting")}),
		v1.TaskRunReasonPending:                    {tr: taskRun()},
		v1.TaskRunReasonPullImageFailed:            step(corev1.PodPending, waits("ErrImagePull", "no")),
		v1.TaskRunReasonExceededNodeResources:      {tr: taskRun(started), pod: unschedulable()},
		v1.TaskRunReasonExceededResourceQuota:      refused(quotaExceeded),
		v1.TaskRunReasonRunning:                    step(corev1.PodRunning, runs()),
		v1.TaskRunReasonToBeRetried:                failed,
		v1.TaskRunReasonSuccessful:                 step(corev1.PodSucceeded, exits(0)),
		v1.TaskRunReasonCancelled:                  {tr: taskRun(cancelled("enough"))},
		v1.TaskRunReasonTimedOut:                   {tr: taskRun(started), pod: podIn(corev1.PodRunning, runs()), c: cluster{now: 3601}},
		v1.TaskRunReasonImagePullFailed:            stuck("ImagePullBackOff"),
		v1.TaskRunReasonCreateContainerConfigError: stuck("CreateContainerConfigError"),
		v1.TaskRunReasonPodCreationFailed:          stuck("CreateContainerError"),
		v1.TaskRunReasonPodAdmissionFailed:         refused(apierrors.NewForbidden(podResource, "tr-pod", errors.New("violates PodSecurity"))),
		v1.TaskRunReasonFailedResolution:           unresolved(&Task{Failure: failure.NotFoundf("", "no task")}),
		v1.TaskRunReasonTaskFailedValidation:       unresolved(&Task{Failure: failure.Invalidf("TaskValidationFailed", "refused")}),
		v1.TaskRunReasonResourceVerificationFailed: unresolved(&Task{Failure: failure.Invalidf("ResourceVerificationFailed", "forged"), Verification: &Verification{}}),
		v1.TaskRunReasonFailedValidation:           {tr: taskRun(func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Params = v1.ParamSpecs{{Name: "p"}} })},
		v1.TaskRunReasonInvalidParamValue:          enum,
		v1.TaskRunReasonCouldntCreateWorkspacePVC:  {tr: taskRun(withClaim), c: cluster{claimErr: apierrors.NewBadRequest("no")}},
		v1.TaskRunReasonResultLargerThanAllowedLimit: {
			tr: taskRun(started), pod: podIn(corev1.PodSucceeded, exits(0), "sidecar-tekton-log-results", exits(0)), c: cluster{log: &ResultLog{TooLarge: 5000}},
		},
		v1.TaskRunReasonFailureIgnored:      ignored,
		v1.TaskRunReasonPodEvicted:          {tr: taskRun(started), pod: evicted()},
		v1.TaskRunReasonInitContainerOOM:    {tr: taskRun(started), pod: withInit(outOfMemory())},
		v1.TaskRunReasonInitContainerFailed: {tr: taskRun(started), pod: withInit(exits(1))},
		v1.TaskRunReasonSidecarOOM:          {tr: taskRun(started), pod: podIn(corev1.PodFailed, exits(0), "sidecar-s", outOfMemory())},
		v1.TaskRunReasonSidecarFailed:       {tr: taskRun(started), pod: podIn(corev1.PodFailed, exits(0), "sidecar-s", exits(1))},
		v1.TaskRunReasonStepOOM:             step(corev1.PodRunning, outOfMemory()),
		v1.TaskRunReasonStepFailed:          step(corev1.PodFailed, exits(1)),
		v1.TaskRunReasonFailed:              {tr: taskRun(started), pod: lost()},
	} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			d := next(t, w.tr, w.pod, w.c)
			if got := d.Status.GetCondition(apis.ConditionSucceeded); got.GetReason() != string(reason) {
				t.Errorf("reason %s (%s)", got.GetReason(), got.GetMessage())
			}
		})
		produced = append(produced, string(reason))
	}
	for _, reason := range neverSet {
		produced = append(produced, string(reason))
	}
	slices.Sort(produced)
	if diff := cmp.Diff(declaredReasons(t), produced); diff != "" {
		t.Errorf("reasons that the API has and reasons with a case above (-want +got):\n%s", diff)
	}
}

// declaredReasons reads the constants of the API, so that none is forgotten.
func declaredReasons(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../apis/pipeline/v1/taskrun_reasons.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "TaskRunReason" {
			return true
		}
		for _, value := range spec.Values {
			if literal, ok := value.(*ast.BasicLit); ok {
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, text)
			}
		}
		return true
	})
	slices.Sort(out)
	return out
}

func outOfMemory() corev1.ContainerState {
	state := exits(137)
	state.Terminated.Reason = "OOMKilled"
	return state
}

func withInit(state corev1.ContainerState) *corev1.Pod {
	pod := podIn(corev1.PodFailed, waits("PodInitializing", ""))
	pod.Spec.InitContainers = []corev1.Container{{Name: "prepare"}}
	pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "prepare", State: state}}
	return pod
}

func unschedulable() *corev1.Pod {
	pod := podIn(corev1.PodPending, waits("", ""))
	pod.Status.Conditions = []corev1.PodCondition{{Type: "PodScheduled", Status: "False", Reason: "Unschedulable", Message: "1 Insufficient cpu."}}
	return pod
}

func evicted() *corev1.Pod {
	pod := podIn(corev1.PodFailed, exits(137))
	pod.Status.Reason, pod.Status.Message = "Evicted", "The node was low on resource: memory."
	return pod
}

// lost is a pod whose node went away before it said how the containers ended.
func lost() *corev1.Pod {
	pod := podIn(corev1.PodFailed, runs())
	pod.Status.Reason, pod.Status.Message = "NodeLost", "Node n which was running pod tr-pod is unresponsive"
	return pod
}
