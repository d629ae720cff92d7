package results_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/results"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

func taskRun(name string, values ...v1.TaskRunResult) *v1.TaskRun {
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: name}}
	tr.Status.Results = values
	return tr
}

func result(name string, value *v1.ParamValue) v1.TaskRunResult {
	return v1.TaskRunResult{Name: name, Value: *value}
}

func customRun(value string) *v1beta1.CustomRun {
	run := &v1beta1.CustomRun{}
	run.Status.Results = []v1beta1.CustomRunResult{{Name: "r", Value: value}}
	return run
}

func ref(t *testing.T, text string) substitution.TaskResultRef {
	t.Helper()
	refs := substitution.TaskResults(text)
	if len(refs) != 1 {
		t.Fatalf("%q has %d references to results, want 1", text, len(refs))
	}
	return refs[0]
}

func TestPut(t *testing.T) {
	t.Parallel()
	plain := results.OfTaskRun(taskRun("a",
		result("s", v1.NewString("text")), result("list", v1.NewArray("x", "y")),
		result("map", v1.NewObject(map[string]string{"k": "v"})), result("empty", v1.NewArray())))
	fanOut := results.OfMatrix([]*v1.TaskRun{
		taskRun("pr-m-10", result("r", v1.NewString("ten"))),
		taskRun("pr-m-2", result("r", v1.NewString("two"))),
		taskRun("pr-m-1"),
		taskRun("pr-m-3", result("r", v1.NewArray("lost"))),
	})
	cases := map[string]struct {
		set  results.Set
		ref  string
		want substitution.Values
		err  error
	}{
		"string":              {set: plain, ref: "$(tasks.a.results.s)", want: texts("tasks.a.results.s", "text")},
		"string in brackets":  {set: plain, ref: "$(tasks.a.results['s'])", want: texts("tasks.a.results['s']", "text")},
		"array":               {set: plain, ref: "$(tasks.a.results.list[*])", want: lists("tasks.a.results.list[*]", "x", "y")},
		"array without star":  {set: plain, ref: "$(tasks.a.results.list)", want: lists("tasks.a.results.list", "x", "y")},
		"element":             {set: plain, ref: "$(tasks.a.results.list[1])", want: texts("tasks.a.results.list[1]", "y")},
		"element past end":    {set: plain, ref: "$(tasks.a.results.list[2])", err: &results.OutOfBoundsError{Task: "a", Result: "list", Index: 2, Size: 2}},
		"element of empty":    {set: plain, ref: "$(tasks.a.results.empty[0])", err: &results.OutOfBoundsError{Task: "a", Result: "empty", Size: 0}},
		"element of a string": {set: plain, ref: "$(tasks.a.results.s[0])", err: &results.MissingError{Task: "a", Result: "s"}},
		"member":              {set: plain, ref: "$(tasks.a.results.map.k)", want: texts("tasks.a.results.map.k", "v")},
		"member missing":      {set: plain, ref: "$(tasks.a.results.map.z)", err: &results.MissingError{Task: "a", Result: "map", Key: "z"}},
		"object": {
			set: plain, ref: "$(tasks.a.results.map[*])",
			want: substitution.Values{Objects: map[string]map[string]string{"tasks.a.results.map[*]": {"k": "v"}}},
		},
		"missing": {set: plain, ref: "$(tasks.a.results.other)", err: &results.MissingError{Task: "a", Result: "other"}},
		"nothing": {ref: "$(tasks.a.results.other)", err: &results.MissingError{Task: "a", Result: "other"}},
		"matrix in byte order of names": {
			set: fanOut, ref: "$(tasks.m.results.r[*])", want: lists("tasks.m.results.r[*]", "ten", "two", ""),
		},
		"matrix without the result": {
			set: fanOut, ref: "$(tasks.m.results.q[*])", err: &results.MissingError{Task: "m", Result: "q"},
		},
		"custom text": {
			set: results.OfCustomRuns([]*v1beta1.CustomRun{customRun("[1]")}), ref: "$(tasks.c.results.r)",
			want: texts("tasks.c.results.r", "[1]"),
		},
		"custom array": {
			set: results.OfCustomRuns([]*v1beta1.CustomRun{customRun(`["a","b"]`)}), ref: "$(tasks.c.results.r[*])",
			want: lists("tasks.c.results.r[*]", "a", "b"),
		},
		"custom empty array stays text": {
			set: results.OfCustomRuns([]*v1beta1.CustomRun{customRun("[]")}), ref: "$(tasks.c.results.r[*])",
			want: texts("tasks.c.results.r[*]", "[]"),
		},
		"first of several custom runs": {
			set:  results.OfCustomRuns([]*v1beta1.CustomRun{customRun("one"), customRun("two")}),
			ref:  "$(tasks.c.results.r)",
			want: texts("tasks.c.results.r", "one"),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got substitution.Values
			err := tc.set.Put(&got, ref(t, tc.ref))
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Fatalf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

func texts(key, value string) substitution.Values {
	return substitution.Values{Strings: map[string]string{key: value}}
}

func lists(key string, values ...string) substitution.Values {
	return substitution.Values{Arrays: map[string][]string{key: values}}
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	cases := map[string]error{
		"array Result Index 3 for Task a Result r is out of bound of size 2": &results.OutOfBoundsError{
			Task: "a", Result: "r", Index: 3, Size: 2,
		},
		"Could not find result with name r for pipeline task a": &results.MissingError{Task: "a", Result: "r"},
	}
	for want, err := range cases {
		if err.Error() != want {
			t.Errorf("Error() = %q, want %q", err, want)
		}
	}
}

func TestLen(t *testing.T) {
	t.Parallel()
	set := results.OfMatrix([]*v1.TaskRun{taskRun("a", result("r", v1.NewString("1"))), taskRun("b", result("r", v1.NewString("2")))})
	if got := set.Len("r"); got != 2 {
		t.Errorf("Len(r) = %d, want 2", got)
	}
	if got := set.Len("other"); got != 0 {
		t.Errorf("Len(other) = %d, want 0", got)
	}
}

func TestCheckReference(t *testing.T) {
	t.Parallel()
	find := func(task string) (results.Declaration, bool) {
		switch task {
		case "known":
			return results.Declaration{Spec: &v1.TaskSpec{Results: []v1.TaskResult{{Name: "r"}}}}, true
		case "custom":
			return results.Declaration{Custom: true}, true
		case "child":
			return results.Declaration{}, true
		default:
			return results.Declaration{}, false
		}
	}
	cases := map[string]string{
		"$(tasks.known.results.r)":  "",
		"$(tasks.known.results.q)":  `"q" is not a named result returned by pipeline task "known"`,
		"$(tasks.custom.results.q)": "",
		"$(tasks.child.results.r)":  `unable to validate result referencing pipeline task "child": task spec not found`,
		"$(tasks.nobody.results.r)": `referenced pipeline task "nobody" does not exist`,
	}
	for text, want := range cases {
		err := results.CheckReference(ref(t, text), find)
		if got := errorText(err); got != want {
			t.Errorf("CheckReference(%s) = %q, want %q", text, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestErrorsAreFoundByType(t *testing.T) {
	t.Parallel()
	var missing *results.MissingError
	if err := (results.Set{}).Put(&substitution.Values{}, ref(t, "$(tasks.a.results.r)")); !errors.As(err, &missing) {
		t.Errorf("Put() = %v, want a MissingError", err)
	}
}
