package v1alpha1_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/randfill"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

func TestConvertStepAction(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	filler := randfill.NewWithSeed(1).NilChance(0.2).NumElements(1, 2).Funcs(
		func(m *metav1.TypeMeta, _ randfill.Continue) { *m = metav1.TypeMeta{} },
		func(v *v1.ParamValue, c randfill.Continue) { *v = *v1.NewString(c.String(5)) },
	)
	for range 10 {
		before, after, hub := &v1alpha1.StepAction{}, &v1alpha1.StepAction{}, &v1beta1.StepAction{}
		filler.Fill(before)
		if err := hub.ConvertFrom(ctx, before); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before.Spec, hub.Spec); diff != "" {
			t.Errorf("spec (-v1alpha1 +v1beta1):\n%s", diff)
		}
		if err := hub.ConvertTo(ctx, after); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("round trip (-want +got):\n%s", diff)
		}
	}
}

func TestConvertStepActionToAnotherKind(t *testing.T) {
	t.Parallel()
	if err := (&v1alpha1.StepAction{}).ConvertTo(context.Background(), &v1.Task{}); err == nil {
		t.Error("a StepAction converts to a Task")
	}
}
