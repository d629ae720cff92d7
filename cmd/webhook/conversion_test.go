package main

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	apixv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"knative.dev/pkg/controller"
)

// updating is a conversion webhook that notes the definitions that it updates.
type updating struct {
	converter
	names *[]string
}

func (u updating) Reconcile(_ context.Context, key string) error {
	*u.names = append(*u.names, key)
	return nil
}

func TestOnlyOneInstallationConverts(t *testing.T) {
	t.Parallel()
	by := func(namespace, name string) *apixv1.CustomResourceDefinition {
		return &apixv1.CustomResourceDefinition{Spec: apixv1.CustomResourceDefinitionSpec{Conversion: &apixv1.CustomResourceConversion{
			Webhook: &apixv1.WebhookConversion{ClientConfig: &apixv1.WebhookClientConfig{Service: &apixv1.ServiceReference{Namespace: namespace, Name: name}}},
		}}}
	}
	definitions := map[string]*apixv1.CustomResourceDefinition{
		"ours": by("system", "webhook"), "of another namespace": by("other", "webhook"), "of another service": by("system", "webhook-2"),
		"without conversion": {}, "by address": {Spec: apixv1.CustomResourceDefinitionSpec{Conversion: &apixv1.CustomResourceConversion{
			Webhook: &apixv1.WebhookConversion{ClientConfig: &apixv1.WebhookClientConfig{}},
		}}},
	}
	find := func(name string) (*apixv1.CustomResourceDefinition, error) {
		if crd, ok := definitions[name]; ok {
			return crd, nil
		}
		return nil, errors.New("none of that name")
	}
	var names []string
	impl := withOwnConversion(&controller.Impl{Reconciler: updating{names: &names}}, find, "system", "webhook")
	for _, name := range []string{"ours", "of another namespace", "of another service", "without conversion", "by address", "missing"} {
		if err := impl.Reconciler.Reconcile(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	// What can't be told is left to the framework, which says what is wrong.
	if diff := cmp.Diff([]string{"ours", "without conversion", "by address", "missing"}, names); diff != "" {
		t.Errorf("updated (-want +got):\n%s", diff)
	}
}
