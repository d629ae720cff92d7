package translate

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// task translates the specification of a Task.
func (t *translator) task(spec, owner *yaml.Node, key string) {
	if !isMapping(spec) {
		return
	}
	dropStatus(owner)
	t.taskSpec(spec, t.index.linksOf(key))
}

// taskSpec translates the specification of a Task, which may be an inline one.
func (t *translator) taskSpec(spec *yaml.Node, l *links) {
	if !isMapping(spec) || isCustom(spec) {
		return
	}
	all := declaredBy(spec)
	moveParams(spec)
	for _, key := range []string{"inputs", "outputs", "resources"} {
		remove(spec, key)
	}
	t.steps(spec)
	b := &taskBuilder{translator: t, spec: spec, links: l}
	b.resources(all)
	t.variables(spec, all, b)
}

// isCustom tells of an inline custom task, whose content belongs to somebody else.
func isCustom(spec *yaml.Node) bool {
	return text(spec, "apiVersion") != "" && text(spec, "kind") != ""
}

// moveParams puts inputs.params where params are.
func moveParams(spec *yaml.Node) {
	inputs := get(spec, "inputs")
	moved := take(inputs, "params")
	if moved == nil {
		return
	}
	if present := get(spec, "params"); isSequence(present) && isSequence(moved) {
		present.Content = append(moved.Content, present.Content...)
		return
	}
	setFirst(spec, "params", moved)
}

// noLonger are the fields of steps that v1beta1 keeps for old clients only.
func noLonger() []string {
	return []string{
		"ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "terminationMessagePath", "terminationMessagePolicy",
		"stdin", "stdinOnce", "tty",
	}
}

func (t *translator) steps(spec *yaml.Node) {
	for _, one := range mappings(get(spec, "steps")) {
		rename(one, "resources", "computeResources")
		t.dropFields(one, noLonger())
	}
	for _, sidecar := range mappings(get(spec, "sidecars")) {
		rename(sidecar, "resources", "computeResources")
	}
	if template := get(spec, "stepTemplate"); isMapping(template) {
		rename(template, "resources", "computeResources")
		t.dropFields(template, append(noLonger(), "name"))
		if len(template.Content) == 0 {
			remove(spec, "stepTemplate")
		}
	}
}

func (t *translator) dropFields(n *yaml.Node, fields []string) {
	var dropped []string
	for _, field := range fields {
		if remove(n, field) != nil {
			dropped = append(dropped, field)
		}
	}
	if len(dropped) > 0 {
		t.note(n, "removed "+strings.Join(dropped, ", ")+": steps have no such field any more. What needs it belongs into a sidecar")
	}
}

var (
	oldParam    = regexp.MustCompile(`\$\(inputs\.params(\.|\[)`)
	oldResource = regexp.MustCompile(`\$\((?:resources\.(inputs|outputs)|(inputs|outputs)\.resources)\.([^.()$\s]+)\.([^()$\s]+)\)`)
	ofCondition = regexp.MustCompile(`\$\((resources)()\.([^.()$\s]+)\.([^()$\s]+)\)`)
)

// variables replaces the variables of old forms in all texts of a specification.
func (t *translator) variables(spec *yaml.Node, all []declared, b *taskBuilder) {
	t.walk(spec, spec, func(value string) (string, string) {
		unknown := ""
		value = oldParam.ReplaceAllString(value, "$$(params$1")
		replace := func(match string) string {
			groups := oldResource.FindStringSubmatch(match)
			if groups == nil {
				groups = ofCondition.FindStringSubmatch(match)
			}
			input := groups[1] != "outputs" && groups[2] != "outputs"
			for _, d := range all {
				if d.name == groups[3] && d.input == input {
					return b.variable(d, groups[4])
				}
			}
			unknown = match
			return match
		}
		value = oldResource.ReplaceAllStringFunc(value, replace)
		if b.ofCondition {
			value = ofCondition.ReplaceAllStringFunc(value, replace)
		}
		return value, unknown
	})
}

// walk changes all texts below n. A text that change complains about gets a comment at mark, the key or element around it.
func (t *translator) walk(n, mark *yaml.Node, change func(string) (changed, unknown string)) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			t.walk(n.Content[i+1], n.Content[i], change)
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			t.walk(item, mark, change)
		}
	case yaml.ScalarNode:
		changed, unknown := change(n.Value)
		n.Value = changed
		if unknown != "" {
			t.note(mark, unknown+" names a resource that the Task does not declare: it is left as it is")
		}
	}
}
