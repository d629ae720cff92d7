package cluster_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/tenon-ci/tenon/pkg/migrate"
	"github.com/tenon-ci/tenon/pkg/migrate/cluster"
)

// server answers paths; what it has no answer for is not served, and "forbidden" is forbidden.
func server(t *testing.T, answers map[string]string) cluster.Getter {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		path := r.URL.Path
		if c := r.URL.Query().Get("continue"); c != "" {
			path += "?" + c
		}
		if r.Method != http.MethodGet {
			t.Errorf("%s %s: only reading is allowed", r.Method, path)
		}
		answer, ok := answers[path]
		code, reason := http.StatusNotFound, "NotFound"
		if answer == "forbidden" || answers["*"] == "forbidden" {
			code, reason, ok = http.StatusForbidden, "Forbidden", false
		}
		if !ok {
			w.WriteHeader(code)
			answer = fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"message":"no","code":%d}`, reason, code)
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	api, err := cluster.Connect(&rest.Config{Host: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const run = `{"metadata":{"name":"%s","namespace":"ci"},"status":{"conditions":[{"type":"Succeeded","status":"%s","reason":"Running"}]}}`
	api := server(t, map[string]string{
		"/version": `{"major":"1","minor":"27"}`,
		"/api/v1/namespaces/tekton-pipelines/configmaps": `{"kind":"ConfigMapList","items":[
			{"metadata":{"name":"pipelines-info"},"data":{"version":"v0.59.0"}},{"metadata":{"name":"feature-flags"},"data":{"enable-custom-tasks":"true"}}]}`,
		"/api/v1/namespaces/tekton-pipelines-resolvers/configmaps": "forbidden",
		"/apis/tekton.dev/v1beta1/tasks":                           `{"kind":"TaskList","apiVersion":"tekton.dev/v1beta1","items":[{"metadata":{"name":"t","namespace":"ci"},"spec":{"resources":{}}}]}`,
		"/apis/tekton.dev/v1/pipelineruns": `{"kind":"PipelineRunList","apiVersion":"tekton.dev/v1","metadata":{"continue":"next"},"items":[` +
			fmt.Sprintf(run, "first", "Unknown") + `]}`,
		"/apis/tekton.dev/v1/pipelineruns?next": `{"kind":"PipelineRunList","apiVersion":"tekton.dev/v1","items":[` +
			fmt.Sprintf(run, "second", "Unknown") + "," + fmt.Sprintf(run, "third", "True") + `]}`,
		"/apis/tekton.dev/v1alpha1/conditions": `{"kind":"ConditionList","apiVersion":"tekton.dev/v1alpha1","items":[{"metadata":{"name":"c","namespace":"ci"}}]}`,
		"/apis/apiextensions.k8s.io/v1/customresourcedefinitions": `{"kind":"CustomResourceDefinitionList","items":[
			{"metadata":{"name":"tasks.tekton.dev"},"status":{"storedVersions":["v1alpha1"]}}]}`,
		"/api/v1/nodes": `{"kind":"NodeList","items":[{"metadata":{"name":"w","labels":{"kubernetes.io/os":"windows"}}}]}`,
	})
	report, err := cluster.Check(t.Context(), api, cluster.Scope{System: "tekton-pipelines"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range report.Findings {
		got = append(got, f.Rule+" "+f.Namespace+" "+f.Object)
	}
	slices.Sort(got)
	want := []string{
		"kubernetes-version  cluster",
		"old-release tekton-pipelines ConfigMap/pipelines-info",
		"old-version ci Task/t",
		"pipeline-resource ci Task/t",
		"removed-flag tekton-pipelines ConfigMap/feature-flags",
		"removed-kind ci Condition/c",
		"run-in-flight ci PipelineRun/first",
		"run-in-flight ci PipelineRun/second",
		"stored-version  CustomResourceDefinition/tasks.tekton.dev",
		"version tekton-pipelines ConfigMap/pipelines-info",
		"windows-node  Node/w",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if len(report.Unread) != 1 || !strings.HasPrefix(report.Unread[0], "ConfigMaps of tekton-pipelines-resolvers: ") {
		t.Errorf("not read: %v", report.Unread)
	}
	if report.Looked["PipelineRun"] != 3 {
		t.Errorf("looked at %v", report.Looked)
	}
}

func TestNamespace(t *testing.T) {
	t.Parallel()
	api := server(t, map[string]string{
		"/apis/tekton.dev/v1/namespaces/ci/tasks": `{"kind":"TaskList","apiVersion":"tekton.dev/v1","items":[]}`,
		"/apis/tekton.dev/v1/tasks":               "not asked for",
	})
	report, err := cluster.Check(t.Context(), api, cluster.Scope{Namespace: "ci", System: "s"})
	if err != nil || len(report.Findings) != 0 {
		t.Errorf("report %+v, error %v", report, err)
	}
}

func TestNoRights(t *testing.T) {
	t.Parallel()
	_, err := cluster.Check(t.Context(), server(t, map[string]string{"*": "forbidden"}), cluster.Scope{System: "s"})
	if !errors.Is(err, cluster.ErrNothingRead) {
		t.Errorf("error = %v", err)
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	api := server(t, map[string]string{"/api/v1/nodes": `{"items":[]}`})
	report, err := cluster.Check(t.Context(), api, cluster.Scope{System: "s"})
	if err != nil || report.Count(migrate.Blocks) != 1 || report.Findings[0].Rule != "unserved" {
		t.Errorf("report %+v, error %v", report, err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	api, err := cluster.Connect(&rest.Config{Host: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Check(t.Context(), api, cluster.Scope{System: "s"}); err == nil || errors.Is(err, cluster.ErrNothingRead) {
		t.Errorf("error = %v", err)
	}
}
