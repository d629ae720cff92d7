package translate

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// taskBuilder puts params, workspaces, results and steps into a Task in place of its PipelineResources.
type taskBuilder struct {
	*translator

	spec  *yaml.Node
	links *links
	// before and after are the steps around those of the Task.
	before, after []*yaml.Node
	// folders are to be made before the first step.
	folders []string
	// ofCondition says that variables have the form of Conditions.
	ofCondition bool
}

func paramOf(resource, member string) string { return resource + "-" + member }

func reference(param string) string {
	if strings.Contains(param, ".") {
		return `$(params["` + param + `"])`
	}
	return "$(params." + param + ")"
}

func (b *taskBuilder) resources(all []declared) {
	for _, d := range all {
		b.params(d)
		if d.input {
			b.input(d)
		} else {
			b.output(d)
		}
	}
	if len(b.folders) > 0 {
		first := step("create-folders", b.ShellImage, foldersScript)
		args := sequence()
		for _, folder := range b.folders {
			args.Content = append(args.Content, scalar(folder))
		}
		set(first, "args", args)
		b.before = append([]*yaml.Node{first}, b.before...)
	}
	if len(b.before)+len(b.after) > 0 {
		steps := list(b.spec, "steps")
		steps.Content = slices.Concat(b.before, steps.Content, b.after)
	}
}

// params declares what the resource is known by.
func (b *taskBuilder) params(d declared) {
	if !d.input && d.kind == kindGit {
		return
	}
	for i, member := range carried(d.kind) {
		b.declare(d, member, i > 0 || d.optional || d.kind == kindPullRequest)
	}
}

// declare declares a param, unless there is one of the name.
func (b *taskBuilder) declare(d declared, member string, optional bool) *yaml.Node {
	if get(b.spec, "params") == nil {
		setFirst(b.spec, "params", sequence())
	}
	params, name := list(b.spec, "params"), paramOf(d.name, member)
	if named(params, "name", name) != nil {
		return nil
	}
	param := mapping("name", name, "description", fmt.Sprintf("%s of the %s resource %s", member, d.kind, d.name), "type", "string")
	param.Line = d.line
	if optional {
		set(param, "default", scalar(""))
	}
	params.Content = append(params.Content, param)
	return param
}

// workspace declares an optional workspace.
func (b *taskBuilder) workspace(line int, name, description, mountPath string) *yaml.Node {
	workspaces := list(b.spec, "workspaces")
	if found := named(workspaces, "name", name); found != nil {
		return found
	}
	w := mapping("name", name, "description", description, "optional", truth())
	w.Line = line
	if mountPath != "" {
		set(w, "mountPath", scalar(mountPath))
	}
	workspaces.Content = append(workspaces.Content, w)
	return w
}

func pathOf(workspace string) string { return "$(workspaces." + workspace + ".path)" }

func (b *taskBuilder) input(d declared) {
	var fetch *yaml.Node
	switch d.kind {
	case kindGit:
		fetch = step("git-source-"+d.name, b.GitImage, b.withSource(d, cloneScript),
			"URL", reference(paramOf(d.name, "url")), "REVISION", reference(paramOf(d.name, "revision")), "FOLDER", d.dir)
	case kindStorage:
		fetch = step("fetch-"+d.name, b.StorageImage, b.withSource(d, fetchScript),
			"LOCATION", reference(paramOf(d.name, "location")), "FOLDER", d.dir)
		fetch.Line = d.line
		b.note(fetch, "see that this image has gsutil and may read the bucket: the Secrets of the resource are not carried over")
	case kindCluster:
		w := b.workspace(d.line, d.name, "folder with the file kubeconfig of the cluster", d.dir)
		b.note(w, "bind a Secret with the key kubeconfig, which the cluster resource wrote here")
	case kindPullRequest:
		w := b.workspace(d.line, d.name, "folder with the files of the pull request", d.dir)
		b.note(w, "nothing reads the pull request any more: add a Task that asks the API of the host and writes the files that the steps read")
	case kindImage:
	default:
		b.noteKey(b.spec, "steps", fmt.Sprintf("the input %s of type %q has no replacement", d.name, d.kind))
	}
	if fetch == nil {
		return
	}
	if b.links.in[d.name] {
		set(fetch, "env", sequence(append(items(get(fetch, "env")), mapping("name", "FROM", "value", pathOf(d.name+"-input")))...))
		b.workspace(d.line, d.name+"-input", "what an earlier task has made of "+d.name, "")
	}
	b.before = append(b.before, fetch)
}

// withSource lets the script take what an earlier task has made, if the resource comes from one.
func (b *taskBuilder) withSource(d declared, script string) string {
	if !b.links.in[d.name] {
		return script
	}
	const head = "#!/bin/sh\nset -eu\n"
	return head + takeScript + strings.TrimPrefix(script, head)
}

func (b *taskBuilder) output(d declared) {
	switch d.kind {
	case kindImage:
		b.folders = append(b.folders, d.dir)
		b.image(d)
	case kindGit, kindStorage:
		if strings.HasPrefix(d.dir, "/workspace/output/") {
			b.folders = append(b.folders, d.dir)
		}
		if d.kind == kindStorage {
			store := step("store-"+d.name, b.StorageImage, storeScript, "LOCATION", reference(paramOf(d.name, "location")), "FOLDER", d.dir)
			store.Line = d.line
			b.note(store, "see that this image has gsutil and may write to the bucket: the Secrets of the resource are not carried over")
			b.after = append(b.after, store)
		}
	case kindCloudEvent:
		b.noteKey(b.spec, "steps", fmt.Sprintf("the cloudEvent output %s is gone: events about all runs go to the sink in ConfigMap config-events", d.name))
	default:
		b.noteKey(b.spec, "steps", fmt.Sprintf("the output %s of type %q has no replacement", d.name, d.kind))
	}
	if d.isFolder() && b.links.out[d.name] {
		b.workspace(d.line, d.name+"-output", "takes "+d.name+" to later tasks", "")
		b.after = append(b.after, step("hand-on-"+d.name, b.ShellImage, handOnScript, "FOLDER", d.dir, "TO", pathOf(d.name+"-output")))
	}
}

// image declares the results of an image that the Task makes.
func (b *taskBuilder) image(d declared) {
	results := list(b.spec, "results")
	url, digest := paramOf(d.name, "url"), paramOf(d.name, "digest")
	for _, result := range [][2]string{{url, "name of the image"}, {digest, "digest of the image; empty if index.json was not written"}} {
		if named(results, "name", result[0]) == nil {
			results.Content = append(results.Content, mapping("name", result[0], "description", result[1]))
		}
	}
	b.after = append(b.after, step("image-digest-"+d.name, b.ShellImage, digestScript, "URL", reference(url), "FOLDER", d.dir,
		"URL_RESULT", "$(results."+url+".path)", "DIGEST_RESULT", "$(results."+digest+".path)"))
}

// variable returns what replaces a variable of a resource.
func (b *taskBuilder) variable(d declared, member string) string {
	switch strings.ToLower(member) {
	case "path":
		return d.dir
	case "name":
		return d.name
	case "type":
		return d.kind
	}
	member = strings.ToLower(member)
	if param := b.declare(d, member, true); param != nil {
		b.note(param, fmt.Sprintf("whoever runs this has to give the param: the %s resource %s gave its %s by itself", d.kind, d.name, member))
	}
	return reference(paramOf(d.name, member))
}
