package main

import (
	"context"
	"fmt"
	"log"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	"knative.dev/pkg/client/injection/kube/informers/factory"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/injection"

	"github.com/tenon-ci/tenon/pkg/access"
)

// findRights finds out what may not be watched, says so once, and keeps it from being watched.
func findRights(ctx context.Context, kube kubernetes.Interface, namespace string) (access.Rights, error) {
	rights, err := access.Find(ctx, kube, namespace)
	if err != nil {
		return rights, err
	}
	for _, note := range rights.Notes(namespace) {
		log.Print(note)
	}
	leaveOut(rights)
	return rights, nil
}

// leaveOut keeps the framework from watching what may not be watched: it registers a factory in the place of its own, whose informers
// of these kinds are always empty. Whoever reads them then asks the API for what they do not have.
func leaveOut(rights access.Rights) {
	injection.Default.RegisterInformerFactory(func(ctx context.Context) context.Context {
		kube := kubeclient.Get(ctx)
		made := informers.NewSharedInformerFactoryWithOptions(kube, controller.GetResyncPeriod(ctx), informers.WithNamespace(injection.GetNamespaceScope(ctx)))
		empty(made, rights)
		return context.WithValue(ctx, factory.Key{}, made)
	})
}

// empty has a factory make empty informers of what may not be watched.
func empty(made informers.SharedInformerFactory, rights access.Rights) {
	for _, kind := range []struct {
		resource     access.Resource
		object, list runtime.Object
	}{
		{access.ServiceAccounts, &corev1.ServiceAccount{}, &corev1.ServiceAccountList{}},
		{access.LimitRanges, &corev1.LimitRange{}, &corev1.LimitRangeList{}},
	} {
		if rights.Watch(kind.resource) {
			continue
		}
		made.InformerFor(kind.object, func(kubernetes.Interface, time.Duration) cache.SharedIndexInformer {
			return cache.NewSharedIndexInformer(nothing{kind.list}, kind.object, 0, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
		})
	}
}

// nothing lists an empty list, and watches what never changes.
type nothing struct{ list runtime.Object }

// List implements cache.ListerWatcher.
func (n nothing) List(metav1.ListOptions) (runtime.Object, error) {
	return n.list.DeepCopyObject(), nil
}

// Watch implements cache.ListerWatcher.
func (nothing) Watch(metav1.ListOptions) (watch.Interface, error) { return watch.NewFake(), nil }

// IsWatchListSemanticsUnSupported tells informers that they have to list first.
func (nothing) IsWatchListSemanticsUnSupported() bool { return true }

// limitRanges returns what reads the LimitRanges of a namespace if they may not be watched, else nil.
func limitRanges(kube kubernetes.Interface, rights access.Rights) func(context.Context, string) ([]*corev1.LimitRange, error) {
	if rights.Watch(access.LimitRanges) {
		return nil
	}
	return func(ctx context.Context, namespace string) ([]*corev1.LimitRange, error) {
		list, err := kube.CoreV1().LimitRanges(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, fmt.Errorf("listing the LimitRanges of namespace %s: %w", namespace, err)
		}
		out := make([]*corev1.LimitRange, len(list.Items))
		for i := range list.Items {
			out[i] = &list.Items[i]
		}
		return out, nil
	}
}
