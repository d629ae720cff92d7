package clustercmd

import (
	"context"
	"fmt"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// follower keeps what belongs to a run up to date by watches: one for the run, and three for the children of each PipelineRun.
type follower struct {
	cluster *Cluster
	root    run
	// changed holds a token if something has changed since it was taken.
	changed chan struct{}
	running sync.WaitGroup
	cancel  context.CancelFunc
	own     cache.SharedIndexInformer
	// children are those of the PipelineRuns that are known so far.
	children map[string][]cache.SharedIndexInformer
}

func follow(ctx context.Context, c *Cluster, r run) (*follower, error) {
	ctx, cancel := context.WithCancel(ctx)
	f := &follower{
		cluster: c, root: r, cancel: cancel,
		changed: make(chan struct{}, 1), children: make(map[string][]cache.SharedIndexInformer),
	}
	only := func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("metadata.name", r.object.GetName()).String()
	}
	var err error
	if r.kind == runtree.KindTaskRun {
		f.own, err = f.start(ctx, f.taskRuns(only), &v1.TaskRun{})
	} else {
		f.own, err = f.start(ctx, f.pipelineRuns(only), &v1.PipelineRun{})
	}
	if err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *follower) close() {
	f.cancel()
	f.running.Wait()
}

type tweak func(*metav1.ListOptions)

// source lists and watches objects of one kind.
func source[L runtime.Object](of tweak, list func(context.Context, metav1.ListOptions) (L, error),
	watcher func(context.Context, metav1.ListOptions) (watch.Interface, error)) cache.ListerWatcher {
	lw := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			of(&o)
			return list(ctx, o)
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			of(&o)
			return watcher(ctx, o)
		},
	}
	return cache.ToListWatcherWithWatchListSemantics(lw, plainLists{})
}

// plainLists says that lists are asked for as such, which every API server knows.
type plainLists struct{}

func (plainLists) IsWatchListSemanticsUnSupported() bool { return true }

func (f *follower) taskRuns(of tweak) cache.ListerWatcher {
	api := f.cluster.TaskRuns
	return source(of, api.List, api.Watch)
}

func (f *follower) pipelineRuns(of tweak) cache.ListerWatcher {
	api := f.cluster.PipelineRuns
	return source(of, api.List, api.Watch)
}

func (f *follower) customRuns(of tweak) cache.ListerWatcher {
	api := f.cluster.CustomRuns
	return source(of, api.List, api.Watch)
}

// start begins to watch and waits for the first list.
func (f *follower) start(ctx context.Context, lw cache.ListerWatcher, example runtime.Object) (cache.SharedIndexInformer, error) {
	informer := cache.NewSharedIndexInformer(lw, example, 0, cache.Indexers{})
	notify := func() {
		select {
		case f.changed <- struct{}{}:
		default:
		}
	}
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { notify() }, UpdateFunc: func(any, any) { notify() }, DeleteFunc: func(any) { notify() },
	}); err != nil {
		return nil, fmt.Errorf("watching the run: %w", err)
	}
	f.running.Go(func() { informer.RunWithContext(ctx) })
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil, fmt.Errorf("watching the run: %w", ctx.Err())
	}
	return informer, nil
}

// track watches the children of a PipelineRun, unless it does so already.
func (f *follower) track(ctx context.Context, name string) error {
	if f.children[name] != nil {
		return nil
	}
	of := func(o *metav1.ListOptions) { o.LabelSelector = childrenOf(name).LabelSelector }
	for _, s := range []struct {
		lw      cache.ListerWatcher
		example runtime.Object
	}{{f.taskRuns(of), &v1.TaskRun{}}, {f.customRuns(of), &v1beta1.CustomRun{}}, {f.pipelineRuns(of), &v1.PipelineRun{}}} {
		informer, err := f.start(ctx, s.lw, s.example)
		if err != nil {
			return err
		}
		f.children[name] = append(f.children[name], informer)
	}
	return nil
}

// objects returns what is known now; its Root is nil if the run is gone.
func (f *follower) objects() runtree.Objects {
	var o runtree.Objects
	for _, item := range f.own.GetStore().List() {
		if object, ok := item.(metav1.Object); ok && object.GetName() == f.root.object.GetName() {
			o.Root = object
		}
	}
	for _, informers := range f.children {
		for _, informer := range informers {
			for _, item := range informer.GetStore().List() {
				switch object := item.(type) {
				case *v1.TaskRun:
					o.TaskRuns = append(o.TaskRuns, object)
				case *v1beta1.CustomRun:
					o.CustomRuns = append(o.CustomRuns, object)
				case *v1.PipelineRun:
					o.PipelineRuns = append(o.PipelineRuns, object)
				}
			}
		}
	}
	return o
}

// each calls visit with each newer state of the run until it is done, and returns the last one.
func (f *follower) each(ctx context.Context, visit func(*runtree.Node)) (*runtree.Node, error) {
	// The watches of children end with it, which close waits for.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		o := f.objects()
		if o.Root == nil {
			return nil, fmt.Errorf("%s was deleted", f.root.shortName())
		}
		tracked := len(f.children)
		if pr, ok := o.Root.(*v1.PipelineRun); ok {
			for _, one := range append(o.PipelineRuns, pr) {
				if err := f.track(ctx, one.Name); err != nil {
					return nil, err
				}
			}
		}
		if len(f.children) > tracked {
			continue
		}
		root := runtree.Build(o)
		if root.State.IsDone() {
			// The run can be known to be done before the last news of its children has come.
			last, err := f.cluster.Objects(ctx, o.Root)
			if err != nil {
				return nil, err
			}
			root = runtree.Build(last)
			visit(root)
			return runtree.Build(last), nil
		}
		visit(root)
		select {
		case <-f.changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
