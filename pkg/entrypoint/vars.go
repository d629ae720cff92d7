package entrypoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tenon-ci/tenon/pkg/entrypoint/foreign"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// maxReference is the most bytes of a file whose content is put in place of a reference. The kernel allows less for a
// command line, so it limits memory only.
const maxReference = 8 << 20

// errIndex says that a reference names an element that an array doesn't have. Unlike other mistakes it fails the step
// (contract 2 §3.6).
var errIndex = errors.New("index is out of range")

// vars replaces references to results and artifacts of earlier steps. What can't be replaced is logged and stays as it
// is (contract 2 §3.6, §3.7).
type vars struct {
	layout    Layout
	artifacts bool
	logf      func(format string, args ...any)
	// scripts is true while a script is looked at, where results can't be used.
	scripts bool
}

// text replaces all references in a text.
func (v *vars) text(text string) (string, error) {
	var b strings.Builder
	at := 0
	for _, ref := range substitution.Parse(text) {
		replacement, ok, err := v.reference(ref)
		if err != nil {
			return "", err
		}
		if !ok {
			continue
		}
		b.WriteString(text[at:ref.Offset])
		b.WriteString(replacement)
		at = ref.Offset + len(ref.Text)
	}
	b.WriteString(text[at:])
	return b.String(), nil
}

// list replaces all references in a list. An element that is a reference to a whole array becomes its elements, and one
// empty element if it has none.
func (v *vars) list(list []string) ([]string, error) {
	out := make([]string, 0, len(list))
	for _, element := range list {
		if ref, ok := substitution.Whole(element); ok && !v.scripts {
			if result, ok := ref.StepResult(); ok && result.Star {
				out = append(out, v.elements(result)...)
				continue
			}
		}
		text, err := v.text(element)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// env replaces all references in the values of an environment. A reference to a whole array gives nothing there.
func (v *vars) env(env []string) ([]string, error) {
	out := make([]string, 0, len(env))
	for _, variable := range env {
		name, text, found := strings.Cut(variable, "=")
		if !found || !strings.Contains(text, "$(steps.") {
			out = append(out, variable)
			continue
		}
		if ref, ok := substitution.Whole(text); ok {
			if result, ok := ref.StepResult(); ok && result.Star {
				out = append(out, name+"=")
				continue
			}
		}
		text, err := v.text(text)
		if err != nil {
			return nil, fmt.Errorf("environment variable %s: %w", name, err)
		}
		out = append(out, name+"="+text)
	}
	return out, nil
}

// reference returns the text for a reference, false if it stays.
func (v *vars) reference(ref substitution.Reference) (string, bool, error) {
	if result, ok := ref.StepResult(); ok && !v.scripts {
		text, err := v.result(result)
		if err != nil && !errors.Is(err, errIndex) {
			v.logf("warning: %s stays as it is: %v", ref.Text, err)
			return "", false, nil
		}
		if err != nil {
			return "", false, fmt.Errorf("%s: %w", ref.Text, err)
		}
		return text, true, nil
	}
	if a, ok := ref.Artifact(); ok && v.artifacts && a.Section == substitution.RootSteps {
		text, err := v.artifact(a)
		if err != nil {
			v.logf("warning: %s stays as it is: %v", ref.Text, err)
			return "", false, nil
		}
		return text, true, nil
	}
	return "", false, nil
}

func (v *vars) result(ref substitution.StepResultRef) (string, error) {
	if ref.Star {
		return "", errors.New("a whole array can only be an element of its own in command, args or the values of when")
	}
	val, err := v.read(ref)
	if err != nil {
		return "", err
	}
	switch {
	case ref.Key != "" && ref.Index != substitution.NoIndex:
		return "", errors.New("a member of an object has no elements")
	case ref.Key != "":
		if val.object == nil {
			return "", fmt.Errorf("result %s is not an object", ref.Result)
		}
		return val.object[ref.Key], nil
	case ref.Index != substitution.NoIndex:
		if val.array == nil {
			return "", fmt.Errorf("result %s is not an array", ref.Result)
		}
		if ref.Index >= len(val.array) {
			return "", fmt.Errorf("%w: result %s of step %s has %d elements", errIndex, ref.Result, ref.Step, len(val.array))
		}
		return val.array[ref.Index], nil
	default:
		return val.text, nil
	}
}

func (v *vars) elements(ref substitution.StepResultRef) []string {
	val, err := v.read(ref)
	if err == nil && (val.array == nil || ref.Key != "") {
		err = fmt.Errorf("result %s is not an array", ref.Result)
	}
	if err != nil {
		v.logf("warning: %s stays as it is: %v", ref.Text, err)
		return []string{ref.Text}
	}
	if len(val.array) == 0 {
		return []string{""}
	}
	return val.array
}

func (v *vars) read(ref substitution.StepResultRef) (value, error) {
	if !isName(ref.Step) || !isName(ref.Result) {
		return value{}, errors.New("it names no result")
	}
	content, err := v.readLeft(ref.Step, "results/"+ref.Result)
	if err != nil {
		return value{}, err
	}
	return parseValue(string(content)), nil
}

func (v *vars) artifact(ref substitution.ArtifactRef) (string, error) {
	if !isName(ref.Name) {
		return "", errors.New("it names no step")
	}
	content, err := v.readLeft(ref.Name, "artifacts/"+protocol.ProvenanceFile)
	if err != nil {
		return "", err
	}
	a, err := parseArtifacts(content)
	if err != nil {
		return "", err
	}
	text, ok := a.values(ref.Artifact, ref.Output)
	if !ok {
		return "", fmt.Errorf("step %s has no such artifact", ref.Name)
	}
	return text, nil
}

// readLeft reads what an earlier step left. The step's directory is a link that prepare made, which nobody can replace; it
// leads into the step's run directory, where that step can leave anything.
func (v *vars) readLeft(step, name string) ([]byte, error) {
	status, err := os.Readlink(v.layout.Path(protocol.StepDir(names.StepContainer(step, 0))))
	if err != nil {
		return nil, err
	}
	content, err := foreign.Read(filepath.Dir(status), filepath.Base(status)+"/"+name, maxReference)
	if err != nil {
		return nil, err
	}
	return content, nil
}
