package pipelinerun

import (
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// settle is the time between two writes of a status that only tell how far the run has come. The status of a large run is
// long, and its tasks may end many times in a second: writing it each time is what would hold them up most.
const settle = 500 * time.Millisecond

// onlyProgress tells whether a status says no more than the one before but that children were created and how many have
// ended. The children themselves tell that, so that nothing is lost if it is never written.
func onlyProgress(before, after v1.PipelineRunStatus) bool {
	was, is := before.GetCondition("Succeeded"), after.GetCondition("Succeeded")
	if was == nil || !is.IsUnknown() || equality.Semantic.DeepEqual(before, after) {
		return false
	}
	same := after
	same.ChildReferences = before.ChildReferences
	if c := same.GetCondition("Succeeded"); c.Status == was.Status && c.Reason == was.Reason {
		same.Conditions = before.Conditions
	}
	return equality.Semantic.DeepEqual(before, same)
}
