package metrics

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/semconv/v1.41.0/cicdconv"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
)

func TestTaskName(t *testing.T) {
	t.Parallel()
	remote := &v1.TaskRef{ResolverRef: v1.ResolverRef{Resolver: "git"}}
	for name, tc := range map[string]struct {
		spec                  v1.TaskRunSpec
		inPipeline, taskLabel string
		want                  string
	}{
		"reference":             {v1.TaskRunSpec{TaskRef: &v1.TaskRef{Name: "t"}}, "pt", "label", "t"},
		"inline in a pipeline":  {v1.TaskRunSpec{TaskSpec: &v1.TaskSpec{}}, "pt", "label", "pt"},
		"inline with label":     {v1.TaskRunSpec{TaskSpec: &v1.TaskSpec{}}, "", "label", "label"},
		"inline":                {v1.TaskRunSpec{TaskSpec: &v1.TaskSpec{}}, "", "", anonymous},
		"fetched":               {v1.TaskRunSpec{TaskRef: remote}, "pt", "label", "label"},
		"not fetched yet":       {v1.TaskRunSpec{TaskRef: remote}, "pt", "", "pt"},
		"not fetched and alone": {v1.TaskRunSpec{TaskRef: remote}, "", "", anonymous},
	} {
		tr := &v1.TaskRun{Spec: tc.spec, ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{
			pipeline.PipelineTaskLabelKey: tc.inPipeline, pipeline.TaskLabelKey: tc.taskLabel,
		}}}
		if got := taskName(tr); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestPipelineName(t *testing.T) {
	t.Parallel()
	remote := &v1.PipelineRef{ResolverRef: v1.ResolverRef{Resolver: "git"}}
	inline := v1.PipelineRunSpec{PipelineSpec: &v1.PipelineSpec{}}
	long := strings.Repeat("x", 80)
	for name, tc := range map[string]struct {
		spec                  v1.PipelineRunSpec
		run, generated, label string
		want                  string
	}{
		"reference":                      {v1.PipelineRunSpec{PipelineRef: &v1.PipelineRef{Name: "p"}}, "r", "", "label", "p"},
		"inline":                         {inline, "r", "", "r", anonymous},
		"inline of a generated name":     {inline, "ci-abcde", "ci-", "ci", "ci"},
		"inline, no label yet":           {inline, "ci-abcde", "ci-", "", anonymous},
		"fetched":                        {v1.PipelineRunSpec{PipelineRef: remote}, "r", "", "label", "label"},
		"not fetched":                    {v1.PipelineRunSpec{PipelineRef: remote}, "r", "", "r", anonymous},
		"not fetched, with a long name":  {v1.PipelineRunSpec{PipelineRef: remote}, long, "", long[:63], anonymous},
		"not fetched, with no label yet": {v1.PipelineRunSpec{PipelineRef: remote}, "r", "", "", anonymous},
	} {
		pr := &v1.PipelineRun{Spec: tc.spec, ObjectMeta: metav1.ObjectMeta{
			Name: tc.run, GenerateName: tc.generated, Labels: map[string]string{pipeline.PipelineLabelKey: tc.label},
		}}
		if got := pipelineName(pr); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	for label, want := range map[string]string{"": anonymous, "run": anonymous, "release": "release"} {
		tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{pipeline.PipelineLabelKey: label, pipeline.PipelineRunLabelKey: "run"}}}
		if got := pipelineNameOfTaskRun(tr); got != want {
			t.Errorf("TaskRun with label %q: %q, want %q", label, got, want)
		}
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	var l limit
	for i, step := range []struct{ in, want names }{
		{names{namespace: "a", task: "1"}, names{namespace: "a", task: "1"}},
		{names{namespace: "a", task: "2"}, names{namespace: "a", task: "2"}},
		{names{namespace: "a", task: "3"}, names{namespace: "a", task: other}},
		{names{namespace: "b", task: "4", taskRun: "x"}, names{namespace: "b", task: other, taskRun: other}},
		{names{namespace: "c", task: "5"}, names{namespace: other, task: other}},
		{names{namespace: "a", task: "6"}, names{namespace: "a", task: other}},
		{names{namespace: "a", task: "1"}, names{namespace: "a", task: "1"}},
		{names{namespace: "d"}, names{namespace: other}},
	} {
		if got := l.admit(step.in, 2); got != step.want {
			t.Errorf("%d: %+v, want %+v", i, got, step.want)
		}
	}
	l.keep(func(n names) bool { return n.task == "2" })
	if got, want := l.admit(names{namespace: "z", task: "9"}, 2), (names{namespace: "z", task: "9"}); got != want {
		t.Errorf("after one is forgotten: %+v, want %+v", got, want)
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	type result struct {
		Status, Reason string
		Result         cicdconv.PipelineResultAttr
		Error          cicdconv.ErrorTypeAttr
	}
	for _, tc := range []struct {
		status corev1.ConditionStatus
		reason v1.TaskRunReason
		want   result
	}{
		{corev1.ConditionTrue, v1.TaskRunReasonSuccessful, result{"success", "Succeeded", "success", ""}},
		{corev1.ConditionFalse, v1.TaskRunReasonFailed, result{"failed", "Failed", "failure", "Failed"}},
		{corev1.ConditionFalse, v1.TaskRunReasonCancelled, result{"cancelled", "TaskRunCancelled", "cancellation", ""}},
		{corev1.ConditionFalse, v1.TaskRunReasonTimedOut, result{"failed", "TaskRunTimeout", "timeout", "TaskRunTimeout"}},
		{corev1.ConditionFalse, v1.TaskRunReasonPodEvicted, result{"failed", "PodEvicted", "error", "PodEvicted"}},
		{corev1.ConditionFalse, panics.Reason, result{"failed", "ControllerPanicked", "error", "ControllerPanicked"}},
		{corev1.ConditionFalse, "Custom", result{"failed", "other", "failure", "_OTHER"}},
	} {
		o := taskRunOutcomeOf(taskRun("a", tc.status, tc.reason, 5))
		if diff := cmp.Diff(tc.want, result{o.status, o.reason, o.result, o.errorType()}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
		}
	}
	if o := pipelineRunOutcomeOf(pipelineRun("a", corev1.ConditionFalse, v1.PipelineRunReasonCancelled, 5)); o.status != statusCancelled {
		t.Errorf("a cancelled PipelineRun is %s", o.status)
	}
}

// Every reason that the API has for the end of a run is known here.
func TestReasonsAreAll(t *testing.T) {
	t.Parallel()
	for file, known := range map[string][]string{
		"taskrun_reasons.go": texts(taskRunReasons), "pipelinerun_reasons.go": texts(pipelineRunReasons),
	} {
		syntax, err := parser.ParseFile(token.NewFileSet(), "../apis/pipeline/v1/"+file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, decl := range syntax.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST || !strings.Contains(group.Doc.Text(), "that is done") || strings.Contains(group.Doc.Text(), "not done") {
				continue
			}
			for _, reason := range constants(t, group) {
				found++
				if reason != v1.PipelineRunReasonInvalidBindings.String() && !slices.Contains(known, reason) {
					t.Errorf("%s: reason %s is missing", file, reason)
				}
			}
		}
		if found < 20 {
			t.Errorf("%s has only %d reasons of runs that are done", file, found)
		}
	}
}

func constants(t *testing.T, group *ast.GenDecl) []string {
	t.Helper()
	var out []string
	for _, spec := range group.Specs {
		value, ok := spec.(*ast.ValueSpec)
		if !ok {
			t.Fatalf("%T among constants", spec)
		}
		literal, ok := value.Values[0].(*ast.BasicLit)
		if !ok {
			t.Fatalf("%s has no literal", value.Names[0].Name)
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = string(list[i])
	}
	return out
}

// many is how many runs must not add a series.
const many = 10_000

// Runs with names of their own, pipelines and tasks written into them, are not told apart by any label.
func TestSeriesDoNotGrowWithRuns(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	tell := func(i int) {
		run := pipelineRun(fmt.Sprint("run-", i), corev1.ConditionTrue, v1.PipelineRunReasonSuccessful, 62)
		run.Spec.PipelineRef, run.Spec.PipelineSpec = nil, &v1.PipelineSpec{}
		run.Labels = map[string]string{pipeline.PipelineLabelKey: run.Name}
		inside := taskRun(fmt.Sprint("run-", i, "-compile"), corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 41)
		inside.Spec.TaskRef, inside.Spec.TaskSpec = nil, &v1.TaskSpec{}
		inside.Labels = map[string]string{
			pipeline.PipelineLabelKey: run.Name, pipeline.PipelineRunLabelKey: run.Name, pipeline.PipelineTaskLabelKey: "compile",
		}
		alone := taskRun(fmt.Sprint("alone-", i), corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 41)
		alone.Spec.TaskRef, alone.Spec.TaskSpec = nil, &v1.TaskSpec{}
		started := pipelineRun(run.Name, corev1.ConditionUnknown, v1.PipelineRunReasonRunning, 3)
		started.Spec, started.Labels = run.Spec, run.Labels
		h.pipelineRuns.OnAdd(started, false)
		waiting := taskRun(inside.Name, corev1.ConditionUnknown, v1.TaskRunReasonPending, 3)
		waiting.Spec, waiting.Labels = inside.Spec, inside.Labels
		h.TaskRunWritten(t.Context(), waiting, waiting, podOf(waiting, 5))
		h.drain()
		h.ended(run, inside, alone)
	}
	tell(0)
	want := h.series(t)
	for i := range many {
		tell(i + 1)
	}
	if got := h.series(t); got != want {
		t.Errorf("%d series after one run, %d after %d more", want, got, many)
	}
	if want < 50 {
		t.Errorf("only %d series: the test sees too little", want)
	}
}

// Where names are labels their number has a limit: of Tasks and Pipelines, and of runs if somebody asks for these.
func TestSeriesHaveALimit(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]map[string]string{
		"by default": nil,
		"with runs": {
			"metrics.taskrun.level": "taskrun", "metrics.pipelinerun.level": "pipelinerun", "metrics.running-pipelinerun.level": "pipelinerun",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{"metrics.max-names": "5"}
			for key, value := range data {
				settings[key] = value
			}
			h := newHarness(t, settings)
			tell := func(i int) {
				n := strconv.Itoa(i)
				run := pipelineRun("run-"+n, corev1.ConditionTrue, v1.PipelineRunReasonSuccessful, 62)
				run.Namespace, run.Spec.PipelineRef.Name = "ns-"+n, "pipeline-"+n
				inside := child("pipeline-"+n, taskRun("inside-"+n, corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 41))
				alone := taskRun("alone-"+n, corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 41)
				for _, tr := range []*v1.TaskRun{inside, alone} {
					tr.Namespace, tr.Spec.TaskRef.Name = "ns-"+n, "task-"+n
				}
				started := run.DeepCopy()
				started.Status = v1.PipelineRunStatus{}
				h.pipelineRuns.OnAdd(started, false)
				h.ended(run, inside, alone)
			}
			for i := range 20 {
				tell(i)
			}
			want := h.series(t)
			for i := range 200 {
				tell(100 + i)
			}
			if got := h.series(t); got != want {
				t.Errorf("%d series after 20 runs, %d after 200 more", want, got)
			}
		})
	}
}
