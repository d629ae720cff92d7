//go:build e2e

// Package flags tests what depends on settings of the whole installation or of nodes. Its tests change them, one after another.
package flags

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/tenon-ci/tenon/test/cluster"
)

const sharedVolume = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Mi}}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  workspaces: [{name: data, persistentVolumeClaim: {claimName: shared}}]
  pipelineSpec:
    workspaces: [{name: data}]
    tasks:
    - name: a
      workspaces: [{name: data}]
      taskSpec:
        workspaces: [{name: data}]
        steps: [{name: s, image: busybox, script: 'test -d $(workspaces.data.path)'}]
`

func TestNoAffinityAssistant(t *testing.T) {
	for name, data := range map[string]map[string]string{
		"coschedule":                 {"coschedule": "disabled"},
		"disable-affinity-assistant": {"disable-affinity-assistant": "true"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster.SetConfig(t, "feature-flags", data)
			ns := cluster.New(t)
			watcher, err := ns.Kube.AppsV1().StatefulSets(ns.Name).Watch(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			ns.Create(sharedVolume)
			if pr := ns.PipelineRunDone("run"); !pr.IsSuccessful() {
				t.Errorf("run: %s", pr.Status.GetCondition("Succeeded").GetMessage())
			}
			watcher.Stop()
			for event := range watcher.ResultChan() {
				if event.Type != watch.Error { // stopping can end the stream with one
					t.Errorf("a StatefulSet was %s", strings.ToLower(string(event.Type)))
				}
			}
		})
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	clients, err := cluster.Connect()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ configMap, data, want string }{
		"enumeration": {"feature-flags", `{"coschedule":"never"}`, `invalid value for feature flag "coschedule": "never"`},
		"defaults":    {"config-defaults", `{"default-timeout-minutes":"soon"}`, `failed parsing default config "default-timeout-minutes"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := clients.Kube.CoreV1().ConfigMaps(cluster.SystemNamespace).Patch(t.Context(), tc.configMap, types.MergePatchType,
				[]byte(`{"data":`+tc.data+`}`), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}
