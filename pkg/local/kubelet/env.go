package kubelet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// environ is the environment that a pod gives to a container, without that of the image.
type environ map[string]string

func (e environ) lookup(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

// list returns the variables by name: which one comes first means nothing.
func (e environ) list() []string {
	out := make([]string, 0, len(e))
	for _, name := range slices.Sorted(maps.Keys(e)) {
		out = append(out, name+"="+e[name])
	}
	return out
}

// makeEnv returns the environment of a container. Later entries win and may refer to those before.
func (p *pod) makeEnv(pod *corev1.Pod, c *corev1.Container) (environ, error) {
	env := environ{}
	for i := range c.EnvFrom {
		if err := p.addEnvFrom(env, pod.Namespace, &c.EnvFrom[i]); err != nil {
			return nil, err
		}
	}
	for i := range c.Env {
		v := &c.Env[i]
		if v.Value != "" || v.ValueFrom == nil {
			env[v.Name] = expand(v.Value, env.lookup)
			continue
		}
		value, ok, err := p.valueFrom(pod, c, v.ValueFrom)
		if err != nil {
			return nil, err
		}
		if ok {
			env[v.Name] = value
		}
	}
	return env, nil
}

func (p *pod) addEnvFrom(env environ, namespace string, from *corev1.EnvFromSource) error {
	if ref := from.ConfigMapRef; ref != nil {
		cm, err := p.objects.ConfigMap(namespace, ref.Name)
		if err != nil {
			return p.missing("configmap", ref.Name, err, ref.Optional)
		}
		for key, value := range cm.Data {
			setFrom(env, from.Prefix+key, value)
		}
	}
	if ref := from.SecretRef; ref != nil {
		secret, err := p.objects.Secret(namespace, ref.Name)
		if err != nil {
			return p.missing("secret", ref.Name, err, ref.Optional)
		}
		for key, value := range secretData(secret) {
			setFrom(env, from.Prefix+key, string(value))
		}
	}
	return nil
}

// setFrom leaves out what cannot be a variable.
func setFrom(env environ, name, value string) {
	if name != "" && !strings.ContainsAny(name, "=\x00") {
		env[name] = value
	}
}

// missing returns nil if an object may be missing, and what kubelets say otherwise.
func (*pod) missing(kind, name string, err error, optional *bool) error {
	switch {
	case !apierrors.IsNotFound(err):
		return fmt.Errorf("%s %q: %w", kind, name, err)
	case optional != nil && *optional:
		return nil
	default:
		return fmt.Errorf("%s %q not found", kind, name)
	}
}

func (p *pod) valueFrom(pod *corev1.Pod, c *corev1.Container, from *corev1.EnvVarSource) (string, bool, error) {
	switch {
	case from.FieldRef != nil:
		value, err := p.field(pod, from.FieldRef.FieldPath)
		return value, err == nil, err
	case from.ResourceFieldRef != nil:
		of := c
		if name := from.ResourceFieldRef.ContainerName; name != "" {
			of = find(pod, name)
		}
		value, err := resourceField(of, from.ResourceFieldRef)
		return value, err == nil, err
	case from.ConfigMapKeyRef != nil:
		return p.configMapKey(pod.Namespace, from.ConfigMapKeyRef)
	case from.SecretKeyRef != nil:
		return p.secretKey(pod.Namespace, from.SecretKeyRef)
	case from.FileKeyRef != nil:
		return "", false, fmt.Errorf("environment variables from files (fileKeyRef) are not supported on this machine")
	}
	return "", true, nil
}

func (p *pod) configMapKey(namespace string, ref *corev1.ConfigMapKeySelector) (string, bool, error) {
	cm, err := p.objects.ConfigMap(namespace, ref.Name)
	if err != nil {
		return "", false, p.missing("configmap", ref.Name, err, ref.Optional)
	}
	if value, ok := cm.Data[ref.Key]; ok {
		return value, true, nil
	}
	if ref.Optional != nil && *ref.Optional {
		return "", false, nil
	}
	return "", false, fmt.Errorf("couldn't find key %v in ConfigMap %v/%v", ref.Key, namespace, ref.Name)
}

func (p *pod) secretKey(namespace string, ref *corev1.SecretKeySelector) (string, bool, error) {
	secret, err := p.objects.Secret(namespace, ref.Name)
	if err != nil {
		return "", false, p.missing("secret", ref.Name, err, ref.Optional)
	}
	if value, ok := secretData(secret)[ref.Key]; ok {
		return string(value), true, nil
	}
	if ref.Optional != nil && *ref.Optional {
		return "", false, nil
	}
	return "", false, fmt.Errorf("couldn't find key %v in Secret %v/%v", ref.Key, namespace, ref.Name)
}

// secretData has stringData as well, which an API server would have taken over into data.
func secretData(secret *corev1.Secret) map[string][]byte {
	if len(secret.StringData) == 0 {
		return secret.Data
	}
	data := maps.Clone(secret.Data)
	if data == nil {
		data = map[string][]byte{}
	}
	for key, value := range secret.StringData {
		data[key] = []byte(value)
	}
	return data
}
