//go:build e2e

package examples

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/retry"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// resources are the resources that are served as v1 and v1beta1.
var resources = map[string]string{"Task": "tasks", "TaskRun": "taskruns", "Pipeline": "pipelines", "PipelineRun": "pipelineruns"}

// TestPublicExamplesInBothVersions checks that every public example is accepted as v1, those included that cannot run here,
// and that it stays what it is for clients that read it and write it back as v1beta1.
func TestPublicExamplesInBothVersions(t *testing.T) {
	root := publicExamples(t)
	cluster.SetConfig(t, "feature-flags", publicFlags)
	t.Run("files", func(t *testing.T) {
		for _, path := range files(t, root) {
			t.Run(strings.TrimPrefix(path, root+string(filepath.Separator)), func(t *testing.T) {
				t.Parallel()
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				objects, err := cluster.Objects(text)
				if err != nil {
					t.Fatal(err)
				}
				ns := cluster.New(t)
				for _, object := range objects {
					if resource, ok := resources[object.GetKind()]; ok {
						throughV1beta1(t, ns, resource, object)
					}
				}
			})
		}
	})
}

// throughV1beta1 stores an object, writes it back as v1beta1 and compares what v1 says before and after.
func throughV1beta1(t *testing.T, ns *cluster.Namespace, resource string, object *unstructured.Unstructured) {
	t.Helper()
	hold(t, object)
	before, err := ns.TryCreate(object)
	if err != nil {
		t.Errorf("creating %s: %v", describe(object), err)
		return
	}
	ctx := t.Context()
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		client := ns.Dynamic.Resource(v1beta1.SchemeGroupVersion.WithResource(resource)).Namespace(ns.Name)
		old, err := client.Get(ctx, before.GetName(), metav1.GetOptions{})
		if err != nil {
			return err
		}
		_, err = client.Update(ctx, old, metav1.UpdateOptions{FieldValidation: metav1.FieldValidationStrict})
		return err
	})
	if err != nil {
		t.Errorf("writing %s as v1beta1: %v", describe(before), err)
		return
	}
	after, err := ns.Dynamic.Resource(v1.SchemeGroupVersion.WithResource(resource)).Namespace(ns.Name).
		Get(ctx, before.GetName(), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(said(before, object), said(after, object)); diff != "" {
		t.Errorf("v1beta1 has changed %s (-before +after):\n%s", describe(before), diff)
	}
}

// hold lets a run wait instead of starting, since only its text matters.
func hold(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	status := map[string]string{
		"TaskRun": string(v1.TaskRunSpecStatusPending), "PipelineRun": string(v1.PipelineRunSpecStatusPending),
	}[object.GetKind()]
	if status == "" {
		return
	}
	if err := unstructured.SetNestedField(object.Object, status, "spec", "status"); err != nil {
		t.Fatal(err)
	}
}

// said is the spec and those labels and annotations that the author of an object has given it, and what a conversion keeps
// in annotations. The controller adds others, also to runs that wait.
func said(object, author *unstructured.Unstructured) map[string]any {
	mine := func(all, given map[string]string) map[string]string {
		kept := map[string]string{}
		for key, value := range all {
			if _, ok := given[key]; ok || strings.HasPrefix(key, "tekton.dev/v1") {
				kept[key] = value
			}
		}
		return kept
	}
	return map[string]any{
		"labels":      mine(object.GetLabels(), author.GetLabels()),
		"annotations": mine(object.GetAnnotations(), author.GetAnnotations()),
		"spec":        object.Object["spec"],
	}
}
