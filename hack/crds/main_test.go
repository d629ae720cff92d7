package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

func definitions(t *testing.T) map[string]*apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	paths, err := filepath.Glob("../../config/300-crds/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	definitions := map[string]*apiextensionsv1.CustomResourceDefinition{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(text, crd); err != nil {
			t.Fatalf("reading %s: %v", path, err)
		}
		definitions[crd.Name] = crd
	}
	return definitions
}

// facts are what clients see of a definition apart from its schemas (contract 1 §0.1, 4 §1.1).
type facts struct {
	ShortNames []string
	Served     []string
	Stored     string
	Deprecated []string
	Status     bool
	Columns    []string
	Reviews    []string
}

func factsOf(crd *apiextensionsv1.CustomResourceDefinition) facts {
	f := facts{ShortNames: crd.Spec.Names.ShortNames}
	for _, version := range crd.Spec.Versions {
		if version.Served {
			f.Served = append(f.Served, version.Name)
		}
		if version.Deprecated {
			f.Deprecated = append(f.Deprecated, version.Name)
		}
		if version.Storage {
			f.Stored = version.Name
			f.Columns = nil
			for _, column := range version.AdditionalPrinterColumns {
				f.Columns = append(f.Columns, column.Name)
			}
		}
		f.Status = version.Subresources != nil && version.Subresources.Status != nil
	}
	if crd.Spec.Conversion != nil && crd.Spec.Conversion.Webhook != nil {
		f.Reviews = crd.Spec.Conversion.Webhook.ConversionReviewVersions
	}
	return f
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	run := []string{"Succeeded", "Reason", "StartTime", "CompletionTime"}
	both, reviews := []string{"v1", "v1beta1"}, []string{"v1beta1", "v1"}
	want := map[string]facts{
		"tasks.tekton.dev":        {Served: both, Stored: "v1", Status: true, Reviews: reviews},
		"pipelines.tekton.dev":    {Served: both, Stored: "v1", Status: true, Reviews: reviews},
		"taskruns.tekton.dev":     {ShortNames: []string{"tr", "trs"}, Served: both, Stored: "v1", Status: true, Columns: run, Reviews: reviews},
		"pipelineruns.tekton.dev": {ShortNames: []string{"pr", "prs"}, Served: both, Stored: "v1", Status: true, Columns: run, Reviews: reviews},
		"customruns.tekton.dev":   {Served: []string{"v1beta1"}, Stored: "v1beta1", Status: true, Columns: run},
		"stepactions.tekton.dev": {
			Served: []string{"v1alpha1", "v1beta1"}, Stored: "v1beta1", Status: true, Reviews: []string{"v1alpha1", "v1beta1"},
		},
		"verificationpolicies.tekton.dev": {Served: []string{"v1alpha1"}, Stored: "v1alpha1"},
		"resolutionrequests.resolution.tekton.dev": {
			Served: []string{"v1alpha1", "v1beta1"}, Stored: "v1beta1", Deprecated: []string{"v1alpha1"}, Status: true,
			Columns: []string{"OwnerKind", "Owner", "Succeeded", "Reason", "StartTime", "EndTime"}, Reviews: reviews,
		},
	}
	got := map[string]facts{}
	for name, crd := range definitions(t) {
		got[name] = factsOf(crd)
		if diff := cmp.Diff([]string{"tekton", "tekton-pipelines"}, crd.Spec.Names.Categories); diff != "" {
			t.Errorf("categories of %s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("definitions (-want +got):\n%s", diff)
	}
}

// at returns the schema at a path of member names; [] stands for the items of a list.
func at(t *testing.T, schema *apiextensionsv1.JSONSchemaProps, path ...string) *apiextensionsv1.JSONSchemaProps {
	t.Helper()
	for _, name := range path {
		if name == "[]" {
			schema = schema.Items.Schema
			continue
		}
		property, ok := schema.Properties[name]
		if !ok {
			t.Fatalf("no member %s in %v", name, path)
		}
		schema = &property
	}
	return schema
}

func versionOf(t *testing.T, name, version string) *apiextensionsv1.JSONSchemaProps {
	t.Helper()
	for _, v := range definitions(t)[name].Spec.Versions {
		if v.Name == version {
			return v.Schema.OpenAPIV3Schema
		}
	}
	t.Fatalf("%s has no version %s", name, version)
	return nil
}

func TestSchemaFreeMembers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		crd, version string
		path         []string
	}{
		{"tasks.tekton.dev", "v1", []string{"spec", "volumes"}},
		{"tasks.tekton.dev", "v1", []string{"spec", "params", "[]", "default"}},
		{"pipelines.tekton.dev", "v1", []string{"spec", "tasks", "[]", "taskSpec"}},
		{"pipelines.tekton.dev", "v1", []string{"spec", "finally", "[]", "pipelineSpec"}},
		{"taskruns.tekton.dev", "v1", []string{"spec", "taskSpec"}},
		{"taskruns.tekton.dev", "v1", []string{"spec", "podTemplate", "affinity"}},
		{"taskruns.tekton.dev", "v1", []string{"spec", "podTemplate", "securityContext"}},
		{"taskruns.tekton.dev", "v1", []string{"spec", "podTemplate", "volumes"}},
		{"taskruns.tekton.dev", "v1", []string{"spec", "workspaces", "[]", "volumeClaimTemplate"}},
		{"taskruns.tekton.dev", "v1", []string{"status", "retriesStatus"}},
		{"taskruns.tekton.dev", "v1beta1", []string{"status", "taskSpec"}},
		{"pipelineruns.tekton.dev", "v1", []string{"spec", "pipelineSpec"}},
		{"pipelineruns.tekton.dev", "v1", []string{"status", "pipelineSpec"}},
		{"customruns.tekton.dev", "v1beta1", []string{"spec", "customSpec", "spec"}},
		{"customruns.tekton.dev", "v1beta1", []string{"status", "extraFields"}},
	} {
		schema := at(t, versionOf(t, tc.crd, tc.version), tc.path...)
		if schema.XPreserveUnknownFields == nil || !*schema.XPreserveUnknownFields || schema.Type != "" {
			t.Errorf("%s %s %v: want no schema, got type %q", tc.crd, tc.version, tc.path, schema.Type)
		}
	}
}

func TestSchemaRequires(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		crd, version string
		path         []string
		want         []string
	}{
		{"tasks.tekton.dev", "v1", []string{"spec", "steps", "[]"}, nil},
		{"tasks.tekton.dev", "v1", []string{"spec", "steps", "[]", "workspaces", "[]"}, []string{"name"}},
		{"pipelines.tekton.dev", "v1", []string{"spec", "tasks", "[]"}, nil},
		{"pipelines.tekton.dev", "v1", []string{"spec", "results", "[]"}, []string{"name", "value"}},
		{"taskruns.tekton.dev", "v1", []string{"spec", "params", "[]"}, []string{"name", "value"}},
		{"taskruns.tekton.dev", "v1", []string{"spec", "stepSpecs", "[]"}, []string{"name"}},
		{"taskruns.tekton.dev", "v1", []string{"status"}, []string{"podName"}},
		{"taskruns.tekton.dev", "v1", []string{"status", "conditions", "[]"}, []string{"status", "type"}},
		{"pipelineruns.tekton.dev", "v1", []string{"spec", "taskRunSpecs", "[]"}, nil},
		{"pipelineruns.tekton.dev", "v1", []string{"status", "skippedTasks", "[]"}, []string{"name", "reason"}},
		{"resolutionrequests.resolution.tekton.dev", "v1beta1", []string{"status"}, nil},
	} {
		got := at(t, versionOf(t, tc.crd, tc.version), tc.path...).Required
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s %s %v (-want +got):\n%s", tc.crd, tc.version, tc.path, diff)
		}
	}
}

func TestDescriptions(t *testing.T) {
	t.Parallel()
	task := versionOf(t, "tasks.tekton.dev", "v1")
	if at(t, task, "spec", "steps", "[]", "env").Description == "" {
		t.Error("a member of our own has no description")
	}
	if text := at(t, task, "spec", "steps", "[]", "env", "[]", "name").Description; text != "" {
		t.Errorf("a member of a Kubernetes type has the description %q", text)
	}
}
