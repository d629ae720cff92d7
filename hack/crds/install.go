package main

import (
	"fmt"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	group           = "tekton.dev"
	resolutionGroup = "resolution.tekton.dev"
)

// install completes a generated definition with what the markers in the types cannot say (contract 1 §0.1, 4 §1.1).
func install(crd *apiextensionsv1.CustomResourceDefinition) error {
	crd.ObjectMeta = metav1.ObjectMeta{Name: crd.Name, Labels: labels(crd.Spec.Group)}
	crd.Spec.PreserveUnknownFields = false
	if len(crd.Spec.Versions) > 1 {
		crd.Spec.Conversion = conversion(crd.Spec.Group, crd.Spec.Names.Kind)
	}
	for i := range crd.Spec.Versions {
		version := &crd.Spec.Versions[i]
		if version.Schema == nil || version.Schema.OpenAPIV3Schema == nil {
			return fmt.Errorf("version %s has no schema", version.Name)
		}
		trimObject(version.Schema.OpenAPIV3Schema)
	}
	return nil
}

func labels(crdGroup string) map[string]string {
	labels := map[string]string{
		"app.kubernetes.io/instance": "default",
		"app.kubernetes.io/part-of":  "tekton-pipelines",
		"version":                    "devel",
	}
	switch crdGroup {
	case resolutionGroup:
		labels["resolution.tekton.dev/release"] = "devel"
	default:
		labels["pipeline.tekton.dev/release"] = "devel"
	}
	return labels
}

func conversion(crdGroup, kind string) *apiextensionsv1.CustomResourceConversion {
	path := "/resource-conversion"
	reviews := []string{"v1beta1", "v1"}
	if crdGroup == group && kind == "StepAction" {
		reviews = []string{"v1alpha1", "v1beta1"}
	}
	return &apiextensionsv1.CustomResourceConversion{
		Strategy: apiextensionsv1.WebhookConverter,
		Webhook: &apiextensionsv1.WebhookConversion{
			ConversionReviewVersions: reviews,
			ClientConfig: &apiextensionsv1.WebhookClientConfig{
				Service: &apiextensionsv1.ServiceReference{
					Namespace: "tekton-pipelines",
					Name:      "tekton-pipelines-webhook",
					Path:      &path,
				},
			},
		},
	}
}
