package v1beta1

import (
	"fmt"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// toV1 converts a status. What v1 has no place for goes into own, what v1beta1 had no place for comes out of newer. The
// resources of the top status have annotations of their own; those of earlier attempts go into own, too.
func (s *TaskRunStatus) toV1(own, newer *fields, path string) v1.TaskRunStatus {
	status := v1.TaskRunStatus{Status: s.Status}
	status.TaskRunStatusFields = v1.TaskRunStatusFields{
		PodName:        s.PodName,
		StartTime:      s.StartTime,
		CompletionTime: s.CompletionTime,
		Results:        typedResults(s.TaskResults),
		Sidecars:       s.Sidecars,
		Provenance:     s.Provenance.toV1(own, path+".provenance"),
		SpanContext:    s.SpanContext,
	}
	if s.TaskSpec != nil {
		s.TaskSpec.putGone(own, path+".taskSpec")
		spec := s.TaskSpec.toV1()
		status.TaskSpec = &spec
	}
	newer.take(path+".artifacts", &status.Artifacts)
	for i := range s.Steps {
		status.Steps = append(status.Steps, s.Steps[i].toV1(own, newer, fmt.Sprintf("%s.steps[%d]", path, i)))
	}
	for i := range s.RetriesStatus {
		retry, at := &s.RetriesStatus[i], retryPath(path, i)
		retry.putOldMembers(own, at)
		status.RetriesStatus = append(status.RetriesStatus, retry.toV1(own, newer, at))
	}
	return status
}

func taskRunStatusFromV1(src *v1.TaskRunStatus, own, newer *fields, path string) TaskRunStatus {
	status := TaskRunStatus{Status: src.Status}
	status.TaskRunStatusFields = TaskRunStatusFields{
		PodName:        src.PodName,
		StartTime:      src.StartTime,
		CompletionTime: src.CompletionTime,
		TaskResults:    typedResults(src.Results),
		Sidecars:       src.Sidecars,
		Provenance:     provenanceFromV1(src.Provenance, own, path+".provenance"),
		SpanContext:    src.SpanContext,
	}
	if src.TaskSpec != nil {
		spec := taskSpecFromV1(src.TaskSpec)
		spec.takeGone(own, path+".taskSpec")
		status.TaskSpec = &spec
	}
	if a := src.Artifacts; a != nil && len(a.Inputs)+len(a.Outputs) > 0 {
		newer.putOptional(path+".artifacts", a)
	}
	for i := range src.Steps {
		status.Steps = append(status.Steps, stepStateFromV1(&src.Steps[i], own, newer, fmt.Sprintf("%s.steps[%d]", path, i)))
	}
	for i := range src.RetriesStatus {
		at := retryPath(path, i)
		retry := taskRunStatusFromV1(&src.RetriesStatus[i], own, newer, at)
		retry.takeOldMembers(own, at)
		status.RetriesStatus = append(status.RetriesStatus, retry)
	}
	return status
}

func retryPath(path string, i int) string { return fmt.Sprintf("%s.retriesStatus[%d]", path, i) }

// putOldMembers remembers the members of an earlier attempt that have an annotation of their own in the top status.
func (s *TaskRunStatus) putOldMembers(own *fields, path string) {
	if len(s.CloudEvents) > 0 {
		own.put(path+".cloudEvents", s.CloudEvents)
	}
	if len(s.ResourcesResult) > 0 {
		own.put(path+".resourcesResult", s.ResourcesResult)
	}
	if s.TaskSpec == nil {
		return
	}
	if s.TaskSpec.Resources != nil {
		own.put(path+".taskSpec.resources", s.TaskSpec.Resources)
	}
	if deprecated, ok := deprecationOf(s.TaskSpec); ok {
		own.put(path+".taskSpec.deprecations", deprecated)
	}
}

func (s *TaskRunStatus) takeOldMembers(own *fields, path string) {
	own.take(path+".cloudEvents", &s.CloudEvents)
	own.take(path+".resourcesResult", &s.ResourcesResult)
	if s.TaskSpec == nil {
		return
	}
	own.take(path+".taskSpec.resources", &s.TaskSpec.Resources)
	deprecated := taskDeprecation{}
	if own.take(path+".taskSpec.deprecations", &deprecated) {
		// The status of an earlier attempt does not change; if it did all the same, the members are not worth an error.
		_ = s.TaskSpec.restore(deprecated)
	}
}

func typedResults(results []v1.TaskRunResult) []v1.TaskRunResult {
	if len(results) == 0 {
		return nil
	}
	for i := range results {
		typeValue(&results[i].Value)
	}
	return results
}

func (s *StepState) toV1(own, newer *fields, path string) v1.StepState {
	state := v1.StepState{
		ContainerState:    s.ContainerState,
		Name:              s.Name,
		Container:         s.Container,
		ImageID:           s.ImageID,
		Results:           typedResults(s.Results),
		Provenance:        s.Provenance.toV1(own, path+".provenance"),
		TerminationReason: s.terminationReason(),
		Inputs:            s.Inputs,
		Outputs:           s.Outputs,
	}
	newer.take(path+".terminationReason", &state.TerminationReason)
	return state
}

// terminationReason is the best guess for the member that v1beta1 does not have (contract 1 §3.3).
func (s *StepState) terminationReason() string {
	if s.Terminated == nil {
		return ""
	}
	return s.Terminated.Reason
}

func stepStateFromV1(src *v1.StepState, own, newer *fields, path string) StepState {
	state := StepState{
		ContainerState: src.ContainerState,
		Name:           src.Name,
		Container:      src.Container,
		ImageID:        src.ImageID,
		Results:        typedResults(src.Results),
		Provenance:     provenanceFromV1(src.Provenance, own, path+".provenance"),
		Inputs:         src.Inputs,
		Outputs:        src.Outputs,
	}
	if src.TerminationReason != state.terminationReason() {
		newer.put(path+".terminationReason", src.TerminationReason)
	}
	return state
}
