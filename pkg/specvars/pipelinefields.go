package specvars

import v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"

// VisitPipelineTaskFields calls visit for every field of a pipeline task in which references are replaced (contract
// 1 §6.3, PT) and for the names of matrix.include, which become display names; not for those of an inline Task, which
// VisitTaskFields visits.
func VisitPipelineTaskFields(pt *v1.PipelineTask, visit func(Field)) {
	in := func(part Part) walker { return walker{part: part, visit: visit} }
	in(PartParams).params(pt.Params)
	if pt.Matrix != nil {
		visitMatrix(pt.Matrix, in(PartMatrix))
	}
	in(PartWhen).when(pt.When)
	in(PartDisplayName).text(Other, (*Path)(nil).field("displayName"), &pt.DisplayName)
	for i := range pt.Workspaces {
		w := in(PartBinding)
		w.index, w.path = i, (*Path)(nil).at("workspaces", i)
		w.text(Other, w.path.field("subPath"), &pt.Workspaces[i].SubPath)
	}
	if pt.TaskRef != nil {
		path := (*Path)(nil).field("taskRef")
		w := in(PartTaskRef)
		w.path = &path
		w.text(Other, path.field("name"), &pt.TaskRef.Name)
		w.params(pt.TaskRef.Params)
	}
	in(PartOnError).text(OnError, (*Path)(nil).field("onError"), (*string)(&pt.OnError))
}

func visitMatrix(m *v1.Matrix, w walker) {
	path := (*Path)(nil).field("matrix")
	w.path = &path
	w.params(m.Params)
	for i := range m.Include {
		w.index, w.path = i, path.at("include", i)
		w.text(Other, w.path.field("name"), &m.Include[i].Name)
		w.params(m.Include[i].Params)
	}
}

// IsTask reports whether a pipeline task has an inline Task; false for references, child pipelines, and custom tasks,
// whose inline spec is their own controller's (contract 1 P-09).
func IsTask(pt *v1.PipelineTask) bool {
	s := pt.TaskSpec
	return s != nil && s.APIVersion == "" && (s.Kind == "" || s.Kind == string(v1.NamespacedTaskKind))
}
