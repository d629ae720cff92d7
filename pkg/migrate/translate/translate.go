// Package translate turns YAML of old releases (v1alpha1 and v1beta1, with PipelineResources, Conditions, ClusterTasks and bundles) into
// what replaces it in v1. It works on the nodes of the text, so that comments and order stay, and leaves a comment "# tenon migrate: …"
// wherever a person has to decide. It reads no files and asks no cluster. Translate is the entry point.
//
//	documents.go  a file is divided into documents; those that are not changed keep their text
//	index.go      what the objects of all files say about each other
//	task.go       Tasks and inline ones; resources.go what becomes of their PipelineResources, scripts.go the steps in their place
//	pipeline.go   Pipelines; conditions.go their Conditions
//	run.go        TaskRuns, PipelineRuns and Runs
package translate

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenon-ci/tenon/pkg/manifest"
)

// Source is a file.
type Source struct {
	// Name is that of the file, for messages.
	Name string
	Text []byte
}

// Options choose what the replacements use.
type Options struct {
	// GitImage has git and a shell, ShellImage a shell, StorageImage gsutil.
	GitImage, ShellImage, StorageImage string
	// ClusterTaskNamespace is where the Tasks are that were ClusterTasks.
	ClusterTaskNamespace string
}

// Defaults of Options.
const (
	DefaultGitImage             = "docker.io/alpine/git:latest"
	DefaultShellImage           = "docker.io/library/busybox:1.36"
	DefaultStorageImage         = "gcr.io/google.com/cloudsdktool/google-cloud-cli:slim"
	DefaultClusterTaskNamespace = "cluster-tasks"
)

// Note is something that a person has to decide. It is in the text too, as a comment.
type Note struct {
	File string
	// Line is that of the old text which the note is about, from 1.
	Line int
	// Object is a kind and name, as in "Task/build".
	Object, Message string
}

// Output is what became of a file.
type Output struct {
	Name    string
	Text    []byte
	Changed bool
	Notes   []Note
}

// Translate translates files that belong together: what one says about a PipelineResource, a Condition or a Task is used in all others.
// A file that cannot be read is a *manifest.ParseError, which says where. What needs no translation keeps its text, byte by byte.
func Translate(sources []Source, o Options) ([]Output, error) {
	all := make([][]*chunk, len(sources))
	x := newIndex()
	for i, source := range sources {
		var err error
		if all[i], err = split(source); err != nil {
			return nil, err
		}
		for _, c := range all[i] {
			each(c.root, x.add)
		}
	}
	outputs := make([]Output, len(sources))
	for i, source := range sources {
		out, err := translateFile(source, all[i], x, o.withDefaults())
		if err != nil {
			return nil, err
		}
		outputs[i] = out
	}
	return outputs, nil
}

func (o Options) withDefaults() Options {
	for _, f := range []struct {
		field *string
		value string
	}{
		{&o.GitImage, DefaultGitImage},
		{&o.ShellImage, DefaultShellImage},
		{&o.StorageImage, DefaultStorageImage},
		{&o.ClusterTaskNamespace, DefaultClusterTaskNamespace},
	} {
		if *f.field == "" {
			*f.field = f.value
		}
	}
	return o
}

func translateFile(source Source, chunks []*chunk, x *index, o Options) (Output, error) {
	out := Output{Name: source.Name}
	var b strings.Builder
	for _, c := range chunks {
		b.WriteString(c.separator)
		text, notes, err := translateChunk(source.Name, c, x, o)
		if err != nil {
			return out, err
		}
		if text != c.text {
			out.Changed = true
		}
		b.WriteString(text)
		out.Notes = append(out.Notes, notes...)
	}
	slices.SortStableFunc(out.Notes, func(a, b Note) int { return cmp.Compare(a.Line, b.Line) })
	if out.Changed && (filepath.Ext(source.Name) == ".json" || isJSON(source.Text)) {
		return out, &manifest.ParseError{
			File: source.Name, Line: 1, Column: 1,
			Message: "there is no room for comments in JSON: write the file as YAML first, for example with yq -P",
		}
	}
	out.Text = []byte(b.String())
	return out, nil
}

func isJSON(text []byte) bool { return strings.HasPrefix(strings.TrimSpace(string(text)), "{") }

func translateChunk(file string, c *chunk, x *index, o Options) (string, []Note, error) {
	if c.root == nil {
		return c.text, nil, nil
	}
	before, err := c.encode()
	if err != nil {
		return "", nil, err
	}
	t := &translator{Options: o, index: x, file: file, offset: c.line - 1}
	if isResource(c.root) {
		return t.resourceGone(c.root), t.notes, nil
	}
	each(c.root, t.translate)
	after, err := c.encode()
	if err != nil {
		return "", nil, err
	}
	if after == before {
		return c.text, nil, nil
	}
	if c.separator == "" && strings.HasPrefix(c.text, "---") {
		after = "---\n" + after
	}
	return after, t.notes, nil
}

// each calls do for an object, or for those in a List or in the templates of a TriggerTemplate.
func each(root *yaml.Node, do func(*yaml.Node)) {
	if !isMapping(root) {
		return
	}
	children := mappings(get(root, "items"))
	if groupOf(root) == "triggers.tekton.dev" && text(root, "kind") == "TriggerTemplate" {
		children = mappings(at(root, "spec", "resourcetemplates"))
	} else if text(root, "kind") != "List" {
		children = nil
	}
	for _, child := range children {
		each(child, do)
	}
	if groupOf(root) == "tekton.dev" {
		do(root)
	}
}

func groupOf(root *yaml.Node) string {
	gv, err := schema.ParseGroupVersion(text(root, "apiVersion"))
	if err != nil {
		return ""
	}
	return gv.Group
}

func isResource(root *yaml.Node) bool {
	return groupOf(root) == "tekton.dev" && text(root, "kind") == "PipelineResource"
}

// translator translates one document.
type translator struct {
	Options

	index *index
	file  string
	// offset is how many lines of the file are before the document.
	offset int
	object string
	notes  []Note
}

func (t *translator) translate(root *yaml.Node) {
	kind := text(root, "kind")
	t.object = kind + "/" + nameOf(root)
	spec := get(root, "spec")
	switch kind {
	case "ClusterTask":
		t.clusterTask(root)
		t.task(spec, root, taskKey(kind, nameOf(root)))
	case "Task":
		t.task(spec, root, taskKey(kind, nameOf(root)))
	case "Pipeline":
		t.pipeline(spec, t.index.pipelines[nameOf(root)])
	case "TaskRun":
		t.taskRun(spec, root)
	case "PipelineRun":
		t.pipelineRun(spec, root)
	case "Condition":
		t.condition(root)
	case "Run":
		t.run(root)
		return
	case "PipelineResource":
		// Within a List there is no place for a comment alone.
		t.note(root, "remove this PipelineResource: what it says is in the params of the runs that use it")
		return
	default:
		return
	}
	setVersion(root, "tekton.dev/v1")
}

func nameOf(root *yaml.Node) string {
	if name := text(root, "metadata", "name"); name != "" {
		return name
	}
	return text(root, "metadata", "generateName")
}

func isOld(root *yaml.Node) bool {
	return slices.Contains([]string{"tekton.dev/v1alpha1", "tekton.dev/v1beta1"}, text(root, "apiVersion"))
}

func setVersion(root *yaml.Node, version string) {
	if isOld(root) {
		get(root, "apiVersion").Value = version
	}
}

// clusterTask makes a Task of a namespace.
func (t *translator) clusterTask(root *yaml.Node) {
	get(root, "kind").Value = "Task"
	metadata := object(root, "metadata")
	set(metadata, "namespace", scalar(t.ClusterTaskNamespace))
	t.noteKey(metadata, "namespace", "this was a ClusterTask. References find it through the cluster resolver, which has to allow the namespace "+
		t.ClusterTaskNamespace+" (ConfigMap cluster-resolver-config); --cluster-task-namespace chooses another one")
}

// width is where comments are broken.
const width = 110

// note leaves a comment before a node, and tells about it.
func (t *translator) note(n *yaml.Node, message string) {
	comment := wrap("# tenon migrate: "+message, width)
	if strings.Contains(n.HeadComment, comment) {
		return
	}
	if n.HeadComment != "" {
		comment = n.HeadComment + "\n" + comment
	}
	n.HeadComment = comment
	t.tell(n.Line, message)
}

func (t *translator) tell(line int, message string) {
	t.notes = append(t.notes, Note{File: t.file, Line: t.offset + max(line, 1), Object: t.object, Message: message})
}

// noteKey leaves a comment before a key of a mapping, or before the mapping if it has no such key.
func (t *translator) noteKey(n *yaml.Node, key, message string) {
	i := indexOf(n, key)
	if i < 0 {
		t.note(n, message)
		return
	}
	if n.Content[i].Line == 0 {
		n.Content[i].Line = n.Line
	}
	t.note(n.Content[i], message)
}

// wrap breaks a comment into lines.
func wrap(comment string, width int) string {
	var b strings.Builder
	length := 0
	for i, word := range strings.Fields(comment) {
		switch {
		case i == 0:
		case length+1+len(word) > width:
			b.WriteString("\n#  ")
			length = 3
			fallthrough
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String()
}

// resourceGone returns what is left of a PipelineResource: a comment that says what it was.
func (t *translator) resourceGone(root *yaml.Node) string {
	t.object = "PipelineResource/" + nameOf(root)
	var b strings.Builder
	for _, comment := range commentsOf(root) {
		b.WriteString(comment + "\n")
	}
	r := resourceOf(get(root, "spec"))
	message := fmt.Sprintf("PipelineResource %s of type %s is gone: what it says is in the params of the runs that use it", nameOf(root), r.kind)
	if left := r.leftovers(); left != "" {
		message += ". Nothing replaces its " + left
		t.tell(root.Line, message)
	}
	b.WriteString(wrap("# tenon migrate: "+message, width) + "\n")
	return b.String()
}
