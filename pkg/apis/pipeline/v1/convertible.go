package v1

import (
	"context"
	"fmt"

	"knative.dev/pkg/apis"
)

// The hub knows no other version: whoever it meets does the work.

var (
	_ apis.Convertible = (*Task)(nil)
	_ apis.Convertible = (*Pipeline)(nil)
	_ apis.Convertible = (*TaskRun)(nil)
	_ apis.Convertible = (*PipelineRun)(nil)
)

// ConvertTo lets the other version read the Task.
func (t *Task) ConvertTo(ctx context.Context, to apis.Convertible) error {
	if _, same := to.(*Task); same {
		return errSameVersion(to)
	}
	return to.ConvertFrom(ctx, t)
}

// ConvertFrom lets the other version fill the Task.
func (t *Task) ConvertFrom(ctx context.Context, from apis.Convertible) error {
	if _, same := from.(*Task); same {
		return errSameVersion(from)
	}
	return from.ConvertTo(ctx, t)
}

// ConvertTo lets the other version read the Pipeline.
func (p *Pipeline) ConvertTo(ctx context.Context, to apis.Convertible) error {
	if _, same := to.(*Pipeline); same {
		return errSameVersion(to)
	}
	return to.ConvertFrom(ctx, p)
}

// ConvertFrom lets the other version fill the Pipeline.
func (p *Pipeline) ConvertFrom(ctx context.Context, from apis.Convertible) error {
	if _, same := from.(*Pipeline); same {
		return errSameVersion(from)
	}
	return from.ConvertTo(ctx, p)
}

// ConvertTo lets the other version read the TaskRun.
func (tr *TaskRun) ConvertTo(ctx context.Context, to apis.Convertible) error {
	if _, same := to.(*TaskRun); same {
		return errSameVersion(to)
	}
	return to.ConvertFrom(ctx, tr)
}

// ConvertFrom lets the other version fill the TaskRun.
func (tr *TaskRun) ConvertFrom(ctx context.Context, from apis.Convertible) error {
	if _, same := from.(*TaskRun); same {
		return errSameVersion(from)
	}
	return from.ConvertTo(ctx, tr)
}

// ConvertTo lets the other version read the PipelineRun.
func (pr *PipelineRun) ConvertTo(ctx context.Context, to apis.Convertible) error {
	if _, same := to.(*PipelineRun); same {
		return errSameVersion(to)
	}
	return to.ConvertFrom(ctx, pr)
}

// ConvertFrom lets the other version fill the PipelineRun.
func (pr *PipelineRun) ConvertFrom(ctx context.Context, from apis.Convertible) error {
	if _, same := from.(*PipelineRun); same {
		return errSameVersion(from)
	}
	return from.ConvertTo(ctx, pr)
}

func errSameVersion(other apis.Convertible) error {
	return fmt.Errorf("no conversion between two objects of type %T", other)
}
