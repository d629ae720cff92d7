package taskplan

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	podtemplate "github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/podbuild"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) metav1.Time {
	return metav1.NewTime(epoch.Add(time.Duration(seconds) * time.Second))
}

// taskRun makes a run of one inline step, and changes it.
func taskRun(change ...func(*v1.TaskRun)) *v1.TaskRun {
	tr := &v1.TaskRun{
		ObjectMeta: metav1.ObjectMeta{Name: "tr", Namespace: "ns", UID: "uid", CreationTimestamp: at(0)},
		Spec:       v1.TaskRunSpec{TaskSpec: inline(), Timeout: &metav1.Duration{Duration: time.Hour}},
	}
	for _, c := range change {
		c(tr)
	}
	return tr
}

func inline() *v1.TaskSpec { return &v1.TaskSpec{Steps: []v1.Step{{Name: "a", Image: "img"}}} }

// started is a run whose pod was created at second 0.
func started(tr *v1.TaskRun) {
	start := at(0)
	tr.Status.StartTime = &start
	tr.Status.PodName = "tr-pod"
	tr.Status.TaskSpec = inline()
	tr.Status.MarkRunning("Running", "Not all Steps in the Task have finished executing", at(0).Time)
	tr.Status.Steps = []v1.StepState{{Name: "a", Container: "step-a", ContainerState: runs(), Provenance: &v1.Provenance{}}}
}

func condition(reason, message string) func(*v1.TaskRun) {
	return func(tr *v1.TaskRun) { tr.Status.MarkRunning(v1.TaskRunReason(reason), message, at(1).Time) }
}

func retries(n int) func(*v1.TaskRun) { return func(tr *v1.TaskRun) { tr.Spec.Retries = n } }

func cancelled(message string) func(*v1.TaskRun) {
	return func(tr *v1.TaskRun) {
		tr.Spec.Status, tr.Spec.StatusMessage = v1.TaskRunSpecStatusCancelled, v1.TaskRunSpecStatusMessage(message)
	}
}

func byRef(tr *v1.TaskRun) {
	tr.Spec.TaskSpec = nil
	tr.Spec.TaskRef = &v1.TaskRef{Name: "task"}
}

func runs() corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(2)}}
}

func waits(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func exits(code int32, message ...string) corev1.ContainerState {
	reason := "Completed"
	if code != 0 {
		reason = "Error"
	}
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, Message: strings.Join(message, ""), StartedAt: at(2), FinishedAt: at(9),
	}}
}

// podIn makes a pod of step-a in the given state, with more containers in the order of names.
func podIn(phase corev1.PodPhase, a corev1.ContainerState, more ...any) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "tr-pod", Namespace: "ns", Annotations: map[string]string{"tekton.dev/ready": "READY"}}}
	p.Status.Phase = phase
	add := func(name string, state corev1.ContainerState) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: name, Image: "img"})
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{Name: name, State: state})
	}
	add("step-a", a)
	for i := 0; i < len(more); i += 2 {
		name, _ := more[i].(string)
		state, _ := more[i+1].(corev1.ContainerState)
		add(name, state)
	}
	return p
}

// cluster answers what Next wants.
type cluster struct {
	task  *Task
	parts *Parts
	log   *ResultLog
	// podErr and claimErr are the errors of creating a pod and a claim.
	podErr, claimErr error
	// cause is what the events of the pod tell.
	cause string
	// flags and defaults change the configuration.
	flags    func(*config.FeatureFlags)
	defaults func(*config.Defaults)
	now      int
	// trace is what a run that starts is given.
	trace map[string]string
	order **PartsOrder
}

// next runs one whole pass and checks what holds for all: the input is left alone, and the answer does not depend on when it was
// asked for.
func next(t *testing.T, tr *v1.TaskRun, p *corev1.Pod, c cluster) Step {
	t.Helper()
	flags, defaults := config.DefaultFeatureFlags(), config.DefaultDefaults()
	if c.flags != nil {
		c.flags(flags)
	}
	if c.defaults != nil {
		c.defaults(defaults)
	}
	seen := Seen{
		TaskRun: tr, Pod: p, Now: at(c.now).Add(300 * time.Millisecond), Config: config.NewConfig(flags, defaults), Release: "abc", NopImage: "nop",
		SpanContext: c.trace,
	}
	before, podBefore := tr.DeepCopy(), p.DeepCopy()
	for range 5 {
		d := Next(seen)
		if diff := cmp.Diff(before, tr); diff != "" {
			t.Fatalf("the TaskRun was changed (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(podBefore, p); diff != "" {
			t.Fatalf("the pod was changed (-before +after):\n%s", diff)
		}
		switch {
		case d.Wants.Empty():
			return c.carryOut(seen, d)
		case d.Wants.Task != nil && seen.Task == nil:
			if seen.Task = c.task; c.task == nil {
				seen.Task = &Task{Spec: tr.Spec.TaskSpec}
			}
		case d.Wants.Parts != nil && seen.Parts == nil:
			if c.order != nil {
				*c.order = d.Wants.Parts
			}
			if seen.Parts = c.parts; c.parts == nil {
				seen.Parts = &Parts{}
			}
			seen.Parts.Images = commands(t, d.Wants.Parts.Spec)
		case d.Wants.Cause && (seen.Cause == nil || seen.Cause.At != seen.Now):
			seen.Cause = &Cause{Text: c.cause, At: seen.Now}
		case d.Wants.Log && seen.Log == nil && c.log != nil:
			seen.Log = c.log
		default:
			t.Fatalf("asked again, or for what the test does not have: %+v", d.Wants)
		}
	}
	t.Fatal("no answer")
	return Step{}
}

// carryOut amends a step whose actions the cluster refuses.
func (c cluster) carryOut(seen Seen, d Step) Step {
	for i, a := range d.Actions {
		refused := Refused{Action: a}
		switch a.(type) {
		case CreatePod:
			refused.Err = c.podErr
		case CreateClaim:
			refused.Err = c.claimErr
		}
		if refused.Err == nil {
			continue
		}
		all := []Refused{refused}
		for _, left := range d.Actions[i+1:] {
			all = append(all, Refused{Action: left, Kind: decision.NotTried})
		}
		return Amend(seen, d, all)
	}
	return Amend(seen, d, nil)
}

// commands are what a registry knows of the images of steps that name no command.
func commands(t *testing.T, spec *v1.TaskSpec) map[string]imageinfo.Image {
	t.Helper()
	refs, err := podbuild.LookupImages(spec)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]imageinfo.Image{}
	for _, ref := range refs {
		out[ref] = imageinfo.Image{Ref: ref + "@sha256:1", Platforms: []imageinfo.Platform{{Name: "linux/amd64", Entrypoint: []string{"run"}}}}
	}
	return out
}

// fresh is a pod as the API returns it.
func fresh() *corev1.Pod {
	p := podIn(corev1.PodPending, corev1.ContainerState{})
	p.Status.ContainerStatuses = nil
	return p
}

// outcome is a decision in the form that tables compare.
type outcome struct {
	Cond    string
	Started bool
	Done    bool
	Actions []string
	Events  []string
}

func summary(d Step) outcome {
	var o outcome
	if c := d.Status.GetCondition(apis.ConditionSucceeded); c != nil {
		o.Cond = fmt.Sprintf("%s %s: %s", c.Status, c.Reason, c.Message)
	}
	o.Started, o.Done = d.Status.StartTime != nil, d.Status.CompletionTime != nil
	for _, a := range d.Actions {
		switch a := a.(type) {
		case CreateClaim:
			o.Actions = append(o.Actions, "create claim "+a.Claim.Name)
		case CreatePod:
			o.Actions = append(o.Actions, "create "+a.Pod.Name)
		case ReplacePod:
			text := "replace " + a.Pod.Name
			if a.Unordered {
				text += ", remember nodes " + strconv.Quote(a.NodeKind)
			}
			o.Actions = append(o.Actions, text)
		case StopPod:
			o.Actions = append(o.Actions, "end "+a.Pod.Name)
		case DeletePod:
			o.Actions = append(o.Actions, "delete "+a.Name)
		case CancelPod:
			o.Actions = append(o.Actions, "cancel "+a.Name)
		case ReleaseSteps:
			o.Actions = append(o.Actions, "release "+a.Pod.Name)
		case HoldSteps:
			o.Actions = append(o.Actions, "hold "+a.Pod.Name)
		case StopSidecars:
			o.Actions = append(o.Actions, fmt.Sprint("stop ", a.Pod.Name, a.Containers))
		}
	}
	for _, e := range d.Events {
		o.Events = append(o.Events, strings.TrimSuffix(e.Type+" "+e.Reason+": "+e.Message, ": "))
	}
	return o
}

// checkSettled checks that a pass over the outcome has nothing more to do.
func checkSettled(t *testing.T, tr *v1.TaskRun, p *corev1.Pod, c cluster, d Step) {
	t.Helper()
	again := tr.DeepCopy()
	again.Status = *d.Status.DeepCopy()
	d = next(t, again, p, c)
	if !equality.Semantic.DeepEqual(again.Status, d.Status) {
		t.Errorf("a second pass changes the status again (-first +second):\n%s", cmp.Diff(again.Status, d.Status))
	}
	for _, e := range d.Events {
		t.Errorf("a second pass records %v", e)
	}
}

func podTemplateWithAffinity() *podtemplate.Template {
	return &podtemplate.Template{Affinity: &corev1.Affinity{}}
}
