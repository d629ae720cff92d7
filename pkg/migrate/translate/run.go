package translate

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

func (t *translator) taskRun(spec, owner *yaml.Node) {
	if !isMapping(spec) {
		return
	}
	dropStatus(owner)
	ref := get(spec, "taskRef")
	declaredHere := t.index.tasks[taskKey(text(ref, "kind"), text(ref, "name"))]
	if inline := get(spec, "taskSpec"); inline != nil {
		declaredHere = declaredBy(inline)
	}
	t.reference(spec, "taskRef", "task")
	t.taskSpec(get(spec, "taskSpec"), newLinks())
	moveParams(spec)
	for _, path := range [][]string{{"resources", "inputs"}, {"inputs", "resources"}, {"resources", "outputs"}, {"outputs", "resources"}} {
		input := path[0] == "inputs" || path[1] == "inputs"
		for _, binding := range mappings(at(spec, path...)) {
			t.bind(spec, binding, typeIn(declaredHere, text(binding, "name"), input), input)
		}
	}
	for _, key := range []string{"inputs", "outputs", "resources"} {
		remove(spec, key)
	}
	overrides(spec)
}

func typeIn(all []declared, name string, input bool) string {
	for _, d := range all {
		if d.name == name && d.input == input {
			return d.kind
		}
	}
	return ""
}

// overrides gives the settings of single steps their names of v1.
func overrides(n *yaml.Node) {
	for _, names := range [][2]string{{"stepOverrides", "stepSpecs"}, {"sidecarOverrides", "sidecarSpecs"}} {
		rename(n, names[0], names[1])
		for _, one := range mappings(get(n, names[1])) {
			rename(one, "resources", "computeResources")
		}
	}
}

// bind gives a run the params that stand for a resource.
func (t *translator) bind(spec, binding *yaml.Node, kind string, input bool) {
	name, ref := text(binding, "name"), text(binding, "resourceRef", "name")
	r, known := t.index.resources[ref]
	if inline := get(binding, "resourceSpec"); inline != nil {
		r, known = resourceOf(inline), true
	}
	if r.kind != "" {
		kind = r.kind
	}
	if kind == "" {
		kind = kindGit
	}
	if !input && kind == kindGit {
		return
	}
	t.bindWorkspace(spec, name, ref, kind)
	for i, member := range carried(kind) {
		value, given := r.values[member]
		if !given && i > 0 {
			continue
		}
		param := addParam(spec, paramOf(name, member), value)
		switch {
		case param == nil:
		case !known:
			param.Line = binding.Line
			t.note(param, fmt.Sprintf("write the %s of the %s resource %s here: the PipelineResource is not among the files", member, kind, ref))
		case i == 0 && r.leftovers() != "":
			param.Line = binding.Line
			t.note(param, fmt.Sprintf("the resource also had %s: nothing replaces that", r.leftovers()))
		}
	}
}

// bindWorkspace binds the Secret of a cluster resource.
func (t *translator) bindWorkspace(spec *yaml.Node, name, ref, kind string) {
	if kind != kindCluster {
		return
	}
	if ref == "" {
		ref = name
	}
	workspaces := list(spec, "workspaces")
	if named(workspaces, "name", name) != nil {
		return
	}
	w := mapping("name", name, "secret", mapping("secretName", ref+"-kubeconfig"))
	t.note(w, "make this Secret, with the key kubeconfig, from the cluster resource "+ref)
	workspaces.Content = append(workspaces.Content, w)
}

func (t *translator) pipelineRun(spec, owner *yaml.Node) {
	if !isMapping(spec) {
		return
	}
	dropStatus(owner)
	p := t.index.pipelines[text(spec, "pipelineRef", "name")]
	if inline := get(spec, "pipelineSpec"); inline != nil {
		p = linkedIn(inline)
		t.pipeline(inline, p)
	}
	if p == nil {
		p = linkedIn(nil)
	}
	t.reference(spec, "pipelineRef", "pipeline")
	for _, binding := range mappings(remove(spec, "resources")) {
		name := text(binding, "name")
		t.bind(spec, binding, p.types[name], true)
		if p.passed[name] {
			t.bindClaim(spec, name)
		}
	}
	remove(spec, "trigger")
	t.timeout(spec)
	template(spec, "serviceAccountName")
	template(spec, "podTemplate")
	t.taskRunSpecs(spec)
	if n := get(spec, "status"); n != nil && n.Value == "PipelineRunCancelled" {
		n.Value = "Cancelled"
	}
}

// bindClaim binds a volume of its own to the workspace that takes a resource from task to task.
func (t *translator) bindClaim(spec *yaml.Node, name string) {
	workspaces := list(spec, "workspaces")
	if named(workspaces, "name", name) != nil {
		return
	}
	size := mapping("requests", mapping("storage", scalar("1Gi")))
	claim := mapping("spec", mapping("accessModes", sequence(scalar("ReadWriteOnce")), "resources", size))
	w := mapping("name", name, "volumeClaimTemplate", claim)
	t.note(w, "this volume takes "+name+" from task to task: see that it is large enough")
	workspaces.Content = append(workspaces.Content, w)
}

func (t *translator) timeout(spec *yaml.Node) {
	i := indexOf(spec, "timeout")
	if i < 0 {
		return
	}
	if get(spec, "timeouts") != nil {
		t.noteKey(spec, "timeouts", "timeout: "+text(spec, "timeout")+" was removed: timeouts says it already")
		remove(spec, "timeout")
		return
	}
	spec.Content[i].Value = "timeouts"
	spec.Content[i+1] = mapping("pipeline", spec.Content[i+1])
}

// template moves a field into taskRunTemplate.
func template(spec *yaml.Node, key string) {
	i := indexOf(spec, key)
	if i < 0 {
		return
	}
	value := spec.Content[i+1]
	if into := get(spec, "taskRunTemplate"); into != nil {
		if isMapping(into) && get(into, key) == nil {
			set(into, key, take(spec, key))
		}
		return
	}
	spec.Content[i].Value = "taskRunTemplate"
	spec.Content[i+1] = mapping(key, value)
}

func (t *translator) taskRunSpecs(spec *yaml.Node) {
	for _, one := range mappings(get(spec, "taskRunSpecs")) {
		rename(one, "taskServiceAccountName", "serviceAccountName")
		rename(one, "taskPodTemplate", "podTemplate")
		overrides(one)
	}
	for _, one := range mappings(remove(spec, "serviceAccountNames")) {
		specs, task := list(spec, "taskRunSpecs"), text(one, "taskName")
		entry := named(specs, "pipelineTaskName", task)
		if entry == nil {
			entry = mapping("pipelineTaskName", task)
			specs.Content = append(specs.Content, entry)
		}
		set(entry, "serviceAccountName", scalar(text(one, "serviceAccountName")))
	}
}

// run makes a CustomRun.
func (t *translator) run(root *yaml.Node) {
	spec := get(root, "spec")
	dropStatus(root)
	get(root, "kind").Value = "CustomRun"
	if n := get(root, "apiVersion"); n != nil && n.Value == "tekton.dev/v1alpha1" {
		n.Value = "tekton.dev/v1beta1"
	}
	rename(spec, "ref", "customRef")
	rename(spec, "spec", "customSpec")
	if remove(spec, "podTemplate") != nil {
		t.noteKey(root, "spec", "podTemplate was removed: CustomRuns have none")
	}
}

// dropStatus removes what an old controller wrote, which has another form now. The API server would ignore it.
func dropStatus(root *yaml.Node) {
	if isOld(root) {
		remove(root, "status")
	}
}
