package pipelinerun

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// admit defaults and validates a TaskRun that is about to be created, as the webhook does for those of users. The webhook
// leaves out what the controller creates: two calls less for every task, and runs go on while the webhook is away.
func (r *Reconciler) admit(ctx context.Context, cfg *config.Config, tr *v1.TaskRun) error {
	ctx = apis.WithinCreate(config.WithRelease(config.ToContext(ctx, cfg), r.release))
	tr.SetDefaults(ctx)
	if err := tr.Validate(ctx).Filter(apis.ErrorLevel); err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("TaskRun %s is not valid: %v", tr.Name, err))
	}
	return nil
}
