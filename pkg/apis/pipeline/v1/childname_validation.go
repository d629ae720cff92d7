package v1

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/substitution"
)

// validateChildNames refuses pipeline tasks whose children would have the name of an instance of a matrix: build-0 beside a fan-out of
// build (contract 3 §3.1). The second of the two could never be created, and the run would not end before its time is up.
func (ps *PipelineSpec) validateChildNames() *apis.FieldError {
	var errs FieldErrors
	ps.sharedNames(func(path string, pt, fan *PipelineTask, index int) {
		if least, _ := fan.Matrix.bounds(); least > 1 && index < least {
			message := fmt.Sprintf("the run of pipeline task %q would have the name of run %d of the matrix of pipeline task %q: rename one of the two", pt.Name, index, fan.Name)
			errs.Add(apis.ErrInvalidValue(message, path+".name"))
		}
	})
	return errs.Err()
}

// childNameWarnings tells about those that collide only if there are as many combinations, which a run knows.
func (ps *PipelineSpec) childNameWarnings(add func(message, path string)) {
	ps.sharedNames(func(path string, pt, fan *PipelineTask, index int) {
		if least, most := fan.Matrix.bounds(); most > 1 && index < most && (least <= 1 || index >= least) {
			add(fmt.Sprintf("a matrix of pipeline task %q with more than %d combinations needs the name of the run of pipeline task %q: rename one of the two",
				fan.Name, index, pt.Name), path+".name")
		}
	})
}

// sharedNames goes through the pipeline tasks that are named like an instance of the matrix of another one, if there are that many.
func (ps *PipelineSpec) sharedNames(visit func(path string, pt, fan *PipelineTask, index int)) {
	fans := map[string]*PipelineTask{}
	for _, section := range ps.sections() {
		for i := range section.tasks {
			if pt := &section.tasks[i]; pt.IsMatrixed() {
				fans[pt.Name] = pt
			}
		}
	}
	if len(fans) == 0 {
		return
	}
	for _, section := range ps.sections() {
		for i := range section.tasks {
			pt := &section.tasks[i]
			base, index, ok := splitInstance(pt.Name)
			if fan := fans[base]; ok && fan != nil && pt.childKind() == fan.childKind() {
				visit(indexed(section.name, i), pt, fan, index)
			}
		}
	}
}

// splitInstance splits build-12 into build and 12. Numbers are written as instances have them: without leading zeros.
func splitInstance(name string) (base string, index int, ok bool) {
	at := strings.LastIndexByte(name, '-')
	if at < 0 {
		return "", 0, false
	}
	index, err := strconv.Atoi(name[at+1:])
	if err != nil || index < 0 || strconv.Itoa(index) != name[at+1:] {
		return "", 0, false
	}
	return name[:at], index, true
}

// bounds returns how many combinations there are at least and at most, as far as that can be told before values are known. Include
// entries may each add one, or none.
func (m *Matrix) bounds() (least, most int) {
	if len(m.Params) == 0 {
		return len(m.Include), len(m.Include)
	}
	least = 1
	open := false
	for i := range m.Params {
		v := &m.Params[i].Value
		// A reference can stand for any number of elements, also for none.
		written := slices.DeleteFunc(slices.Clone(v.ArrayVal), isReference)
		open = open || v.Type != ParamTypeArray || len(written) < len(v.ArrayVal)
		if n := len(written); n > 0 && least <= math.MaxInt32/n {
			least *= n
		}
	}
	if open {
		return least, math.MaxInt
	}
	return least, least + len(m.Include)
}

func isReference(text string) bool {
	_, whole := substitution.Whole(text)
	return whole
}

type childKind int

const (
	taskRunChild childKind = iota
	customRunChild
	pipelineRunChild
)

// childKind tells which kind of object runs the task: names of different kinds do not collide.
func (pt *PipelineTask) childKind() childKind {
	switch {
	case pt.IsChildPipeline():
		return pipelineRunChild
	case pt.IsCustomTask():
		return customRunChild
	default:
		return taskRunChild
	}
}
