package main

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/injection/clients/namespacedkube/informers/factory"
	"knative.dev/pkg/system"
	"knative.dev/pkg/webhook"
)

// secretName returns the name of the Secret that holds the serving certificate.
func secretName() string { return webhook.SecretNameFromEnv("webhook-certs") }

// This factory takes the place of the framework's, which was registered before and would watch all Secrets of the system
// namespace. The framework uses it for nothing but the serving certificate, so that the webhook needs no right to see others.
func init() {
	injection.Default.RegisterInformerFactory(func(ctx context.Context) context.Context {
		return context.WithValue(ctx, factory.Key{}, onlySecret(ctx, kubeclient.Get(ctx), secretName()))
	})
}

// onlySecret returns informers that see one object of the system namespace.
func onlySecret(ctx context.Context, kube kubernetes.Interface, name string) informers.SharedInformerFactory {
	return informers.NewSharedInformerFactoryWithOptions(kube, controller.GetResyncPeriod(ctx),
		informers.WithNamespace(system.Namespace()),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) {
			o.FieldSelector = fields.OneTermEqualSelector(metav1.ObjectNameField, name).String()
		}))
}
