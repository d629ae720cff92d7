package local

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// fakeResolver answers with a document or an error.
type fakeResolver struct {
	data string
	errs []error
}

func (f *fakeResolver) About() framework.About {
	return framework.About{Type: "fake", Name: "Fake", Flag: "f", Config: "fake-config"}
}

func (f *fakeResolver) Prepare(_ context.Context, req framework.Request) (*framework.Fetch, error) {
	if req.Params["name"] == "" {
		return nil, errors.New("no name")
	}
	return &framework.Fetch{Do: func(context.Context) (*framework.Answer, error) {
		if len(f.errs) > 0 {
			err := f.errs[0]
			f.errs = f.errs[1:]
			return nil, err
		}
		return &framework.Answer{Data: []byte(f.data), Source: &v1.RefSource{URI: "fake://" + req.Params["name"]}}, nil
	}}, nil
}

func TestRemoteReferences(t *testing.T) {
	t.Parallel()
	const run = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  taskRef: {resolver: %s, params: [{name: name, value: "%s"}, {name: kind, value: task}, {name: namespace, value: default}]}
---
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec: {steps: [{name: s, image: busybox, script: echo}]}
`
	const task = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: far}
spec: {steps: [{name: s, image: busybox, %s}]}
`
	const failed = "TaskRunResolutionFailed"
	good := fmt.Sprintf(task, "script: echo")
	tests := map[string]struct {
		resolver, name string
		fake           fakeResolver
		reason         string
		message        string
	}{
		"a Task":              {resolver: "fake", name: "x", fake: fakeResolver{data: good}, reason: "Succeeded"},
		"a Task of the files": {resolver: "cluster", name: "t", reason: "Succeeded"},
		"none of the files":   {resolver: "cluster", name: "u", reason: failed, message: `"u" not found`},
		"a host in trouble": {
			resolver: "fake", name: "x", reason: "Succeeded",
			fake: fakeResolver{data: good, errs: []error{failure.Transientf("", "later")}},
		},
		"a refusal": {
			resolver: "fake", name: "x", fake: fakeResolver{errs: []error{errors.New("no such file")}}, reason: failed,
			message: `error requesting remote resource: error getting "Fake" "default/`,
		},
		"a wrong request": {
			resolver: "fake", reason: failed, message: `error requesting remote resource: invalid resource request "default/`,
		},
		"a Task that is not valid": {
			resolver: "fake", name: "x", fake: fakeResolver{data: fmt.Sprintf(task, "when: [{input: a}]")}, reason: "TaskValidationFailed",
			message: `Task "far" was refused: admission webhook "validation.webhook.pipeline.tekton.dev" denied the request: `,
		},
		"another kind": {
			resolver: "fake", name: "x", fake: fakeResolver{data: strings.Replace(good, "kind: Task", "kind: StepAction", 1)}, reason: failed,
		},
		"no resolver": {resolver: "moon", name: "x", reason: failed, message: `no resolver "moon" runs on this machine`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engineFor(t, &fakePods{}, fmt.Sprintf(run, tc.resolver, tc.name), func(o *Options) {
				o.Resolvers = map[string]framework.Resolver{"fake": &tc.fake}
			})
			finish(t, e)
			tr := e.Snapshot().TaskRuns[0]
			if cond := condition(tr); cond.Reason != tc.reason || !strings.Contains(cond.Message, tc.message) {
				t.Errorf("condition %s: %s", cond.Reason, cond.Message)
			}
			if tc.reason == "Succeeded" && (tr.Status.Provenance == nil || tr.Status.Provenance.RefSource == nil) {
				t.Error("the source is missing")
			}
		})
	}
}
