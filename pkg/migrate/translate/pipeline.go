package translate

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// pipeline translates the specification of a Pipeline, which may be an inline one.
func (t *translator) pipeline(spec *yaml.Node, p *linked) {
	if !isMapping(spec) {
		return
	}
	if p == nil {
		p = linkedIn(spec)
	}
	t.pipelineResources(spec, p)
	for _, section := range []string{"tasks", "finally"} {
		for _, task := range mappings(get(spec, section)) {
			t.pipelineTask(task, p)
		}
	}
	t.conditions(spec)
}

// pipelineResources puts params and workspaces in the place of resources.
func (t *translator) pipelineResources(spec *yaml.Node, p *linked) {
	resources := mappings(remove(spec, "resources"))
	for _, r := range resources {
		name, kind := text(r, "name"), text(r, "type")
		for i, member := range carried(kind) {
			t.pipelineParam(spec, paramOf(name, member), fmt.Sprintf("%s of the %s resource %s", member, kind, name), i > 0 || p.optional[name])
		}
		if !p.passed[name] && kind != kindCluster && kind != kindPullRequest {
			continue
		}
		workspace := mapping("name", name)
		if p.passed[name] {
			set(workspace, "description", scalar("takes "+name+" from task to task"))
		} else {
			set(workspace, "optional", truth())
		}
		if workspaces := list(spec, "workspaces"); named(workspaces, "name", name) == nil {
			workspaces.Content = append(workspaces.Content, workspace)
		}
	}
}

func (t *translator) pipelineParam(spec *yaml.Node, name, description string, optional bool) {
	if get(spec, "params") == nil {
		setFirst(spec, "params", sequence())
	}
	params := list(spec, "params")
	if named(params, "name", name) != nil {
		return
	}
	param := mapping("name", name, "description", description, "type", "string")
	if optional {
		set(param, "default", scalar(""))
	}
	params.Content = append(params.Content, param)
}

func (t *translator) pipelineTask(task *yaml.Node, p *linked) {
	l := p.tasks[text(task, "name")]
	if l == nil {
		l = newLinks()
	}
	t.reference(task, "taskRef", "task")
	t.taskSpec(get(task, "taskSpec"), l)
	for _, when := range mappings(get(task, "when")) {
		rename(when, "Input", "input")
		rename(when, "Operator", "operator")
		rename(when, "Values", "values")
	}
	resources := remove(task, "resources")
	for _, input := range mappings(get(resources, "inputs")) {
		t.passResource(task, input, p, true)
		for _, from := range items(get(input, "from")) {
			addText(task, "runAfter", from.Value)
		}
		if l.in[text(input, "name")] {
			bindWorkspace(task, text(input, "name")+"-input", text(input, "resource"))
		}
	}
	for _, output := range mappings(get(resources, "outputs")) {
		t.passResource(task, output, p, false)
		if l.out[text(output, "name")] {
			bindWorkspace(task, text(output, "name")+"-output", text(output, "resource"))
		}
	}
}

// passResource gives a pipeline task the params, or the workspace, that stand for a resource of the Pipeline.
func (t *translator) passResource(task, binding *yaml.Node, p *linked, input bool) {
	name, resource := text(binding, "name"), text(binding, "resource")
	kind, known := p.types[resource]
	switch {
	case !known:
		t.noteKey(task, "name", fmt.Sprintf("the Pipeline declares no resource %s for %s: give the params by hand", resource, name))
	case kind == kindCluster, kind == kindPullRequest:
		bindWorkspace(task, name, resource)
	}
	if kind == kindGit && !input {
		return
	}
	for _, member := range carried(kind) {
		addParam(task, paramOf(name, member), reference(paramOf(resource, member)))
	}
}

// addParam gives a param its value, unless it has one.
func addParam(n *yaml.Node, name, value string) *yaml.Node {
	params := list(n, "params")
	if named(params, "name", name) != nil {
		return nil
	}
	param := mapping("name", name, "value", value)
	params.Content = append(params.Content, param)
	return param
}

func bindWorkspace(task *yaml.Node, name, workspace string) {
	workspaces := list(task, "workspaces")
	if named(workspaces, "name", name) == nil {
		workspaces.Content = append(workspaces.Content, mapping("name", name, "workspace", workspace))
	}
}

func addText(n *yaml.Node, key, value string) {
	texts := list(n, key)
	if !slices.ContainsFunc(texts.Content, func(item *yaml.Node) bool { return item.Value == value }) {
		texts.Content = append(texts.Content, scalar(value))
	}
}

// reference lets resolvers find what bundles and ClusterTasks were named for.
func (t *translator) reference(n *yaml.Node, key, kind string) {
	ref := get(n, key)
	if !isMapping(ref) {
		return
	}
	name := text(ref, "name")
	switch {
	case text(ref, "bundle") != "":
		t.resolver(n, key, "bundles", "bundle", text(ref, "bundle"), "name", name, "kind", kind)
	case kind == "task" && text(ref, "kind") == "ClusterTask":
		t.resolver(n, key, "cluster", "kind", kind, "name", name, "namespace", t.ClusterTaskNamespace)
	}
}

func (t *translator) resolver(n *yaml.Node, key, resolver string, params ...string) {
	i := indexOf(n, key)
	if comments := commentsOf(n.Content[i+1]); len(comments) > 0 {
		prependComment(n.Content[i], comments...)
	}
	values := sequence()
	for j := 0; j+1 < len(params); j += 2 {
		values.Content = append(values.Content, mapping("name", params[j], "value", params[j+1]))
	}
	n.Content[i+1] = mapping("resolver", resolver, "params", values)
}
