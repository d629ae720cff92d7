package v1

import (
	"iter"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/substitution"
)

// guarded goes through the texts of a pipeline task that decide when it runs and with what: params, matrix and when. The
// path is relative to the pipeline task.
func (pt *PipelineTask) guarded() iter.Seq2[string, string] {
	return func(yield func(path, text string) bool) {
		for _, p := range pt.Params {
			if !eachText(p, func(text string) bool { return yield("params["+p.Name+"].value", text) }) {
				return
			}
		}
		for i := range pt.When {
			w := &pt.When[i]
			path := indexed("when", i)
			for _, text := range append([]string{w.Input, w.CEL}, w.Values...) {
				if text != "" && !yield(path, text) {
					return
				}
			}
		}
		if pt.Matrix == nil {
			return
		}
		for _, p := range pt.Matrix.Params {
			if !eachText(p, func(text string) bool { return yield("matrix.params["+p.Name+"].value", text) }) {
				return
			}
		}
		for i := range pt.Matrix.Include {
			for _, p := range pt.Matrix.Include[i].Params {
				path := indexed("matrix.include", i) + ".params[" + p.Name + "].value"
				if !eachText(p, func(text string) bool { return yield(path, text) }) {
					return
				}
			}
		}
	}
}

// eachText goes through the strings of a value until visit returns false; it reports whether it came to the end.
func eachText(p Param, visit func(text string) bool) bool {
	for _, text := range p.Value.texts() {
		if !visit(text) {
			return false
		}
	}
	return true
}

// texts returns the strings of a value; those of an object in the order of its keys.
func (v *ParamValue) texts() []string {
	switch v.Type {
	case ParamTypeArray:
		return v.ArrayVal
	case ParamTypeObject:
		texts := make([]string, 0, len(v.ObjectVal))
		for _, key := range sortedKeys(v.ObjectVal) {
			texts = append(texts, v.ObjectVal[key])
		}
		return texts
	default:
		return []string{v.StringVal}
	}
}

// inlineTexts goes through the fields of the steps and sidecars of an inline Task in which references to results order
// tasks (contract 3 §2.1).
func (pt *PipelineTask) inlineTexts() iter.Seq[string] {
	return func(yield func(text string) bool) {
		if pt.TaskSpec == nil {
			return
		}
		for i := range pt.TaskSpec.Steps {
			s := &pt.TaskSpec.Steps[i]
			if !yieldAll(yield, s.Name, s.Image, string(s.ImagePullPolicy), s.Script, s.WorkingDir) ||
				!yieldAll(yield, s.Command...) || !yieldAll(yield, s.Args...) || !yieldEnv(yield, s.Env) {
				return
			}
		}
		for i := range pt.TaskSpec.Sidecars {
			s := &pt.TaskSpec.Sidecars[i]
			if !yieldAll(yield, s.Name, s.Image, string(s.ImagePullPolicy), s.Script, s.WorkingDir) ||
				!yieldAll(yield, s.Command...) || !yieldAll(yield, s.Args...) || !yieldEnv(yield, s.Env) {
				return
			}
		}
	}
}

func yieldAll(yield func(string) bool, texts ...string) bool {
	for _, text := range texts {
		if text != "" && !yield(text) {
			return false
		}
	}
	return true
}

func yieldEnv(yield func(string) bool, env []corev1.EnvVar) bool {
	for i := range env {
		if !yieldAll(yield, env[i].Value) {
			return false
		}
		source := env[i].ValueFrom
		if source == nil {
			continue
		}
		if ref := source.SecretKeyRef; ref != nil && !yieldAll(yield, ref.Name, ref.Key) {
			return false
		}
		if ref := source.ConfigMapKeyRef; ref != nil && !yieldAll(yield, ref.Name, ref.Key) {
			return false
		}
	}
	return true
}

// ResultReferences goes through the references to results of other pipeline tasks that order tasks (contract 3 §2.1).
// References in bracket form are among them: the value can only be there if the producer has ended (contract 3 §14 #18).
func (pt *PipelineTask) ResultReferences() iter.Seq[substitution.TaskResultRef] {
	return func(yield func(substitution.TaskResultRef) bool) {
		visit := func(text string) bool {
			for _, ref := range substitution.TaskResults(text) {
				if ref.Section == substitution.RootTasks && !yield(ref) {
					return false
				}
			}
			return true
		}
		for _, text := range pt.guarded() {
			if !visit(text) {
				return
			}
		}
		for text := range pt.inlineTexts() {
			if !visit(text) {
				return
			}
		}
	}
}

// Dependencies returns the names of the pipeline tasks that have to end before this one can start: those it runs after,
// then those whose results it needs. Names can be repeated.
func (pt *PipelineTask) Dependencies() []string {
	names := append([]string(nil), pt.RunAfter...)
	for ref := range pt.ResultReferences() {
		names = append(names, ref.Task)
	}
	return names
}

// IsCustomTask reports whether the pipeline task is run by a controller of its own (contract 3 §10.1).
func (pt *PipelineTask) IsCustomTask() bool {
	switch {
	case pt.TaskRef != nil:
		return pt.TaskRef.APIVersion != "" && pt.TaskRef.Kind != ""
	case pt.TaskSpec != nil:
		return pt.TaskSpec.APIVersion != "" && pt.TaskSpec.Kind != ""
	default:
		return false
	}
}

// IsChildPipeline reports whether the pipeline task runs another Pipeline.
func (pt *PipelineTask) IsChildPipeline() bool {
	return pt.PipelineRef != nil || pt.PipelineSpec != nil
}

// IsMatrixed reports whether the pipeline task fans out.
func (pt *PipelineTask) IsMatrixed() bool {
	return pt.Matrix != nil && (len(pt.Matrix.Params) > 0 || len(pt.Matrix.Include) > 0)
}
