package measure

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/test/cluster"
)

// leaderElection is the ConfigMap with the number of shares of the controller's work.
const leaderElection = "config-leader-election-controller"

// restorePatience bounds how long putting the controller back may take.
const restorePatience = 5 * time.Minute

// Scale gives the controller a number of replicas, and its work as many shares, and returns what puts both back; 0 leaves them as
// they are. All pods of the controller are replaced, since they read the number of shares at their start.
func (s *Session) Scale(ctx context.Context, replicas int) (restore func() error, err error) {
	if replicas == 0 {
		return func() error { return nil }, nil
	}
	d, err := s.Kube.AppsV1().Deployments(cluster.SystemNamespace).Get(ctx, ControllerApp, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading Deployment %s: %w", ControllerApp, err)
	}
	before := ptr.Deref(d.Spec.Replicas, 1)
	shares := map[string]string{"buckets": strconv.Itoa(replicas)}
	putBack, err := s.ChangeConfig(ctx, cluster.SystemNamespace, leaderElection, shares)
	if err != nil {
		return nil, err
	}
	restore = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), restorePatience)
		defer cancel()
		return errors.Join(putBack(ctx), s.replaceControllers(ctx, before))
	}
	if err := s.replaceControllers(ctx, int32(replicas)); err != nil {
		return nil, errors.Join(err, restore())
	}
	return restore, nil
}

// Restart replaces the pods of the controller.
func (s *Session) Restart(ctx context.Context) error {
	return s.ReplacePods(ctx, cluster.SystemNamespace, ControllerApp)
}

// replaceControllers runs a number of new pods of the controller in the place of those that are there.
func (s *Session) replaceControllers(ctx context.Context, replicas int32) error {
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, replicas)
	_, err := s.Kube.AppsV1().Deployments(cluster.SystemNamespace).
		Patch(ctx, ControllerApp, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("scaling Deployment %s: %w", ControllerApp, err)
	}
	if err := s.AwaitDeployment(ctx, cluster.SystemNamespace, ControllerApp); err != nil {
		return err
	}
	return s.Restart(ctx)
}
