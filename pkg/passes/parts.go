package passes

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/credentials"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// Sources are where the parts of the pod of one TaskRun come from.
type Sources struct {
	Accounts credentials.Getter
	// Images tells about images; it does not wait.
	Images func(refs []string, pullSecrets []corev1.Secret) ImageAnswer
	// LimitRanges lists those of the namespace.
	LimitRanges func() ([]*corev1.LimitRange, error)
	// NativeSidecars tells whether init containers may go on running; it is asked only if that matters.
	NativeSidecars func() bool
}

// ImageAnswer is what is known of images.
type ImageAnswer struct {
	Images map[string]imageinfo.Image
	// Pending says that some are being looked up, and that there is another pass when that is done.
	Pending bool
	// Err says why there is no answer. With a failure of class Transient it is worth asking again at AskAgain.
	Err      error
	AskAgain time.Time
}

// Parts looks up what the pod of an attempt is made of, and adds it to parts.
func Parts(ctx context.Context, from Sources, seen *taskplan.Seen, order *taskplan.PartsOrder, parts *taskplan.Parts) {
	parts.NativeSidecars = wantsNative(seen.Config, order.Spec) && from.NativeSidecars()
	for _, lookUp := range []func(context.Context, *taskplan.Seen, *taskplan.PartsOrder, *taskplan.Parts) error{
		from.credentials, from.images, from.limits,
	} {
		if parts.Err = lookUp(ctx, seen, order, parts); parts.Err != nil {
			return
		}
	}
}

// wantsNative tells whether it matters what the API server knows of init containers that go on running.
func wantsNative(cfg *config.Config, spec *v1.TaskSpec) bool {
	return cfg.FeatureFlags.EnableKubernetesSidecar ||
		slices.ContainsFunc(spec.Sidecars, func(s v1.Sidecar) bool { return s.RestartPolicy != nil })
}

func (from Sources) credentials(ctx context.Context, seen *taskplan.Seen, order *taskplan.PartsOrder, parts *taskplan.Parts) error {
	flags := seen.Config.FeatureFlags
	if flags.DisableCredsInit {
		return nil
	}
	gathered, err := credentials.Gather(ctx, from.Accounts, seen.TaskRun.Namespace, order.ServiceAccount)
	if err != nil {
		return err
	}
	parts.MissingSecrets = gathered.Missing
	parts.Credentials, err = credentials.Select(gathered.Secrets, flags.RequireGitSSHSecretKnownHosts)
	return err
}

// images asks for the commands of images for steps that name none. Nothing waits for registries here: the run is looked at again
// when they have answered.
func (from Sources) images(ctx context.Context, seen *taskplan.Seen, order *taskplan.PartsOrder, parts *taskplan.Parts) error {
	refs, err := podbuild.LookupImages(order.Spec)
	if err != nil {
		return failure.Invalidf("", "%w", err)
	}
	if len(refs) == 0 {
		return nil
	}
	var template []corev1.LocalObjectReference
	if order.PodTemplate != nil {
		template = order.PodTemplate.ImagePullSecrets
	}
	secrets, err := credentials.PullSecrets(ctx, from.Accounts, seen.TaskRun.Namespace, order.ServiceAccount, template)
	if err != nil {
		return err
	}
	answer := from.Images(refs, secrets)
	parts.Images = answer.Images
	switch {
	case answer.Pending:
		return failure.Waitingf("", "the commands of images are being looked up: %q", refs)
	case failure.ClassOf(answer.Err) == failure.Transient && answer.Err != nil:
		parts.AskAgain = answer.AskAgain
		return failure.Waitingf("", "%w", answer.Err)
	default:
		return answer.Err
	}
}

func (from Sources) limits(_ context.Context, _ *taskplan.Seen, _ *taskplan.PartsOrder, parts *taskplan.Parts) error {
	var err error
	parts.LimitRanges, err = from.LimitRanges()
	return err
}
