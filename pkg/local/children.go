package local

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/plan"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// reasonNoController is the reason of CustomRuns, which nobody here can run.
const reasonNoController = "NoController"

// carryOutPipelineRun does what was planned, in order. After the first refusal only children are stopped.
func (e *Engine) carryOutPipelineRun(pr *v1.PipelineRun, actions []plan.Action) []plan.Refused {
	var refused []plan.Refused
	for _, action := range actions {
		if _, stops := action.(plan.StopChild); len(refused) > 0 && !stops {
			refused = append(refused, plan.Refused{Action: action, Kind: decision.NotTried})
			continue
		}
		if err := e.doPipelineRun(pr, action); err != nil {
			refused = append(refused, plan.Refused{Action: action, Err: err, Kind: passes.RefusedChild(err)})
		}
	}
	return refused
}

func (e *Engine) doPipelineRun(pr *v1.PipelineRun, action plan.Action) error {
	switch a := action.(type) {
	case plan.CreateTaskRun:
		child := a.TaskRun.DeepCopy()
		child.TypeMeta = typeOf(v1.SchemeGroupVersion, kindTaskRun)
		if err := passes.AdmitTaskRun(e.ctx, e.config, e.options.Release, child); err != nil {
			return err
		}
		return e.createChild(pr, child)
	case plan.CreateCustomRun:
		child := a.CustomRun.DeepCopy()
		child.TypeMeta = typeOf(v1beta1.SchemeGroupVersion, kindCustomRun)
		if err := admit(e.ctx, child); err != nil {
			return err
		}
		return e.createChild(pr, child)
	case plan.CreatePipelineRun:
		child := a.PipelineRun.DeepCopy()
		child.TypeMeta = typeOf(v1.SchemeGroupVersion, kindPipelineRun)
		if err := admit(e.ctx, child); err != nil {
			return err
		}
		return e.createChild(pr, child)
	case plan.StopChild:
		e.stopChild(pr.Namespace, a)
	case plan.CreateClaim:
		e.claims.create(a.Claim)
	case plan.DeleteClaim:
		e.claims.remove(pr.Namespace, a.Name)
	case plan.CreateAffinityAssistant:
		e.createAssistant(pr.Namespace, a)
	case plan.RestartAffinityAssistant:
	case plan.DeleteAffinityAssistant:
		delete(e.assistants, key{"StatefulSet", pr.Namespace, a.Name})
	default:
		return fmt.Errorf("carrying out %T: the action is not known", action)
	}
	return nil
}

func typeOf(version schema.GroupVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: version.String(), Kind: kind}
}

// createChild stores a new child, or takes over one that is there.
func (e *Engine) createChild(pr *v1.PipelineRun, child object) error {
	k := keyOf(child)
	if existing := e.store.get(k); existing != nil {
		exists := apierrors.NewAlreadyExists(v1.Resource(k.kind), k.name)
		return passes.TakeOver(pr, existing, child, exists)
	}
	e.store.create(k, child)
	e.notes.add(Event{Object: child, At: e.options.Clock.Now()})
	// The run above knows already.
	e.loop.enqueue(k)
	return nil
}

// stopChild asks a child to stop, unless it is done.
func (e *Engine) stopChild(namespace string, a plan.StopChild) {
	switch child := e.store.get(key{a.Kind, namespace, a.Name}).(type) {
	case *v1.TaskRun:
		changed := *child
		changed.Spec.Status = v1.TaskRunSpecStatus(a.Status)
		if a.Message != "" {
			changed.Spec.StatusMessage = v1.TaskRunSpecStatusMessage(a.Message)
		}
		e.respecify(child, &changed)
	case *v1.PipelineRun:
		changed := *child
		changed.Spec.Status = v1.PipelineRunSpecStatus(a.Status)
		e.respecify(child, &changed)
	case *v1beta1.CustomRun:
		changed := *child
		changed.Spec.Status = v1beta1.CustomRunSpecStatus(a.Status)
		if a.Message != "" {
			changed.Spec.StatusMessage = v1beta1.CustomRunSpecStatusMessage(a.Message)
		}
		e.respecify(child, &changed)
	}
}

// refuseCustomRun ends a CustomRun: in a cluster, a controller of somebody else's would carry it out.
func (e *Engine) refuseCustomRun(k key, run *v1beta1.CustomRun) {
	if run.IsDone() {
		return
	}
	now := metav1.NewTime(e.options.Clock.Now()).Rfc3339Copy()
	after := run.DeepCopy()
	after.Status.StartTime, after.Status.CompletionTime = &now, &now
	version, kind := customKind(run)
	after.Status.SetConditions(apis.Conditions{{
		Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse, Reason: reasonNoController,
		Message:            fmt.Sprintf("no controller for custom tasks of apiVersion %q and kind %q runs on this machine", version, kind),
		LastTransitionTime: apis.VolatileTime{Inner: now},
	}})
	e.store.replace(k, after)
	e.changed(run, after)
}

func customKind(run *v1beta1.CustomRun) (version, kind string) {
	switch {
	case run.Spec.CustomRef != nil:
		return run.Spec.CustomRef.APIVersion, string(run.Spec.CustomRef.Kind)
	case run.Spec.CustomSpec != nil:
		return run.Spec.CustomSpec.APIVersion, run.Spec.CustomSpec.Kind
	default:
		return "", ""
	}
}
