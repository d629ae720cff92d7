package local

import (
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/reconciler/write"
	"github.com/tenon-ci/tenon/pkg/when"
	"github.com/tenon-ci/tenon/pkg/when/cel"
)

// outcome is what the steps of both planners have in common.
type outcome struct {
	labels, annotations map[string]string
	events              []decision.Event
	wakeAt              time.Time
	failure             *failure.Failure
}

// report stores what a pass decided about a run, and sees to it that there is another pass when one is needed. after is a copy of before
// with the new status.
func (e *Engine) report(k key, before, after object, sameStatus bool, out outcome) {
	labels, isNewLabel := merged(before.GetLabels(), out.labels)
	annotations, isNewAnnotation := merged(before.GetAnnotations(), out.annotations)
	after.SetLabels(labels)
	after.SetAnnotations(annotations)
	if !sameStatus || isNewLabel || isNewAnnotation {
		e.store.replace(k, after)
		e.changed(before, after)
	}
	for i := range out.events {
		e.notes.add(Event{Object: after, Kubernetes: &out.events[i], At: e.options.Clock.Now()})
	}
	if !out.wakeAt.IsZero() {
		e.loop.wakeAt(k, out.wakeAt)
	}
	if out.failure != nil && !out.failure.Final() && out.failure.Class != failure.Waiting {
		e.loop.retry(k)
		return
	}
	delete(e.loop.failed, k)
}

// merged returns have with what is to be added, and whether that changes anything.
func merged(have, add map[string]string) (map[string]string, bool) {
	var out map[string]string
	for key, value := range add {
		if old, ok := have[key]; ok && old == value {
			continue
		}
		if out == nil {
			out = make(map[string]string, len(have)+len(add))
			for k, v := range have {
				out[k] = v
			}
		}
		out[key] = value
	}
	if out == nil {
		return have, false
	}
	return out, true
}

// same tells whether two statuses say the same.
func same[S any](a, b *S) bool { return write.Equal(a, b) }

// touch has the runs looked at that a change of an object concerns: the run itself, or the one that a pod belongs to, and the run above.
func (e *Engine) touch(before, after object) {
	if k := keyOf(after); k.kind != kindPod {
		e.loop.enqueue(k)
	}
	owner := metav1.GetControllerOf(after)
	if owner == nil {
		return
	}
	if above := (key{owner.Kind, after.GetNamespace(), owner.Name}); before == nil || passes.ChangesItsRun(before, after) {
		e.loop.enqueue(above)
	}
}

// lazyCEL evaluates CEL. What that takes is made when it is asked for: few runs need it, and no start should wait for it.
type lazyCEL struct {
	once      sync.Once
	evaluator when.Evaluator
	err       error
}

// Evaluate implements when.Evaluator.
func (l *lazyCEL) Evaluate(expression string) (bool, error) {
	l.once.Do(func() { l.evaluator, l.err = cel.New() })
	if l.err != nil {
		return false, l.err
	}
	return l.evaluator.Evaluate(expression)
}
