package main

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

func TestStripCaches(t *testing.T) {
	t.Setenv("SYSTEM_NAMESPACE", "tenon")
	for value, want := range map[string]bool{"": true, "true": true, "false": false} {
		kube := fake.NewClientset(&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: "tenon", Name: config.FeatureFlagsName()},
			Data:       map[string]string{config.KeyEnableInformerCacheTransforms: value},
		})
		if got, err := stripCaches(t.Context(), kube); err != nil || got != want {
			t.Errorf("%q: got %v, %v", value, got, err)
		}
	}
	if got, err := stripCaches(t.Context(), fake.NewClientset()); err != nil || !got {
		t.Errorf("without the ConfigMap: got %v, %v", got, err)
	}
}
