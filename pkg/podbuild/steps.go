package podbuild

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

// hermeticEnv tells a step that it runs without network.
const hermeticEnv = "TEKTON_HERMETIC"

// traceEnv tells a step which span is its own, so that its program's spans join the trace of the run (W3C Trace Context).
const traceEnv = "TRACEPARENT"

func (f *facts) stepContainers() ([]corev1.Container, error) {
	containers := make([]corev1.Container, 0, len(f.steps)+len(f.in.Task.Sidecars)+1)
	for i := range f.steps {
		c, err := f.stepContainer(i)
		if err != nil {
			return nil, stepError(f.containers[i], err)
		}
		containers = append(containers, c)
	}
	return containers, nil
}

func (f *facts) stepContainer(i int) (corev1.Container, error) {
	s := f.steps[i]
	line, err := f.commandLine(i)
	if err != nil {
		return corev1.Container{}, err
	}
	runner, err := f.runnerConfig(i, line)
	if err != nil {
		return corev1.Container{}, err
	}
	encoded, err := protocol.EncodeStep(runner)
	if err != nil {
		return corev1.Container{}, err
	}
	return corev1.Container{
		Name:                   f.containers[i],
		Image:                  line.image,
		ImagePullPolicy:        s.ImagePullPolicy,
		Command:                []string{protocol.Runner},
		Args:                   append([]string{protocol.CommandStep, encoded, "--"}, line.words...),
		WorkingDir:             s.WorkingDir,
		Env:                    f.stepEnv(i),
		EnvFrom:                s.EnvFrom,
		Resources:              f.stepResources(s),
		VolumeMounts:           f.stepMounts(i),
		VolumeDevices:          s.VolumeDevices,
		TerminationMessagePath: protocol.TerminationFile,
		SecurityContext:        s.SecurityContext,
	}, nil
}

// commandLine is what a step runs.
type commandLine struct {
	image string
	words []string
	// commands are the image's own, where they differ by platform; words are then only the arguments.
	commands []protocol.Command
}

// commandLine chooses between command, script and the image's own command (contract 2 §2.7).
func (f *facts) commandLine(i int) (commandLine, error) {
	s := f.steps[i]
	if script := f.scripts.steps[i]; script != nil {
		return commandLine{image: s.Image, words: slices.Concat(script, s.Args)}, nil
	}
	if len(s.Command) > 0 {
		return commandLine{image: s.Image, words: slices.Concat(s.Command, s.Args)}, nil
	}
	image, ok := f.in.Images[s.Image]
	if !ok {
		return commandLine{}, fmt.Errorf("the command of image %q is not known", s.Image)
	}
	hasArgs := len(s.Args) > 0
	if command, same := image.Command(hasArgs); same {
		return commandLine{image: image.Ref, words: slices.Concat(escape(command), s.Args)}, nil
	}
	return commandLine{image: image.Ref, words: s.Args, commands: image.Commands(hasArgs)}, nil
}

// escape keeps the kubelet from expanding $(VAR) in words of an image's own command, which it does not do either when it
// starts the image itself.
func escape(words []string) []string {
	escaped := make([]string, 0, len(words))
	for _, w := range words {
		escaped = append(escaped, strings.ReplaceAll(w, "$", "$$"))
	}
	return escaped
}

// runnerConfig is what the step runner is told.
func (f *facts) runnerConfig(i int, line commandLine) (protocol.Step, error) {
	s := f.steps[i]
	if err := checkOnError(s.OnError); err != nil {
		return protocol.Step{}, err
	}
	step := protocol.Step{
		Index:           i,
		Container:       f.containers[i],
		WaitReady:       i == 0 && f.waitReady,
		OnErrorContinue: s.OnError == v1.Continue,
		When:            whens(s.When),
		StepResults:     stepResults(s.Results),
		TaskResults:     taskResults(f.in.Task.Results),
		MessageLimit:    f.messageLimit(),
		PauseOnFailure:  f.pauseOnFailure,
		PauseBefore:     s.Name != "" && slices.Contains(f.pauseBefore, s.Name),
		WatchCancel:     f.flags.EnableKeepPodOnCancel,
		Hermetic:        f.hermetic,
		Artifacts:       f.flags.EnableArtifacts,
		Commands:        line.commands,
		Script:          f.flags.EnableArtifacts && strings.Contains(s.Script, "$(steps."),
	}
	if s.Timeout != nil {
		step.Timeout = s.Timeout.Duration
	}
	if s.StdoutConfig != nil {
		step.Stdout = s.StdoutConfig.Path
	}
	if s.StderrConfig != nil {
		step.Stderr = s.StderrConfig.Path
	}
	if f.resultsSidecar {
		step.ResultsFrom = protocol.ResultsFromSidecarLogs
	} else {
		step.Compress = f.flags.EnableTerminationMessageCompression
	}
	if !f.flags.DisableCredsInit {
		step.Credentials = f.in.Credentials.Credentials
	}
	return step, nil
}

func whens(expressions v1.WhenExpressions) []protocol.When {
	var whens []protocol.When
	for _, w := range expressions {
		whens = append(whens, protocol.When{Input: w.Input, Operator: string(w.Operator), Values: w.Values, CEL: w.CEL})
	}
	return whens
}

func stepResults(declared []v1.StepResult) []protocol.Result {
	var results []protocol.Result
	for _, r := range declared {
		results = append(results, protocol.Result{Name: r.Name, Type: string(r.Type)})
	}
	return results
}

// taskResults are those that steps write themselves; the others are mapped from step results when the run is over.
func taskResults(declared []v1.TaskResult) []protocol.Result {
	var results []protocol.Result
	for _, r := range declared {
		if r.IsMapped() {
			continue
		}
		result := protocol.Result{Name: r.Name, Type: string(r.Type)}
		if result.Type == "" {
			result.Type = string(v1.ResultsTypeString)
		}
		results = append(results, result)
	}
	return results
}

// stepEnv adds the pod template's variables, except forbidden ones, and the mark of hermetic mode: later entries win. The span of the
// step comes first, so that others can refer to it, and only if nobody else set it.
func (f *facts) stepEnv(i int) []corev1.EnvVar {
	env := slices.Clip(f.steps[i].Env)
	for _, e := range f.template.Env {
		if !slices.Contains(f.in.Config.Defaults.DefaultForbiddenEnv, e.Name) {
			env = append(env, e)
		}
	}
	if f.hermetic {
		env = append(env, corev1.EnvVar{Name: hermeticEnv, Value: "1"})
	}
	isTrace := func(e corev1.EnvVar) bool { return e.Name == traceEnv }
	if span := f.stepSpan(i); span != "" && !slices.ContainsFunc(env, isTrace) {
		env = slices.Insert(env, 0, corev1.EnvVar{Name: traceEnv, Value: span})
	}
	return env
}

// stepSpan returns what identifies the span of a step, empty if the run is not traced.
func (f *facts) stepSpan(i int) string {
	status := &f.in.TaskRun.Status
	return spancontext.Traceparent(spancontext.Step(spancontext.Of(status.SpanContext), len(status.RetriesStatus), f.containers[i]))
}
