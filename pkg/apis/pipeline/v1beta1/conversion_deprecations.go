package v1beta1

import (
	"errors"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var errStepsMismatch = errors.New("length of deserialized steps mismatch the length of target steps")

// statusDeprecations is the path of the deprecated members in a status whose spec has others.
const statusDeprecations = "status.deprecations"

// deprecationsOf collects the deprecated members of tasks.
func deprecationsOf(tasks map[string]*TaskSpec) deprecations {
	found := deprecations{}
	for name, spec := range tasks {
		if d, ok := deprecationOf(spec); ok {
			found[name] = d
		}
	}
	return found
}

func deprecationOf(spec *TaskSpec) (taskDeprecation, bool) {
	d := taskDeprecation{}
	steps := make([]Step, len(spec.Steps))
	for i := range spec.Steps {
		steps[i] = spec.Steps[i].deprecated()
	}
	if slices.ContainsFunc(steps, func(s Step) bool { return !reflect.DeepEqual(s, Step{}) }) {
		d.Steps = steps
	}
	if spec.StepTemplate != nil {
		if template := spec.StepTemplate.deprecated(); !reflect.DeepEqual(template, StepTemplate{}) {
			d.StepTemplate = &template
		}
	}
	return d, d.Steps != nil || d.StepTemplate != nil
}

// restore puts deprecated members back into the tasks they were taken from.
func (d deprecations) restore(tasks map[string]*TaskSpec) error {
	for name, spec := range tasks {
		if err := spec.restore(d[name]); err != nil {
			return err
		}
	}
	return nil
}

// restoreFitting does the same and leaves out tasks that have got other steps since.
func (d deprecations) restoreFitting(tasks map[string]*TaskSpec) {
	for name, spec := range tasks {
		// A mismatch leaves the task as it is.
		_ = spec.restore(d[name])
	}
}

func (ts *TaskSpec) restore(d taskDeprecation) error {
	if len(d.Steps) > 0 {
		if len(d.Steps) != len(ts.Steps) {
			return errStepsMismatch
		}
		for i := range d.Steps {
			ts.Steps[i].setDeprecated(&d.Steps[i])
		}
	}
	if d.StepTemplate != nil {
		if ts.StepTemplate == nil {
			ts.StepTemplate = &StepTemplate{}
		}
		ts.StepTemplate.setDeprecated(d.StepTemplate)
	}
	return nil
}

// storeRunDeprecations writes the deprecated members in the spec and the status of a run. Both share one annotation;
// only where they differ does the status get an entry of its own.
func storeRunDeprecations(meta *metav1.ObjectMeta, own *fields, spec, status map[string]*TaskSpec) error {
	inSpec, inStatus := deprecationsOf(spec), deprecationsOf(status)
	switch {
	case len(spec) == 0:
		inSpec = inStatus
	case len(status) > 0 && !equality.Semantic.DeepEqual(inSpec, inStatus):
		own.put(statusDeprecations, inStatus)
	}
	return storeDeprecations(meta, inSpec)
}

// restoreRunDeprecations is the way back.
func restoreRunDeprecations(meta *metav1.ObjectMeta, own *fields, spec, status map[string]*TaskSpec) error {
	if len(spec) == 0 {
		inStatus, err := takeDeprecations(meta, status)
		if err != nil {
			return err
		}
		// The status is written long after the annotation was checked: a mismatch there must not make the run unreadable.
		inStatus.restoreFitting(status)
		return nil
	}
	shared, err := takeDeprecations(meta, spec)
	if err != nil {
		return err
	}
	if err := shared.restore(spec); err != nil {
		return err
	}
	inStatus := deprecations{}
	if !own.take(statusDeprecations, &inStatus) {
		inStatus = shared
	}
	inStatus.restoreFitting(status)
	return nil
}

// deprecated returns a step that has nothing but the deprecated members of s.
func (s *Step) deprecated() Step {
	d := Step{}
	d.setDeprecated(s)
	return d
}

func (s *Step) setDeprecated(d *Step) {
	s.Ports = d.Ports
	s.LivenessProbe = d.LivenessProbe
	s.ReadinessProbe = d.ReadinessProbe
	s.StartupProbe = d.StartupProbe
	s.Lifecycle = d.Lifecycle
	s.TerminationMessagePath = d.TerminationMessagePath
	s.TerminationMessagePolicy = d.TerminationMessagePolicy
	s.Stdin = d.Stdin
	s.StdinOnce = d.StdinOnce
	s.TTY = d.TTY
}

// deprecated returns a template that has nothing but the deprecated members of s.
func (s *StepTemplate) deprecated() StepTemplate {
	d := StepTemplate{}
	d.setDeprecated(s)
	return d
}

func (s *StepTemplate) setDeprecated(d *StepTemplate) {
	s.Name = d.Name
	s.Ports = d.Ports
	s.LivenessProbe = d.LivenessProbe
	s.ReadinessProbe = d.ReadinessProbe
	s.StartupProbe = d.StartupProbe
	s.Lifecycle = d.Lifecycle
	s.TerminationMessagePath = d.TerminationMessagePath
	s.TerminationMessagePolicy = d.TerminationMessagePolicy
	s.Stdin = d.Stdin
	s.StdinOnce = d.StdinOnce
	s.TTY = d.TTY
}
