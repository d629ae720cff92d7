package pipelinerun

import (
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/write"
)

// onlyProgress tells whether a status says no more than the one before but that children were created and how many have
// ended. The children themselves tell that, so that nothing is lost if it is never written.
func onlyProgress(before, after v1.PipelineRunStatus) bool {
	was, is := before.GetCondition("Succeeded"), after.GetCondition("Succeeded")
	if was == nil || !is.IsUnknown() || write.Equal(before, after) {
		return false
	}
	same := after
	same.ChildReferences = before.ChildReferences
	if c := same.GetCondition("Succeeded"); c.Status == was.Status && c.Reason == was.Reason {
		same.Conditions = before.Conditions
	}
	return write.Equal(before, same)
}
