package main

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// withBudgets adds a disruption budget, switched off, for each workload that the manifests have none for.
func withBudgets(objects []*object) []*object {
	has := map[string]bool{}
	for _, o := range objects {
		if o.kind() == "PodDisruptionBudget" {
			has[o.component()] = true
		}
	}
	var added []*object
	for _, o := range objects {
		if o.kind() != "Deployment" || has[o.component()] {
			continue
		}
		budget := literal(fmt.Sprintf(`
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: %s
  namespace: %s
  labels:
    app.kubernetes.io/component: %s
    app.kubernetes.io/instance: default
    app.kubernetes.io/part-of: tekton-pipelines
spec:
  # With one pod, a budget of a smallest number would hold up every drain.
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
`, o.name(), o.namespace(), o.component()))
		selector := literal(encode(get(o.node, "spec", "selector")))
		set(get(budget, "spec"), "selector", selector)
		added = append(added, &object{node: budget, optional: "off"})
	}
	return append(objects, added...)
}

// budget makes values of a disruption budget.
func (c *chart) budget(o *object) {
	spec := get(o.node, "spec")
	enabled := "true"
	if o.optional != "" {
		enabled, o.optional = "false", ""
	}
	amount := schema{"type": []string{"integer", "string", "null"}}
	values := group("podDisruptionBudget", "", leaf("enabled", "Whether drains are held up while too few pods run.", enabled, boolean))
	for _, s := range []setting{
		{"minAvailable", "", "null", amount},
		{"maxUnavailable", "", "null", amount},
		{"unhealthyPodEvictionPolicy", "", "null", oneOf("AlwaysAllow", "IfHealthyBudget", nil)},
	} {
		had := take(spec, s.name)
		if had == nil {
			had = literal(s.empty)
		}
		values.members = append(values.members, &value{key: s.name, preset: plain(had), schema: s.schema})
		path := "$.Values." + o.component() + ".podDisruptionBudget." + s.name
		c.block(spec, fmt.Sprintf("{{- if not (kindIs \"invalid\" %s) }}\n@%s: {{ %s }}\n{{- end }}", path, s.name, path))
	}
	workload := c.workload(o.component())
	workload.members = append(workload.members, values)
}

// plain is a node without its comments.
func plain(node *yaml.Node) *yaml.Node {
	bare := *node
	bare.HeadComment, bare.LineComment, bare.FootComment = "", "", ""
	return &bare
}
