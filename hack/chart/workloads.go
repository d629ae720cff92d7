package main

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// setting is a field that becomes a value: what the manifests have is its default.
type setting struct {
	name, comment, empty string
	schema               schema
}

// podSettings are fields of the pods, containerSettings those of their container.
var (
	podSettings = []setting{
		{"affinity", "Where the pods go. A member that is set replaces that one alone; null removes it.", "{}", freeForm},
		{"nodeSelector", "Labels of the nodes that pods may run on.", "{}", textsExcept()},
		{"tolerations", "Taints of nodes that do not matter.", "[]", listOf(freeForm)},
		{"topologySpreadConstraints", "How pods are spread over nodes and zones.", "[]", listOf(freeForm)},
		{"priorityClassName", "Priority of the pods.", `""`, anyText},
		{"terminationGracePeriodSeconds", "Seconds that a pod has for its end; null means Kubernetes' default.", "null", orNull(count)},
	}
	containerSettings = []setting{
		{"resources", "Compute resources of the container.", "{}", freeForm},
		{"securityContext", "What the container may do. OpenShift wants runAsUser and runAsGroup to be null.", "{}", freeForm},
	}
)

// titles say what the workloads are for.
var titles = map[string]string{
	"controller": "The controller carries out runs.",
	"webhook":    "The webhook checks objects and fills in defaults. Without it nothing of Tenon's can be created.",
	"events":     "The events controller sends CloudEvents.",
	"resolvers":  "The resolvers fetch Tasks and Pipelines from elsewhere.",
}

// fixedEnv are variables that are set by other values, or by the pod.
var fixedEnv = map[string]string{"WEBHOOK_ADMISSION_CONTROLLER_NAME": "$.Values.admission.name"}

// deployment makes values of what people change about a workload.
func (c *chart) deployment(o *object) {
	name := o.component()
	values := c.workload(name)
	spec, template := get(o.node, "spec"), get(o.node, "spec", "template")
	pod := get(template, "spec")

	replicas := take(spec, "replicas")
	comment := "How many pods; null leaves it to whoever scales them. With several, set buckets in the ConfigMap config-leader-election-" + name + " to as many."
	if name == "webhook" {
		comment = "How many pods; null leaves it to the autoscaler."
	}
	c.set(spec, "replicas", "null", replicas, setting{"replicas", comment, "", orNull(count)}, values)
	for _, s := range podSettings {
		c.move(pod, s, values)
	}
	c.field(pod, "imagePullSecrets", "$.Values.imagePullSecrets")
	container := get(pod, "containers").Content[0]
	for _, s := range containerSettings {
		c.move(container, s, values)
	}
	c.block(container, "{{- with $.Values.images.pullPolicy }}\n@imagePullPolicy: {{ . }}\n{{- end }}")
	c.args(container, values)
	c.env(container, values)
	c.podMetadata(template, values)
}

// workload is the group of values of a workload.
func (c *chart) workload(name string) *value {
	if found := c.values.find(name); found != nil {
		return found
	}
	made := group(name, titles[name])
	c.values.members = append(c.values.members, made)
	return made
}

// move makes a value of a field.
func (c *chart) move(m *yaml.Node, s setting, values *value) {
	c.set(m, s.name, s.empty, take(m, s.name), s, values)
}

// set adds a field that a value fills, with a default: what the manifests had, or else nothing.
func (c *chart) set(m *yaml.Node, field, empty string, had *yaml.Node, s setting, values *value) {
	if had == nil {
		had = literal(empty)
	}
	values.members = append(values.members, &value{key: s.name, comment: s.comment, preset: had, schema: s.schema})
	path := "$.Values." + values.key + "." + s.name
	switch {
	case had.Kind != yaml.ScalarNode:
		c.field(m, field, path)
	case s.schema["type"] == "string":
		c.block(m, fmt.Sprintf("{{- with %s }}\n@%s: {{ . | quote }}\n{{- end }}", path, field))
	default: // 0 is a number like others
		c.block(m, fmt.Sprintf("{{- if not (kindIs \"invalid\" %s) }}\n@%s: {{ %s }}\n{{- end }}", path, field, path))
	}
}

// args lets arguments be added.
func (c *chart) args(container *yaml.Node, values *value) {
	values.members = append(values.members, leaf("extraArgs", "Arguments after those of the release, such as [-kube-api-qps, \"50\"].", "[]", listOf(anyText)))
	path := "$.Values." + values.key + ".extraArgs"
	if args := get(container, "args"); args != nil {
		args.Content = append(args.Content, c.item("{{- with "+path+" }}\n@{{- toYaml . | nindent @+0 }}\n{{- end }}"))
		return
	}
	c.field(container, "args", path)
}

// env lets variables be added and replaced. Those that come from the pod or from another value are fixed.
func (c *chart) env(container *yaml.Node, values *value) {
	env := get(container, "env")
	path := "$.Values." + values.key + ".env"
	var names, taken []string
	for i, entry := range env.Content {
		name := text(entry, "name")
		preset := fmt.Sprintf("%q", text(entry, "value"))
		if get(entry, "valueFrom") != nil {
			taken = append(taken, name)
			continue
		}
		if fixed := fixedEnv[name]; fixed != "" {
			taken = append(taken, name)
			set(entry, "value", c.inline(fixed))
			continue
		}
		names = append(names, fmt.Sprintf("%q", name))
		env.Content[i] = c.item(fmt.Sprintf("{{- include \"tenon.env\" (list %s %q %s) | nindent @+0 }}", path, name, preset))
	}
	env.Content = append(env.Content, c.item(fmt.Sprintf(
		"{{- with omit %s %s }}\n@{{- include \"tenon.moreEnv\" . | nindent @+0 }}\n{{- end }}", path, strings.Join(names, " "))))
	s := schema{"type": "object", "additionalProperties": schema{"type": []string{"string", "object"}},
		"propertyNames": schema{"not": schema{"enum": taken}}}
	values.members = append(values.members,
		leaf("env", "Environment variables, also in place of those of the release: NAME: text, or NAME: {valueFrom: ...}.", "{}", s))
}

// podMetadata lets labels and annotations be added to pods.
func (c *chart) podMetadata(template *yaml.Node, values *value) {
	metadata := get(template, "metadata")
	labels := get(metadata, "labels")
	values.members = append(values.members,
		leaf("podLabels", "Labels that only the pods get.", "{}", textsExcept(keys(labels)...)),
		leaf("podAnnotations", "Annotations of the pods.", "{}", textsExcept()))
	path := "$.Values." + values.key
	c.block(labels, "{{- with merge (dict) "+path+".podLabels $.Values.labels }}\n@{{- toYaml . | nindent @+0 }}\n{{- end }}")
	c.field(metadata, "annotations", path+".podAnnotations")
}

func keys(m *yaml.Node) []string {
	var names []string
	for i := 0; i < len(m.Content); i += 2 {
		names = append(names, m.Content[i].Value)
	}
	return names
}

// autoscaler makes values of the bounds.
func (c *chart) autoscaler(o *object) {
	spec := get(o.node, "spec")
	target := get(spec, "metrics").Content[0]
	target = get(target, "resource", "target")
	values := group("autoscaling", "",
		leaf("enabled", "Whether the number of pods follows the load. It needs a metrics server.", "true", boolean),
		&value{key: "minReplicas", preset: get(spec, "minReplicas"), schema: schema{"type": "integer", "minimum": 1}},
		&value{key: "maxReplicas", preset: get(spec, "maxReplicas"), schema: schema{"type": "integer", "minimum": 1}},
		&value{key: "targetCPU", comment: "CPU in percent of what the pods request.", preset: get(target, "averageUtilization"), schema: schema{"type": "integer", "minimum": 1}})
	workload := c.workload(o.component())
	workload.members = append(workload.members, values)
	path := "$.Values." + o.component() + ".autoscaling."
	set(spec, "minReplicas", c.inline(path+"minReplicas"))
	set(spec, "maxReplicas", c.inline(path+"maxReplicas"))
	set(target, "averageUtilization", c.inline(path+"targetCPU"))
}
