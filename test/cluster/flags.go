package cluster

import (
	"context"
	"encoding/json"
	"maps"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Settle is how long a change of a ConfigMap may take until every component has seen it. They watch it; nothing tells
// when the last one has applied it.
const Settle = 3 * time.Second

// SetConfig sets keys of one of Tenon's ConfigMaps for the time of a test, and puts back what was there. Tests that call
// it must not run beside others.
func SetConfig(t testing.TB, configMap string, data map[string]string) {
	t.Helper()
	clients, err := Connect()
	if err != nil {
		t.Fatalf("connecting to the cluster: %v", err)
	}
	client := clients.Kube.CoreV1().ConfigMaps(SystemNamespace)
	stored, err := client.Get(context.Background(), configMap, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("reading ConfigMap %s: %v", configMap, err)
	}
	restore := make(map[string]any, len(data))
	for key := range data {
		if before, ok := stored.Data[key]; ok {
			restore[key] = before
		} else {
			restore[key] = nil
		}
	}
	change := make(map[string]any, len(data))
	for key, value := range maps.All(data) {
		change[key] = value
	}
	patch(t, clients, configMap, change)
	t.Cleanup(func() { patch(t, clients, configMap, restore) })
}

func patch(t testing.TB, clients *Clients, configMap string, data map[string]any) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		t.Fatal(err)
	}
	_, err = clients.Kube.CoreV1().ConfigMaps(SystemNamespace).Patch(context.Background(), configMap, types.MergePatchType, text, metav1.PatchOptions{})
	if err != nil {
		t.Fatalf("changing ConfigMap %s: %v", configMap, err)
	}
	time.Sleep(Settle)
}
