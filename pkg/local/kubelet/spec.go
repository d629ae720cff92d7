package kubelet

import (
	"errors"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// defaultPath is the search path of containers whose image and pod name none.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

var errNoCommand = &container.StartError{Reason: reasonCreateError, Err: errors.New("no command specified")}

// containerSpec is the container as the runtime wants it. Its errors are about what the author of the pod has asked for.
func (w *worker) containerSpec(proc *process, image *container.Image) (container.Spec, error) {
	pod, c := proc.pod, proc.spec
	env, err := w.p.makeEnv(pod, c)
	if err != nil {
		return container.Spec{}, err
	}
	spec := container.Spec{Name: c.Name, Image: image, TTY: c.TTY, WorkingDir: workingDir(c, image)}
	if err := secure(&spec, pod, c, image); err != nil {
		return container.Spec{}, err
	}
	spec.Args = commandLine(c, image, env)
	if len(spec.Args) == 0 {
		return container.Spec{}, errNoCommand
	}
	spec.Env = wholeEnv(pod, image, env)
	if spec.Mounts, err = w.mounts(proc, env); err != nil {
		return container.Spec{}, err
	}
	spec.Memory = c.Resources.Limits.Memory().Value()
	spec.CPU = c.Resources.Limits.Cpu().MilliValue()
	return spec, nil
}

// commandLine is the pod's, and the image's where the pod says nothing. Only the pod's is expanded.
func commandLine(c *corev1.Container, image *container.Image, env environ) []string {
	command, args := expandAll(c.Command, env.lookup), expandAll(c.Args, env.lookup)
	switch {
	case len(command) > 0:
		return slices.Concat(command, args)
	case len(args) > 0:
		return slices.Concat(image.Entrypoint, args)
	default:
		return slices.Concat(image.Entrypoint, image.Cmd)
	}
}

// wholeEnv is what a container runtime gives, then the image, then the pod.
func wholeEnv(pod *corev1.Pod, image *container.Image, env environ) []string {
	var out []string
	if !slices.ContainsFunc(image.Env, func(v string) bool { return strings.HasPrefix(v, "PATH=") }) {
		out = append(out, "PATH="+defaultPath)
	}
	out = append(out, "HOSTNAME="+hostname(pod))
	for _, v := range image.Env {
		name, _, _ := strings.Cut(v, "=")
		if _, ok := env[name]; !ok {
			out = append(out, v)
		}
	}
	return append(out, env.list()...)
}

func workingDir(c *corev1.Container, image *container.Image) string {
	switch dir := c.WorkingDir; {
	case strings.HasPrefix(dir, "/"):
		return dir
	case dir != "":
		return "/" + dir
	case strings.HasPrefix(image.WorkingDir, "/"):
		return image.WorkingDir
	default:
		return "/" + image.WorkingDir
	}
}
