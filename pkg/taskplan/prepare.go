package taskplan

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/podstatus"
)

const messageReplaced = "the pod is made again when the old one is gone"

// unprepared has a pod whose steps could not be prepared made again, within the attempt and for as long as its time limit allows.
// No step is blamed: what became of them in that pod is not shown. The pods after it are prepared by an init container, as the
// annotation says, which stays with the run.
func (p *pass) unprepared() bool {
	if p.pod == nil {
		return false
	}
	found := podstatus.FindUnprepared(p.pod)
	switch {
	case found == nil && !p.isReplaced():
		return false
	case found == nil:
		found = &podstatus.Unprepared{Reason: v1.TaskRunReasonPending, Why: messageReplaced}
	case p.pod.DeletionTimestamp != nil:
	case p.seen.Now.Before(found.At):
		p.wake(found.At)
	default:
		p.annotate(pipeline.PrepareAnnotationKey, pipeline.PrepareAnnotationInit)
		p.act(ReplacePod{Pod: p.pod, Unordered: found.OrderBroken, NodeKind: podbuild.NodeKind(p.tr.Spec.PodTemplate)})
	}
	p.status.PodName = p.pod.Name
	p.forgetSteps()
	return p.wait(found.Reason, found.Why)
}

// isReplaced tells whether the pod is on its way out because it could not be prepared, although that shows no more: it was made
// before the run was told to prepare pods in an init container.
func (p *pass) isReplaced() bool {
	return p.pod.DeletionTimestamp != nil && p.tr.Annotations[pipeline.PrepareAnnotationKey] == pipeline.PrepareAnnotationInit &&
		slices.ContainsFunc(p.pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == names.PrepareContainer })
}

// forgetSteps shows the steps and sidecars as if the pod had not reported anything.
func (p *pass) forgetSteps() {
	if !p.showsAttempt() {
		return
	}
	steps := make([]v1.StepState, len(p.status.Steps))
	for i := range steps {
		steps[i] = podstatus.Stub(p.status.Steps[i].Name, i, p.sourceOfStep(i))
	}
	p.status.Steps, p.status.Sidecars = steps, nil
}
