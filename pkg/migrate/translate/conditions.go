package translate

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// conditionTask is the name of the Task that a Condition becomes. It is the same whether the Condition is among the files or not.
func conditionTask(name string) string { return "condition-" + name }

// passed is the result of such a Task.
const passed = "passed"

const passedScript = `#!/bin/sh
set -eu
code=1
read -r code <"$(steps.step-%s.exitCode.path)" || true
if [ "$code" = 0 ]; then
  printf true >"$(results.passed.path)"
else
  printf false >"$(results.passed.path)"
fi
`

// condition makes a Task whose result says how the check of a Condition ended.
func (t *translator) condition(root *yaml.Node) {
	spec := get(root, "spec")
	check := take(spec, "check")
	if !isMapping(check) {
		t.note(root, "this Condition has no check")
		return
	}
	get(root, "kind").Value = "Task"
	if n := at(root, "metadata", "name"); n != nil {
		n.Value = conditionTask(n.Value)
	}
	name := text(check, "name")
	if name == "" {
		name = "check"
		setFirst(check, "name", scalar(name))
	}
	set(check, "onError", scalar("continue"))
	all := conditionResources(spec)
	remove(spec, "resources")
	set(spec, "results", sequence(mapping("name", passed, "description", "true if the check ended with exit code 0, else false")))
	set(spec, "steps", sequence(check, step(passed, t.ShellImage, fmt.Sprintf(passedScript, name))))
	t.steps(spec)
	b := &taskBuilder{translator: t, spec: spec, links: newLinks(), ofCondition: true}
	b.resources(all)
	t.variables(spec, all, b)
}

func conditionResources(spec *yaml.Node) []declared {
	return declaredBy(mapping("resources", mapping("inputs", sequence(mappings(get(spec, "resources"))...))))
}

// conditions puts tasks that check, and when expressions about their results, in the place of the conditions of pipeline tasks.
func (t *translator) conditions(spec *yaml.Node) {
	tasks := get(spec, "tasks")
	names := map[string]bool{}
	for _, task := range pipelineTasks(spec) {
		names[text(task, "name")] = true
	}
	for _, task := range mappings(tasks) {
		conditions := mappings(remove(task, "conditions"))
		if len(conditions) == 0 {
			continue
		}
		t.warnOfLater(spec, task)
		for _, condition := range conditions {
			checker := t.checker(task, condition, names)
			i := slices.Index(tasks.Content, task)
			tasks.Content = slices.Insert(tasks.Content, i, checker)
			when := list(task, "when")
			when.Content = append(when.Content, mapping(
				"input", "$(tasks."+text(checker, "name")+".results."+passed+")", "operator", "in", "values", sequence(scalar("true"))))
		}
	}
}

// checker makes the pipeline task that checks a condition.
func (t *translator) checker(task, condition *yaml.Node, names map[string]bool) *yaml.Node {
	ref := text(condition, "conditionRef")
	base := stepName(text(task, "name") + "-" + ref)
	name := base
	for i := 2; names[name]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	names[name] = true
	checker := mapping("name", name, "taskRef", mapping("name", conditionTask(ref)))
	checker.Line = condition.Line
	if after := items(get(task, "runAfter")); len(after) > 0 {
		copies := sequence()
		for _, item := range after {
			copies.Content = append(copies.Content, scalar(item.Value))
		}
		set(checker, "runAfter", copies)
	}
	if params := take(condition, "params"); isSequence(params) {
		set(checker, "params", params)
	}
	for _, binding := range mappings(get(condition, "resources")) {
		for _, member := range t.conditionMembers(ref, text(binding, "name")) {
			addParam(checker, paramOf(text(binding, "name"), member), reference(paramOf(text(binding, "resource"), member)))
		}
	}
	if t.index.conditions[ref] == nil {
		t.note(checker, fmt.Sprintf("the Condition %s is not among the files: translate it too, into the Task %s", ref, conditionTask(ref)))
	}
	return checker
}

// conditionMembers are the params that stand for a resource of a Condition.
func (t *translator) conditionMembers(condition, resource string) []string {
	if root := t.index.conditions[condition]; root != nil {
		for _, r := range mappings(at(root, "spec", "resources")) {
			if text(r, "name") == resource {
				return carried(text(r, "type"))
			}
		}
	}
	return carried(kindGit)
}

// warnOfLater says where when expressions are no conditions: tasks that only run after a skipped task run all the same.
func (t *translator) warnOfLater(spec, task *yaml.Node) {
	name := text(task, "name")
	for _, other := range mappings(get(spec, "tasks")) {
		for _, after := range items(get(other, "runAfter")) {
			if after.Value == name {
				t.note(task, fmt.Sprintf("if a condition skipped this task, %s was skipped too. Now it runs: give it the same when if that is not meant",
					text(other, "name")))
				return
			}
		}
	}
}
