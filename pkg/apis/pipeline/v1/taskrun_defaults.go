package v1

import (
	"context"
	"maps"
	"regexp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
)

var (
	_ apis.Defaultable = (*TaskRun)(nil)

	// reservedAnnotation matches, anywhere in a key, what only a supply chain controller may write.
	reservedAnnotation = regexp.MustCompile(regexp.QuoteMeta(pipeline.ChainsAnnotationPrefix))
)

// SetDefaults applies defaults D-01, D-02 and D-20 to D-25 (contract 1 §4).
func (tr *TaskRun) SetDefaults(ctx context.Context) {
	DropReservedAnnotations(ctx, tr)
	tr.Spec.SetDefaults(ctx)
	tr.anticipate(ctx)
	if _, ok := tr.Labels[pipeline.ManagedByLabelKey]; ok {
		return
	}
	if tr.Labels == nil {
		tr.Labels = map[string]string{}
	}
	tr.Labels[pipeline.ManagedByLabelKey] = config.FromContextOrDefaults(ctx).Defaults.DefaultManagedByLabelValue
}

// anticipate gives a new run what the controller would write in its first pass, as far as it is known already: most runs
// then need no write to their metadata.
func (tr *TaskRun) anticipate(ctx context.Context) {
	if !apis.IsInCreate(ctx) || tr.Spec.ManagedBy != nil {
		return
	}
	if ref := tr.Spec.TaskRef; ref != nil && ref.Resolver == "" && isLabelValue(ref.Name) {
		metav1.SetMetaDataLabel(&tr.ObjectMeta, pipeline.TaskLabelKey, ref.Name)
	}
	if release := config.Release(ctx); release != "" {
		metav1.SetMetaDataAnnotation(&tr.ObjectMeta, pipeline.ReleaseAnnotationKey, release)
	}
}

// isLabelValue tells whether a name that nobody has checked yet can be a label: the API server checks labels before it asks for
// validation, and would complain about a label that the user has not written (contract 1 §5.1 R-10).
func isLabelValue(name string) bool {
	return name != "" && len(validation.IsValidLabelValue(name)) == 0
}

// SetDefaults applies the defaults of the spec.
func (ts *TaskRunSpec) SetDefaults(ctx context.Context) {
	defaults := config.FromContextOrDefaults(ctx).Defaults
	if ts.TaskRef != nil {
		ts.TaskRef.SetDefaults(ctx)
	}
	if ts.TaskSpec != nil {
		ts.TaskSpec.SetDefaults(ctx)
	}
	dropEmptyOverrides(ts.StepSpecs, ts.SidecarSpecs)
	if ts.Timeout == nil {
		ts.Timeout = &metav1.Duration{Duration: defaults.Timeout()}
	}
	if ts.ServiceAccountName == "" {
		ts.ServiceAccountName = defaults.DefaultServiceAccount
	}
	if defaults.DefaultPodTemplate != nil {
		ts.PodTemplate = pod.Merge(ts.PodTemplate, defaults.DefaultPodTemplate)
	}
}

// DropReservedAnnotations applies default D-24 (contract 1 §4.3): a run cannot be created with annotations that make it look
// as if a supply chain controller had seen it.
func DropReservedAnnotations(ctx context.Context, run metav1.Object) {
	if !apis.IsInCreate(ctx) {
		return
	}
	annotations := run.GetAnnotations()
	maps.DeleteFunc(annotations, func(key, _ string) bool { return reservedAnnotation.MatchString(key) })
}
