// Package specvars knows which fields of the API's objects hold variable references, and puts values into them
// (contract 1 §6.2, §6.3). It is pure: it must not import clients, contexts, clocks or loggers. [Task], [Pipeline],
// [PipelineTask], [WorkspaceBindings], [PodTemplate] and [StepAction] return copies with values in place of references.
// [VisitTaskFields] and [VisitPipelineTaskFields] list the fields for everyone else who needs to know them, such as package plan, which
// makes the graph of a Pipeline of the references in fields that [OrdersTasks] tells.
package specvars

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// Part is the part of a spec that a field belongs to.
type Part int

// Parts of a Task spec.
const (
	PartStep Part = iota
	PartSidecar
	PartStepTemplate
	// PartVolume is an entry of volumes, PartWorkspace one of workspaces.
	PartVolume
	PartWorkspace
)

// Parts of a pipeline task.
const (
	PartParams Part = iota + 100
	PartMatrix
	PartWhen
	PartDisplayName
	// PartBinding is an entry of workspaces of a pipeline task.
	PartBinding
	PartTaskRef
	PartOnError
)

// Name is the name of a field inside its part.
type Name int

// Names of fields.
const (
	Other Name = iota
	StepName
	Image
	ImagePullPolicy
	Command
	Args
	Script
	WorkingDir
	// EnvValue is env[].value, EnvSource the name or key of a Secret or ConfigMap in env[].valueFrom, EnvFrom any text of
	// envFrom[].
	EnvValue
	EnvSource
	EnvFrom
	// VolumeMount is the name, mountPath or subPath of volumeMounts[].
	VolumeMount
	OnError
	// Output is stdoutConfig.path or stderrConfig.path.
	Output
	// When is the input, a value or the cel of a condition.
	When
	// Param is the value of a parameter.
	Param
)

// Field is one field that references are replaced in. Exactly one of Text, List, Members and Value is set. They point
// into the visited object: who must not change the object must not write through them.
type Field struct {
	Part Part
	// Index is the position of the step, sidecar, volume, … in its list.
	Index int
	Name  Name
	Path  Path
	// Text is a single text.
	Text *string
	// List is a list of texts, in which an element can be a reference to a whole array.
	List *[]string
	// Members is a map whose values are texts.
	Members *map[string]string
	// Value is a parameter's value.
	Value *v1.ParamValue

	rule rule
}

// rule says how references to whole arrays are treated.
type rule int

const (
	// anyArray expands an element of a list that is a reference to an array in any form.
	anyArray rule = iota
	// starOnly does that only for references in dot form that end in [*] (contract 1 §6.1).
	starOnly
	// asJSON lets a text that is entirely a reference to an array become the array's JSON text (contract 1 §6.1).
	asJSON
)

// Texts calls visit for every text in the field. The members of a map come in the order of their keys.
func (f Field) Texts(visit func(text string)) {
	switch {
	case f.Text != nil:
		visit(*f.Text)
	case f.List != nil:
		for _, text := range *f.List {
			visit(text)
		}
	case f.Members != nil:
		visitMembers(*f.Members, visit)
	case f.Value != nil:
		switch f.Value.Type {
		case v1.ParamTypeArray:
			for _, text := range f.Value.ArrayVal {
				visit(text)
			}
		case v1.ParamTypeObject:
			visitMembers(f.Value.ObjectVal, visit)
		default:
			visit(f.Value.StringVal)
		}
	}
}

func visitMembers(members map[string]string, visit func(text string)) {
	for _, key := range slices.Sorted(maps.Keys(members)) {
		visit(members[key])
	}
}

// References calls visit for every reference in the field, in order.
func (f Field) References(visit func(substitution.Reference)) {
	f.Texts(func(text string) {
		for _, r := range substitution.Parse(text) {
			visit(r)
		}
	})
}

// replace puts values into the field. Lists and maps are replaced, not changed.
func (f Field) replace(r *substitution.Replacer) {
	switch {
	case f.Text != nil:
		*f.Text = f.replaceText(r)
	case f.List != nil:
		if f.rule == starOnly {
			*f.List = r.ListIf(*f.List, isDottedStar)
		} else {
			*f.List = r.List(*f.List)
		}
	case f.Members != nil:
		*f.Members = params.ReplaceMembers(*f.Members, r)
	case f.Value != nil:
		*f.Value = params.Replace(*f.Value, r)
	}
}

func (f Field) replaceText(r *substitution.Replacer) string {
	if f.rule == asJSON {
		if list, ok := r.Array(*f.Text); ok {
			return jsonArray(list)
		}
	}
	return r.String(*f.Text)
}

// isDottedStar reports whether an element is a reference such as $(params.list[*]).
func isDottedStar(element string) bool {
	ref, ok := substitution.Whole(element)
	return ok && ref.Plain() && ref.Star
}

// jsonArray returns the JSON text of list, without the escapes that only matter inside HTML: people compare with it.
func jsonArray(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(list); err != nil {
		return "[]" // cannot be: texts always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Path is where a field stands, relative to the visited object. It is cheap to make; String does the work.
type Path struct {
	parent *Path
	name   string
	index  int
	key    string
}

const noIndex = -1

func (p *Path) field(name string) Path { return Path{parent: p, name: name, index: noIndex} }

func (p *Path) at(name string, index int) *Path {
	return &Path{parent: p, name: name, index: index}
}

func (p *Path) member(name, key string) Path {
	return Path{parent: p, name: name, index: noIndex, key: key}
}

// String returns the path as it is written in error messages: steps[0].env[1].value, params[name].
func (p Path) String() string {
	text := p.name
	switch {
	case p.index != noIndex:
		text += "[" + strconv.Itoa(p.index) + "]"
	case p.key != "":
		text += "[" + p.key + "]"
	}
	if p.parent == nil {
		return text
	}
	return p.parent.String() + "." + text
}
