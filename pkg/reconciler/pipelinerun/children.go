package pipelinerun

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
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
	recent                             *recent.Memory[metav1.Object]
	// again asks for another pass over a run.
	again func(key types.NamespacedName, delay time.Duration)
}

// of returns the children of pr: those it owns, and those that its status names. What the caches don't show yet is known
// from its creation, or read from the API if the status names it (contract 3 §2.6).
func (c children) of(ctx context.Context, pr *v1.PipelineRun) plan.Children {
	found := gathered{known: map[string]bool{}}
	for _, indexer := range []cache.Indexer{c.taskRuns, c.customRuns, c.pipelineRuns} {
		for _, object := range c.owned(indexer, pr) {
			found.add(object)
		}
	}
	if pr.IsDone() {
		return found.Children
	}
	for _, child := range c.recent.Children(pr.UID) {
		if found.add(child) {
			// Should it be gone already, nothing else would bring that up.
			c.again(types.NamespacedName{Namespace: pr.Namespace, Name: pr.Name}, recent.Trust)
		}
	}
	var missing []v1.ChildStatusReference
	for _, ref := range pr.Status.ChildReferences {
		if !found.known[ref.Kind+"/"+ref.Name] && !c.recent.IsGone(pr.UID, ref.Kind, ref.Name) {
			missing = append(missing, ref)
		}
	}
	read, err := c.readAll(ctx, pr, missing)
	for _, child := range read {
		found.add(child)
	}
	found.Err = err
	return found.Children
}

// readAll reads recorded children from the API, side by side. Those that are gone are nil, and are not looked for again.
func (c children) readAll(ctx context.Context, pr *v1.PipelineRun, refs []v1.ChildStatusReference) ([]any, error) {
	read := make([]any, len(refs))
	var group errgroup.Group
	group.SetLimit(passes.ParallelReads)
	for i, ref := range refs {
		group.Go(func() error {
			child, err := c.read(ctx, pr.Namespace, ref)
			if err == nil && child == nil {
				c.recent.Gone(pr.UID, ref.Kind, ref.Name)
			}
			read[i] = child
			return err
		})
	}
	err := group.Wait()
	return read, err
}

// gathered are the children of a run that were found, each once.
type gathered struct {
	plan.Children
	// known has the kind and name of each.
	known map[string]bool
}

// add takes in a child, and tells whether it was not known yet. What is no child, such as nil, is left out.
func (g *gathered) add(object any) bool {
	isNew := func(kind, name string) bool {
		key := kind + "/" + name
		if g.known[key] {
			return false
		}
		g.known[key] = true
		return true
	}
	switch child := object.(type) {
	case *v1.TaskRun:
		if isNew("TaskRun", child.Name) {
			g.TaskRuns = append(g.TaskRuns, child)
			return true
		}
	case *v1beta1.CustomRun:
		if isNew("CustomRun", child.Name) {
			g.CustomRuns = append(g.CustomRuns, child)
			return true
		}
	case *v1.PipelineRun:
		if isNew("PipelineRun", child.Name) {
			g.PipelineRuns = append(g.PipelineRuns, child)
			return true
		}
	}
	return false
}

// created remembers a child, unless making it failed.
func (c children) created(pr *v1.PipelineRun, child metav1.Object, err error) error {
	if err == nil {
		c.recent.Made(pr.UID, child)
	}
	return err
}

// owned returns the objects in the namespace of pr whose first owner it is. Anybody can name it as the owner of an object elsewhere, which
// the garbage collector deletes only after a while: such an object is no child.
func (c children) owned(indexer cache.Indexer, pr *v1.PipelineRun) []any {
	objects, err := indexer.ByIndex(ownerIndex, string(pr.UID))
	if err != nil {
		return nil // only a missing index is an error, and the constructor adds it
	}
	return slices.DeleteFunc(objects, func(object any) bool {
		meta, ok := object.(metav1.Object)
		return !ok || meta.GetNamespace() != pr.Namespace
	})
}

// read returns the object that ref names, nil if it is gone.
func (c children) read(ctx context.Context, namespace string, ref v1.ChildStatusReference) (any, error) {
	switch ref.Kind {
	case "TaskRun":
		return existing(ctx, c.client.TektonV1().TaskRuns(namespace), ref.Name)
	case "CustomRun":
		return existing(ctx, c.client.TektonV1beta1().CustomRuns(namespace), ref.Name)
	case "PipelineRun":
		return existing(ctx, c.client.TektonV1().PipelineRuns(namespace), ref.Name)
	default:
		return nil, nil
	}
}

// getter is the part of a generated client that existing needs.
type getter[T any] interface {
	Get(ctx context.Context, name string, opts metav1.GetOptions) (T, error)
}

// existing reads an object from the API, nil if it is gone.
func existing[T any](ctx context.Context, client getter[T], name string) (any, error) {
	object, err := client.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading child %s: %w", name, err)
	}
	return object, nil
}
