package main

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// static is what the manifests do not have.
//
//go:embed all:static
var static embed.FS

// chart turns objects into templates, and collects the values that these use.
type chart struct {
	templates
	values *value
	// registry is where all images come from.
	registry string
}

// chartFiles returns the files of the chart.
func chartFiles(version string, objects []*object) (map[string]string, error) {
	c := &chart{values: commonValues()}
	files, err := staticFiles(version)
	if err != nil {
		return nil, err
	}
	objects = withBudgets(objects)
	for _, o := range objects {
		if err := c.convert(o); err != nil {
			return nil, fmt.Errorf("converting %s %s: %w", o.kind(), o.name(), err)
		}
		// Words of another object must not be taken for those of this one: each is printed at once.
		files["templates/"+o.file()] += c.guarded(o, c.text(o.node))
	}
	c.values.find("images", "registry").preset = quoted(c.registry)
	files["values.yaml"] = c.values.valuesFile()
	files["values.schema.json"], err = c.values.schemaFile()
	return files, err
}

// staticFiles are those of the folder static, with the version filled in.
func staticFiles(version string) (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(static, "static", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := static.ReadFile(path)
		text := strings.NewReplacer("CHART_VERSION", chartVersion(version), "APP_VERSION", version).Replace(string(content))
		files[strings.TrimPrefix(path, "static/")] = text
		return err
	})
	return files, err
}

// semantic is a version as Helm wants it.
var semantic = regexp.MustCompile(`^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$`)

// chartVersion makes a semantic version of any: builds of a commit come before every release.
func chartVersion(version string) string {
	if match := semantic.FindStringSubmatch(version); match != nil {
		return match[1]
	}
	return "0.0.0-build." + version
}

// convert replaces what values decide by template actions.
func (c *chart) convert(o *object) error {
	if err := c.images(o); err != nil {
		return err
	}
	switch o.kind() {
	case "Deployment":
		c.deployment(o)
	case "HorizontalPodAutoscaler":
		c.autoscaler(o)
	case "PodDisruptionBudget":
		c.budget(o)
	case "ConfigMap":
		c.configMap(o)
	case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
		c.webhooks(o)
	}
	c.names(o)
	c.metadata(o)
	return nil
}

// metadata adds the labels and annotations that all objects get.
func (c *chart) metadata(o *object) {
	metadata := get(o.node, "metadata")
	if labels := get(metadata, "labels"); labels != nil {
		c.block(labels, "{{- with $.Values.labels }}\n@{{- toYaml . | nindent @+0 }}\n{{- end }}")
	}
	annotations := "$.Values.annotations"
	if o.kind() == "CustomResourceDefinition" {
		annotations = `(include "tenon.crdAnnotations" $ | fromYaml)`
	}
	if given := take(metadata, "annotations"); given != nil {
		c.block(given, "{{- with "+annotations+" }}\n@{{- toYaml . | nindent @+0 }}\n{{- end }}")
		set(metadata, "annotations", given)
		return
	}
	c.field(metadata, "annotations", annotations)
}

// names replaces the names of namespaces, webhooks and roles of the cluster.
func (c *chart) names(o *object) {
	walk(o.node, nil, func(path []string, node *yaml.Node) {
		switch {
		case isNamespace(o, path, node.Value):
			*node = *c.inline(namespaceAction(node.Value))
		case isAdmissionName(node.Value):
			*node = *scalar(strings.Replace(node.Value, admissionName, c.word("{{ $.Values.admission.name }}"), 1))
		case isClusterRole(o, path):
			*node = *scalar(node.Value + c.word("{{ $.Values.clusterRoleSuffix }}"))
		case subject.MatchString(node.Value):
			node.Value = subject.ReplaceAllStringFunc(node.Value, func(s string) string {
				parts := strings.Split(s, ":")
				parts[2] = c.word("{{ " + namespaceAction(parts[2]) + " }}")
				return strings.Join(parts, ":")
			})
		}
	})
}

func namespaceAction(name string) string {
	if name == resolversNamespace {
		return `include "tenon.resolversNamespace" $`
	}
	return "$.Values.namespace"
}

// images replaces the registry of images. A whole reference may be given instead.
func (c *chart) images(o *object) error {
	var err error
	walk(o.node, nil, func(path []string, node *yaml.Node) {
		if !isImage(o, path) {
			return
		}
		match := imageReference.FindStringSubmatch(node.Value)
		if match == nil {
			err = fmt.Errorf("%q is no image reference with a registry, in %s", node.Value, strings.Join(path, "."))
			return
		}
		if c.registry != "" && c.registry != match[1] {
			err = fmt.Errorf("images come from %s and from %s: they need one registry and folder", c.registry, match[1])
			return
		}
		c.registry = match[1]
		overrides := c.values.find("images", "overrides")
		if overrides.find(match[2]) == nil {
			overrides.members = append(overrides.members, leaf(match[2], "", `""`, anyText))
		}
		*node = *c.inline(fmt.Sprintf(`include "tenon.image" (list $ %q %q) | quote`, match[2], match[2]+match[3]))
	})
	return err
}

// guarded puts conditions around objects that there may not be.
func (c *chart) guarded(o *object, text string) string {
	condition := ""
	switch {
	case o.optional != "":
		condition = "$.Values." + o.optional + ".enabled"
	case o.kind() == "Namespace":
		condition = fmt.Sprintf("and $.Values.createNamespaces (ne $.Release.Namespace %s)", namespaceName(o))
	case o.kind() == "CustomResourceDefinition":
		condition = "$.Values.crds.install"
	case o.kind() == "HorizontalPodAutoscaler":
		condition = "$.Values." + o.component() + ".autoscaling.enabled"
	case o.kind() == "PodDisruptionBudget":
		condition = "$.Values." + o.component() + ".podDisruptionBudget.enabled"
	case isTenantBinding(o):
		condition = "not $.Values.tenantNamespaces"
	}
	if condition == "" {
		return "---\n" + text
	}
	return fmt.Sprintf("{{- if %s }}\n---\n%s{{- end }}\n", condition, text)
}

// namespaceName is the action that names a Namespace, to compare with.
func namespaceName(o *object) string {
	if o.component() == "resolvers" {
		return `(include "tenon.resolversNamespace" $)`
	}
	return "$.Values.namespace"
}
