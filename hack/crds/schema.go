package main

import (
	"fmt"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// kubernetesMembers are the members whose values are Kubernetes types. Their own descriptions stay; those of everything
// inside are dropped, because Kubernetes documents it and the text would make the definitions too large to apply.
var kubernetesMembers = []string{
	"affinity", "computeResources", "configMap", "csi", "dnsConfig", "emptyDir", "env", "envFrom", "hostAliases",
	"imagePullSecrets", "lifecycle", "livenessProbe", "persistentVolumeClaim", "ports", "projected", "readinessProbe",
	"resources", "running", "secret", "secretRef", "securityContext", "startupProbe", "terminated", "tolerations",
	"topologySpreadConstraints", "volumeClaimTemplate", "volumeDevices", "volumeMounts", "volumes", "waiting",
}

// statusDescriptions describe the members of a status that the types take from a library.
var statusDescriptions = map[string]string{
	"annotations":        "Further details, reserved.",
	"conditions":         "How the object stands; Succeeded comes first.",
	"observedGeneration": "Generation of the spec that the status is about; not used.",
	"running":            "Set while the container runs.",
	"terminated":         "Set when the container has ended.",
	"waiting":            "Set while the container waits to start.",
}

// trimObject reduces the schema of a whole object.
func trimObject(schema *apiextensionsv1.JSONSchemaProps) {
	for _, member := range []string{"apiVersion", "kind"} {
		if property, ok := schema.Properties[member]; ok {
			property.Description = ""
			schema.Properties[member] = property
		}
	}
	if status, ok := schema.Properties["status"]; ok {
		describeStatus(&status)
		schema.Properties["status"] = status
	}
	trim(schema)
}

func describeStatus(status *apiextensionsv1.JSONSchemaProps) {
	for name, property := range status.Properties {
		if text, ok := statusDescriptions[name]; ok {
			property.Description = text
		}
		if name == "conditions" {
			dropDescriptions(property.Items.Schema)
		}
		if name == "steps" || name == "sidecars" {
			describeStatus(property.Items.Schema)
		}
		status.Properties[name] = property
	}
}

// trim drops the descriptions inside Kubernetes types, wherever they are used.
func trim(schema *apiextensionsv1.JSONSchemaProps) {
	eachChild(schema, func(name string, child *apiextensionsv1.JSONSchemaProps) {
		if !slices.Contains(kubernetesMembers, name) {
			trim(child)
			return
		}
		description := child.Description
		dropDescriptions(child)
		child.Description = description
	})
}

func dropDescriptions(schema *apiextensionsv1.JSONSchemaProps) {
	schema.Description = ""
	eachChild(schema, func(_ string, child *apiextensionsv1.JSONSchemaProps) { dropDescriptions(child) })
}

// eachChild calls visit for the schema of every member, list item and map value; only members have a name.
func eachChild(schema *apiextensionsv1.JSONSchemaProps, visit func(string, *apiextensionsv1.JSONSchemaProps)) {
	for name, property := range schema.Properties {
		visit(name, &property)
		schema.Properties[name] = property
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		visit("", schema.Items.Schema)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		visit("", schema.AdditionalProperties.Schema)
	}
}

// checkSize refuses a definition that kubectl could not keep in the annotation it needs for client-side apply.
func checkSize(name string, compact []byte) error {
	const limit = 200 << 10
	if len(compact) > limit {
		return fmt.Errorf("%s has %d bytes, more than %d: drop descriptions", name, len(compact), limit)
	}
	return nil
}
