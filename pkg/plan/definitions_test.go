package plan_test

import (
	"fmt"
	"testing"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func TestNamesOfRemotePipelines(t *testing.T) {
	t.Parallel()
	const missing = `it contains Tasks that don't exist: Couldn't retrieve Task "gone": tasks.tekton.dev "gone" not found`
	documents := map[string]struct {
		namespace, name string
		shown, local    string
	}{
		"with a namespace":    {namespace: "library", name: "build", shown: "library/build", local: "ns/build"},
		"without a namespace": {name: "build", shown: "/build", local: "ns/build"},
		"without a name":      {shown: "/git path=p.yaml", local: "ns/git path=p.yaml"},
	}
	cases := map[string]struct {
		spec string
		want func(shown, local string) string
		// laterToo says that the message can come after the pass that fetched the Pipeline.
		laterToo bool
	}{
		"missing Task": {
			spec: `{tasks: [{name: a, taskRef: {name: gone}}]}`, laterToo: true,
			want: func(shown, _ string) string {
				return "False CouldntGetTask: Pipeline " + shown + " can't be Run; " + missing
			},
		},
		"missing child Pipeline": {
			spec: `{tasks: [{name: a, pipelineRef: {name: gone}}]}`, laterToo: true,
			want: func(shown, _ string) string {
				return "False CouldntGetPipeline: Pipeline " + shown + " can't be Run; it contains child Pipelines that don't exist: " +
					`Couldn't retrieve Pipeline "gone": pipelines.tekton.dev "gone" not found`
			},
		},
		"graph": {
			spec: `{tasks: [{name: a, runAfter: [b], taskRef: {name: gone}}, {name: b, runAfter: [a], taskRef: {name: gone}}]}`,
			want: func(string, string) string {
				return "False PipelineInvalidGraph: [User error] PipelineRun ns/pr's Pipeline DAG is invalid: " +
					`cycle detected; task "a" depends on "b"`
			},
		},
		"missing parameter": {
			spec: `{params: [{name: p}], tasks: [{name: a, taskRef: {name: gone}}]}`,
			want: func(_, local string) string {
				return "False ParameterMissing: [User error] PipelineRun ns/pr is missing some parameters required by Pipeline " + local +
					": pipelineRun missing parameters: [p]"
			},
		},
	}
	for what, doc := range documents {
		for name, tc := range cases {
			for _, later := range []bool{false, true} {
				if later && !tc.laterToo {
					continue
				}
				t.Run(fmt.Sprintf("%s, %s, later %t", what, name, later), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, `spec: {pipelineRef: {resolver: git, params: [{name: path, value: p.yaml}]}}`)
					p := &v1.Pipeline{}
					parse(t, "spec: "+tc.spec, p)
					p.Namespace, p.Name = doc.namespace, doc.name
					w.pipelines[""] = p
					if later {
						w.waiting["gone"] = true
						w.passOnce()
						w.condition("Unknown ResolvingTaskRef: PipelineRun ns/pr awaiting remote resource")
						w.waiting["gone"] = false
					}
					w.passOnce()
					w.condition(tc.want(doc.shown, doc.local))
				})
			}
		}
	}
}
