package manifest

import (
	"context"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	resolutionv1alpha1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1alpha1"
	resolutionv1beta1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
)

// Admitted is what becomes of a document.
type Admitted struct {
	Document

	// Hub is the object with its defaults, in the version that is stored; nil if it cannot be decoded or converted. It is there even if
	// it is refused.
	Hub runtime.Object
	// Problems are in no particular order.
	Problems []Problem
}

// Refused tells whether the API server would refuse the object.
func (a Admitted) Refused() bool {
	for i := range a.Problems {
		if a.Problems[i].Severity == Error {
			return true
		}
	}
	return false
}

// Admit gives the objects their defaults, validates them and converts them to v1, as the webhook does when they are created, and says
// the same. Feature flags and defaults come from the ConfigMaps among the documents, or else from ctx, or else are the compiled-in ones.
// It returns the objects that are not refused, in order, and the problems of all.
func Admit(ctx context.Context, docs []Document) (objects []runtime.Object, problems []Problem) {
	for _, a := range AdmitEach(ctx, docs) {
		problems = append(problems, a.Problems...)
		if a.Hub != nil && !a.Refused() {
			objects = append(objects, a.Hub)
		}
	}
	return objects, problems
}

// AdmitEach is Admit, with what becomes of each document.
func AdmitEach(ctx context.Context, docs []Document) []Admitted {
	ctx, failures := configured(ctx, docs)
	ctx = apis.WithinCreate(v1.WithReader(ctx, v1beta1.Readable))
	admitted := make([]Admitted, len(docs))
	for i := range docs {
		a := &admitted[i]
		a.Document = docs[i]
		a.Problems = append(a.Problems, docs[i].problems...)
		if failure := failures[i]; failure != nil {
			a.Problems = append(a.Problems, a.Problem(Error, RuleConfig, "data", failure.Error()))
		}
		a.admit(ctx)
	}
	return admitted
}

// Configured returns ctx with the settings that Admit uses for the documents.
func Configured(ctx context.Context, docs []Document) context.Context {
	ctx, _ = configured(ctx, docs)
	return ctx
}

// configured returns a context with the settings that the ConfigMaps among the documents have, and what is wrong with them by index.
func configured(ctx context.Context, docs []Document) (context.Context, map[int]error) {
	failures := map[int]error{}
	current := *config.FromContextOrDefaults(ctx)
	for i := range docs {
		cm, ok := docs[i].Object.(*corev1.ConfigMap)
		if !ok {
			continue
		}
		var err error
		switch cm.Name {
		case config.FeatureFlagsName():
			var flags *config.FeatureFlags
			if flags, err = config.NewFeatureFlagsFromConfigMap(cm); err == nil {
				current.FeatureFlags = flags
			}
		case config.DefaultsConfigName():
			var defaults *config.Defaults
			if defaults, err = config.NewDefaultsFromConfigMap(cm); err == nil {
				current.Defaults = defaults
			}
		}
		if err != nil {
			failures[i] = err
		}
	}
	return config.ToContext(ctx, &current), failures
}

// admissible is a kind of the webhook.
type admissible interface {
	runtime.Object
	apis.Defaultable
	apis.Validatable
}

func (a *Admitted) admit(ctx context.Context) {
	gvk := a.Object.GetObjectKind().GroupVersionKind()
	switch {
	case gvk.Kind == "" || gvk.Version == "":
		a.Problems = append(a.Problems, a.Problem(Error, RuleUnknownKind, "", "apiVersion and kind must be set"))
		return
	case isOwn(gvk.GroupVersion().String()) && newObject(gvk.GroupVersion().String(), gvk.Kind) == nil:
		a.Problems = append(a.Problems, a.Problem(Error, RuleUnknownKind, "apiVersion",
			fmt.Sprintf("no matches for kind %q in version %q", gvk.Kind, gvk.GroupVersion())))
		return
	}
	object, ok := a.Object.DeepCopyObject().(admissible)
	if !ok {
		a.Hub = plain(a.Object.DeepCopyObject())
		return
	}
	dropStatus(object)
	object.SetDefaults(ctx)
	a.Problems = append(a.Problems, a.problemsOf(object.Validate(ctx))...)
	hub, err := toHub(ctx, object, gvk)
	if err != nil {
		a.Problems = append(a.Problems, a.Problem(Error, RuleConversion, "", err.Error()))
		return
	}
	a.Hub = hub
}

// plain does what the API server does to objects that the webhook does not see.
func plain(object runtime.Object) runtime.Object {
	secret, ok := object.(*corev1.Secret)
	if !ok || len(secret.StringData) == 0 {
		return object
	}
	data := maps.Clone(secret.Data)
	if data == nil {
		data = map[string][]byte{}
	}
	for key, value := range secret.StringData {
		data[key] = []byte(value)
	}
	secret.Data, secret.StringData = data, nil
	return secret
}

// dropStatus removes what the API server takes from controllers only.
func dropStatus(object runtime.Object) {
	switch o := object.(type) {
	case *v1.TaskRun:
		o.Status = v1.TaskRunStatus{}
	case *v1.PipelineRun:
		o.Status = v1.PipelineRunStatus{}
	case *v1beta1.TaskRun:
		o.Status = v1beta1.TaskRunStatus{}
	case *v1beta1.PipelineRun:
		o.Status = v1beta1.PipelineRunStatus{}
	case *v1beta1.CustomRun:
		o.Status = v1beta1.CustomRunStatus{}
	case *resolutionv1beta1.ResolutionRequest:
		o.Status = resolutionv1beta1.ResolutionRequestStatus{}
	case *resolutionv1alpha1.ResolutionRequest:
		o.Status = resolutionv1alpha1.ResolutionRequestStatus{}
	}
}

// toHub converts an object to the version that is stored and gives it the defaults of that version.
func toHub(ctx context.Context, object admissible, gvk schema.GroupVersionKind) (runtime.Object, error) {
	version := hubVersion(gvk)
	if version == gvk.Version {
		return object, nil
	}
	stored := schema.GroupVersion{Group: gvk.Group, Version: version}
	from, convertible := object.(apis.Convertible)
	hub, fits := newObject(stored.String(), gvk.Kind).(admissible)
	to, filled := hub.(apis.Convertible)
	if !convertible || !fits || !filled {
		return nil, fmt.Errorf("no conversion of %s to %s", gvk, version)
	}
	if err := from.ConvertTo(ctx, to); err != nil {
		return nil, fmt.Errorf("conversion failed to version %s for type %s - %w", version, gvk, err)
	}
	hub.GetObjectKind().SetGroupVersionKind(stored.WithKind(gvk.Kind))
	hub.SetDefaults(ctx)
	return hub, nil
}

// hubVersion returns the version that objects of a kind are stored in.
func hubVersion(gvk schema.GroupVersionKind) string {
	switch gvk.Kind {
	case "Task", "TaskRun", "Pipeline", "PipelineRun":
		return v1.SchemeGroupVersion.Version
	case "StepAction", "ResolutionRequest":
		return v1beta1.SchemeGroupVersion.Version
	default:
		return gvk.Version
	}
}
