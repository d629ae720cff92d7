// Package leases keeps the leases of a component when its container starts anew.
package leases

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"knative.dev/pkg/injection/sharedmain"
	"knative.dev/pkg/leaderelection"
	"knative.dev/pkg/system"
)

// Environment variables that name the pod of the process. Its Deployment sets them.
const (
	podNameEnv = "POD_NAME"
	podUIDEnv  = "POD_UID"
)

// Keep returns a context with which sharedmain takes part in leader election under the name of the pod, as component. A process
// that was killed cannot give its leases back. The one that follows it in the same pod has the same name, and goes on with them
// at once; by a name of its own, as it gets from sharedmain, it would wait until they are over (contract 4 §7.7).
//
// Without the variables POD_NAME and POD_UID the context stays as it is: only they make sure that no two processes have one name.
func Keep(ctx context.Context, kube kubernetes.Interface, component string) (context.Context, error) {
	name, uid := os.Getenv(podNameEnv), os.Getenv(podUIDEnv)
	if name == "" || uid == "" {
		return ctx, nil
	}
	settings, err := read(ctx, kube)
	if err != nil {
		return ctx, err
	}
	ctx = leaderelection.WithConfig(ctx, settings)
	elected := settings.GetComponentConfig(component)
	elected.Identity = name + "_" + uid
	// Otherwise sharedmain would put its own names in the place of these.
	ctx = sharedmain.WithHADisabled(ctx)
	return leaderelection.WithDynamicLeaderElectorBuilder(ctx, kube, elected), nil
}

func read(ctx context.Context, kube kubernetes.Interface) (*leaderelection.Config, error) {
	name := leaderelection.ConfigMapName()
	cm, err := kube.CoreV1().ConfigMaps(system.Namespace()).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		cm, err = &corev1.ConfigMap{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the ConfigMap %s: %w", name, err)
	}
	settings, err := leaderelection.NewConfigFromConfigMap(cm)
	if err != nil {
		return nil, fmt.Errorf("reading the ConfigMap %s: %w", name, err)
	}
	return settings, nil
}
