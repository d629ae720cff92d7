package taskrun

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// parts looks up what the pod of an attempt is made of.
func (r *Reconciler) parts(ctx context.Context, seen *taskplan.Seen, order *taskplan.PartsOrder) *taskplan.Parts {
	tr := seen.TaskRun
	injected := r.injected.in(tr.Namespace)
	parts := &taskplan.Parts{
		Injected: injected.containers, InjectedHold: injected.holds,
		PrepareInInit: r.unordered.contains(podbuild.NodeKind(order.PodTemplate)),
	}
	passes.Parts(ctx, passes.Sources{
		Accounts:       r.accounts.of(tr),
		NativeSidecars: r.nativeSidecars,
		Images: func(refs []string, secrets []corev1.Secret) passes.ImageAnswer {
			key := keyOf(tr)
			answer := r.options.Registry.Ask(ctx, registry.Request{
				Scope: tr.Namespace + "/" + string(tr.UID), Tenant: tr.Namespace, Images: refs, PullSecrets: secrets,
			}, func() { r.enqueueAfter(key, 0) })
			return passes.ImageAnswer{
				Images: answer.Images, Pending: answer.Pending, Err: answer.Err, AskAgain: r.options.Clock.Now().Add(answer.RetryAfter),
			}
		},
		LimitRanges: func() ([]*corev1.LimitRange, error) {
			if r.options.LimitRanges != nil {
				return r.options.LimitRanges(ctx, tr.Namespace)
			}
			found, err := r.limitRanges.LimitRanges(tr.Namespace).List(labels.Everything())
			if err != nil {
				return nil, fmt.Errorf("listing limit ranges: %w", err)
			}
			return found, nil
		},
	}, seen, order, parts)
	return parts
}
