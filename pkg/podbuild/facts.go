package podbuild

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/podsecurity"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

// Annotation and value that switch on hermetic mode (contract 2 §2.12).
const (
	executionModeAnnotation = "experimental.tekton.dev/execution-mode"
	executionModeHermetic   = "hermetic"
)

// errNoSteps is about a Task that admission never saw: the schema does not demand steps.
var errNoSteps = errors.New("no steps")

// facts are the Input and what follows from it for more than one stage.
type facts struct {
	in       Input
	flags    *config.FeatureFlags
	template *pod.Template
	bound    *workspace.Bound

	// steps are the Task's steps over the step template; containers are their container names.
	steps      []v1.Step
	containers []string
	// scripts are the scripts of steps and sidecars.
	scripts scripts

	// prepareFirst says that prepare is the first ordinary container and no init container.
	prepareFirst   bool
	windows        bool
	nativeSidecars bool
	// resultsSidecar says that results travel through the log of a sidecar in this Pod.
	resultsSidecar bool
	hermetic       bool
	usesCEL        bool
	// pauseOnFailure and pauseBefore are the breakpoints; pauseBefore holds names of steps.
	pauseOnFailure bool
	pauseBefore    []string
	// waitReady lets the first step wait for the ready annotation; readyAtOnce sets it from the start.
	waitReady, readyAtOnce bool
}

func gather(in Input) (*facts, error) {
	if len(in.Task.Steps) == 0 {
		return nil, errNoSteps
	}
	steps, err := v1.MergeStepTemplate(in.Task.StepTemplate, in.Task.Steps)
	if err != nil {
		return nil, err
	}
	f := &facts{in: in, flags: in.Config.FeatureFlags, template: in.PodTemplate, steps: steps}
	if f.template == nil {
		f.template = in.TaskRun.Spec.PodTemplate
	}
	if f.template == nil {
		f.template = &pod.Template{}
	}
	for i, s := range steps {
		f.containers = append(f.containers, names.StepContainer(s.Name, i))
	}
	f.bound = workspace.Bind(in.Task, in.Bindings)
	f.windows = podsecurity.IsWindows(f.template.NodeSelector)
	f.nativeSidecars = f.flags.EnableKubernetesSidecar && in.NativeSidecars
	f.prepareFirst = f.canPrepareFirst()
	f.usesCEL = slices.ContainsFunc(steps, usesCEL)
	f.resultsSidecar = f.flags.ResultExtractionMethod == config.ResultsFromSidecarLogs && f.hasLogResults()
	f.gatherAlpha()
	f.gatherReadiness()
	f.scripts = f.gatherScripts()
	return f, f.checkMounts()
}

// gatherAlpha looks at what has an effect only with enable-api-fields: alpha.
func (f *facts) gatherAlpha() {
	if f.flags.EnableAPIFields != config.AlphaAPIFields {
		return
	}
	f.hermetic = !f.windows && f.in.TaskRun.Annotations[executionModeAnnotation] == executionModeHermetic
	if debug := f.in.TaskRun.Spec.Debug; debug != nil && debug.Breakpoints != nil {
		f.pauseOnFailure = debug.Breakpoints.OnFailure == v1.BreakpointOnFailureEnabled
		f.pauseBefore = debug.Breakpoints.BeforeSteps
	}
}

// gatherReadiness decides whether the first step waits for sidecars (contract 2 §2.10, §2.11). The kubelet itself waits
// for native sidecars. Where sidecars may be injected but none is declared, the annotation is set from the start, so that
// an ordinary Pod starts without a round trip, and the first step looks at it all the same: whoever creates the Pod can
// take it away when the Pod comes back with containers that were injected.
func (f *facts) gatherReadiness() {
	declared := false
	for i := range f.in.Task.Sidecars {
		declared = declared || !f.isNative(i)
	}
	switch {
	case !f.flags.AwaitSidecarReadiness:
		f.readyAtOnce = true
	case declared:
		f.waitReady = true
	case f.flags.RunningInEnvWithInjectedSidecars:
		f.waitReady, f.readyAtOnce = true, true
	default:
		f.readyAtOnce = true
	}
}

func (f *facts) hasBreakpoints() bool { return f.pauseOnFailure || len(f.pauseBefore) > 0 }

func (f *facts) usesDownward() bool { return f.waitReady || f.flags.EnableKeepPodOnCancel }

// hasLogResults tells whether there is anything for the results sidecar to report (contract 2 §4.4).
func (f *facts) hasLogResults() bool {
	if len(f.in.Task.Results) > 0 {
		return true
	}
	for i, s := range f.steps {
		if mentions(s, "$(step.artifacts.path)") || mentions(s, protocol.StepArtifactsFile(f.containers[i])) {
			return true
		}
	}
	return false
}

// mentions tells whether text occurs where a step can refer to a file.
func mentions(s v1.Step, text string) bool {
	if strings.Contains(s.Script, text) {
		return true
	}
	for _, words := range [][]string{s.Command, s.Args} {
		for _, w := range words {
			if strings.Contains(w, text) {
				return true
			}
		}
	}
	for _, e := range s.Env {
		if strings.Contains(e.Value, text) {
			return true
		}
	}
	return false
}

func usesCEL(s v1.Step) bool {
	return slices.ContainsFunc(s.When, func(w v1.WhenExpression) bool { return w.CEL != "" })
}

// messageLimit is what one container may write as its termination message: Kubernetes shares a total among all containers, also
// those that others add to the Pod.
func (f *facts) messageLimit() int {
	containers := 1 + len(f.steps) + len(f.in.Task.Sidecars) + f.in.Injected
	if f.resultsSidecar {
		containers++
	}
	return min(protocol.MaxTerminationMessage, protocol.MaxTerminationMessages/containers)
}

// checkOnError refuses what a parameter can put into onError past admission.
func checkOnError(value v1.OnErrorType) error {
	switch value {
	case "", v1.StopAndFail, v1.Continue:
		return nil
	}
	return fmt.Errorf("task step onError must be either %q or %q but it is set to an invalid value %q", v1.Continue, v1.StopAndFail, value)
}
