package runspec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// definition is what a run takes.
type definition struct {
	// title names it for messages.
	title string
	// isKnown is false if it is not among the files, because it comes from elsewhere.
	isKnown bool
	// isOpen tells that values that it does not declare are handed on to what is inside it.
	isOpen     bool
	params     v1.ParamSpecs
	workspaces []workspace
}

type workspace struct {
	name, description string
	isOptional        bool
}

func definitionOf(run metav1.Object, objects []runtime.Object) definition {
	f := sort(objects)
	switch run := run.(type) {
	case *v1.TaskRun:
		if run.Spec.TaskSpec != nil {
			d := ofTask("TaskRun "+nameOf(run), run.Spec.TaskSpec)
			d.isOpen = true
			return d
		}
		if ref := run.Spec.TaskRef; ref != nil && ref.Resolver == "" {
			if t := find(f.tasks, ref.Name); t != nil {
				return ofTask("Task "+t.Name, &t.Spec)
			}
		}
	case *v1.PipelineRun:
		if run.Spec.PipelineSpec != nil {
			d := ofPipeline("PipelineRun "+nameOf(run), run.Spec.PipelineSpec)
			d.isOpen = true
			return d
		}
		if ref := run.Spec.PipelineRef; ref != nil && ref.Resolver == "" {
			if p := find(f.pipelines, ref.Name); p != nil {
				return ofPipeline("Pipeline "+p.Name, &p.Spec)
			}
		}
	}
	return definition{title: nameOf(run)}
}

func ofTask(title string, spec *v1.TaskSpec) definition {
	d := definition{title: title, isKnown: true, params: spec.Params}
	for _, w := range spec.Workspaces {
		d.workspaces = append(d.workspaces, workspace{name: w.Name, description: w.Description, isOptional: w.Optional})
	}
	return d
}

func ofPipeline(title string, spec *v1.PipelineSpec) definition {
	d := definition{title: title, isKnown: true, params: spec.Params}
	for _, w := range spec.Workspaces {
		d.workspaces = append(d.workspaces, workspace{name: w.Name, description: w.Description, isOptional: w.Optional})
	}
	return d
}

// values reads the parameters of the command line; those of the file of parameters are before them.
func (d definition) values(s Settings) ([]v1.Param, error) {
	var out []v1.Param
	fromFile := make([]string, 0, len(s.Values))
	for name := range s.Values {
		fromFile = append(fromFile, name)
	}
	slices.Sort(fromFile)
	for _, name := range fromFile {
		out = append(out, v1.Param{Name: name, Value: s.Values[name]})
	}
	var given []v1.Param
	for _, text := range s.Params {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--param %q: it has to be NAME=VALUE", text)
		}
		value, err := content(value, s.ReadFile)
		if err != nil {
			return nil, fmt.Errorf("--param %s: %w", name, err)
		}
		given, err = d.add(given, name, value)
		if err != nil {
			return nil, fmt.Errorf("--param %s: %w", name, err)
		}
	}
	out = merged(out, given, func(p v1.Param) string { return p.Name })
	for _, p := range out {
		if d.isKnown && !d.isOpen && d.spec(p.Name) == nil {
			return nil, d.unknown("parameter", p.Name, d.paramNames())
		}
	}
	return out, nil
}

func (d definition) spec(name string) *v1.ParamSpec {
	for i := range d.params {
		if d.params[i].Name == name {
			return &d.params[i]
		}
	}
	return nil
}

func (d definition) paramNames() []string {
	out := make([]string, 0, len(d.params))
	for _, p := range d.params {
		out = append(out, p.Name)
	}
	return out
}

func (d definition) unknown(kind, name string, there []string) error {
	if len(there) == 0 {
		return fmt.Errorf("%s has no %s %q; it has none at all", d.title, kind, name)
	}
	return fmt.Errorf("%s has no %s %q; it has %s", d.title, kind, name, strings.Join(there, ", "))
}

// add reads a value by the declared type, and adds it to that of the same name: lists and objects grow, strings are replaced.
func (d definition) add(list []v1.Param, name, text string) ([]v1.Param, error) {
	kind := v1.ParamTypeString
	if spec := d.spec(name); spec != nil {
		kind = typeOf(spec)
	}
	i := slices.IndexFunc(list, func(p v1.Param) bool { return p.Name == name })
	if i < 0 {
		list = append(list, v1.Param{Name: name, Value: v1.ParamValue{Type: kind}})
		i = len(list) - 1
	}
	value := &list[i].Value
	switch kind {
	case v1.ParamTypeArray:
		items, err := array(text)
		value.ArrayVal = append(value.ArrayVal, items...)
		return list, err
	case v1.ParamTypeObject:
		members, err := object(text)
		if value.ObjectVal == nil {
			value.ObjectVal = make(map[string]string)
		}
		for k, v := range members {
			value.ObjectVal[k] = v
		}
		return list, err
	default:
		value.StringVal = text
		return list, nil
	}
}

// typeOf returns the type that a declaration means if it names none.
func typeOf(spec *v1.ParamSpec) v1.ParamType {
	switch {
	case spec.Type != "":
		return spec.Type
	case spec.Properties != nil:
		return v1.ParamTypeObject
	case spec.Default != nil && spec.Default.Type != "":
		return spec.Default.Type
	default:
		return v1.ParamTypeString
	}
}

// content replaces @FILE by what is in the file, without the line's end at its end; @@ stands for a single @.
func content(value string, readFile func(string) ([]byte, error)) (string, error) {
	name, isFile := strings.CutPrefix(value, "@")
	if !isFile || name == "" {
		return value, nil
	}
	if strings.HasPrefix(name, "@") {
		return name, nil
	}
	data, err := readFile(name)
	if err != nil {
		return "", fmt.Errorf("reading the value: %w", err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}

func array(text string) ([]string, error) {
	if strings.HasPrefix(text, "[") {
		var items []string
		if err := json.Unmarshal([]byte(text), &items); err != nil {
			return nil, fmt.Errorf("reading a list in JSON: %w", err)
		}
		return items, nil
	}
	if text == "" {
		return []string{}, nil
	}
	return strings.Split(text, ","), nil
}

func object(text string) (map[string]string, error) {
	members := make(map[string]string)
	if strings.HasPrefix(text, "{") {
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			return nil, fmt.Errorf("reading an object in JSON, whose values have to be strings: %w", err)
		}
		return members, nil
	}
	for _, pair := range strings.Split(text, ",") {
		key, value, ok := strings.Cut(pair, ":")
		if !ok || key == "" {
			return nil, fmt.Errorf("it is an object: give it as KEY:VALUE,KEY:VALUE or in JSON")
		}
		members[key] = value
	}
	return members, nil
}

// ParseValues reads a file of parameters, YAML or JSON: a map from names to strings, numbers, lists and maps of those.
func ParseValues(data []byte) (map[string]v1.ParamValue, error) {
	var values map[string]v1.ParamValue
	if err := yaml.Unmarshal(data, &values); err != nil {
		return nil, fmt.Errorf("reading parameters, which have to be a map from names to values: %w", err)
	}
	return values, nil
}
