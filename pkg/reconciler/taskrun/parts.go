package taskrun

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/credentials"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// parts looks up what the pod of an attempt is made of.
func (r *Reconciler) parts(ctx context.Context, seen *taskplan.Seen, order *taskplan.PartsOrder) *taskplan.Parts {
	namespace := seen.TaskRun.Namespace
	injected := r.injected.in(namespace)
	parts := &taskplan.Parts{
		NativeSidecars: wantsNative(seen.Config, order.Spec) && r.nativeSidecars(),
		Injected:       injected.containers, InjectedHold: injected.holds,
		PrepareInInit: r.unordered.contains(podbuild.NodeKind(order.PodTemplate)),
	}
	for _, lookUp := range []func(context.Context, *taskplan.Seen, *taskplan.PartsOrder, *taskplan.Parts) error{r.credentials, r.images, r.limits} {
		if parts.Err = lookUp(ctx, seen, order, parts); parts.Err != nil {
			break
		}
	}
	return parts
}

// wantsNative tells whether it matters what the API server knows of init containers that go on running.
func wantsNative(cfg *config.Config, spec *v1.TaskSpec) bool {
	return cfg.FeatureFlags.EnableKubernetesSidecar ||
		slices.ContainsFunc(spec.Sidecars, func(s v1.Sidecar) bool { return s.RestartPolicy != nil })
}

func (r *Reconciler) credentials(ctx context.Context, seen *taskplan.Seen, order *taskplan.PartsOrder, parts *taskplan.Parts) error {
	flags := seen.Config.FeatureFlags
	if flags.DisableCredsInit {
		return nil
	}
	gathered, err := credentials.Gather(ctx, r.accounts.of(seen.TaskRun), seen.TaskRun.Namespace, order.ServiceAccount)
	if err != nil {
		return err
	}
	parts.MissingSecrets = gathered.Missing
	parts.Credentials, err = credentials.Select(gathered.Secrets, flags.RequireGitSSHSecretKnownHosts)
	return err
}

// images asks for the commands of images for steps that name none. Nothing waits for registries here: the run is looked at again
// when they have answered.
func (r *Reconciler) images(ctx context.Context, seen *taskplan.Seen, order *taskplan.PartsOrder, parts *taskplan.Parts) error {
	refs, err := podbuild.LookupImages(order.Spec)
	if err != nil {
		return failure.Invalidf("", "%w", err)
	}
	if len(refs) == 0 {
		return nil
	}
	tr := seen.TaskRun
	var template []corev1.LocalObjectReference
	if order.PodTemplate != nil {
		template = order.PodTemplate.ImagePullSecrets
	}
	secrets, err := credentials.PullSecrets(ctx, r.accounts.of(tr), tr.Namespace, order.ServiceAccount, template)
	if err != nil {
		return err
	}
	key := keyOf(tr)
	answer := r.options.Registry.Ask(ctx, registry.Request{
		Scope: tr.Namespace + "/" + string(tr.UID), Tenant: tr.Namespace, Images: refs, PullSecrets: secrets,
	}, func() { r.enqueueAfter(key, 0) })
	parts.Images = answer.Images
	switch {
	case answer.Pending:
		return failure.Waitingf("", "the commands of images are being looked up: %q", refs)
	case failure.ClassOf(answer.Err) == failure.Transient && answer.Err != nil:
		parts.AskAgain = r.options.Clock.Now().Add(answer.RetryAfter)
		return failure.Waitingf("", "%w", answer.Err)
	default:
		return answer.Err
	}
}

func (r *Reconciler) limits(_ context.Context, seen *taskplan.Seen, _ *taskplan.PartsOrder, parts *taskplan.Parts) error {
	var err error
	if parts.LimitRanges, err = r.limitRanges.LimitRanges(seen.TaskRun.Namespace).List(labels.Everything()); err != nil {
		return fmt.Errorf("listing limit ranges: %w", err)
	}
	return nil
}
