package plan

import (
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/results"
)

// finish adds the results of the run. Results that should exist and do not make it fail, whatever came of it before
// (contract 3 §6).
func (d *decided) finish(out *draft) {
	made, invalid := results.Pipeline(d.spec.Results, func(section, name string) (results.Producer, bool) {
		t := d.taskIn(section, name)
		if t == nil || !t.isStarted() {
			return results.Producer{}, false
		}
		return results.Producer{Results: t.resultSet(), Succeeded: t.state == succeeded}, true
	})
	out.status.Results = made
	if len(invalid) > 0 {
		out.fail(failure.Invalidf(v1.PipelineRunReasonCouldntGetPipelineResult.String(),
			"Failed to get PipelineResult from TaskRun Results for PipelineRun %s: invalid pipelineresults %v, the referenced results don't exist",
			d.pr.Name, invalid))
	}
}
