package queue

import (
	"context"
	"flag"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/tools/cache"
	"knative.dev/pkg/controller"
	knreconciler "knative.dev/pkg/reconciler"
)

type ignoredKey struct{}

// Ignore returns a context whose controllers look at no object of some namespaces: another installation does (contract 4 §7.9).
func Ignore(ctx context.Context, namespaces sets.Set[string]) context.Context {
	return context.WithValue(ctx, ignoredKey{}, namespaces)
}

// Ignored tells whether the objects of a namespace are not looked at.
func Ignored(ctx context.Context, namespace string) bool {
	namespaces, _ := ctx.Value(ignoredKey{}).(sets.Set[string])
	return namespaces.Has(namespace)
}

// IgnoreFlag defines the flag that names such namespaces, and returns the set that it fills.
func IgnoreFlag(flags *flag.FlagSet) sets.Set[string] {
	ignored := sets.New[string]()
	flags.Func("ignore-namespaces", "Namespaces, separated by commas, whose runs are left to another installation.", func(text string) error {
		for name := range strings.SplitSeq(text, ",") {
			if name = strings.TrimSpace(name); name != "" {
				ignored.Insert(name)
			}
		}
		return nil
	})
	return ignored
}

// observant makes a reconciler pass over the objects of ignored namespaces.
type observant struct {
	controller.Reconciler
	knreconciler.LeaderAware
	ignored func(namespace string) bool
}

// Reconcile implements controller.Reconciler.
func (o observant) Reconcile(ctx context.Context, key string) error {
	if namespace, _, err := cache.SplitMetaNamespaceKey(key); err == nil && o.ignored(namespace) {
		return nil
	}
	return o.Reconciler.Reconcile(ctx, key)
}

// passingOver wraps a reconciler if namespaces are to be ignored.
func passingOver(ctx context.Context, r controller.Reconciler) controller.Reconciler {
	leader, ok := r.(knreconciler.LeaderAware)
	namespaces, _ := ctx.Value(ignoredKey{}).(sets.Set[string])
	if !ok || len(namespaces) == 0 {
		return r
	}
	return observant{r, leader, func(namespace string) bool { return Ignored(ctx, namespace) }}
}
