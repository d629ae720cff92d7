package v1

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Rules TR-01 and PR-01, and M-01 and M-02 for a Task: the name of each kind is checked.
func TestNamesOfObjects(t *testing.T) {
	t.Parallel()
	for rule, object := range map[string]func(name string) admitted{
		"M-01 Task": func(name string) admitted {
			return &Task{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: TaskSpec{Steps: []Step{{Image: "i"}}}}
		},
		"TR-01": func(name string) admitted {
			return &TaskRun{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: TaskRunSpec{TaskRef: &TaskRef{Name: "t"}}}
		},
		"PR-01": func(name string) admitted {
			return &PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: PipelineRunSpec{PipelineRef: &PipelineRef{Name: "p"}}}
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			for name, want := range map[string]string{
				"A":          `invalid resource name "A": must be a valid DNS label: metadata.name`,
				longName(64): "Invalid resource name: length must be no more than 63 characters: metadata.name",
				longName(63): "",
			} {
				if got := errorText(admit(context.Background(), object(name))); got != want {
					t.Errorf("name %q: error = %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestMetadataRules(t *testing.T) {
	t.Parallel()
	long := "a123456789012345678901234567890123456789012345678901234567890123"
	for name, want := range map[string]string{
		"":        `invalid resource name "": must be a valid DNS label: metadata.name`,
		"A":       `invalid resource name "A": must be a valid DNS label: metadata.name`,
		"a.b-1":   "",
		long:      "Invalid resource name: length must be no more than 63 characters: metadata.name",
		long[1:]:  "",
		"a..b":    `invalid resource name "a..b": must be a valid DNS label: metadata.name`,
		"a_b":     `invalid resource name "a_b": must be a valid DNS label: metadata.name`,
		"a.tasks": "",
	} {
		if got := errorText(ValidateObjectMetadata(&metav1.ObjectMeta{Name: name})); got != want {
			t.Errorf("name %q: error = %q, want %q", name, got, want)
		}
	}
	if err := ValidateObjectMetadata(&metav1.ObjectMeta{GenerateName: "a-"}); err != nil {
		t.Errorf("a name that is still to be generated: %v", err)
	}
}
