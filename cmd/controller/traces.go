package main

import (
	"context"
	"log"
	"os"

	"go.opentelemetry.io/otel"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"knative.dev/pkg/changeset"
	"knative.dev/pkg/system"

	"github.com/tenon-ci/tenon/pkg/tracing"
)

// newTraces returns what traces runs once config-tracing says so. What becomes of spans is counted by the meters of the process.
func newTraces(kube kubernetes.Interface) *tracing.Provider {
	instance, err := os.Hostname() // the name of the pod
	if err != nil {
		instance = ""
	}
	traces := tracing.New(tracing.Options{
		Version: changeset.Get(), Instance: instance,
		Secret: func(ctx context.Context, name string) (*corev1.Secret, error) {
			return kube.CoreV1().Secrets(system.Namespace()).Get(ctx, name, metav1.GetOptions{})
		},
	})
	if err := traces.Measure(otel.Meter(component)); err != nil {
		log.Fatal(err)
	}
	return traces
}
