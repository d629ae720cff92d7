package main

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"knative.dev/pkg/system"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/kubeproto"
)

func init() { kubeproto.Register() }

// stripCaches reads the feature flag of that purpose. It counts at start only, because caches are filled then.
func stripCaches(ctx context.Context, kube kubernetes.Interface) (bool, error) {
	flags, err := kube.CoreV1().ConfigMaps(system.Namespace()).Get(ctx, config.FeatureFlagsName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return config.InformerCacheTransforms(nil), nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the feature flags: %w", err)
	}
	return config.InformerCacheTransforms(flags.Data), nil
}
