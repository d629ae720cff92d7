package main

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"

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

func TestProtobufLeavesTheConfigAlone(t *testing.T) {
	t.Parallel()
	cfg := &rest.Config{QPS: 7}
	if got := protobuf(cfg); got.ContentType != "application/vnd.kubernetes.protobuf" || got.QPS != 7 {
		t.Errorf("got %q, %v", got.ContentType, got.QPS)
	}
	if cfg.ContentType != "" {
		t.Errorf("the given config became %q, custom resources are JSON", cfg.ContentType)
	}
}
