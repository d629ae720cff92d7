package specvars

import (
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// VisitTaskFields calls visit for every field of a Task spec in which references are replaced (contract 1 §6.3, TF), and
// for mountPath of the workspaces that steps and sidecars list.
func VisitTaskFields(spec *v1.TaskSpec, visit func(Field)) {
	for i := range spec.Steps {
		visitStep(&spec.Steps[i], i, visit)
	}
	for i := range spec.Sidecars {
		visitSidecar(&spec.Sidecars[i], i, visit)
	}
	if spec.StepTemplate != nil {
		visitTemplate(spec.StepTemplate, visit)
	}
	for i := range spec.Workspaces {
		path := (*Path)(nil).at("workspaces", i)
		visit(Field{Part: PartWorkspace, Index: i, Path: path.field("mountPath"), Text: &spec.Workspaces[i].MountPath})
	}
	for i := range spec.Volumes {
		w := walker{part: PartVolume, index: i, path: (*Path)(nil).at("volumes", i), visit: visit}
		w.volume(&spec.Volumes[i])
	}
}

func visitStep(s *v1.Step, i int, visit func(Field)) {
	w := walker{part: PartStep, index: i, path: (*Path)(nil).at("steps", i), visit: visit}
	w.text(StepName, w.path.field("name"), &s.Name)
	w.container(container{
		image: &s.Image, pullPolicy: &s.ImagePullPolicy, command: &s.Command, args: &s.Args, workingDir: &s.WorkingDir,
		env: s.Env, envFrom: s.EnvFrom, mounts: s.VolumeMounts,
	})
	w.text(Script, w.path.field("script"), &s.Script)
	w.text(OnError, w.path.field("onError"), (*string)(&s.OnError))
	if s.StdoutConfig != nil {
		w.text(Output, w.path.field("stdoutConfig.path"), &s.StdoutConfig.Path)
	}
	if s.StderrConfig != nil {
		w.text(Output, w.path.field("stderrConfig.path"), &s.StderrConfig.Path)
	}
	w.when(s.When)
	w.params(s.Params)
	w.usages(s.Workspaces)
}

func visitSidecar(s *v1.Sidecar, i int, visit func(Field)) {
	w := walker{part: PartSidecar, index: i, path: (*Path)(nil).at("sidecars", i), visit: visit}
	w.text(StepName, w.path.field("name"), &s.Name)
	w.container(container{
		image: &s.Image, pullPolicy: &s.ImagePullPolicy, command: &s.Command, args: &s.Args, workingDir: &s.WorkingDir,
		env: s.Env, envFrom: s.EnvFrom, mounts: s.VolumeMounts,
	})
	w.text(Script, w.path.field("script"), &s.Script)
	w.usages(s.Workspaces)
}

func visitTemplate(s *v1.StepTemplate, visit func(Field)) {
	path := (*Path)(nil).field("stepTemplate")
	w := walker{part: PartStepTemplate, path: &path, visit: visit}
	w.container(container{
		image: &s.Image, pullPolicy: &s.ImagePullPolicy, command: &s.Command, args: &s.Args, workingDir: &s.WorkingDir,
		env: s.Env, envFrom: s.EnvFrom, mounts: s.VolumeMounts,
	})
}

// walker visits the fields of one part.
type walker struct {
	part  Part
	index int
	path  *Path
	visit func(Field)
}

func (w walker) text(name Name, path Path, text *string) {
	w.visit(Field{Part: w.part, Index: w.index, Name: name, Path: path, Text: text})
}

func (w walker) list(name Name, path Path, list *[]string) {
	w.visit(Field{Part: w.part, Index: w.index, Name: name, Path: path, List: list})
}

// container holds what steps, sidecars and the step template have in common.
type container struct {
	image, workingDir *string
	pullPolicy        *corev1.PullPolicy
	command, args     *[]string
	env               []corev1.EnvVar
	envFrom           []corev1.EnvFromSource
	mounts            []corev1.VolumeMount
}

func (w walker) container(c container) {
	w.text(Image, w.path.field("image"), c.image)
	w.text(ImagePullPolicy, w.path.field("imagePullPolicy"), (*string)(c.pullPolicy))
	w.list(Command, w.path.field("command"), c.command)
	w.list(Args, w.path.field("args"), c.args)
	w.text(WorkingDir, w.path.field("workingDir"), c.workingDir)
	for i := range c.env {
		w.env(&c.env[i], i)
	}
	for i := range c.envFrom {
		w.envFrom(&c.envFrom[i], i)
	}
	for i := range c.mounts {
		m, path := &c.mounts[i], w.path.at("volumeMounts", i)
		w.text(VolumeMount, path.field("name"), &m.Name)
		w.text(VolumeMount, path.field("mountPath"), &m.MountPath)
		w.text(VolumeMount, path.field("subPath"), &m.SubPath)
	}
}

func (w walker) env(e *corev1.EnvVar, i int) {
	path := w.path.at("env", i)
	w.text(EnvValue, path.field("value"), &e.Value)
	if e.ValueFrom == nil {
		return
	}
	if s := e.ValueFrom.SecretKeyRef; s != nil {
		w.text(EnvSource, path.field("valueFrom.secretKeyRef.name"), &s.Name)
		w.text(EnvSource, path.field("valueFrom.secretKeyRef.key"), &s.Key)
	}
	if s := e.ValueFrom.ConfigMapKeyRef; s != nil {
		w.text(EnvSource, path.field("valueFrom.configMapKeyRef.name"), &s.Name)
		w.text(EnvSource, path.field("valueFrom.configMapKeyRef.key"), &s.Key)
	}
}

func (w walker) envFrom(e *corev1.EnvFromSource, i int) {
	path := w.path.at("envFrom", i)
	w.text(EnvFrom, path.field("prefix"), &e.Prefix)
	if e.ConfigMapRef != nil {
		w.text(EnvFrom, path.field("configMapRef.name"), &e.ConfigMapRef.Name)
	}
	if e.SecretRef != nil {
		w.text(EnvFrom, path.field("secretRef.name"), &e.SecretRef.Name)
	}
}

func (w walker) when(list v1.WhenExpressions) {
	for i := range list {
		e, path := &list[i], w.path.at("when", i)
		field := Field{Part: w.part, Index: w.index, Name: When}
		field.Path, field.Text, field.rule = path.field("input"), &e.Input, asJSON
		w.visit(field)
		field.Path, field.Text, field.List, field.rule = path.field("values"), nil, &e.Values, starOnly
		w.visit(field)
		field.Path, field.Text, field.List, field.rule = path.field("cel"), &e.CEL, nil, anyArray
		w.visit(field)
	}
}

func (w walker) params(list v1.Params) {
	for i := range list {
		w.visit(Field{Part: w.part, Index: w.index, Name: Param, Path: w.path.member("params", list[i].Name), Value: &list[i].Value})
	}
}

func (w walker) usages(list []v1.WorkspaceUsage) {
	for i := range list {
		path := w.path.at("workspaces", i)
		w.text(Other, path.field("mountPath"), &list[i].MountPath)
	}
}

// volume visits what can hold references in a volume of a Task (contract 1 §6.3).
func (w walker) volume(v *corev1.Volume) {
	w.text(Other, w.path.field("name"), &v.Name)
	if c := v.ConfigMap; c != nil {
		w.text(Other, w.path.field("configMap.name"), &c.Name)
		w.items("configMap.items", c.Items)
	}
	if s := v.Secret; s != nil {
		w.text(Other, w.path.field("secret.secretName"), &s.SecretName)
		w.items("secret.items", s.Items)
	}
	if c := v.PersistentVolumeClaim; c != nil {
		w.text(Other, w.path.field("persistentVolumeClaim.claimName"), &c.ClaimName)
	}
	if v.Projected != nil {
		w.projected(v.Projected)
	}
	if c := v.CSI; c != nil {
		if c.NodePublishSecretRef != nil {
			w.text(Other, w.path.field("csi.nodePublishSecretRef.name"), &c.NodePublishSecretRef.Name)
		}
		w.visit(Field{Part: w.part, Index: w.index, Path: w.path.field("csi.volumeAttributes"), Members: &c.VolumeAttributes})
	}
}

func (w walker) items(name string, list []corev1.KeyToPath) {
	for i := range list {
		path := w.path.at(name, i)
		w.text(Other, path.field("key"), &list[i].Key)
		w.text(Other, path.field("path"), &list[i].Path)
	}
}

func (w walker) projected(p *corev1.ProjectedVolumeSource) {
	for i := range p.Sources {
		s, inner := &p.Sources[i], w
		inner.path = w.path.at("projected.sources", i)
		if s.ConfigMap != nil {
			inner.text(Other, inner.path.field("configMap.name"), &s.ConfigMap.Name)
			inner.items("configMap.items", s.ConfigMap.Items)
		}
		if s.Secret != nil {
			inner.text(Other, inner.path.field("secret.name"), &s.Secret.Name)
			inner.items("secret.items", s.Secret.Items)
		}
		if s.ServiceAccountToken != nil {
			inner.text(Other, inner.path.field("serviceAccountToken.audience"), &s.ServiceAccountToken.Audience)
		}
	}
}
