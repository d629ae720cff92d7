package passes

import (
	"github.com/tenon-ci/tenon/pkg/apierror"
	"github.com/tenon-ci/tenon/pkg/decision"
)

// RefusedChild says what an API error of an action of a PipelineRun means for the run (contract 3 §1.3, §7.5).
func RefusedChild(err error) decision.RefusalKind {
	switch apierror.Classify(err) {
	case apierror.Quota, apierror.QuotaConflict, apierror.Conflict:
		return decision.RefusedByQuota
	case apierror.Invalid:
		return decision.RefusedForGood
	default:
		return decision.RefusedForNow
	}
}

// RefusedPod says what an API error of an action of a TaskRun means for the run.
func RefusedPod(err error) decision.RefusalKind {
	switch apierror.Classify(err) {
	case apierror.Quota, apierror.QuotaConflict:
		return decision.RefusedByQuota
	case apierror.Invalid, apierror.Policy:
		return decision.RefusedForGood
	default:
		return decision.RefusedForNow
	}
}
