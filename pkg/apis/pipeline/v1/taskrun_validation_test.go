package v1

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

func taskRunOf(t *testing.T, spec string) admitted {
	return &TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "run"}, Spec: *decode[TaskRunSpec](t, spec)}
}

func TestTaskRunRules(t *testing.T) {
	t.Parallel()
	const ref = "taskRef: {name: t}\n"
	runRules(t, map[string]ruleCase{
		"TR-03": {bad: "retries: 1", want: "expected exactly one, got neither: spec.taskRef, spec.taskSpec", good: ref},
		"TR-04": {
			bad:  ref + "taskSpec: {steps: [{image: i}]}",
			want: "expected exactly one, got both: spec.taskRef, spec.taskSpec",
			good: "taskSpec: {steps: [{image: i}]}",
		},
		"TR-05": {bad: "taskRef: {}", want: "missing field(s): spec.taskRef.name", good: "taskRef: {name: t, kind: ClusterTask}"},
		"TR-06 switch": {
			bad:       "taskSpec: {steps: [{image: i}]}",
			flags:     `disable-inline-spec: "pipeline, taskrun"`,
			want:      "must not set the field(s): spec.taskSpec",
			goodFlags: "disable-inline-spec: pipelinerun",
		},
		"TR-06 spec": {
			bad:  "taskSpec: {steps: [{name: a}], params: [{name: p, type: x}]}",
			want: "invalid value: x: spec.taskSpec.params.p.type\nmissing field(s): spec.taskSpec.steps[0].Image",
			good: "taskSpec: {steps: [{name: a, image: i}], params: [{name: p}]}",
		},
		"TR-07 V-04": {
			bad:  "params: [{name: o, value: {a: b}}]\ntaskSpec: {steps: [{image: i}], params: [{name: o, type: object}, {name: d, default: {a: b}}]}",
			want: "missing field(s): spec.taskSpec.d.properties, spec.taskSpec.o.properties",
			good: "params: [{name: o, value: {a: b}}]\ntaskSpec: {steps: [{image: '$(params.o.a)'}]}",
		},
		"TR-07 V-08": {
			bad:  "params: [{name: 1x, value: a}, {name: o, value: {a.b: c}}]\ntaskSpec: {steps: [{image: i}]}",
			want: "Object param name and key name format is invalid: map[o:[a.b]]: spec.params\n" + objectDetails + "\nThe format of following array and string variable names is invalid: [1x]: spec.params\n" + stringDetails,
			good: "params: [{name: x1, value: a}]\ntaskSpec: {steps: [{image: i}]}",
		},
		"TR-07 V-10": {
			bad:  "params: [{name: a, value: b}]\ntaskSpec: {steps: [{image: $(params.a), args: [$(params.b), $(params.c)]}], params: [{name: b}]}",
			want: `non-existent variable in "$(params.c)": spec.taskSpec.steps[0].args[1]`,
			good: "params: [{name: a, value: b}]\ntaskSpec: {steps: [{image: $(params.a), args: [$(params.b)]}], params: [{name: b}]}",
		},
		"TR-07 V-13 V-14": {
			bad:  "params: [{name: a, value: [b]}, {name: o, value: {a: b}}]\ntaskSpec: {steps: [{image: $(params.a), args: [$(params.o)]}]}",
			want: `variable type invalid in "$(params.a)": spec.taskSpec.steps[0].image` + "\n" + `variable type invalid in "$(params.o)": spec.taskSpec.steps[0].args[0]`,
			good: "params: [{name: a, value: [b]}, {name: o, value: {a: b}}]\ntaskSpec: {steps: [{image: i, args: [$(params.a), $(params.o.a)]}]}",
		},
		"TR-08": {
			bad:  ref + "params: [{name: a, value: x}, {name: b, value: x}, {name: A, value: x}]",
			want: "expected exactly one, got both: spec.params[A].name",
			good: ref + "params: [{name: a, value: x}, {name: b, value: x}]",
		},
		"TR-09": {
			bad:  ref + "workspaces: [{name: a, emptyDir: {}}, {name: A, emptyDir: {}}]",
			want: "expected exactly one, got both: spec.workspaces[1].name",
			good: ref + "workspaces: [{name: a, emptyDir: {}}, {name: b, emptyDir: {}}]",
		},
		"TR-10 gate": {
			bad:       ref + "debug: {breakpoints: {onFailure: enabled}}",
			want:      `debug requires "enable-api-fields" feature gate to be "alpha" but it is "beta": spec.debug`,
			goodFlags: alpha,
		},
		"TR-10 empty": {
			bad:   ref + "debug: {breakpoints: {}}",
			flags: alpha,
			want:  "invalid value: onFailure breakpoint is empty, it is only allowed to be set as enabled: spec.debug.breakpoints.onFailure",
			good:  ref + "debug: {breakpoints: {beforeSteps: [a]}}",
		},
		"TR-10 value": {
			bad:   ref + "debug: {breakpoints: {onFailure: yes please}}",
			flags: alpha,
			want: "invalid value: yes please is not a valid onFailure breakpoint value, onFailure breakpoint is only allowed to be set as enabled: " +
				"spec.debug.breakpoints.onFailure",
			good: ref + "debug: {breakpoints: {onFailure: enabled, beforeSteps: [a, b]}}",
		},
		"TR-10 repeated": {
			bad:   ref + "debug: {breakpoints: {beforeSteps: [a, b, a]}}",
			flags: alpha,
			want:  "before step must be unique, the same step: a is defined multiple times at: spec.debug.breakpoints.beforeSteps[2]",
			good:  ref + "debug: {}",
		},
		"TR-11": {
			bad:  ref + "stepSpecs: [{name: a, computeResources: {}}, {name: '', computeResources: {}}, {name: A, computeResources: {}}]",
			want: "expected exactly one, got both: spec.stepSpecs[2].name\nmissing field(s): spec.stepSpecs[1].name",
			good: ref + "stepSpecs: [{name: a, computeResources: {}}, {name: b, computeResources: {}}]",
		},
		"TR-11 TR-12 TR-13 gates": {
			bad:   ref + "stepSpecs: [{name: a, computeResources: {}}]\nsidecarSpecs: [{name: a, computeResources: {}}]\ncomputeResources: {}",
			flags: stable,
			want: `computeResources requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.computeResources` + "\n" +
				`sidecarSpecs requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.sidecarSpecs` + "\n" +
				`stepSpecs requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.stepSpecs`,
			goodFlags: beta,
		},
		"TR-12": {
			bad:  ref + "sidecarSpecs: [{name: a, computeResources: {}}, {name: '', computeResources: {}}, {name: A, computeResources: {}}]",
			want: "expected exactly one, got both: spec.sidecarSpecs[2].name\nmissing field(s): spec.sidecarSpecs[1].name",
			good: ref + "sidecarSpecs: [{name: a, computeResources: {}}]",
		},
		"TR-13": {
			bad:  ref + "stepSpecs: [{name: a, computeResources: {limits: {cpu: 1}}}]\ncomputeResources: {limits: {cpu: 1}}",
			want: "expected exactly one, got both: spec.computeResources, spec.stepSpecs.resources",
			good: ref + "stepSpecs: [{name: a, computeResources: {}}]\ncomputeResources: {limits: {cpu: 1}}",
		},
		"TR-14": {bad: ref + "retries: -1", want: "invalid value: -1 should be >= 0: spec.retries", good: ref + "retries: 0"},
		"TR-15": {
			bad:  ref + "status: Cancelled",
			want: "invalid value: Cancelled should be TaskRunCancelled or TaskRunPending: spec.status",
			good: ref + "status: TaskRunPending",
		},
		"TR-16": {
			bad:  ref + "statusMessage: because",
			want: "invalid value: statusMessage should not be set if status is not set, but it is currently set to because: spec.statusMessage",
			good: ref + "status: TaskRunCancelled\nstatusMessage: because",
		},
		"TR-17": {
			bad:      ref + "podTemplate: {env: [{name: A}, {name: B}, {name: C}]}",
			defaults: "default-forbidden-env: A, C",
			want:     "invalid value: PodTemplate cannot update a forbidden env: A: spec.PodTemplate.Env\ninvalid value: PodTemplate cannot update a forbidden env: C: spec.PodTemplate.Env",
			good:     ref + "podTemplate: {env: [{name: B}]}",
		},
		"TR-18": {bad: ref + "timeout: -1s", want: "invalid value: -1s should be >= 0: spec.timeout", good: ref + "timeout: 0s"},
		"TR-18 default": {
			bad:      ref,
			defaults: `default-timeout-minutes: "-1"`,
			want:     "invalid value: -1m0s should be >= 0: spec.timeout",
			good:     ref + "timeout: 1h",
		},
	}, taskRunOf)
}

func TestWorkspaceBindingRules(t *testing.T) {
	t.Parallel()
	const sources = "[0].configmap, [0].emptydir, [0].persistentvolumeclaim, [0].secret, [0].volumeclaimtemplate"
	for name, tc := range map[string]struct{ bad, want, good string }{
		"W-01":            {"{}", "missing field(s): [0]", "{emptyDir: {}}"},
		"W-02":            {"{name: a, emptyDir: {}, projected: {sources: []}}", "expected exactly one, got both: " + sources, "{name: a, volumeClaimTemplate: {}}"},
		"W-03":            {"{name: a, subPath: b}", "expected exactly one, got neither: " + sources, "{name: a, subPath: b, emptyDir: {}}"},
		"W-04":            {"{persistentVolumeClaim: {claimName: ''}}", "missing field(s): [0].persistentvolumeclaim.claimname", "{persistentVolumeClaim: {claimName: a}}"},
		"W-05":            {"{configMap: {}}", "missing field(s): [0].configmap.name", "{configMap: {name: a}}"},
		"W-06":            {"{secret: {}}", "missing field(s): [0].secret.secretName", "{secret: {secretName: a}}"},
		"W-07":            {"{projected: {sources: []}}", "missing field(s): [0].projected.sources", "{projected: {sources: [{}]}}"},
		"W-08":            {"{csi: {driver: ''}}", "missing field(s): [0].csi.driver", "{csi: {driver: a}}"},
		"one per binding": {"{secret: {}, csi: {driver: ''}}", "expected exactly one, got both: " + sources, "{csi: {driver: a}}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := errorText(ValidateWorkspaceBindings([]WorkspaceBinding{*decode[WorkspaceBinding](t, tc.bad)})); got != tc.want {
				t.Errorf("error (-want +got):\n%s", cmp.Diff(tc.want, got))
			}
			if err := ValidateWorkspaceBindings([]WorkspaceBinding{*decode[WorkspaceBinding](t, tc.good)}); err != nil {
				t.Errorf("the valid twin is refused: %v", err)
			}
		})
	}
}

// update admits a write as the webhooks do: defaulting sees the stored object, validation compares with it as stored.
func update(ctx context.Context, old, updated admitted, subresource string) *apis.FieldError {
	if subresource == "" {
		ctx = apis.WithinUpdate(ctx, old)
	} else {
		ctx = apis.WithinSubResourceUpdate(ctx, old, subresource)
	}
	updated.SetDefaults(ctx)
	return updated.Validate(ctx)
}

func TestTaskRunUpdates(t *testing.T) {
	t.Parallel()
	const (
		inline   = "spec: {taskSpec: {steps: [{image: i}]}, timeout: 1h, serviceAccountName: default}\n"
		started  = "status: {podName: p, startTime: '2026-01-01T00:00:00Z'}\n"
		finished = "status: {podName: p, conditions: [{type: Succeeded, status: 'False'}]}\n"
	)
	const onlyStatus = "invalid value: Once the TaskRun has started, only status and statusMessage updates are allowed: spec"
	const complete = "invalid value: Once the TaskRun is complete, no updates are allowed: spec"
	for name, tc := range map[string]struct {
		old, updated, flags, defaults, subresource, want string
	}{
		"TR-02": {
			old:     inline + started,
			updated: "spec: {taskSpec: {steps: [{image: i}]}, status: TaskRunPending}\n" + started,
			want:    "invalid value: TaskRun cannot be Pending after it is started: spec.status",
		},
		"TR-20 changed": {
			old:     "spec: {taskRef: {name: t}, managedBy: a}",
			updated: "spec: {taskRef: {name: t}, managedBy: b}",
			want:    "invalid value: managedBy is immutable: spec.managedBy",
		},
		"TR-20 removed": {
			old:     "spec: {taskRef: {name: t}, managedBy: a}",
			updated: "spec: {taskRef: {name: t}}",
			want:    "invalid value: managedBy is immutable: spec.managedBy",
		},
		"TR-20 kept":                 {old: "spec: {taskRef: {name: t}, managedBy: a}", updated: "spec: {taskRef: {name: t}, managedBy: a, status: TaskRunCancelled}"},
		"TR-21":                      {old: inline + finished, updated: "spec: {taskSpec: {steps: [{image: j}]}}\n" + finished, want: complete},
		"TR-21 cancelling":           {old: inline + finished, updated: "spec: {taskSpec: {steps: [{image: i}]}, status: TaskRunCancelled}", want: complete},
		"TR-21 metadata":             {old: inline + finished, updated: "metadata: {finalizers: [a/b], annotations: {a: b}}\n" + inline + finished},
		"TR-21 defaults of today":    {old: inline + finished, updated: inline + finished, defaults: "default-pod-template: 'hostNetwork: true'"},
		"TR-22":                      {old: inline, updated: "spec: {taskSpec: {steps: [{image: i}]}, retries: 1}", want: onlyStatus},
		"TR-22 cancelling":           {old: inline, updated: "spec: {taskSpec: {steps: [{image: i}]}, status: TaskRunCancelled, statusMessage: enough}"},
		"TR-22 taking cancel back":   {old: "spec: {taskRef: {name: t}, status: TaskRunCancelled}", updated: "spec: {taskRef: {name: t}}"},
		"TR-22 starting":             {old: "spec: {taskRef: {name: t}, status: TaskRunPending}", updated: "spec: {taskRef: {name: t}}"},
		"TR-22 wrong status":         {old: inline, updated: "spec: {taskSpec: {steps: [{image: i}]}, status: Stop}", want: "invalid value: Stop should be TaskRunCancelled or TaskRunPending: spec.status"},
		"TR-22 quantity form":        {old: "spec: {taskRef: {name: t}, computeResources: {limits: {cpu: 1000m}}}", updated: "spec: {taskRef: {name: t}, computeResources: {limits: {cpu: '1'}}}"},
		"TR-22 new default template": {old: inline, updated: "metadata: {labels: {a: b}}\n" + inline, defaults: "default-pod-template: 'hostNetwork: true'"},
		"TR-22 new default, no longer written": {
			old: "spec: {taskRef: {name: t}}", updated: "spec: {taskRef: {name: t}, status: TaskRunCancelled}", defaults: "default-service-account: robot",
		},
		"gate closed later": {
			old:     "spec: {taskRef: {name: t}, debug: {breakpoints: {onFailure: enabled}}, stepSpecs: [{name: a, computeResources: {}}]}",
			updated: "spec: {taskRef: {name: t}, debug: {breakpoints: {onFailure: enabled}}, stepSpecs: [{name: a, computeResources: {}}], status: TaskRunCancelled}",
			flags:   stable,
		},
		"rule newer than the object": {old: "spec: {taskRef: {name: t}, retries: -1}", updated: "metadata: {finalizers: [a/b]}\nspec: {taskRef: {name: t}, retries: -1}"},
		"status write":               {old: inline, updated: "spec: {}\n" + started, subresource: "status"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old, updated := decode[TaskRun](t, tc.old), decode[TaskRun](t, tc.updated)
			old.Name, updated.Name = "run", "run"
			before := old.DeepCopy()
			if got := errorText(update(settings(t, tc.flags, tc.defaults), old, updated, tc.subresource)); got != tc.want {
				t.Errorf("error (-want +got):\n%s", cmp.Diff(tc.want, got))
			}
			if diff := cmp.Diff(before, old); diff != "" {
				t.Errorf("the stored object was changed:\n%s", diff)
			}
		})
	}
}

func TestTaskUpdates(t *testing.T) {
	t.Parallel()
	const old = "{steps: [{image: i, stdoutConfig: {path: a}}, {name: a}]}"
	for name, tc := range map[string]struct{ old, updated, want string }{
		"unchanged":    {old, old, ""},
		"changed":      {"{steps: [{image: i}]}", "{steps: [{name: a}]}", "missing field(s): spec.steps[0].Image"},
		"old gate":     {old, "{steps: [{image: j, stdoutConfig: {path: b}}]}", ""},
		"another gate": {old, "{steps: [{image: j, stderrConfig: {path: b}}]}", `step stderr stream support requires "enable-api-fields" feature gate to be "alpha" but it is "beta": spec.steps[0].stderrConfig`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := errorText(update(context.Background(), taskOf(t, tc.old), taskOf(t, tc.updated), "")); got != tc.want {
				t.Errorf("error (-want +got):\n%s", cmp.Diff(tc.want, got))
			}
		})
	}
}

func TestTaskRunDefaults(t *testing.T) {
	t.Parallel()
	const managed = "metadata: {labels: {app.kubernetes.io/managed-by: tekton-pipelines}}\n"
	for name, tc := range map[string]struct{ given, defaults, want string }{
		"D-01": {
			given:    "spec: {taskRef: {}, timeout: 1h, serviceAccountName: a}",
			defaults: "default-resolver-type: git",
			want:     managed + "spec: {taskRef: {resolver: git}, timeout: 1h, serviceAccountName: a}",
		},
		"D-02": {
			given: "spec: {taskRef: {name: t, apiVersion: a/b}, timeout: 1h, serviceAccountName: a}",
			want: "metadata: {labels: {app.kubernetes.io/managed-by: tekton-pipelines, tekton.dev/task: t}}\n" +
				"spec: {taskRef: {name: t, apiVersion: a/b, kind: Task}, timeout: 1h, serviceAccountName: a}",
		},
		"D-20 D-21": {
			given: "spec: {}", want: managed + "spec: {timeout: 1h0m0s, serviceAccountName: default}",
		},
		"D-20 D-21 of the operator": {
			given: "spec: {}", defaults: "default-timeout-minutes: '0'\ndefault-service-account: ''", want: managed + "spec: {timeout: 0s}",
		},
		"D-22": {
			given:    "spec: {timeout: 1h, serviceAccountName: a, podTemplate: {nodeSelector: {a: b}}}",
			defaults: "default-pod-template: '{nodeSelector: {c: d}, hostNetwork: true}'",
			want:     managed + "spec: {timeout: 1h, serviceAccountName: a, podTemplate: {nodeSelector: {a: b}, hostNetwork: true}}",
		},
		"D-23 kept": {
			given: "metadata: {labels: {app.kubernetes.io/managed-by: me}}\nspec: {timeout: 1h, serviceAccountName: a}",
			want:  "metadata: {labels: {app.kubernetes.io/managed-by: me}}\nspec: {timeout: 1h, serviceAccountName: a}",
		},
		"D-24": {
			given: "metadata: {annotations: {chains.tekton.dev/signed: 'true', x.chains.tekton.dev/y: z, a: b}}\nspec: {timeout: 1h, serviceAccountName: a}",
			want:  "metadata: {labels: {app.kubernetes.io/managed-by: tekton-pipelines}, annotations: {a: b}}\nspec: {timeout: 1h, serviceAccountName: a}",
		},
		"D-25 D-10 D-11 D-12 D-13 D-14": {
			given: "spec: {timeout: 1h, serviceAccountName: a, taskSpec: {params: [{name: a}, {name: b, default: [x]}, {name: c, properties: {k: {}}}, {name: d, type: array}, " +
				"{name: e, type: object, properties: {k: {type: array}}}, {name: f, default: {a: b}}], results: [{name: r}, {name: o, properties: {k: {}}}], steps: [{ref: {}, results: [{name: s}]}]}}",
			defaults: "default-resolver-type: git",
			want: managed + "spec: {timeout: 1h, serviceAccountName: a, taskSpec: {params: [{name: a, type: string}, {name: b, type: array, default: [x]}, " +
				"{name: c, type: object, properties: {k: {type: string}}}, {name: d, type: array}, {name: e, type: object, properties: {k: {type: array}}}, {name: f, type: object, default: {a: b}}], " +
				"results: [{name: r, type: string}, {name: o, type: object, properties: {k: {type: string}}}], steps: [{ref: {resolver: git}, results: [{name: s}]}]}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := apis.WithinCreate(settings(t, "", tc.defaults))
			got := decode[TaskRun](t, tc.given)
			got.SetDefaults(ctx)
			if diff := cmp.Diff(decode[TaskRun](t, tc.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			again := got.DeepCopy()
			again.SetDefaults(ctx)
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("defaulting again changes the object:\n%s", diff)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	const task = "steps: [{name: a, image: i}]\n"
	for name, tc := range map[string]struct {
		object admitted
		want   string
	}{
		"none":            {taskOf(t, task+"results: [{name: r, value: $(steps.a.results.x)}, {name: q}]\nsidecars: [{image: i}, {image: i}]\nworkspaces: [{name: w}]"), ""},
		"repeated result": {taskOf(t, task+"results: [{name: r}, {name: r}]"), `result "r" is declared more than once: spec.results[1].name`},
		"unknown step": {
			taskOf(t, task+"results: [{name: r, value: $(steps.b.results.x)}]"),
			`there is no step "b" that could produce the result: spec.results[0].value`,
		},
		"repeated sidecar": {
			taskOf(t, task+"sidecars: [{name: s, image: i}, {name: s, image: i}]"),
			`sidecar "s" is declared more than once: the pod cannot be created: spec.sidecars[1].name`,
		},
		"workspace in the way": {
			taskOf(t, task+"workspaces: [{name: w, mountPath: /tekton/}]"),
			"a workspace below /tekton/ can hide files that steps need to run: spec.workspaces[0].mountPath",
		},
		"volume in the way of a sidecar": {
			taskOf(t, task+"sidecars: [{image: i, volumeMounts: [{name: v, mountPath: /tekton/home}, {name: v, mountPath: /tekton/scripts}]}]"),
			"a volume below /tekton/ can hide files that the sidecar needs to run: spec.sidecars[0].volumeMounts[1].mountPath",
		},
		"template beside a ref": {
			taskOf(t, "stepTemplate: {securityContext: {runAsNonRoot: true}}\nsteps: [{image: i}, {ref: {name: a}}]"),
			"stepTemplate does not apply to a step with a ref: the step needs settings of its own, its securityContext among them: spec.steps[1].ref",
		},
		"cluster task": {
			taskRunOf(t, "taskRef: {name: t, kind: ClusterTask}"),
			"ClusterTasks no longer exist: a Task of that name is looked for in the namespace of the run; use the cluster resolver for Tasks of other namespaces: spec.taskRef.kind",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := apis.WithinCreate(context.Background())
			tc.object.SetDefaults(ctx)
			err := tc.object.Validate(ctx)
			if got := errorText(err.Filter(apis.WarningLevel)); got != tc.want {
				t.Errorf("warnings (-want +got):\n%s", cmp.Diff(tc.want, got))
			}
			if got := err.Filter(apis.ErrorLevel); got != nil {
				t.Errorf("errors: %v", got)
			}
			if err := tc.object.Validate(context.Background()); err != nil {
				t.Errorf("outside of admission: %v", err)
			}
		})
	}
}

func TestWhatTheControllerWouldWriteIsAnticipated(t *testing.T) {
	t.Parallel()
	type run interface {
		metav1.Object
		apis.Defaultable
	}
	type metadata struct{ Task, Pipeline, Release string }
	for name, tc := range map[string]struct {
		run    run
		update bool
		want   metadata
	}{
		"named":                    {run: decode[TaskRun](t, "spec: {taskRef: {name: t}}"), want: metadata{Task: "t", Release: "r1"}},
		"fetched":                  {run: decode[TaskRun](t, "spec: {taskRef: {resolver: git}}"), want: metadata{Release: "r1"}},
		"update":                   {run: decode[TaskRun](t, "spec: {taskRef: {name: t}}"), update: true},
		"somebody else's":          {run: decode[TaskRun](t, "spec: {managedBy: x/y, taskRef: {name: t}}")},
		"pipeline":                 {run: decode[PipelineRun](t, "spec: {pipelineRef: {name: p}}"), want: metadata{Pipeline: "p"}},
		"task with a variable":     {run: decode[TaskRun](t, "spec: {taskRef: {name: $(params.task)}}"), want: metadata{Release: "r1"}},
		"task with a long name":    {run: decode[TaskRun](t, "spec: {taskRef: {name: "+strings.Repeat("a", 64)+"}}"), want: metadata{Release: "r1"}},
		"pipeline with a prefix":   {run: decode[PipelineRun](t, "spec: {pipelineRef: {name: a/b}}"), want: metadata{}},
		"labelled pipeline":        {run: decode[PipelineRun](t, "metadata: {labels: {tekton.dev/pipeline: q}}\nspec: {pipelineRef: {name: p}}"), want: metadata{Pipeline: "q"}},
		"somebody else's pipeline": {run: decode[PipelineRun](t, "spec: {managedBy: x/y, pipelineRef: {name: p}}")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := apis.WithinCreate(config.WithRelease(context.Background(), "r1"))
			if tc.update {
				ctx = apis.WithinUpdate(config.WithRelease(context.Background(), "r1"), &TaskRun{})
			}
			tc.run.SetDefaults(ctx)
			labels, annotations := tc.run.GetLabels(), tc.run.GetAnnotations()
			got := metadata{labels["tekton.dev/task"], labels["tekton.dev/pipeline"], annotations["pipeline.tekton.dev/release"]}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReservedAnnotationsStayOnUpdate(t *testing.T) {
	t.Parallel()
	run := &TaskRun{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"chains.tekton.dev/signed": "true"}}}
	run.SetDefaults(apis.WithinUpdate(context.Background(), run.DeepCopy()))
	if _, ok := run.Annotations["chains.tekton.dev/signed"]; !ok {
		t.Error("the annotation is gone")
	}
}

func TestDefaultTemplateIsNotShared(t *testing.T) {
	t.Parallel()
	defaults, err := config.NewDefaultsFromMap(map[string]string{"default-pod-template": "nodeSelector: {a: b}"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := config.ToContext(context.Background(), config.NewConfig(nil, defaults))
	run := &TaskRun{}
	run.SetDefaults(ctx)
	run.Spec.PodTemplate.NodeSelector["a"] = "changed"
	if got := defaults.DefaultPodTemplate.NodeSelector["a"]; got != "b" {
		t.Errorf("the configuration changed to %q", got)
	}
}

// TestHostileObjects holds the time to refuse an object that breaks rules as often as fits into a request.
func TestHostileObjects(t *testing.T) {
	t.Parallel()
	task := &Task{ObjectMeta: metav1.ObjectMeta{Name: "t"}}
	for range 50_000 {
		task.Spec.Steps = append(task.Spec.Steps, Step{Name: "x", OnError: "x"})
	}
	begin := time.Now()
	err := task.Validate(context.Background())
	if spent := time.Since(begin); spent > 5*time.Second {
		t.Errorf("validation took %v", spent)
	}
	if err == nil {
		t.Fatal("no error")
	}
}

func BenchmarkValidateTask(b *testing.B) {
	task := &Task{}
	if err := yaml.UnmarshalStrict([]byte(largeTask), task); err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	task.SetDefaults(ctx)
	if err := task.Validate(ctx); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := task.Validate(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// largeTask uses nearly every field of a Task that has rules.
const largeTask = `
metadata: {name: large}
spec:
  description: everything
  params:
  - {name: url}
  - {name: flags, type: array, default: [a, b]}
  - {name: target, properties: {os: {}, arch: {}}, default: {os: linux, arch: arm64}}
  workspaces: [{name: source}, {name: cache, mountPath: /cache, optional: true}]
  volumes: [{name: tmp, emptyDir: {}}]
  results:
  - {name: digest}
  - {name: parts, type: array}
  - {name: meta, properties: {a: {}}}
  - {name: first, value: $(steps.fetch.results.commit)}
  stepTemplate:
    image: base
    env: [{name: HOME, value: /tekton/home}]
    volumeMounts: [{name: tmp, mountPath: /tmp}]
  steps:
  - name: fetch
    script: |
      #!/bin/sh
      git clone $(params.url) $(workspaces.source.path)
      echo -n "$(context.taskRun.name)" > $(step.results.commit.path)
    results: [{name: commit}]
    workspaces: [{name: source, mountPath: ''}]
  - name: build
    image: builder:$(params.target.os)-$(params.target.arch)
    command: [build]
    args: ['$(params.flags[*])', --arch, $(params.target.arch), '$(params.flags[0])']
    env: [{name: COMMIT, value: $(steps.fetch.results.commit)}]
    onError: continue
    when: [{input: $(params.url), operator: notin, values: ['']}]
  - name: publish
    ref: {resolver: git, params: [{name: path, value: publish.yaml}]}
    params: [{name: what, value: $(results.digest.path)}]
    timeout: 5m
  sidecars: [{name: registry, image: registry, ports: [{containerPort: 5000}]}]
`

func TestLargeTask(t *testing.T) {
	t.Parallel()
	task := decode[Task](t, largeTask)
	if err := admit(context.Background(), task); err != nil {
		t.Errorf("a valid Task is refused: %v", err)
	}
}
