package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/cli/runspec"
)

var (
	errNoFile     = errors.New("name a file to run, or - for standard input; see tenon run --help")
	errNotAllowed = errors.New("the files are not admitted")
)

// oneOf is the value of a flag that has a few.
type oneOf struct {
	into   *string
	values []string
}

func (o *oneOf) String() string {
	if o.into == nil {
		return ""
	}
	return *o.into
}

func (o *oneOf) Type() string { return "string" }

func (o *oneOf) Set(value string) error {
	if !slices.Contains(o.values, value) {
		return fmt.Errorf("it has to be one of %s", strings.Join(o.values, ", "))
	}
	*o.into = value
	return nil
}

// request is what a command line of tenon run asks for.
type request struct {
	flags *runFlags
	// runs are in order; objects are all others.
	runs    []metav1.Object
	objects []runtime.Object
	folders []runspec.Folder
}

// request reads files and flags. Everything that is wrong with them is an error with exit code 2.
func (p *Program) request(ctx context.Context, files []string, f *runFlags, hasTimeout bool) (*request, error) {
	features, err := pairs("--feature", f.features)
	if err != nil {
		return nil, refused(err)
	}
	files = append(slices.Clone(files), f.config...)
	admitted, err := p.Admit(ctx, Files{Paths: files, In: p.In, Features: features})
	if err != nil {
		return nil, refused(err)
	}
	p.say(admitted.Warnings)
	if len(admitted.Refusals) > 0 {
		p.say(admitted.Refusals)
		return nil, refused(errNotAllowed)
	}
	r := &request{flags: f, objects: admitted.Objects}
	if err := r.choose(hasTimeout); err != nil {
		return nil, refused(err)
	}
	for i, run := range r.runs {
		object, ok := run.(runtime.Object)
		if !ok {
			return nil, fmt.Errorf("running %T is not possible", run)
		}
		again, refusals := admitted.Again(ctx, object)
		if len(refusals) > 0 {
			p.say(refusals)
			return nil, refused(errNotAllowed)
		}
		if r.runs[i], ok = again.(metav1.Object); !ok {
			return nil, fmt.Errorf("running %T is not possible", again)
		}
	}
	return r, nil
}

// choose finds the runs and puts what flags say into them.
func (r *request) choose(hasTimeout bool) error {
	f := r.flags
	var err error
	if r.runs, err = runspec.Choose(r.objects, runspec.Choice{Name: f.name, Task: f.task, Pipeline: f.pipeline}); err != nil {
		return err
	}
	settings := runspec.Settings{Params: f.params, ServiceAccount: f.serviceAccount, ReadFile: os.ReadFile}
	if hasTimeout {
		settings.Timeout = &f.timeout
	}
	if f.paramsFile != "" {
		data, err := os.ReadFile(f.paramsFile)
		if err != nil {
			return fmt.Errorf("reading parameters: %w", err)
		}
		if settings.Values, err = runspec.ParseValues(data); err != nil {
			return fmt.Errorf("file %s: %w", f.paramsFile, err)
		}
	}
	for _, text := range f.workspaces {
		binding, folder, err := runspec.ParseWorkspace(text)
		if err != nil {
			return err
		}
		settings.Workspaces = append(settings.Workspaces, binding)
		if folder != nil {
			r.folders = append(r.folders, *folder)
		}
	}
	if len(r.runs) > 1 && (len(f.params) > 0 || len(f.workspaces) > 0 || f.paramsFile != "") {
		return fmt.Errorf("there are %d runs in the files: choose the one that the flags are for with --name", len(r.runs))
	}
	for _, run := range r.runs {
		if err := runspec.Apply(run, r.objects, settings); err != nil {
			return err
		}
	}
	return r.addObjects()
}

// addObjects adds what flags make: Secrets, ConfigMaps, and claims for folders.
func (r *request) addObjects() error {
	namespace := "default"
	if ns := r.runs[0].GetNamespace(); ns != "" {
		namespace = ns
	}
	secrets, err := runspec.ParseData("--secret", r.flags.secrets, os.ReadFile)
	if err != nil {
		return err
	}
	for _, d := range secrets {
		r.addSecret(namespace, d)
	}
	configMaps, err := runspec.ParseData("--config-map", r.flags.configMaps, os.ReadFile)
	if err != nil {
		return err
	}
	for _, d := range configMaps {
		r.addConfigMap(namespace, d)
	}
	for _, claim := range runspec.Claims(namespace, r.folders) {
		r.objects = append(r.objects, claim)
	}
	r.objects = slices.DeleteFunc(r.objects, isRun)
	return nil
}

func isRun(o runtime.Object) bool {
	switch o.(type) {
	case *v1.PipelineRun, *v1.TaskRun:
		return true
	default:
		return false
	}
}

func (r *request) addSecret(namespace string, d runspec.Data) {
	for _, o := range r.objects {
		if s, ok := o.(*corev1.Secret); ok && s.Name == d.Name && (s.Namespace == "" || s.Namespace == namespace) {
			if s.Data == nil {
				s.Data = make(map[string][]byte)
			}
			maps.Copy(s.Data, d.Items)
			for key := range d.Items {
				delete(s.StringData, key)
			}
			return
		}
	}
	r.objects = append(r.objects, &corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: d.Name, Namespace: namespace},
		Type: corev1.SecretTypeOpaque, Data: d.Items,
	})
}

func (r *request) addConfigMap(namespace string, d runspec.Data) {
	texts := make(map[string]string, len(d.Items))
	for key, value := range d.Items {
		texts[key] = string(value)
	}
	for _, o := range r.objects {
		if c, ok := o.(*corev1.ConfigMap); ok && c.Name == d.Name && (c.Namespace == "" || c.Namespace == namespace) {
			if c.Data == nil {
				c.Data = make(map[string]string)
			}
			maps.Copy(c.Data, texts)
			return
		}
	}
	r.objects = append(r.objects, &corev1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: metav1.ObjectMeta{Name: d.Name, Namespace: namespace},
		Data: texts,
	})
}

// pairs reads NAME=VALUE.
func pairs(flag string, texts []string) (map[string]string, error) {
	out := make(map[string]string, len(texts))
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%s %q: it has to be NAME=VALUE", flag, text)
		}
		out[name] = value
	}
	return out, nil
}

func (p *Program) say(lines []string) {
	for _, line := range lines {
		_, _ = fmt.Fprintln(p.Err, line)
	}
}
