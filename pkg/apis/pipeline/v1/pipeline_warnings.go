package v1

import (
	"fmt"
	"strings"

	"github.com/tenon-ci/tenon/pkg/substitution"
)

// warnings finds what is admitted in a Pipeline although it does nothing (contract 1 §8 #12, §9 #10, #14).
func (ps *PipelineSpec) warnings(add func(message, path string)) {
	ps.childNameWarnings(add)
	for _, section := range ps.sections() {
		for i := range section.tasks {
			pt, path := &section.tasks[i], indexed(section.name, i)
			at := func(message, field string) { add(message, path+"."+field) }
			pt.warnings(at)
			if i < len(section.tasks)-1 && pt.validateContextVariables() != nil {
				at("there is no such context variable: the text stays as it is", "params")
			}
			if section.name == "tasks" {
				pt.statusWarnings(at)
			}
		}
	}
}

func (pt *PipelineTask) warnings(add func(message, field string)) {
	pt.foreignTexts(func(path, text string) {
		add(fmt.Sprintf("%s is no variable of a Pipeline: the task gets the text as it is", text), path)
	})
	if ref := pt.TaskRef; ref != nil && ref.Kind == NamespacedTaskKind && ref.APIVersion != "" && ref.Resolver == "" {
		if strings.HasPrefix(ref.APIVersion, SchemeGroupVersion.Group+"/") {
			add("with an apiVersion a Task becomes a custom task, and nothing runs custom tasks of this kind; leave apiVersion out", "taskRef.apiVersion")
		}
	}
	if !pt.IsChildPipeline() {
		return
	}
	for _, unused := range []struct {
		field string
		set   bool
	}{{"matrix", pt.IsMatrixed()}, {"retries", pt.Retries > 0}, {"timeout", pt.Timeout != nil}} {
		if unused.set {
			add("this field has no effect on child pipelines", unused.field)
		}
	}
}

// statusWarnings finds the statuses that rule V-23 leaves alone.
func (pt *PipelineTask) statusWarnings(add func(message, field string)) {
	exempt := pt.besideResults()
	pt.statusTexts(func(path, text string) {
		if exempt[path] && len(substitution.Statuses(text)) > 0 {
			add("the status of a task is known in finally only: the text stays as it is", path)
		}
	})
}
