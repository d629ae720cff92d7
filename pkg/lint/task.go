package lint

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/manifest"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// usage is what the texts below a field refer to.
type usage struct {
	params, workspaces, results map[string]bool
	// workspacePath and resultPath say that the folder of workspaces or of results is named.
	workspacePath, resultPath bool
}

func (l *linter) usage(field string) usage {
	u := usage{params: map[string]bool{}, workspaces: map[string]bool{}, results: map[string]bool{}}
	l.current.Texts(field, func(t manifest.Text) {
		u.workspacePath = u.workspacePath || strings.Contains(t.Value, "/workspace")
		u.resultPath = u.resultPath || strings.Contains(t.Value, "/tekton/results")
		if !strings.Contains(t.Value, "$(") {
			return
		}
		for _, r := range substitution.Parse(t.Value) {
			u.add(r)
		}
	})
	return u
}

func (u usage) add(r substitution.Reference) {
	if len(r.Path) < 2 {
		return
	}
	at := 1
	if r.Root() == substitution.RootInputs {
		at = 2
	}
	switch {
	case r.Root() == substitution.RootParams || at == 2 && len(r.Path) > 2 && r.Path[1] == substitution.RootParams:
		// A dot may be part of the name or lead to a member.
		for end := at + 1; end <= len(r.Path); end++ {
			u.params[strings.Join(r.Path[at:end], ".")] = true
		}
	case r.Root() == substitution.RootWorkspaces:
		u.workspaces[r.Path[1]] = true
	case r.Root() == substitution.RootResults:
		for end := 2; end <= len(r.Path); end++ {
			u.results[strings.Join(r.Path[1:end], ".")] = true
		}
	case r.Root() == substitution.RootStep && r.Path[1] == substitution.RootResults && len(r.Path) > 2:
		u.results[r.Path[2]] = true
	}
}

// task applies the rules for a Task, written at a field. outer are params of what it is written in.
func (l *linter) task(field string, spec *v1.TaskSpec, outer v1.ParamSpecs) {
	u := l.usage(field)
	l.unusedParams(field, spec.Params, u)
	l.unusedWorkspaces(field, spec, u)
	l.unwrittenResults(field, spec, u)
	enums := enumsOf(outer, spec.Params)
	for i := range spec.Steps {
		s, at := &spec.Steps[i], indexed(field, "steps", i)
		l.program(at, s.Script, s.Command, s.Args, enums)
		l.image(at+".image", s.Image)
		l.stepRef(at, s)
	}
	for i := range spec.Sidecars {
		s, at := &spec.Sidecars[i], indexed(field, "sidecars", i)
		l.program(at, s.Script, s.Command, s.Args, enums)
		l.image(at+".image", s.Image)
	}
	if spec.StepTemplate != nil {
		l.image(field+".stepTemplate.image", spec.StepTemplate.Image)
	}
}

func indexed(field, list string, i int) string { return fmt.Sprintf("%s.%s[%d]", field, list, i) }

// enumsOf returns the params that have a fixed set of values.
func enumsOf(lists ...v1.ParamSpecs) map[string]bool {
	enums := map[string]bool{}
	for _, list := range lists {
		for i := range list {
			enums[list[i].Name] = len(list[i].Enum) > 0
		}
	}
	return enums
}

func (l *linter) unusedParams(field string, declared v1.ParamSpecs, u usage) {
	for i := range declared {
		if name := declared[i].Name; name != "" && !u.params[name] {
			l.add(RuleUnusedParam, indexed(field, "params", i), fmt.Sprintf("param %q is declared but never used", name))
		}
	}
}

func (l *linter) unusedWorkspaces(field string, spec *v1.TaskSpec, u usage) {
	listed := map[string]bool{}
	for i := range spec.Steps {
		for _, w := range spec.Steps[i].Workspaces {
			listed[w.Name] = true
		}
	}
	for i := range spec.Sidecars {
		for _, w := range spec.Sidecars[i].Workspaces {
			listed[w.Name] = true
		}
	}
	for i := range spec.Workspaces {
		// A path that was chosen is for a program that knows it.
		w := &spec.Workspaces[i]
		if w.MountPath == "" && !u.workspaces[w.Name] && !listed[w.Name] && !u.workspacePath {
			l.add(RuleUnusedWorkspace, indexed(field, "workspaces", i), fmt.Sprintf("workspace %q is declared but never used", w.Name))
		}
	}
}

func (l *linter) unwrittenResults(field string, spec *v1.TaskSpec, u usage) {
	for i := range spec.Results {
		r := &spec.Results[i]
		if r.Value == nil && !u.results[r.Name] && !u.resultPath {
			l.add(RuleUnwrittenResult, indexed(field, "results", i), fmt.Sprintf("no step writes result %q to $(results.%s.path)", r.Name, r.Name))
		}
	}
}

func (l *linter) stepAction(spec *v1beta1.StepActionSpec) {
	l.unusedParams("spec", spec.Params, l.usage("spec"))
	l.program("spec", spec.Script, spec.Command, spec.Args, enumsOf(spec.Params))
	l.image("spec.image", spec.Image)
}

// program finds variables in the text of a program: their values are read as part of it.
func (l *linter) program(field, script string, command, args []string, enums map[string]bool) {
	l.injections(field+".script", script, enums)
	at, words := make([]string, 0, len(command)+len(args)), append(append([]string(nil), command...), args...)
	for i := range command {
		at = append(at, indexed(field, "command", i))
	}
	for i := range args {
		at = append(at, indexed(field, "args", i))
	}
	for i := range words {
		if i > 0 && isShellFlag(words[i-1]) && (i == 1 && len(command) == 0 || isShell(words[0])) {
			l.injections(at[i], words[i], enums)
			return
		}
	}
}

func isShell(program string) bool {
	switch path.Base(program) {
	case "sh", "bash", "ash", "dash", "ksh", "zsh":
		return true
	default:
		return false
	}
}

// isShellFlag tells whether a shell takes the next argument for a script, as after -c or -ec.
func isShellFlag(word string) bool {
	return len(word) > 1 && word[0] == '-' && word[1] != '-' && word[len(word)-1] == 'c'
}

func (l *linter) injections(field, text string, enums map[string]bool) {
	if !strings.Contains(text, "$(") {
		return
	}
	seen := map[string]bool{}
	for _, r := range substitution.Parse(text) {
		if !isForeign(r, enums) || seen[r.Text] {
			continue
		}
		seen[r.Text] = true
		l.addAt(RuleScriptInjection, field, r.Text, fmt.Sprintf(
			"the value of %s becomes part of the program, so that whoever chooses it can run commands: put it into env and use the variable", r.Text))
	}
}

// isForeign tells whether the value of a variable comes from elsewhere.
func isForeign(r substitution.Reference, enums map[string]bool) bool {
	if p, ok := r.Param(); ok {
		return !enums[p.Name] && !enums[p.Dotted]
	}
	if _, ok := r.TaskResult(); ok {
		return true
	}
	_, ok := r.StepResult()
	return ok
}

func (l *linter) image(field, image string) {
	if image == "" || strings.Contains(image, "$(") || strings.Contains(image, "@") {
		return
	}
	_, tag, tagged := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	switch {
	case !tagged || tag == "latest":
		l.add(RuleLatestImage, field, fmt.Sprintf("image %q can be another one tomorrow: name a version", image))
	case !l.options.Pinned:
		return
	}
	if l.options.Pinned {
		l.add(RuleUnpinnedImage, field, fmt.Sprintf("image %q is not named by digest", image))
	}
}

// texts applies the rules for every text of the current object.
func (l *linter) texts() {
	l.current.Texts("", func(t manifest.Text) {
		if strings.HasPrefix(t.Field, "status.") {
			return
		}
		if !t.Quoted && t.Value != t.Written && t.Value != "null" && isParamValue(t.Field) {
			l.add(RuleAmbiguousValue, t.Field, fmt.Sprintf("%s without quotes becomes %q: put quotes around what is meant", t.Written, t.Value))
		}
		if strings.Contains(t.Value, "$(inputs.params.") {
			l.addAt(RuleDeprecatedVariable, t.Field, "$(inputs.params.", "inputs.params is the old form: write params")
		}
		if name := secretIn(t.Value); name != "" {
			l.add(RulePlainSecret, t.Field, "this looks like "+name+": keep it in a Secret")
		}
	})
}

// isParamValue tells whether a field is the value or default of a param, or a part of it.
func isParamValue(field string) bool {
	i := strings.LastIndex(field, "params[")
	if i < 0 {
		return false
	}
	_, rest, _ := strings.Cut(field[i:], "].")
	return strings.HasPrefix(rest, "value") || strings.HasPrefix(rest, "default")
}

// secretIn names the kind of secret that a text has, empty if it has none. Only forms that nothing else has are looked for.
func secretIn(text string) string {
	for _, s := range []struct{ sign, pattern, name string }{
		{"ghp_", `\bghp_[A-Za-z0-9]{36}`, "a token of GitHub"},
		{"github_pat_", `\bgithub_pat_[A-Za-z0-9_]{36}`, "a token of GitHub"},
		{"glpat-", `\bglpat-[A-Za-z0-9_-]{20}`, "a token of GitLab"},
		{"AKIA", `\bAKIA[A-Z0-9]{16}\b`, "a key of AWS"},
		{"xox", `\bxox[abprs]-[0-9]+-[0-9A-Za-z-]{20}`, "a token of Slack"},
		{"PRIVATE KEY-----", `-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}`, "a private key"},
	} {
		if strings.Contains(text, s.sign) && regexp.MustCompile(s.pattern).MatchString(text) {
			return s.name
		}
	}
	return ""
}
