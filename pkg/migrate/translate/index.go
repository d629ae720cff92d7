package translate

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Types of PipelineResources.
const (
	kindGit         = "git"
	kindImage       = "image"
	kindStorage     = "storage"
	kindCluster     = "cluster"
	kindPullRequest = "pullRequest"
	kindCloudEvent  = "cloudEvent"
)

// carried returns the members of a PipelineResource that are params now, the necessary one first.
func carried(kind string) []string {
	switch kind {
	case kindGit:
		return []string{"url", "revision"}
	case kindImage, kindPullRequest:
		return []string{"url"}
	case kindStorage:
		return []string{"location"}
	default:
		return nil
	}
}

// resource is a PipelineResource.
type resource struct {
	kind   string
	names  []string
	values map[string]string
	// secrets are the fields that come from Secrets.
	secrets []string
}

func resourceOf(spec *yaml.Node) resource {
	r := resource{kind: text(spec, "type"), values: map[string]string{}}
	for _, param := range mappings(get(spec, "params")) {
		name := strings.ToLower(text(param, "name"))
		r.names = append(r.names, name)
		r.values[name] = text(param, "value")
	}
	for _, secret := range mappings(get(spec, "secrets")) {
		r.secrets = append(r.secrets, text(secret, "fieldName"))
	}
	return r
}

// leftovers names what a PipelineResource says beyond what params carry and beyond the defaults.
func (r resource) leftovers() string {
	defaults := map[string]string{"submodules": "true", "depth": "1", "sslverify": "true"}
	var left []string
	for _, name := range r.names {
		if !slices.Contains(carried(r.kind), name) && defaults[name] != r.values[name] {
			left = append(left, name+"="+r.values[name])
		}
	}
	for _, secret := range r.secrets {
		left = append(left, "Secret for "+secret)
	}
	return strings.Join(left, ", ")
}

// declared is a resource that a Task declares.
type declared struct {
	name, kind string
	dir        string
	input      bool
	optional   bool
	line       int
}

// isFolder tells whether the resource is a folder that goes from task to task.
func (d declared) isFolder() bool { return d.kind == kindGit || d.kind == kindStorage }

// declaredBy returns the resources of a Task, of both old versions.
func declaredBy(spec *yaml.Node) []declared {
	var out []declared
	dirs := map[string]string{}
	for _, path := range [][]string{{"resources", "inputs"}, {"inputs", "resources"}, {"resources", "outputs"}, {"outputs", "resources"}} {
		input := path[0] == "inputs" || path[1] == "inputs"
		for _, n := range mappings(at(spec, path...)) {
			d := declared{name: text(n, "name"), kind: text(n, "type"), input: input, optional: text(n, "optional") == "true", line: n.Line}
			target := text(n, "targetPath")
			switch {
			case target != "":
				d.dir = "/workspace/" + strings.TrimPrefix(target, "/workspace/")
			case input:
				d.dir = "/workspace/" + d.name
			case dirs[d.name] != "":
				d.dir = dirs[d.name]
			default:
				d.dir = "/workspace/output/" + d.name
			}
			if input {
				dirs[d.name] = d.dir
			}
			out = append(out, d)
		}
	}
	return out
}

// links are the resources of a Task that come from another task, or go to one.
type links struct{ in, out map[string]bool }

func newLinks() *links { return &links{in: map[string]bool{}, out: map[string]bool{}} }

func (l *links) add(other *links) {
	for name := range other.in {
		l.in[name] = true
	}
	for name := range other.out {
		l.out[name] = true
	}
}

// linked is what a Pipeline says about resources: their types, which go from task to task, and the links of each pipeline task.
type linked struct {
	types    map[string]string
	optional map[string]bool
	passed   map[string]bool
	tasks    map[string]*links
}

func linkedIn(spec *yaml.Node) *linked {
	p := &linked{types: map[string]string{}, optional: map[string]bool{}, passed: map[string]bool{}, tasks: map[string]*links{}}
	for _, r := range mappings(get(spec, "resources")) {
		p.types[text(r, "name")] = text(r, "type")
		p.optional[text(r, "name")] = text(r, "optional") == "true"
	}
	tasks := pipelineTasks(spec)
	for _, task := range tasks {
		p.tasks[text(task, "name")] = newLinks()
	}
	for _, task := range tasks {
		for _, input := range mappings(at(task, "resources", "inputs")) {
			p.link(tasks, task, input)
		}
	}
	return p
}

func (p *linked) link(tasks []*yaml.Node, task, input *yaml.Node) {
	name := text(input, "resource")
	if kind := p.types[name]; kind != kindGit && kind != kindStorage {
		return
	}
	for _, from := range items(get(input, "from")) {
		for _, producer := range tasks {
			if text(producer, "name") != from.Value {
				continue
			}
			for _, output := range mappings(at(producer, "resources", "outputs")) {
				if text(output, "resource") == name {
					p.passed[name] = true
					p.tasks[from.Value].out[text(output, "name")] = true
					p.tasks[text(task, "name")].in[text(input, "name")] = true
				}
			}
		}
	}
}

func pipelineTasks(spec *yaml.Node) []*yaml.Node {
	return append(mappings(get(spec, "tasks")), mappings(get(spec, "finally"))...)
}

// index is what the objects of all files say about each other.
type index struct {
	resources  map[string]resource
	conditions map[string]*yaml.Node
	// tasks are the resources of Tasks and ClusterTasks, links what Pipelines do with them.
	tasks     map[string][]declared
	links     map[string]*links
	pipelines map[string]*linked
}

func newIndex() *index {
	return &index{
		resources: map[string]resource{}, conditions: map[string]*yaml.Node{}, tasks: map[string][]declared{},
		links: map[string]*links{}, pipelines: map[string]*linked{},
	}
}

func (x *index) add(root *yaml.Node) {
	spec, name := get(root, "spec"), nameOf(root)
	switch kind := text(root, "kind"); kind {
	case "PipelineResource":
		x.resources[name] = resourceOf(spec)
	case "Condition":
		x.conditions[name] = root
	case "Task", "ClusterTask":
		x.tasks[taskKey(kind, name)] = declaredBy(spec)
	case "Pipeline":
		x.pipelines[name] = linkedIn(spec)
		x.addLinks(spec, x.pipelines[name])
	case "PipelineRun":
		if inline := get(spec, "pipelineSpec"); inline != nil {
			x.addLinks(inline, linkedIn(inline))
		}
	}
}

func (x *index) addLinks(spec *yaml.Node, p *linked) {
	for _, task := range pipelineTasks(spec) {
		if ref := get(task, "taskRef"); ref != nil {
			x.linksOf(taskKey(text(ref, "kind"), text(ref, "name"))).add(p.tasks[text(task, "name")])
		}
	}
}

func (x *index) linksOf(key string) *links {
	if x.links[key] == nil {
		x.links[key] = newLinks()
	}
	return x.links[key]
}

func taskKey(kind, name string) string {
	if kind != "ClusterTask" {
		kind = "Task"
	}
	return kind + "/" + name
}
