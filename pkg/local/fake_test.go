package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/ptr"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/local/kubelet"
	"github.com/tenon-ci/tenon/pkg/podstatus"
	"github.com/tenon-ci/tenon/pkg/taskplan"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// fakePods carries out pods as a kubelet would whose containers do nothing: each step ends at once with the code that exit says.
type fakePods struct {
	// exit tells how a container ends; nil means that all succeed. A negative code means that it never ends by itself.
	exit func(pod *corev1.Pod, container string) int32
	// deaf sidecars do not end when they are asked to.
	deaf bool
	// message is what a step leaves in its termination message.
	message func(pod *corev1.Pod, container string) []termination.Entry

	mu   sync.Mutex
	pods []*fakePod
}

type fakePod struct {
	from   *fakePods
	report func(corev1.PodStatus)

	mu      sync.Mutex
	pod     *corev1.Pod
	ended   map[string]*corev1.ContainerStateTerminated
	started bool
	removed bool
	done    chan struct{}
}

func (f *fakePods) Start(pod *corev1.Pod, _ kubelet.Objects, report func(corev1.PodStatus)) kubelet.Pod {
	p := &fakePod{from: f, report: report, pod: pod, ended: map[string]*corev1.ContainerStateTerminated{}, done: make(chan struct{})}
	f.mu.Lock()
	f.pods = append(f.pods, p)
	f.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tell(corev1.PodPending)
	p.started = true
	p.advance()
	return p
}

func (f *fakePods) exitCode(pod *corev1.Pod, container string) int32 {
	if f.exit == nil {
		return 0
	}
	return f.exit(pod, container)
}

// advance lets happen what can, and reports it.
func (p *fakePod) advance() {
	for i := range p.pod.Spec.InitContainers {
		if c := &p.pod.Spec.InitContainers[i]; c.RestartPolicy == nil {
			p.end(c.Name, 0, nil)
		}
	}
	if p.pod.Annotations[pipeline.ReadyAnnotationKey] == pipeline.ReadyAnnotationValue {
		p.runSteps()
	}
	phase := corev1.PodRunning
	if left, failed := p.left(); left == 0 && failed {
		phase = corev1.PodFailed
	} else if left == 0 {
		phase = corev1.PodSucceeded
	}
	p.tell(phase)
}

// runSteps ends steps up to the first that goes on, and what ends with the last one.
func (p *fakePod) runSteps() {
	failed := false
	for i := range p.pod.Spec.Containers {
		c := &p.pod.Spec.Containers[i]
		if !podstatus.IsStep(c.Name) || p.ended[c.Name] != nil {
			continue
		}
		code := p.from.exitCode(p.pod, c.Name)
		switch {
		case failed:
			p.end(c.Name, 1, []termination.Entry{{Key: "Reason", Value: "Skipped", Type: termination.Internal}})
		case code < 0:
			return
		default:
			var entries []termination.Entry
			if p.from.message != nil {
				entries = p.from.message(p.pod, c.Name)
			}
			p.end(c.Name, code, entries)
			failed = code != 0
		}
	}
	for i := range p.pod.Spec.Containers {
		if c := &p.pod.Spec.Containers[i]; !podstatus.IsStep(c.Name) && !podstatus.IsSidecar(c.Name) ||
			podstatus.IsResultSidecar(c.Name) || c.Image == kubelet.NopImage && !p.from.deaf {
			p.end(c.Name, 0, nil)
		}
	}
	for i := range p.pod.Spec.InitContainers {
		p.end(p.pod.Spec.InitContainers[i].Name, 0, nil)
	}
}

func (p *fakePod) end(container string, code int32, entries []termination.Entry) {
	if p.ended[container] != nil {
		return
	}
	message, _ := termination.Encode(entries, termination.EncodeOptions{})
	reason := "Completed"
	if code != 0 {
		reason = "Error"
	}
	now := metav1.Now()
	p.ended[container] = &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, Message: message, StartedAt: now, FinishedAt: now}
}

func (p *fakePod) left() (left int, failed bool) {
	for i := range p.pod.Spec.Containers {
		switch t := p.ended[p.pod.Spec.Containers[i].Name]; {
		case t == nil:
			left++
		case t.ExitCode != 0:
			failed = true
		}
	}
	return left, failed
}

func (p *fakePod) tell(phase corev1.PodPhase) {
	if p.removed {
		return
	}
	status := corev1.PodStatus{Phase: phase}
	states := func(list []corev1.Container) []corev1.ContainerStatus {
		out := make([]corev1.ContainerStatus, len(list))
		for i := range list {
			out[i] = corev1.ContainerStatus{Name: list[i].Name, Image: list[i].Image, ImageID: "image@sha256:1"}
			switch t := p.ended[list[i].Name]; {
			case t != nil:
				out[i].State.Terminated = t
			case p.started:
				out[i].State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.Now()}
				out[i].Ready = true
			default:
				out[i].State.Waiting = &corev1.ContainerStateWaiting{Reason: "PodInitializing"}
			}
		}
		return out
	}
	status.InitContainerStatuses, status.ContainerStatuses = states(p.pod.Spec.InitContainers), states(p.pod.Spec.Containers)
	p.report(status)
}

func (p *fakePod) Update(pod *corev1.Pod) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pod = pod
	if pod.Annotations[pipeline.CancelAnnotationKey] != "" || ptr.Deref(pod.Spec.ActiveDeadlineSeconds, 0) == taskplan.StopDeadline {
		for i := range pod.Spec.Containers {
			p.end(pod.Spec.Containers[i].Name, 1, nil)
		}
	}
	p.advance()
}

func (p *fakePod) Delete(time.Duration) {
	p.mu.Lock()
	for i := range p.pod.Spec.Containers {
		p.end(p.pod.Spec.Containers[i].Name, 137, nil)
	}
	p.tell(corev1.PodFailed)
	p.mu.Unlock()
	p.remove()
}

func (p *fakePod) Remove() { p.remove() }

func (p *fakePod) remove() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.removed {
		p.removed = true
		close(p.done)
	}
}

func (p *fakePod) Done() <-chan struct{} { return p.done }

func (p *fakePod) Log(container string) (io.ReadCloser, error) {
	var out bytes.Buffer
	if podstatus.IsResultSidecar(container) && p.from.message != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		types := map[termination.Type]string{termination.TaskResult: "task", termination.StepResult: "step"}
		for i := range p.pod.Spec.Containers {
			name := p.pod.Spec.Containers[i].Name
			if !podstatus.IsStep(name) {
				continue
			}
			for _, entry := range p.from.message(p.pod, name) {
				key := entry.Key
				if entry.Type == termination.StepResult {
					key = name + "." + key
				}
				line, _ := json.Marshal(map[string]string{"name": key, "value": entry.Value, "type": types[entry.Type]})
				out.Write(append(line, '\n'))
			}
		}
	}
	return io.NopCloser(&out), nil
}

// writesResults has the last step of each pod write all results of its Task that have a value of their own.
func writesResults(e *Engine, value string) func(*corev1.Pod, string) []termination.Entry {
	return func(pod *corev1.Pod, container string) []termination.Entry {
		spec := taskOf(e, pod)
		if spec == nil {
			return nil
		}
		var out []termination.Entry
		for i := range spec.Steps {
			if podstatus.StepName(container) == spec.Steps[i].Name {
				for _, r := range spec.Steps[i].Results {
					out = append(out, termination.Entry{Key: r.Name, Value: "s", Type: termination.StepResult})
				}
			}
		}
		if container != lastStep(pod) {
			return out
		}
		for _, r := range spec.Results {
			if r.Value != nil {
				continue
			}
			value := value
			switch r.Type {
			case v1.ResultsTypeArray:
				value = `["a","b"]`
			case v1.ResultsTypeObject:
				object := map[string]string{}
				for key := range r.Properties {
					object[key] = "v"
				}
				text, _ := json.Marshal(object)
				value = string(text)
			}
			out = append(out, termination.Entry{Key: r.Name, Value: value, Type: termination.TaskResult})
		}
		return out
	}
}

var exits = regexp.MustCompile(`(?m)^\s*exit ([0-9]+)$`)

// followsScripts has steps end as a plain "exit N" in their script says; those that sleep for a minute never end, or with their time.
func followsScripts(e *Engine) func(*corev1.Pod, string) int32 {
	return func(pod *corev1.Pod, container string) int32 {
		spec := taskOf(e, pod)
		if spec == nil {
			return 0
		}
		for i := range spec.Steps {
			step := &spec.Steps[i]
			switch exit := exits.FindStringSubmatch(step.Script); {
			case podstatus.StepName(container) != step.Name:
			case strings.Contains(step.Script, "sleep 60") && step.Timeout == nil:
				return -1
			case strings.Contains(step.Script, "sleep 60"):
				return 1
			case exit != nil:
				code, _ := strconv.Atoi(exit[1])
				return int32(code)
			}
		}
		return 0
	}
}

func lastStep(pod *corev1.Pod) string {
	last := ""
	for i := range pod.Spec.Containers {
		if podstatus.IsStep(pod.Spec.Containers[i].Name) {
			last = pod.Spec.Containers[i].Name
		}
	}
	return last
}

func taskOf(e *Engine, pod *corev1.Pod) *v1.TaskSpec {
	tr, ok := find[*v1.TaskRun](e.store, key{kindTaskRun, pod.Namespace, metav1.GetControllerOf(pod).Name})
	switch {
	case !ok:
		return nil
	case tr.Spec.TaskSpec != nil:
		return tr.Spec.TaskSpec
	case tr.Spec.TaskRef != nil && tr.Spec.TaskRef.Resolver == "":
		if task := e.files.tasks[name{pod.Namespace, tr.Spec.TaskRef.Name}]; task != nil {
			return &task.Spec
		}
	}
	return nil
}

// fakeFolders has a folder for each claim, by name only.
type fakeFolders struct{}

func (fakeFolders) Claim(claim *corev1.PersistentVolumeClaim, _ bool) (string, error) {
	return "/claims/" + claim.Name, nil
}

func (fakeFolders) Remove(string, string) error { return nil }

// load reads YAML documents as the API would store them, in the hub version.
func load(t testing.TB, text string) []runtime.Object {
	t.Helper()
	var out []runtime.Object
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	for {
		var raw runtime.RawExtension
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		if len(bytes.TrimSpace(raw.Raw)) == 0 {
			continue
		}
		out = append(out, hubOf(t, raw.Raw))
	}
}

func hubOf(t testing.TB, raw []byte) runtime.Object {
	t.Helper()
	var kind metav1.TypeMeta
	if err := json.Unmarshal(raw, &kind); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind.APIVersion, pipeline.GroupName) {
		o, _, err := kubescheme.Codecs.UniversalDeserializer().Decode(raw, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	o, err := definition.DecodeAny(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	return toHub(t, o)
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// toHub converts an object to the version that the engine takes.
func toHub(t testing.TB, o definition.Object) runtime.Object {
	t.Helper()
	targets := map[string]apis.Convertible{
		"Task": &v1.Task{}, "Pipeline": &v1.Pipeline{}, kindTaskRun: &v1.TaskRun{}, kindPipelineRun: &v1.PipelineRun{},
	}
	kind := o.GetObjectKind().GroupVersionKind()
	target := targets[kind.Kind]
	if target == nil || kind.Version == v1.SchemeGroupVersion.Version {
		return o
	}
	if err := o.(apis.Convertible).ConvertTo(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	target.(apis.Defaultable).SetDefaults(t.Context())
	return target.(runtime.Object)
}
