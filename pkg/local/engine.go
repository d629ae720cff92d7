package local

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// lingering is how long pods may go on after the run and all its children have ended.
const lingering = 2 * time.Minute

// sidecarPatience is how long sidecars get to end then.
const sidecarPatience = 2 * time.Second

// killTime is how long Run waits for pods to go after Kill.
const killTime = 5 * time.Second

// begin stores the run.
func (e *Engine) begin(run metav1.Object) (key, error) {
	given, ok := run.(object)
	if !ok {
		return key{}, fmt.Errorf("running a %T: it has to be a TaskRun or a PipelineRun of version v1", run)
	}
	o, ok := given.DeepCopyObject().(object)
	if !ok {
		return key{}, fmt.Errorf("copying %T: it has no metadata", run)
	}
	k := key{namespace: o.GetNamespace(), name: o.GetName()}
	if k.namespace == "" {
		k.namespace = e.options.Namespace
		o.SetNamespace(k.namespace)
	}
	if k.name == "" && o.GetGenerateName() != "" {
		k.name = generated(o.GetGenerateName())
		o.SetName(k.name)
	}
	var managed bool
	switch o := o.(type) {
	case *v1.TaskRun:
		k.kind, managed = kindTaskRun, o.IsManagedHere()
		o.Status = v1.TaskRunStatus{}
		o.TypeMeta = metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: k.kind}
	case *v1.PipelineRun:
		k.kind, managed = kindPipelineRun, o.IsManagedHere()
		o.Status = v1.PipelineRunStatus{}
		o.TypeMeta = metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: k.kind}
	default:
		return key{}, fmt.Errorf("running a %T: it has to be a TaskRun or a PipelineRun of version v1", run)
	}
	switch {
	case k.name == "":
		return key{}, fmt.Errorf("running a %s: it has neither name nor generateName", k.kind)
	case !managed:
		return key{}, fmt.Errorf("running %s %s: spec.managedBy gives it to another controller", k.kind, k.name)
	}
	if err := admit(e.ctx, o); err != nil {
		return key{}, err
	}
	e.store.create(k, o)
	return k, nil
}

// generated makes a name as the API server does: with five letters and digits that make no words.
func generated(prefix string) string {
	const alphabet, length, longest = "bcdfghjklmnpqrstvwxz2456789", 5, 63
	out := []byte(prefix[:min(len(prefix), longest-length)])
	for range length {
		out = append(out, alphabet[rand.IntN(len(alphabet))])
	}
	return string(out)
}

// admit defaults and validates an object that is about to be created, as the webhook does.
func admit(ctx context.Context, o object) error {
	ctx = v1.WithReader(apis.WithinCreate(ctx), v1beta1.Readable)
	if d, ok := o.(apis.Defaultable); ok {
		d.SetDefaults(ctx)
	}
	v, ok := o.(apis.Validatable)
	if !ok {
		return nil
	}
	if err := v.Validate(ctx).Filter(apis.ErrorLevel); err != nil {
		return denied(err)
	}
	return nil
}

// Run makes the run until it, its children and their pods have ended. It is called once. The error tells of the engine, not of the run,
// whose condition says how it ended. When ctx ends, the run is cancelled, and Run goes on to its end.
func (e *Engine) Run(ctx context.Context) error {
	go e.notes.run()
	defer e.notes.close()
	defer e.stop()
	e.changed(nil, e.store.get(e.root))
	err := e.work(ctx)
	if err != nil {
		e.killPods()
	}
	e.claims.cleanUp()
	return err
}

func (e *Engine) work(ctx context.Context) error {
	var ended time.Time
	for {
		next, err := e.loop.turn(e.pass)
		if err != nil {
			return err
		}
		if e.runsEnded() {
			if len(e.pods) == 0 {
				return nil
			}
			if ended.IsZero() {
				ended = e.options.Clock.Now()
			}
			if next = e.endLingering(ended); next.IsZero() {
				return nil
			}
		}
		cancelled, err := e.loop.wait(ctx, next)
		if err != nil {
			return err
		}
		if cancelled {
			ctx = context.WithoutCancel(ctx)
			e.cancel("")
		}
	}
}

// runsEnded tells whether no run has anything left to do.
func (e *Engine) runsEnded() bool {
	if root := e.store.get(e.root); root == nil || !isDone(root) {
		return false
	}
	return !slices.ContainsFunc(e.runs(), func(o object) bool { return !isDone(o) }) && len(e.loop.failed) == 0
}

// runs returns all runs that are there.
func (e *Engine) runs() []object {
	out := append([]object(nil), all[object](e.store, kindPipelineRun)...)
	out = append(out, all[object](e.store, kindTaskRun)...)
	return append(out, all[object](e.store, kindCustomRun)...)
}

func isDone(o object) bool {
	run, ok := o.(interface{ IsDone() bool })
	return !ok || run.IsDone()
}

// pass looks at a run. The error of a pass that has brought a defect to light ends everything.
func (e *Engine) pass(k key) error {
	return panics.Catch(e.ctx, func() error {
		switch o := e.store.get(k).(type) {
		case *v1.TaskRun:
			return e.passTaskRun(k, o)
		case *v1.PipelineRun:
			return e.passPipelineRun(k, o)
		case *v1beta1.CustomRun:
			e.refuseCustomRun(k, o)
		}
		return nil
	})
}

// changed tells everybody of an object that is stored anew. Before is nil for one that is new.
func (e *Engine) changed(before, after object) {
	e.notes.add(Event{Object: after, At: e.options.Clock.Now()})
	e.touch(before, after)
}

// cancel asks the run to stop.
func (e *Engine) cancel(status string) {
	switch o := e.store.get(e.root).(type) {
	case *v1.TaskRun:
		if status == "" {
			status = string(v1.TaskRunSpecStatusCancelled)
		}
		changed := *o
		changed.Spec.Status = v1.TaskRunSpecStatus(status)
		e.respecify(o, &changed)
	case *v1.PipelineRun:
		if status == "" {
			status = string(v1.PipelineRunSpecStatusCancelled)
		}
		changed := *o
		changed.Spec.Status = v1.PipelineRunSpecStatus(status)
		e.respecify(o, &changed)
	}
}

// respecify stores an object whose spec was changed, unless it is done.
func (e *Engine) respecify(before, after object) {
	if isDone(before) {
		return
	}
	after.SetGeneration(before.GetGeneration() + 1)
	e.store.replace(keyOf(after), after)
	e.changed(before, after)
}

// Snapshot returns the run and its children as they are now. They must not be changed.
func (e *Engine) Snapshot() runtree.Objects {
	return runtree.Objects{
		Root:         e.store.get(e.root),
		PipelineRuns: all[*v1.PipelineRun](e.store, kindPipelineRun),
		TaskRuns:     all[*v1.TaskRun](e.store, kindTaskRun),
		CustomRuns:   all[*v1beta1.CustomRun](e.store, kindCustomRun),
	}
}

// Objects returns copies of the run and its children, the run first.
func (e *Engine) Objects() []runtime.Object {
	out := []runtime.Object{e.store.get(e.root).DeepCopyObject()}
	for _, o := range e.runs() {
		if keyOf(o) != e.root {
			out = append(out, o.DeepCopyObject())
		}
	}
	return out
}

// keyOf returns the key of an object of the store.
func keyOf(o object) key {
	k := key{namespace: o.GetNamespace(), name: o.GetName()}
	switch o.(type) {
	case *v1.TaskRun:
		k.kind = kindTaskRun
	case *v1.PipelineRun:
		k.kind = kindPipelineRun
	case *v1beta1.CustomRun:
		k.kind = kindCustomRun
	default:
		k.kind = kindPod
	}
	return k
}
