package plan

import (
	"encoding/json"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

const (
	// maxObject is the size in bytes that a PipelineRun may have as JSON. The usual limit of the API server's storage is
	// 1.5 MiB, for a form that is a little larger because of managed fields.
	maxObject = 1_400_000
	// entrySize is a generous guess at the size of an entry of childReferences or skippedTasks without its conditions.
	entrySize = 512
	// reasonTooLarge is the reason of a run whose status could not be stored.
	reasonTooLarge = "PipelineRunTooLarge"
)

// checkSize makes sure that the new status can be stored. The whole object is only measured if something large was added
// and a rough guess comes near the limit.
func (r *run) checkSize() *failure.Failure {
	entries := len(r.status.ChildReferences) + len(r.status.SkippedTasks)
	before := len(r.pr.Status.ChildReferences) + len(r.pr.Status.SkippedTasks)
	grown := r.status.PipelineSpec != r.pr.Status.PipelineSpec || len(r.status.Results) > 0 ||
		entries > before && entries > maxObject/entrySize/8
	if !grown {
		return nil
	}
	object := v1.PipelineRun{ObjectMeta: r.pr.ObjectMeta, Spec: r.pr.Spec, Status: r.status}
	object.ManagedFields = nil
	text, err := json.Marshal(&object)
	if err != nil || len(text) <= maxObject {
		return nil
	}
	return failure.Invalidf(reasonTooLarge, "PipelineRun %s would be %d bytes large with its status, more than the %d bytes that can be stored: "+
		"split the Pipeline, move inline tasks into Tasks of their own, or pass large results through a workspace",
		r.runName(), len(text), maxObject)
}

// shrink drops from the status what this pass would have added, so that the failure itself can be stored.
func (r *run) shrink() {
	r.status.PipelineSpec = r.pr.Status.PipelineSpec
	r.status.Results = r.pr.Status.Results
	r.status.SkippedTasks = r.pr.Status.SkippedTasks
	r.status.ChildReferences = r.pr.Status.ChildReferences
}
