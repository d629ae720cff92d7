package main

import (
	"context"

	apixv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/logging"
)

// ownConversion leaves alone the definitions that name the service of another installation: of several in a cluster, exactly one
// converts (contract 4 §7.9). The framework would give them the certificate of this one, which the other's service does not have.
type ownConversion struct {
	converter
	find               func(name string) (*apixv1.CustomResourceDefinition, error)
	namespace, service string
}

// withOwnConversion puts an ownConversion in place of the reconciler, which has to be a conversion webhook.
func withOwnConversion(impl *controller.Impl, find func(string) (*apixv1.CustomResourceDefinition, error), namespace, service string) *controller.Impl {
	if inner, ok := impl.Reconciler.(converter); ok {
		impl.Reconciler = ownConversion{inner, find, namespace, service}
	}
	return impl
}

// Reconcile implements controller.Reconciler.
func (o ownConversion) Reconcile(ctx context.Context, key string) error {
	crd, err := o.find(key)
	if err == nil && o.isForeign(crd) {
		logging.FromContext(ctx).Debugw("another installation converts these objects", "definition", key)
		return nil
	}
	return o.converter.Reconcile(ctx, key)
}

// isForeign tells whether a definition names another service than ours.
func (o ownConversion) isForeign(crd *apixv1.CustomResourceDefinition) bool {
	if crd.Spec.Conversion == nil || crd.Spec.Conversion.Webhook == nil || crd.Spec.Conversion.Webhook.ClientConfig == nil {
		return false
	}
	service := crd.Spec.Conversion.Webhook.ClientConfig.Service
	return service != nil && (service.Namespace != o.namespace || service.Name != o.service)
}
