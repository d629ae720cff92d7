package v1

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/randfill"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
)

// fuzzTexts are put into random objects, so that rules about variables get something to do.
var fuzzTexts = []string{
	"", "a", "A b", "$(params.a)", "$(params['a'][*])", "$(params.a.b.c)", "$(", "$()", "$(params.", "$(params[", "$(params['", "$(context.task.x)",
	"$(steps.a.results.b)", "$(tasks.a.outputs.b)", "$(results.a.path)", "$(step.results..)", "#!win", "git://x", "/tekton/../x", "\x00\xff", "in", "string", "object",
}

func filler(data []byte) *randfill.Filler {
	return randfill.NewFromGoFuzz(data).NilChance(0.3).NumElements(0, 3).MaxDepth(12).AllowUnexportedFields(false).Funcs(
		func(s *string, c randfill.Continue) { *s = fuzzTexts[c.Intn(len(fuzzTexts))] },
		func(v *ParamValue, c randfill.Continue) {
			switch c.Intn(3) {
			case 0:
				*v = *NewString(fuzzTexts[c.Intn(len(fuzzTexts))])
			case 1:
				*v = *NewArray(fuzzTexts[c.Intn(len(fuzzTexts))])
			default:
				*v = *NewObject(map[string]string{fuzzTexts[c.Intn(len(fuzzTexts))]: ""})
			}
		},
		// Parts that no rule looks into, and that cost most of the time.
		func(*corev1.Volume, randfill.Continue) {},
		func(*corev1.PersistentVolumeClaim, randfill.Continue) {},
		func(*corev1.Affinity, randfill.Continue) {},
		func(*corev1.ResourceRequirements, randfill.Continue) {},
		func(*corev1.SecurityContext, randfill.Continue) {},
		func(*corev1.Probe, randfill.Continue) {},
		func(*corev1.Lifecycle, randfill.Continue) {},
		func(*corev1.EnvVarSource, randfill.Continue) {},
		func(*pod.Template, randfill.Continue) {},
		func(*metav1.ManagedFieldsEntry, randfill.Continue) {},
		func(*TaskRunStatus, randfill.Continue) {},
		func(*PipelineRunStatus, randfill.Continue) {},
		func(*runtime.RawExtension, randfill.Continue) {},
	)
}

// FuzzAdmission holds that no object makes defaulting or validation panic, that defaulting twice is the same as once, and
// that validation changes nothing.
func FuzzAdmission(f *testing.F) {
	fuzzAdmission[Task, TaskRun](f, filler)
}

// FuzzPipelineAdmission holds the same for Pipelines, with smaller objects, because they contain Tasks and Pipelines.
func FuzzPipelineAdmission(f *testing.F) {
	fuzzAdmission[Pipeline, PipelineRun](f, func(data []byte) *randfill.Filler {
		return filler(data).NilChance(0.5).NumElements(0, 2).MaxDepth(11)
	})
}

// admissible is a pointer to an object that checkAdmission takes.
type admissible[T any] interface {
	*T
	admitted
	DeepCopy() *T
}

// fuzzAdmission admits random definitions and runs, on creation and as an update of another run.
func fuzzAdmission[D, R any, PD admissible[D], PR admissible[R]](f *testing.F, newFiller func([]byte) *randfill.Filler) {
	f.Helper()
	addSeeds(f)
	contexts := fuzzContexts()
	f.Fuzz(func(t *testing.T, data []byte) {
		fill := newFiller(data)
		definition, run, other := new(D), new(R), new(R)
		fill.Fill(definition)
		fill.Fill(run)
		fill.Fill(other)
		for _, ctx := range contexts {
			for _, write := range []context.Context{apis.WithinCreate(ctx), apis.WithinUpdate(ctx, other)} {
				checkAdmission[D, PD](t, write, PD(definition).DeepCopy())
				checkAdmission[R, PR](t, write, PR(run).DeepCopy())
			}
		}
	})
}

func addSeeds(f *testing.F) {
	f.Helper()
	for seed := range uint64(20) {
		data := make([]byte, 2000)
		random := rand.NewChaCha8([32]byte{byte(seed)})
		_, _ = random.Read(data)
		f.Add(data)
	}
}

// fuzzContexts have as few and as many features enabled as there can be.
func fuzzContexts() []context.Context {
	everything := config.DefaultFeatureFlags()
	everything.EnableAPIFields = config.AlphaAPIFields
	everything.EnableCELInWhenExpression = true
	everything.EnableArtifacts = true
	everything.EnableParamEnum = true
	return []context.Context{
		config.ToContext(context.Background(), config.NewConfig(&config.FeatureFlags{EnableAPIFields: config.StableAPIFields}, nil)),
		config.ToContext(context.Background(), config.NewConfig(everything, nil)),
	}
}

func checkAdmission[T any, P admissible[T]](t *testing.T, ctx context.Context, object P) {
	t.Helper()
	object.SetDefaults(ctx)
	again := P(object.DeepCopy())
	again.SetDefaults(ctx)
	if !equality.Semantic.DeepEqual(object, again) {
		t.Errorf("defaulting twice differs from once:\n%s", cmp.Diff(object, again, cmpopts.EquateEmpty()))
	}
	if err := object.Validate(ctx); err != nil && err.Error() == "" {
		t.Error("an error without text")
	}
	if !equality.Semantic.DeepEqual(again, object) {
		t.Errorf("validation changed the object:\n%s", cmp.Diff(again, object, cmpopts.EquateEmpty()))
	}
}
