package main

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/system"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// The client for Kubernetes' own kinds takes the place of the framework's, which was registered before: it speaks the
// form that costs the least to read and write. Custom resources have no such form.
func init() {
	injection.Default.RegisterClient(func(ctx context.Context, cfg *rest.Config) context.Context {
		return context.WithValue(ctx, kubeclient.Key{}, kubernetes.NewForConfigOrDie(protobuf(cfg)))
	})
}

func protobuf(cfg *rest.Config) *rest.Config {
	out := rest.CopyConfig(cfg)
	out.ContentType = runtime.ContentTypeProtobuf
	out.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	return out
}

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
