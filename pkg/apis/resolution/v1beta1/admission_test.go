package v1beta1

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
)

func TestAdmission(t *testing.T) {
	t.Parallel()
	labelled := metav1.ObjectMeta{Labels: map[string]string{"resolution.tekton.dev/type": "git"}}
	const missing = "missing field(s): meta.labels.resolution.tekton.dev/type"
	for name, tc := range map[string]struct {
		meta        metav1.ObjectMeta
		subresource string
		want        string
	}{
		"labelled":     {labelled, "", ""},
		"no labels":    {metav1.ObjectMeta{}, "", missing},
		"empty":        {metav1.ObjectMeta{Labels: map[string]string{"resolution.tekton.dev/type": ""}}, "", missing},
		"status write": {metav1.ObjectMeta{}, "status", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := apis.WithinUpdate(context.Background(), &ResolutionRequest{})
			if tc.subresource != "" {
				ctx = apis.WithinSubResourceUpdate(context.Background(), &ResolutionRequest{}, tc.subresource)
			}
			rr := &ResolutionRequest{ObjectMeta: tc.meta}
			rr.SetDefaults(ctx)
			if rr.Kind != "ResolutionRequest" || rr.APIVersion != "resolution.tekton.dev/v1beta1" {
				t.Errorf("defaulted to %s %s", rr.APIVersion, rr.Kind)
			}
			got := ""
			if err := rr.Validate(ctx); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("error = %q, want %q", got, tc.want)
			}
		})
	}
}
