package v1beta1

import v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"

func (s *Sidecar) toV1() v1.Sidecar {
	return v1.Sidecar{
		Name:                     s.Name,
		Image:                    s.Image,
		Command:                  s.Command,
		Args:                     s.Args,
		WorkingDir:               s.WorkingDir,
		Ports:                    s.Ports,
		EnvFrom:                  s.EnvFrom,
		Env:                      s.Env,
		ComputeResources:         s.Resources,
		VolumeMounts:             s.VolumeMounts,
		VolumeDevices:            s.VolumeDevices,
		LivenessProbe:            s.LivenessProbe,
		ReadinessProbe:           s.ReadinessProbe,
		StartupProbe:             s.StartupProbe,
		Lifecycle:                s.Lifecycle,
		TerminationMessagePath:   s.TerminationMessagePath,
		TerminationMessagePolicy: s.TerminationMessagePolicy,
		ImagePullPolicy:          s.ImagePullPolicy,
		SecurityContext:          s.SecurityContext,
		Stdin:                    s.Stdin,
		StdinOnce:                s.StdinOnce,
		TTY:                      s.TTY,
		Script:                   s.Script,
		Workspaces:               s.Workspaces,
		RestartPolicy:            s.RestartPolicy,
	}
}

func sidecarFromV1(src *v1.Sidecar) Sidecar {
	return Sidecar{
		Name:                     src.Name,
		Image:                    src.Image,
		Command:                  src.Command,
		Args:                     src.Args,
		WorkingDir:               src.WorkingDir,
		Ports:                    src.Ports,
		EnvFrom:                  src.EnvFrom,
		Env:                      src.Env,
		Resources:                src.ComputeResources,
		VolumeMounts:             src.VolumeMounts,
		VolumeDevices:            src.VolumeDevices,
		LivenessProbe:            src.LivenessProbe,
		ReadinessProbe:           src.ReadinessProbe,
		StartupProbe:             src.StartupProbe,
		Lifecycle:                src.Lifecycle,
		TerminationMessagePath:   src.TerminationMessagePath,
		TerminationMessagePolicy: src.TerminationMessagePolicy,
		ImagePullPolicy:          src.ImagePullPolicy,
		SecurityContext:          src.SecurityContext,
		Stdin:                    src.Stdin,
		StdinOnce:                src.StdinOnce,
		TTY:                      src.TTY,
		Script:                   src.Script,
		Workspaces:               src.Workspaces,
		RestartPolicy:            src.RestartPolicy,
	}
}
