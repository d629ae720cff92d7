// Package kubeproto lets a program speak with the API server about Kubernetes' own kinds in the form that costs both the least to read and
// write. Custom resources have no such form.
package kubeproto

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	"knative.dev/pkg/injection"
)

// Register makes the framework's client for Kubernetes' own kinds speak protobuf. It is called while the program starts, before the framework
// makes its clients.
func Register() {
	injection.Default.RegisterClient(func(ctx context.Context, cfg *rest.Config) context.Context {
		return context.WithValue(ctx, kubeclient.Key{}, kubernetes.NewForConfigOrDie(Config(cfg)))
	})
}

// Config returns a copy of cfg for clients of Kubernetes' own kinds.
func Config(cfg *rest.Config) *rest.Config {
	out := rest.CopyConfig(cfg)
	out.ContentType = runtime.ContentTypeProtobuf
	out.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	return out
}
