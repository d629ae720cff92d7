package kubeproto

import (
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	"knative.dev/pkg/injection"
)

func TestConfigLeavesTheGivenOneAlone(t *testing.T) {
	t.Parallel()
	cfg := &rest.Config{QPS: 7}
	if got := Config(cfg); got.ContentType != "application/vnd.kubernetes.protobuf" || got.QPS != 7 {
		t.Errorf("got %q, %v", got.ContentType, got.QPS)
	}
	if cfg.ContentType != "" {
		t.Errorf("the given config became %q, custom resources are JSON", cfg.ContentType)
	}
}

func TestRegisterReplacesTheFrameworksClient(t *testing.T) {
	cfg := &rest.Config{Host: "https://127.0.0.1:1"}
	client := func() kubernetes.Interface {
		ctx := t.Context()
		for _, inject := range injection.Default.GetClients() {
			ctx = inject(ctx, cfg)
		}
		return kubeclient.Get(ctx)
	}
	framework := client()
	Register()
	if got := client(); got == nil || got == framework {
		t.Errorf("got %v", got)
	}
	if got := len(injection.Default.GetClients()); got != 2 {
		t.Errorf("%d clients are registered, want the framework's and this one", got)
	}
}
