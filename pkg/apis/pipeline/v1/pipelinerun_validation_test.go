package v1

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
)

func pipelineRunOf(t *testing.T, spec string) admitted {
	return &PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: "run"}, Spec: *decode[PipelineRunSpec](t, spec)}
}

// The rules of contract 1 §5.7 for PipelineRuns. Paths of PR-07 lead to the task, where the contract's leave out the way
// (contract 1 §8 #7); a pipeline timeout of 0 exceeds nothing (contract 1 §9 #9).
func TestPipelineRunRules(t *testing.T) {
	t.Parallel()
	const ref = "pipelineRef: {name: p}\n"
	const explained = "\nthe pipeline duration is 1h0m0s; set timeouts.pipeline if that is only the configured default"
	inline := func(spec string) string { return "pipelineSpec: {" + spec + "}\n" }
	runRules(t, map[string]ruleCase{
		"PR-03": {bad: "{}", want: "expected exactly one, got neither: spec.pipelineRef, spec.pipelineSpec", good: ref},
		"PR-04": {
			bad: ref + inline(onlyTaskFlow), want: "expected exactly one, got both: spec.pipelineRef, spec.pipelineSpec", good: inline(onlyTaskFlow),
		},
		"PR-05": {bad: "pipelineRef: {}", want: "missing field(s): spec.pipelineRef.name", good: ref},
		"PR-05 gates": {
			bad: "pipelineRef: {resolver: git, params: [{name: x, value: z}]}", flags: stable,
			want: `resolver params requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.pipelineRef.params` + "\n" +
				`resolver requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.pipelineRef.resolver`,
			goodFlags: beta,
		},
		"PR-06 switch": {
			bad: inline(onlyTaskFlow), flags: "disable-inline-spec: pipelinerun", want: "must not set the field(s): spec.pipelineSpec", goodFlags: "disable-inline-spec: pipeline",
		},
		"PR-06 P-06": {
			bad: inline("tasks: [{name: a, " + inlined + "}]"), flags: "disable-inline-spec: pipeline", want: "must not set the field(s): spec.pipelineSpec.tasks[0].taskSpec",
			goodFlags: "disable-inline-spec: taskrun",
		},
		"PR-06 spec": {
			bad:  inline("tasks: [{name: A, taskRef: {}}]"),
			want: "invalid value \"A\": spec.pipelineSpec.tasks[0].name\nPipeline Task name must be a valid DNS Label.For more info refer to https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names\nmissing field(s): spec.pipelineSpec.tasks[0].taskRef.name",
			// Workspaces can come from anywhere: P-51 and P-52 do not hold.
			good: inline("tasks: [{name: a, taskRef: {name: t}, workspaces: [{name: w}, {name: w}]}]"),
		},
		"PR-07 V-10": {
			bad:  inline("tasks: [{name: a, taskSpec: {steps: [{image: $(params.x)}]}}]"),
			want: `non-existent variable in "$(params.x)": spec.pipelineSpec.tasks[0].taskSpec.steps[0].image`,
			good: "params: [{name: x, value: b}]\n" + inline("tasks: [{name: a, taskSpec: {steps: [{image: $(params.x)}]}}]"),
		},
		"PR-07 pool of task parameters": {
			bad: inline(onlyTaskFlow), flags: "disable-inline-spec: pipelinerun", want: "must not set the field(s): spec.pipelineSpec",
			goodFlags: beta,
			good: inline("params: [{name: w, default: v}], tasks: [{name: a, taskRef: {name: t}, params: [{name: x, value: b}]}, " +
				"{name: b, taskSpec: {params: [{name: z}], steps: [{image: $(params.x)$(params.z)$(params.w)}]}}]"),
		},
		"PR-07 V-13 V-14": {
			bad:  "params: [{name: l, value: [b]}, {name: o, value: {k: v}}]\n" + inline("tasks: [{name: a, taskSpec: {params: [{name: l, type: array}], steps: [{image: $(params.l), script: $(params.o)}]}}]"),
			want: `variable type invalid in "$(params.l)": spec.pipelineSpec.tasks[0].taskSpec.steps[0].image` + "\n" + `variable type invalid in "$(params.o)": spec.pipelineSpec.tasks[0].taskSpec.steps[0].script`,
			good: "params: [{name: l, value: [b]}, {name: o, value: {k: v}}]\n" + inline("tasks: [{name: a, taskSpec: {steps: [{image: '$(params.l[0])', script: $(params.o.k), args: ['$(params.l[*])']}]}}]"),
		},
		"PR-07 V-20": {
			bad:  inline("tasks: [{name: a, taskRef: {name: t}, params: [{name: q, value: $(params.x)}], when: [{input: $(params.x), operator: in, values: [b]}]}]"),
			want: `non-existent variable in "$(params.x)": spec.pipelineSpec.tasks[0].params[q], spec.pipelineSpec.tasks[0].when[0].input`,
			// Final tasks are not looked at.
			good: "params: [{name: x, value: b}]\n" + inline("tasks: [{name: a, taskRef: {name: t}, params: [{name: q, value: $(params.x)}]}], finally: [{name: b, taskRef: {name: t}, params: [{name: q, value: $(params.nowhere)}]}]"),
		},
		"PR-08": {
			bad: ref + "params: [{name: a, value: x}, {name: A, value: x}]", want: "expected exactly one, got both: spec.params[A].name", good: ref + "params: [{name: a, value: x}, {name: b, value: x}]",
		},
		"PR-09": {
			bad:  ref + "params: [{name: a, value: $(tasks.b.results.c)}, {name: l, value: [x, '$(tasks.b.results.c[0])', '$(tasks.d.results.e)']}]",
			want: "invalid value: cannot use result expressions in [tasks.b.results.c[0] tasks.d.results.e] as PipelineRun parameter values: spec.params[l].value\ninvalid value: cannot use result expressions in [tasks.b.results.c] as PipelineRun parameter values: spec.params[a].value",
			good: ref + "params: [{name: a, value: $(tasks.b.status)}]",
		},
		"PR-10": {
			bad:  ref + "timeouts: {pipeline: -1s}",
			want: "invalid value: -1s should be >= 0: spec.timeouts.pipeline",
			good: ref + "timeouts: {pipeline: 0s}",
		},
		"PR-10 tasks and finally": {
			bad:  ref + "timeouts: {pipeline: 0s, tasks: -1s, finally: -2s}",
			want: "invalid value: -1s should be >= 0: spec.timeouts.tasks\ninvalid value: -2s should be >= 0: spec.timeouts.finally",
			good: ref + "timeouts: {pipeline: 0s, tasks: 1s, finally: 2s}",
		},
		"PR-10 the configured default": {
			bad: ref, defaults: "default-timeout-minutes: '-1'", want: "invalid value: -1m0s should be >= 0: spec.timeouts.pipeline", good: ref + "timeouts: {pipeline: 1m}",
		},
		"PR-11 PR-12": {
			bad:  ref + "timeouts: {pipeline: 1h, tasks: 2h, finally: 0s}",
			want: "invalid value: 0s (no timeout) should be <= pipeline duration: spec.timeouts.finally\ninvalid value: 2h0m0s + 0s should be <= pipeline duration: spec.timeouts.finally, spec.timeouts.tasks" + explained + "\ninvalid value: 2h0m0s should be <= pipeline duration: spec.timeouts.tasks" + explained,
			good: ref + "timeouts: {pipeline: 2h, tasks: 1h, finally: 1h}",
		},
		"PR-11 the configured default": {
			bad:  ref + "timeouts: {tasks: 2h}",
			want: "invalid value: 2h0m0s should be <= pipeline duration: spec.timeouts.tasks" + explained,
			good: ref + "timeouts: {tasks: 1h}",
		},
		"PR-13": {
			bad:  ref + "timeouts: {pipeline: 1h, tasks: 40m, finally: 30m}",
			want: "invalid value: 40m0s + 30m0s should be <= pipeline duration: spec.timeouts.finally, spec.timeouts.tasks" + explained,
			good: ref + "timeouts: {pipeline: 0s, tasks: 40m, finally: 30m}",
		},
		"PR-14 TR-11 TR-12": {
			bad:  ref + "taskRunSpecs: [{pipelineTaskName: a, stepSpecs: [{name: '', computeResources: {}}], sidecarSpecs: [{name: s, computeResources: {}}, {name: S, computeResources: {}}]}]",
			want: "expected exactly one, got both: spec.taskRunSpecs[0].sidecarSpecs[1].name\nmissing field(s): spec.taskRunSpecs[0].stepSpecs[0].name",
			good: ref + "taskRunSpecs: [{pipelineTaskName: a, stepSpecs: [{name: s, computeResources: {}}], sidecarSpecs: [{name: s, computeResources: {}}]}]",
		},
		"PR-14 TR-13": {
			bad:  ref + "taskRunSpecs: [{computeResources: {limits: {cpu: '1'}}, stepSpecs: [{name: s, computeResources: {limits: {cpu: '1'}}}]}]",
			want: "expected exactly one, got both: spec.taskRunSpecs[0].computeResources, spec.taskRunSpecs[0].stepSpecs.resources",
			good: ref + "taskRunSpecs: [{computeResources: {limits: {cpu: '1'}}, stepSpecs: [{name: s, computeResources: {}}]}]",
		},
		"PR-14 TR-17": {
			bad: ref + "taskRunSpecs: [{podTemplate: {env: [{name: FORBIDDEN, value: x}]}}]", defaults: "default-forbidden-env: FORBIDDEN",
			want: "invalid value: PodTemplate cannot update a forbidden env: FORBIDDEN: spec.taskRunSpecs[0].PodTemplate.Env",
			good: ref + "taskRunSpecs: [{podTemplate: {env: [{name: ALLOWED, value: x}]}}]",
		},
		"PR-14 negative timeout": {
			bad: ref + "taskRunSpecs: [{timeout: -1s}]", want: "invalid value: -1s should be >= 0: spec.taskRunSpecs[0].timeout", good: ref + "taskRunSpecs: [{timeout: 0s}]",
		},
		"PR-14 timeout of the pipeline": {
			bad:  ref + "taskRunSpecs: [{timeout: 2h}]",
			want: "invalid value: 2h0m0s should be <= pipeline duration 1h0m0s: spec.taskRunSpecs[0].timeout",
			good: ref + "timeouts: {pipeline: 0s}\ntaskRunSpecs: [{timeout: 2h}]",
		},
		"PR-14 timeout of the tasks": {
			bad:  ref + "timeouts: {tasks: 30m}\ntaskRunSpecs: [{timeout: 40m}]",
			want: "invalid value: 40m0s should be <= pipeline tasks duration 30m0s: spec.taskRunSpecs[0].timeout",
			good: ref + "timeouts: {tasks: 30m}\ntaskRunSpecs: [{timeout: 30m}]",
		},
		"PR-15": {
			bad:  ref + "status: Cancel",
			want: "invalid value: Cancel should be Cancelled, CancelledRunFinally, StoppedRunFinally or PipelineRunPending: spec.status",
			good: ref + "status: PipelineRunPending",
		},
		"PR-16": {
			bad: ref + "workspaces: [{name: w, emptyDir: {}}, {name: x}, {name: w, secret: {secretName: s}}]",
			want: "expected exactly one, got neither: spec.workspaces[1].configmap, spec.workspaces[1].emptydir, spec.workspaces[1].persistentvolumeclaim, spec.workspaces[1].secret, spec.workspaces[1].volumeclaimtemplate\n" +
				`workspace "w" provided by pipelinerun more than once, at index 0 and 2: spec.workspaces[2].name`,
			good: ref + "workspaces: [{name: w, emptyDir: {}}, {name: x, csi: {driver: d}}, {name: W, secret: {secretName: s}}]",
		},
		"PR-17": {
			bad: ref + "taskRunTemplate: {podTemplate: {env: [{name: FORBIDDEN, value: x}]}}", defaults: "default-forbidden-env: 'OTHER, FORBIDDEN'",
			want: "invalid value: PodTemplate cannot update a forbidden env: FORBIDDEN: spec.taskRunTemplate.PodTemplate.Env",
			good: ref + "taskRunTemplate: {podTemplate: {env: [{name: ALLOWED, value: x}]}}",
		},
	}, pipelineRunOf)
}

const onlyTaskFlow = "tasks: [{name: a, taskRef: {name: t}}]"

func TestPipelineRunUpdates(t *testing.T) {
	t.Parallel()
	const (
		inline   = "spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: t}}]}, timeouts: {pipeline: 1h}, taskRunTemplate: {serviceAccountName: default}}\n"
		changed  = "spec: {pipelineSpec: {tasks: [{name: b, taskRef: {name: t}}]}}\n"
		stopping = "spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: t}}]}, status: Cancelled}\n"
		started  = "status: {startTime: '2026-01-01T00:00:00Z'}\n"
		finished = "status: {conditions: [{type: Succeeded, status: 'True'}]}\n"

		onlyStatus = "invalid value: Once the PipelineRun has started, only status updates are allowed: spec"
		complete   = "invalid value: Once the PipelineRun is complete, no updates are allowed: spec"
		immutable  = "invalid value: managedBy is immutable: spec.managedBy"
	)
	for name, tc := range map[string]struct{ old, updated, flags, defaults, subresource, want string }{
		"PR-02": {
			old: inline + started, updated: "spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: t}}]}, status: PipelineRunPending}\n" + started,
			want: "invalid value: PipelineRun cannot be Pending after it is started: spec.status",
		},
		"PR-02 before the start": {old: inline, updated: "spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: t}}]}, status: PipelineRunPending}"},
		"PR-20 changed":          {old: "spec: {pipelineRef: {name: p}, managedBy: a}", updated: "spec: {pipelineRef: {name: p}, managedBy: b}", want: immutable},
		"PR-20 added":            {old: "spec: {pipelineRef: {name: p}}", updated: "spec: {pipelineRef: {name: p}, managedBy: b}", want: immutable},
		"PR-20 removed":          {old: "spec: {pipelineRef: {name: p}, managedBy: a}", updated: "spec: {pipelineRef: {name: p}}", want: immutable},
		"PR-20 kept":             {old: "spec: {pipelineRef: {name: p}, managedBy: a}", updated: "spec: {pipelineRef: {name: p}, managedBy: a, status: Cancelled}"},
		"PR-21":                  {old: inline + finished, updated: changed + finished, want: complete},
		"PR-21 cancelling":       {old: inline + finished, updated: stopping + finished, want: complete},
		"PR-21 metadata":         {old: inline + finished, updated: "metadata: {labels: {a: b}, finalizers: [a/b]}\n" + inline + finished},
		"PR-21 new defaults":     {old: inline + finished, updated: inline + finished, defaults: "default-pod-template: 'hostNetwork: true'"},
		"PR-22":                  {old: inline, updated: changed, want: onlyStatus},
		"PR-22 timeouts":         {old: inline + started, updated: "spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: t}}]}, timeouts: {pipeline: 2h}}\n" + started, want: onlyStatus},
		"PR-22 cancelling":       {old: inline + started, updated: stopping + started},
		"PR-22 taking it back":   {old: stopping + started, updated: inline + started},
		"PR-22 new defaults":     {old: inline + started, updated: "metadata: {labels: {a: b}}\n" + inline + started, defaults: "default-pod-template: 'hostNetwork: true'"},
		"PR-22 wrong status":     {old: inline, updated: "spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: t}}]}, status: Stop}", want: "invalid value: Stop should be Cancelled, CancelledRunFinally, StoppedRunFinally or PipelineRunPending: spec.status"},
		"gate closed later": {
			old:     "spec: {pipelineSpec: {tasks: [{name: a, pipelineRef: {name: p}}, {name: b, taskRef: {name: t}, matrix: {params: [{name: x, value: [z]}]}}]}}",
			updated: "spec: {pipelineSpec: {tasks: [{name: a, pipelineRef: {name: p}}, {name: b, taskRef: {name: t}, matrix: {params: [{name: x, value: [z]}]}}]}, status: Cancelled}",
			flags:   stable,
		},
		"rule newer than the object": {old: "spec: {pipelineRef: {}}", updated: "metadata: {finalizers: [a/b]}\nspec: {pipelineRef: {}}"},
		"status write":               {old: inline, updated: "spec: {}\n" + started, subresource: "status"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old, updated := decode[PipelineRun](t, tc.old), decode[PipelineRun](t, tc.updated)
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

// TestPipelineUpdates shows that Pipelines can be changed freely, and that a gate which is closed later does not freeze them.
func TestPipelineUpdates(t *testing.T) {
	t.Parallel()
	const old = "tasks: [{name: a, pipelineRef: {name: p}}]"
	for name, tc := range map[string]struct{ updated, want string }{
		"unchanged": {old, ""},
		"changed":   {"tasks: [{name: b, pipelineRef: {name: q}}]", ""},
		"rules":     {"tasks: [{name: b, taskRef: {}}]", "missing field(s): spec.tasks[0].taskRef.name"},
		"another gate": {
			"tasks: [{name: a, pipelineSpec: {tasks: [{name: a, taskRef: {name: t}}]}}]",
			`pipelineSpec requires "enable-api-fields" feature gate to be "alpha" but it is "beta": spec.tasks[0].pipelineSpec`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := errorText(update(settings(t, beta, ""), pipelineOf(t, old), pipelineOf(t, tc.updated), "")); got != tc.want {
				t.Errorf("error (-want +got):\n%s", cmp.Diff(tc.want, got))
			}
		})
	}
}

func TestPipelineRunDefaults(t *testing.T) {
	t.Parallel()
	const done = "timeouts: {pipeline: 1h}, taskRunTemplate: {serviceAccountName: a}"
	for name, tc := range map[string]struct{ given, defaults, want string }{
		"D-01": {
			given: "spec: {pipelineRef: {}, " + done + "}", defaults: "default-resolver-type: hub",
			want: "spec: {pipelineRef: {resolver: hub}, " + done + "}",
		},
		"D-01 named":        {given: "spec: {pipelineRef: {name: p}, " + done + "}", defaults: "default-resolver-type: hub", want: "metadata: {labels: {tekton.dev/pipeline: p}}\nspec: {pipelineRef: {name: p}, " + done + "}"},
		"D-24":              {given: "metadata: {annotations: {chains.tekton.dev/signed: 'true', a: b}}\nspec: {" + done + "}", want: "metadata: {annotations: {a: b}}\nspec: {" + done + "}"},
		"D-30 D-31":         {given: "spec: {}", want: "spec: {timeouts: {pipeline: 1h}, taskRunTemplate: {serviceAccountName: default}}"},
		"D-30 beside tasks": {given: "spec: {timeouts: {tasks: 5m}, taskRunTemplate: {serviceAccountName: a}}", want: "spec: {timeouts: {pipeline: 1h, tasks: 5m}, taskRunTemplate: {serviceAccountName: a}}"},
		"D-30 none":         {given: "spec: {taskRunTemplate: {serviceAccountName: a}}", defaults: "default-timeout-minutes: '0'", want: "spec: {timeouts: {pipeline: 0s}, taskRunTemplate: {serviceAccountName: a}}"},
		"D-31 none":         {given: "spec: {timeouts: {pipeline: 1h}}", defaults: "default-service-account: ''", want: "spec: {timeouts: {pipeline: 1h}}"},
		"D-31 template": {
			given:    "spec: {timeouts: {pipeline: 1h}, taskRunTemplate: {serviceAccountName: a, podTemplate: {nodeSelector: {a: b}}}}",
			defaults: "default-pod-template: '{nodeSelector: {c: d}, hostNetwork: true}'",
			want:     "spec: {timeouts: {pipeline: 1h}, taskRunTemplate: {serviceAccountName: a, podTemplate: {nodeSelector: {a: b}, hostNetwork: true}}}",
		},
		"D-32": {
			given:    "spec: {" + done + ", pipelineSpec: {params: [{name: l, default: [x]}], tasks: [{name: a, taskRef: {name: t}}, {name: b, taskRef: {}}]}}",
			defaults: "default-resolver-type: git",
			want:     "spec: {" + done + ", pipelineSpec: {params: [{name: l, type: array, default: [x]}], tasks: [{name: a, taskRef: {name: t, kind: Task}}, {name: b, taskRef: {resolver: git}}]}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkDefaults(t, tc.defaults, decode[PipelineRun](t, tc.given), decode[PipelineRun](t, tc.want))
		})
	}
}

func TestPipelineDefaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ given, defaults, want string }{
		"D-10 D-11 D-12 D-13": {
			given: "spec: {params: [{name: a}, {name: b, default: [x]}, {name: c, properties: {k: {}}}, {name: d, type: array}, {name: e, type: object, properties: {k: {type: array}}}, {name: f, default: {a: b}}, {name: g, properties: {}}]}",
			want:  "spec: {params: [{name: a, type: string}, {name: b, type: array, default: [x]}, {name: c, type: object, properties: {k: {type: string}}}, {name: d, type: array}, {name: e, type: object, properties: {k: {type: array}}}, {name: f, type: object, default: {a: b}}, {name: g, type: object, properties: {}}]}",
		},
		"D-40 D-01 D-02": {
			given:    "spec: {tasks: [{name: a, taskRef: {name: t}}, {name: b, taskRef: {}}, {name: c, taskRef: {apiVersion: a/b}}], finally: [{name: d, taskRef: {name: t, kind: C}}, {name: e, taskRef: {resolver: r}}]}",
			defaults: "default-resolver-type: git",
			want:     "spec: {tasks: [{name: a, taskRef: {name: t, kind: Task}}, {name: b, taskRef: {resolver: git}}, {name: c, taskRef: {apiVersion: a/b, resolver: git}}], finally: [{name: d, taskRef: {name: t, kind: C}}, {name: e, taskRef: {resolver: r}}]}",
		},
		"D-40 D-14": {
			given: "spec: {tasks: [{name: a, taskSpec: {params: [{name: p}], results: [{name: r}, {name: o, properties: {k: {}}}], steps: [{ref: {}, results: [{name: s}]}]}}], results: [{name: r, value: x}]}",
			want:  "spec: {tasks: [{name: a, taskSpec: {params: [{name: p, type: string}], results: [{name: r, type: string}, {name: o, type: object, properties: {k: {type: string}}}], steps: [{ref: {}, results: [{name: s}]}]}}], results: [{name: r, value: x}]}",
		},
		"child pipelines": {
			given:    "spec: {tasks: [{name: a, pipelineRef: {}}, {name: b, pipelineSpec: {params: [{name: p}], tasks: [{name: c, taskRef: {name: t}}]}}]}",
			defaults: "default-resolver-type: git",
			want:     "spec: {tasks: [{name: a, pipelineRef: {}}, {name: b, pipelineSpec: {params: [{name: p, type: string}], tasks: [{name: c, taskRef: {name: t, kind: Task}}]}}]}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkDefaults(t, tc.defaults, decode[Pipeline](t, tc.given), decode[Pipeline](t, tc.want))
		})
	}
}

// checkDefaults defaults a new object twice: the second time changes nothing.
func checkDefaults[T interface {
	apis.Defaultable
	DeepCopy() T
}](t *testing.T, defaults string, given, want T) {
	t.Helper()
	ctx := apis.WithinCreate(settings(t, "", defaults))
	given.SetDefaults(ctx)
	if diff := cmp.Diff(want, given); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again := given.DeepCopy()
	again.SetDefaults(ctx)
	if diff := cmp.Diff(given, again); diff != "" {
		t.Errorf("defaulting again changes the object:\n%s", diff)
	}
}
