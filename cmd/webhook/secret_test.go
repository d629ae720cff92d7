package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clientgotesting "k8s.io/client-go/testing"
)

func TestOnlyTheServingCertificateIsWatched(t *testing.T) {
	t.Setenv("SYSTEM_NAMESPACE", "tenon")
	t.Setenv("WEBHOOK_SECRET_NAME", "")
	kube := fake.NewClientset()
	asked := make(chan string, 1)
	kube.PrependReactor("list", "secrets", func(a clientgotesting.Action) (bool, runtime.Object, error) {
		list, _ := a.(clientgotesting.ListAction)
		select {
		case asked <- a.GetNamespace() + " " + list.GetListRestrictions().Fields.String():
		default:
		}
		return false, nil, nil
	})
	informers := onlySecret(t.Context(), kube, secretName())
	informers.Core().V1().Secrets().Informer()
	informers.Start(t.Context().Done())
	if diff := cmp.Diff("tenon metadata.name=webhook-certs", <-asked); diff != "" {
		t.Errorf("listed Secrets (-want +got):\n%s", diff)
	}
}
