package v1beta1_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

func parse(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Fatalf("parsing %s: %v", text, err)
	}
}

// A conversion gives the same object in both versions; back says what v1beta1 shows afterwards if not the same.
type conversionCase struct {
	name     string
	old, hub string
	back     string
}

func testConversion[Old, Hub any, OldP interface {
	*Old
	apis.Convertible
}, HubP interface {
	*Hub
	apis.Convertible
}](t *testing.T, cases []conversionCase) {
	t.Helper()
	ctx := context.Background()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			old, wantHub, wantBack := OldP(new(Old)), HubP(new(Hub)), OldP(new(Old))
			parse(t, tc.old, old)
			parse(t, tc.hub, wantHub)
			if tc.back == "" {
				tc.back = tc.old
			}
			parse(t, tc.back, wantBack)

			hub := HubP(new(Hub))
			if err := hub.ConvertFrom(ctx, old); err != nil {
				t.Fatalf("converting to v1: %v", err)
			}
			if diff := cmp.Diff(jsonOf(t, wantHub), jsonOf(t, hub)); diff != "" {
				t.Errorf("v1 (-want +got):\n%s", diff)
			}
			back := OldP(new(Old))
			if err := hub.ConvertTo(ctx, back); err != nil {
				t.Fatalf("converting to v1beta1: %v", err)
			}
			if diff := cmp.Diff(jsonOf(t, wantBack), jsonOf(t, back)); diff != "" {
				t.Errorf("v1beta1 (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConvertTask(t *testing.T) {
	t.Parallel()
	testConversion[v1beta1.Task, v1.Task](t, []conversionCase{{
		name: "renamed members",
		old: `
metadata: {name: build}
spec:
  params: [{name: untyped}, {name: list, type: array, default: [a]}]
  stepTemplate: {resources: {limits: {cpu: "1"}}}
  steps: [{name: a, image: b, resources: {requests: {memory: 1Gi}}}]
  sidecars: [{name: s, image: c, resources: {limits: {cpu: "2"}}, ports: [{containerPort: 80}]}]
`,
		hub: `
metadata: {name: build}
spec:
  params: [{name: untyped, type: string}, {name: list, type: array, default: [a]}]
  stepTemplate: {computeResources: {limits: {cpu: "1"}}}
  steps: [{name: a, image: b, computeResources: {requests: {memory: 1Gi}}}]
  sidecars: [{name: s, image: c, computeResources: {limits: {cpu: "2"}}, ports: [{containerPort: 80}]}]
`,
		back: `
metadata: {name: build}
spec:
  params: [{name: untyped, type: string}, {name: list, type: array, default: [a]}]
  stepTemplate: {resources: {limits: {cpu: "1"}}}
  steps: [{name: a, image: b, resources: {requests: {memory: 1Gi}}}]
  sidecars: [{name: s, image: c, resources: {limits: {cpu: "2"}}, ports: [{containerPort: 80}]}]
`,
	}, {
		name: "deprecated step members",
		old: `
metadata: {name: foo}
spec:
  steps:
  - {name: a, image: b, readinessProbe: {exec: {command: [cat, /tmp/healthy]}}}
  - {name: c, image: d}
`,
		hub: `
metadata:
  name: foo
  annotations:
    tekton.dev/v1beta1.task-deprecations: '{"foo":{"deprecatedSteps":[{"name":"","resources":{},"readinessProbe":{"exec":{"command":["cat","/tmp/healthy"]}}},{"name":"","resources":{}}]}}'
spec: {steps: [{name: a, image: b}, {name: c, image: d}]}
`,
	}, {
		name: "step template with nothing but a deprecated liveness probe",
		old: `
metadata: {name: foo}
spec:
  stepTemplate: {livenessProbe: {periodSeconds: 3}}
  steps: [{name: a, image: b}]
`,
		hub: `
metadata:
  name: foo
  annotations:
    tekton.dev/v1beta1.task-deprecations: '{"foo":{"deprecatedStepTemplate":{"resources":{},"livenessProbe":{"periodSeconds":3}}}}'
spec: {stepTemplate: {}, steps: [{name: a, image: b}]}
`,
	}, {
		name: "resources next to another annotation",
		old: `
metadata: {name: foo, annotations: {a: b}}
spec: {resources: {inputs: [{name: src, type: git}]}, steps: [{name: a, image: b}]}
`,
		hub: `
metadata:
  name: foo
  annotations: {a: b, tekton.dev/v1beta1Resources: '{"inputs":[{"name":"src","type":"git"}]}'}
spec: {steps: [{name: a, image: b}]}
`,
	}})
}

func TestConvertPipeline(t *testing.T) {
	t.Parallel()
	testConversion[v1beta1.Pipeline, v1.Pipeline](t, []conversionCase{{
		name: "old members of pipeline tasks",
		old: `
metadata: {name: p}
spec:
  resources: [{name: r, type: git}]
  tasks:
  - {name: one, taskRef: {name: t, bundle: b}, resources: {inputs: [{name: x, resource: r}]}}
  - name: two
    taskSpec: {resources: {outputs: [{name: o, type: image}]}, steps: [{name: a, image: b, tty: true}]}
  finally:
  - {name: child, pipelineRef: {name: q}}
`,
		hub: `
metadata:
  name: p
  annotations:
    tekton.dev/v1beta1Resources: '[{"name":"r","type":"git"}]'
    tekton.dev/v1beta1.task-deprecations: '{"two":{"deprecatedSteps":[{"name":"","resources":{},"tty":true}]}}'
    tekton.dev/v1beta1-fields: '{"Pipeline/p":{"spec.tasks[one].resources":{"inputs":[{"name":"x","resource":"r"}]},"spec.tasks[one].taskRef.bundle":"b","spec.tasks[two].taskSpec.resources":{"outputs":[{"name":"o","type":"image"}]}}}'
spec:
  tasks:
  - {name: one, taskRef: {name: t}}
  - name: two
    taskSpec: {steps: [{name: a, image: b}]}
  finally:
  - {name: child, pipelineRef: {name: q}}
`,
	}, {
		name: "an empty matrix vanishes",
		old:  `{metadata: {name: p}, spec: {tasks: [{name: one, taskRef: {name: t}, matrix: {}}]}}`,
		hub:  `{metadata: {name: p}, spec: {tasks: [{name: one, taskRef: {name: t}}]}}`,
		back: `{metadata: {name: p}, spec: {tasks: [{name: one, taskRef: {name: t}}]}}`,
	}})
}

func TestConvertTaskRun(t *testing.T) {
	t.Parallel()
	testConversion[v1beta1.TaskRun, v1.TaskRun](t, []conversionCase{{
		name: "renamed and new members",
		old: `
metadata: {name: tr}
spec:
  managedBy: someone
  taskRef: {name: t}
  stepOverrides: [{name: a, resources: {limits: {cpu: "1"}}}]
  sidecarOverrides: [{name: s, resources: {limits: {cpu: "2"}}}]
status:
  podName: pod
  spanContext: {traceparent: x}
  taskResults: [{name: r, type: string, value: v}]
  cloudEvents: [{target: http://sink, status: {condition: Sent, message: "", retryCount: 1}}]
  resourcesResult: [{key: digest, value: sha, resourceName: r}]
  steps: [{name: a, container: step-a, terminated: {exitCode: 0, reason: Completed, startedAt: null, finishedAt: null}}]
  provenance: {configSource: {uri: u}, refSource: {uri: v}}
`,
		hub: `
metadata:
  name: tr
  annotations:
    tekton.dev/v1beta1CloudEvents: '[{"status":{"condition":"Sent","message":"","retryCount":1},"target":"http://sink"}]'
    tekton.dev/v1beta1ResourcesResult: '[{"key":"digest","resourceName":"r","value":"sha"}]'
    tekton.dev/v1beta1-fields: '{"TaskRun/tr":{"status.provenance.configSource":{"uri":"u"}}}'
spec:
  managedBy: someone
  taskRef: {name: t}
  stepSpecs: [{name: a, computeResources: {limits: {cpu: "1"}}}]
  sidecarSpecs: [{name: s, computeResources: {limits: {cpu: "2"}}}]
status:
  podName: pod
  spanContext: {traceparent: x}
  results: [{name: r, type: string, value: v}]
  steps:
  - {name: a, container: step-a, terminated: {exitCode: 0, reason: Completed, startedAt: null, finishedAt: null}, terminationReason: Completed}
  provenance: {refSource: {uri: v}}
`,
	}, {
		name: "deprecated members in spec and status share an entry",
		old: `
metadata: {name: tr}
spec: {taskSpec: {steps: [{name: a, image: b, stdin: true}]}}
status: {podName: "", taskSpec: {resources: {inputs: [{name: i, type: git}]}, steps: [{name: a, image: b, stdin: true}]}}
`,
		hub: `
metadata:
  name: tr
  annotations:
    tekton.dev/v1beta1ResourcesStatus: '{"inputs":[{"name":"i","type":"git"}]}'
    tekton.dev/v1beta1.task-deprecations: '{"tr":{"deprecatedSteps":[{"name":"","resources":{},"stdin":true}]}}'
spec: {taskSpec: {steps: [{name: a, image: b}]}}
status: {podName: "", taskSpec: {steps: [{name: a, image: b}]}}
`,
	}})
}

func TestConvertPipelineRun(t *testing.T) {
	t.Parallel()
	testConversion[v1beta1.PipelineRun, v1.PipelineRun](t, []conversionCase{{
		name: "moved and renamed members",
		old: `
metadata: {name: pr}
spec:
  managedBy: someone
  pipelineRef: {name: p}
  serviceAccountName: sa
  podTemplate: {schedulerName: s}
  timeouts: {pipeline: 1h0m0s, tasks: 30m0s}
  taskRunSpecs:
  - pipelineTaskName: one
    taskServiceAccountName: other
    taskPodTemplate: {hostNetwork: true}
    metadata: {annotations: {a: b}, labels: {c: d}}
    stepOverrides: [{name: a, resources: {}}]
    sidecarOverrides: [{name: s, resources: {}}]
status:
  spanContext: {traceparent: x}
  pipelineResults: [{name: r, value: [a, b]}]
`,
		hub: `
metadata: {name: pr}
spec:
  managedBy: someone
  pipelineRef: {name: p}
  taskRunTemplate: {serviceAccountName: sa, podTemplate: {schedulerName: s}}
  timeouts: {pipeline: 1h0m0s, tasks: 30m0s}
  taskRunSpecs:
  - pipelineTaskName: one
    serviceAccountName: other
    podTemplate: {hostNetwork: true}
    metadata: {annotations: {a: b}, labels: {c: d}}
    stepSpecs: [{name: a, computeResources: {}}]
    sidecarSpecs: [{name: s, computeResources: {}}]
status:
  spanContext: {traceparent: x}
  results: [{name: r, value: [a, b]}]
`,
	}, {
		name: "timeout comes back as it was written",
		old:  `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeout: 5m0s}}`,
		hub: `{metadata: {name: pr, annotations: {tekton.dev/v1beta1-fields: '{"PipelineRun/pr":{"spec.timeout":"5m0s"}}'}}, spec: {pipelineRef: {name: p},
  timeouts: {pipeline: 5m0s}}}`,
	}, {
		name: "and so does timeouts",
		old:  `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeouts: {pipeline: 5m0s}}}`,
		hub:  `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeouts: {pipeline: 5m0s}}}`,
	}, {
		name: "no time limit",
		old:  `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeout: 0s}}`,
		hub: `{metadata: {name: pr, annotations: {tekton.dev/v1beta1-fields: '{"PipelineRun/pr":{"spec.timeout":"0s"}}'}}, spec: {pipelineRef: {name: p},
  timeouts: {pipeline: 0s}}}`,
	}})
}

// TestTimeoutThatV1Changed shows that v1 has the last word on what was written as timeout.
func TestTimeoutThatV1Changed(t *testing.T) {
	t.Parallel()
	const note = `tekton.dev/v1beta1-fields: '{"PipelineRun/pr":{"spec.timeout":"5m0s"}}'`
	for name, tc := range map[string]struct{ annotation, timeouts, want string }{
		"unchanged":      {note, "{pipeline: 5m0s}", "{timeout: 5m0s}"},
		"other value":    {note, "{pipeline: 7m0s}", "{timeout: 7m0s}"},
		"another limit":  {note, "{pipeline: 5m0s, tasks: 3m0s}", "{timeouts: {pipeline: 5m0s, tasks: 3m0s}}"},
		"limit of final": {note, "{pipeline: 5m0s, finally: 0s}", "{timeouts: {pipeline: 5m0s, finally: 0s}}"},
		"no limit":       {note, "{}", "{timeouts: {}}"},
		"broken note":    {`tekton.dev/v1beta1-fields: '{"PipelineRun/pr":{"spec.timeout":7}}'`, "{pipeline: 5m0s}", "{timeouts: {pipeline: 5m0s}}"},
		"other object":   {`tekton.dev/v1beta1-fields: '{"PipelineRun/x":{"spec.timeout":"5m0s"}}'`, "{pipeline: 5m0s}", "{timeouts: {pipeline: 5m0s}}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hub, old, want := &v1.PipelineRun{}, &v1beta1.PipelineRun{}, &v1beta1.PipelineRunSpec{}
			parse(t, "{metadata: {name: pr, annotations: {"+tc.annotation+"}}, spec: {timeouts: "+tc.timeouts+"}}", hub)
			parse(t, tc.want, want)
			if err := old.ConvertFrom(context.Background(), hub); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(jsonOf(t, want), jsonOf(t, old.Spec)); diff != "" {
				t.Errorf("v1beta1 (-want +got):\n%s", diff)
			}
		})
	}
}

// TestApplyTimeoutTwice admits a run with timeout, stores it, and admits it once more as it reads back, with timeout added by a client.
func TestApplyTimeoutTwice(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]string{
		"timeout":  "{pipelineRef: {name: p}, timeout: 10m}",
		"timeouts": "{pipelineRef: {name: p}, timeouts: {pipeline: 10m, tasks: 5m}}",
		"neither":  "{pipelineRef: {name: p}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pr := &v1beta1.PipelineRun{}
			parse(t, "{metadata: {name: pr}, spec: "+spec+"}", pr)
			create := apis.WithinCreate(context.Background())
			pr.SetDefaults(create)
			if err := pr.Validate(create); err != nil {
				t.Fatal(err)
			}
			stored, read := &v1.PipelineRun{}, &v1beta1.PipelineRun{}
			if err := errors.Join(pr.ConvertTo(create, stored), stored.ConvertTo(create, read)); err != nil {
				t.Fatal(err)
			}
			again := read.DeepCopy()
			parse(t, spec, &again.Spec)
			update := apis.WithinUpdate(context.Background(), read)
			again.SetDefaults(update)
			if err := again.Validate(update); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(jsonOf(t, read), jsonOf(t, again)); diff != "" {
				t.Errorf("second apply (-before +after):\n%s", diff)
			}
		})
	}
}

// TestArtifactsInV1beta1 shows that a read makes no annotation for nothing, and none that nobody could write back.
func TestArtifactsInV1beta1(t *testing.T) {
	t.Parallel()
	artifacts := func(bytes int) *v1.Artifacts {
		return &v1.Artifacts{Outputs: []v1.Artifact{{Name: strings.Repeat("x", bytes-len(`{"outputs":[{"name":""}]}`))}}}
	}
	for name, tc := range map[string]struct {
		artifacts, earlier *v1.Artifacts
		kept               bool
	}{
		"none":             {nil, nil, false},
		"empty":            {&v1.Artifacts{}, nil, false},
		"empty lists":      {&v1.Artifacts{Inputs: []v1.Artifact{}}, nil, false},
		"input":            {&v1.Artifacts{Inputs: []v1.Artifact{{Name: "a"}}}, nil, true},
		"as large as may":  {artifacts(32 << 10), nil, true},
		"too large":        {artifacts(32<<10 + 1), nil, false},
		"too large in all": {artifacts(20 << 10), artifacts(20 << 10), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hub := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "tr"}}
			hub.Status.Artifacts = tc.artifacts
			if tc.earlier != nil {
				hub.Status.RetriesStatus = []v1.TaskRunStatus{{TaskRunStatusFields: v1.TaskRunStatusFields{Artifacts: tc.earlier}}}
			}
			old, back := &v1beta1.TaskRun{}, &v1.TaskRun{}
			if err := errors.Join(old.ConvertFrom(context.Background(), hub), old.ConvertTo(context.Background(), back)); err != nil {
				t.Fatal(err)
			}
			if size := len(old.Annotations["tekton.dev/v1-fields"]); (size > 0) != tc.kept || size > 34<<10 {
				t.Errorf("annotation of %d bytes", size)
			}
			if want := tc.artifacts; tc.kept {
				if diff := cmp.Diff(want, back.Status.Artifacts); diff != "" {
					t.Errorf("artifacts (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestConvertStatusThatOnlyV1Has(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	hub := &v1.TaskRun{}
	parse(t, `
metadata: {name: tr}
status:
  podName: pod
  artifacts: {outputs: [{name: image, buildOutput: true, values: [{uri: u, digest: {sha256: abc}}]}]}
  steps: [{name: a, terminationReason: Continued, terminated: {exitCode: 1, reason: Error, startedAt: null, finishedAt: null}}]
`, hub)
	old := &v1beta1.TaskRun{}
	if err := old.ConvertFrom(ctx, hub); err != nil {
		t.Fatal(err)
	}
	want := `{"TaskRun/tr":{"status.artifacts":{"outputs":[{"name":"image","values":[{"digest":{"sha256":"abc"},"uri":"u"}],"buildOutput":true}]},` +
		`"status.steps[0].terminationReason":"Continued"}}`
	if diff := cmp.Diff(map[string]string{"tekton.dev/v1-fields": want}, old.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	back := &v1.TaskRun{}
	if err := old.ConvertTo(ctx, back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(jsonOf(t, hub), jsonOf(t, back)); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
}

func TestConvertLeavesAnnotationsOfOtherObjects(t *testing.T) {
	t.Parallel()
	annotations := map[string]string{
		"tekton.dev/v1beta1.task-deprecations": `{"one":{"deprecatedSteps":[{"name":"","resources":{},"tty":true}]}}`,
		"tekton.dev/v1beta1-fields":            `{"PipelineRun/pr":{"status.provenance.configSource":{"uri":"u"}}}`,
	}
	hub := &v1.TaskRun{}
	parse(t, `{metadata: {name: pr-one}, spec: {taskSpec: {steps: [{name: a, image: b}]}}}`, hub)
	hub.Annotations = annotations
	old := &v1beta1.TaskRun{}
	if err := old.ConvertFrom(context.Background(), hub); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(annotations, old.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

func TestConvertErrors(t *testing.T) {
	t.Parallel()
	const deprecations = "tekton.dev/v1beta1.task-deprecations"
	for _, tc := range []struct {
		name        string
		annotations map[string]string
		want        string
	}{{
		name:        "another number of steps",
		annotations: map[string]string{deprecations: `{"t":{"deprecatedSteps":[{"name":"","resources":{}},{"name":"","resources":{},"tty":true}]}}`},
		want:        "length of deserialized steps mismatch the length of target steps",
	}, {
		name:        "broken JSON",
		annotations: map[string]string{"tekton.dev/v1beta1Resources": `{`},
		want:        "error deserializing key tekton.dev/v1beta1Resources from metadata: ",
	}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			hub := &v1.Task{}
			parse(t, `{metadata: {name: t}, spec: {steps: [{name: a, image: b}]}}`, hub)
			hub.Annotations = tc.annotations
			err := (&v1beta1.Task{}).ConvertFrom(context.Background(), hub)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestConvertUnreadableFieldsStay(t *testing.T) {
	t.Parallel()
	hub := &v1.Pipeline{}
	hub.Name = "p"
	hub.Annotations = map[string]string{"tekton.dev/v1beta1-fields": "no JSON"}
	old := &v1beta1.Pipeline{}
	if err := old.ConvertFrom(context.Background(), hub); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(hub.Annotations, old.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

func TestConvertSameVersion(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, object := range []apis.Convertible{
		&v1.Task{}, &v1.Pipeline{}, &v1.TaskRun{}, &v1.PipelineRun{},
		&v1beta1.Task{}, &v1beta1.Pipeline{}, &v1beta1.TaskRun{}, &v1beta1.PipelineRun{}, &v1beta1.StepAction{},
	} {
		if object.ConvertTo(ctx, object) == nil || object.ConvertFrom(ctx, object) == nil {
			t.Errorf("%T converts to itself", object)
		}
	}
}
