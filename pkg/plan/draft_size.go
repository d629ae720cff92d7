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
	// entrySize is the size of an entry of childReferences or skippedTasks, in bytes, without the texts in it.
	entrySize = 100
	// reasonTooLarge is the reason of a run whose status could not be stored.
	reasonTooLarge = "PipelineRunTooLarge"
)

// checkSize makes sure that the new status can be stored. The whole object is only measured if something large was added
// and a rough guess comes near the limit.
func (out *draft) checkSize() *failure.Failure {
	entries := entriesSize(&out.status)
	grown := out.status.PipelineSpec != out.pr.Status.PipelineSpec || len(out.status.Results) > 0 ||
		entries > maxObject/16 && entries > entriesSize(&out.pr.Status)
	if !grown {
		return nil
	}
	object := v1.PipelineRun{ObjectMeta: out.pr.ObjectMeta, Spec: out.pr.Spec, Status: out.status}
	object.ManagedFields = nil
	text, err := json.Marshal(&object)
	if err != nil || len(text) <= maxObject {
		return nil
	}
	return failure.Invalidf(reasonTooLarge, "PipelineRun %s would be %d bytes large with its status, more than the %d bytes that can be stored: "+
		"split the Pipeline, move inline tasks into Tasks of their own, or pass large results through a workspace",
		out.pr.Namespace+"/"+out.pr.Name, len(text), maxObject)
}

// entriesSize returns about how large the entries about children and skipped tasks are, in bytes. Values of conditions make
// up most of it where they hold large results.
func entriesSize(status *v1.PipelineRunStatus) int {
	size := 0
	for i := range status.ChildReferences {
		ref := &status.ChildReferences[i]
		size += entrySize + len(ref.Name) + len(ref.DisplayName) + len(ref.PipelineTaskName) + guardsSize(ref.WhenExpressions)
	}
	for i := range status.SkippedTasks {
		entry := &status.SkippedTasks[i]
		size += entrySize + len(entry.Name) + guardsSize(entry.WhenExpressions)
	}
	return size
}

func guardsSize(guards []v1.WhenExpression) int {
	size := 0
	for i := range guards {
		size += entrySize + len(guards[i].Input) + len(guards[i].CEL)
		for _, value := range guards[i].Values {
			size += len(value)
		}
	}
	return size
}

// shrink drops from the status what this pass would have added, so that the failure itself can be stored.
func (out *draft) shrink() {
	out.status.PipelineSpec = out.pr.Status.PipelineSpec
	out.status.Results = out.pr.Status.Results
	out.status.SkippedTasks = out.pr.Status.SkippedTasks
	out.status.ChildReferences = out.pr.Status.ChildReferences
}
