package plan

import (
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/results"
)

// finish adds the results of the run. Results that should exist and do not make it fail, whatever came of it before
// (contract 3 §6).
func (r *run) finish() {
	made, invalid := results.Pipeline(r.spec.Results, func(section, name string) (results.Producer, bool) {
		t := r.taskIn(section, name)
		if t == nil || !t.isStarted() {
			return results.Producer{}, false
		}
		return results.Producer{Results: t.resultSet(), Succeeded: t.state == succeeded}, true
	})
	r.status.Results = made
	if len(invalid) > 0 {
		r.fail(failure.Invalidf(v1.PipelineRunReasonCouldntGetPipelineResult.String(),
			"Failed to get PipelineResult from TaskRun Results for PipelineRun %s: invalid pipelineresults %v, the referenced results don't exist",
			r.pr.Name, invalid))
	}
}
