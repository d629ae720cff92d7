package pipelinerun

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// ownerIndex finds the objects whose first owner is a given PipelineRun, by its UID (contract 3 §3.7).
const ownerIndex = "first-owner"

// indexByOwner is the function behind ownerIndex.
func indexByOwner(object any) ([]string, error) {
	meta, ok := object.(metav1.Object)
	if !ok {
		return nil, fmt.Errorf("indexing %T by owner: it has no metadata", object)
	}
	owners := meta.GetOwnerReferences()
	if len(owners) == 0 || owners[0].Kind != "PipelineRun" {
		return nil, nil
	}
	return []string{string(owners[0].UID)}, nil
}

// children finds the children of a run in the caches of the informers.
type children struct {
	taskRuns, customRuns, pipelineRuns cache.Indexer
	client                             versioned.Interface
	made                               *madeChildren
	// again asks for another pass over a run.
	again func(key types.NamespacedName, delay time.Duration)
}

// of returns the children of pr: those it owns, and those that its status names. What the status names but the caches
// don't show yet is known from its creation, or read from the API, and so is a TaskRun that looks evicted (contract 3 §2.6).
func (c children) of(ctx context.Context, pr *v1.PipelineRun) (plan.Children, error) {
	var out plan.Children
	known := map[string]bool{}
	for _, object := range c.owned(c.taskRuns, pr) {
		tr, ok := object.(*v1.TaskRun)
		if !ok {
			continue
		}
		tr, err := c.settled(ctx, tr)
		if err != nil {
			return plan.Children{}, err
		}
		if tr != nil {
			out.TaskRuns = append(out.TaskRuns, tr)
			known["TaskRun/"+tr.Name] = true
		}
	}
	for _, object := range c.owned(c.customRuns, pr) {
		if cr, ok := object.(*v1beta1.CustomRun); ok {
			out.CustomRuns = append(out.CustomRuns, cr)
			known["CustomRun/"+cr.Name] = true
		}
	}
	for _, object := range c.owned(c.pipelineRuns, pr) {
		if child, ok := object.(*v1.PipelineRun); ok {
			out.PipelineRuns = append(out.PipelineRuns, child)
			known["PipelineRun/"+child.Name] = true
		}
	}
	if pr.IsDone() {
		return out, nil
	}
	for _, ref := range pr.Status.ChildReferences {
		if known[ref.Kind+"/"+ref.Name] {
			continue
		}
		if c.made.add(pr, ref, &out) {
			// Should it be gone already, nothing else would bring that up.
			c.again(types.NamespacedName{Namespace: pr.Namespace, Name: pr.Name}, trust)
			continue
		}
		if err := c.read(ctx, pr.Namespace, ref, &out); err != nil {
			return plan.Children{}, err
		}
	}
	return out, nil
}

// created remembers a child, unless making it failed.
func (c children) created(pr *v1.PipelineRun, kind string, child metav1.Object, err error) error {
	if err == nil {
		c.made.remember(pr, kind, child)
	}
	return err
}

func (c children) owned(indexer cache.Indexer, pr *v1.PipelineRun) []any {
	objects, err := indexer.ByIndex(ownerIndex, string(pr.UID))
	if err != nil {
		return nil // only a missing index is an error, and the constructor adds it
	}
	return objects
}

// settled returns tr, or what the API has if tr failed because its Pod was evicted: the same TaskRun may have a new Pod
// by now. It returns nil if the TaskRun is gone.
func (c children) settled(ctx context.Context, tr *v1.TaskRun) (*v1.TaskRun, error) {
	if cond := tr.Status.GetCondition("Succeeded"); !cond.IsFalse() || cond.Reason != string(v1.TaskRunReasonPodEvicted) {
		return tr, nil
	}
	latest, err := c.client.TektonV1().TaskRuns(tr.Namespace).Get(ctx, tr.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading TaskRun %s/%s: %w", tr.Namespace, tr.Name, err)
	}
	return latest, nil
}

// read adds the object that ref names to out, unless it is gone.
func (c children) read(ctx context.Context, namespace string, ref v1.ChildStatusReference, out *plan.Children) error {
	var err error
	switch ref.Kind {
	case "TaskRun":
		var tr *v1.TaskRun
		if tr, err = c.client.TektonV1().TaskRuns(namespace).Get(ctx, ref.Name, metav1.GetOptions{}); err == nil {
			out.TaskRuns = append(out.TaskRuns, tr)
		}
	case "CustomRun":
		var cr *v1beta1.CustomRun
		if cr, err = c.client.TektonV1beta1().CustomRuns(namespace).Get(ctx, ref.Name, metav1.GetOptions{}); err == nil {
			out.CustomRuns = append(out.CustomRuns, cr)
		}
	case "PipelineRun":
		var child *v1.PipelineRun
		if child, err = c.client.TektonV1().PipelineRuns(namespace).Get(ctx, ref.Name, metav1.GetOptions{}); err == nil {
			out.PipelineRuns = append(out.PipelineRuns, child)
		}
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("reading %s %s/%s: %w", ref.Kind, namespace, ref.Name, err)
	}
	return nil
}
