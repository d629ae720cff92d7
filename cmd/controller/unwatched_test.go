package main

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/tenon-ci/tenon/pkg/access"
)

// What may not be watched is never asked for, and does not keep the rest from being known.
func TestLeftOutKindsAreNotAskedFor(t *testing.T) {
	t.Parallel()
	meta := metav1.ObjectMeta{Namespace: "team", Name: "a"}
	kube := fake.NewClientset(&corev1.ServiceAccount{ObjectMeta: meta}, &corev1.LimitRange{ObjectMeta: meta})
	made := informers.NewSharedInformerFactory(kube, 0)
	empty(made, access.Without(access.LimitRanges))
	accounts, ranges := made.Core().V1().ServiceAccounts().Lister(), made.Core().V1().LimitRanges().Lister()
	made.Start(t.Context().Done())
	synced := make(chan bool)
	go func() {
		all := true
		for _, ok := range made.WaitForCacheSync(t.Context().Done()) {
			all = all && ok
		}
		synced <- all
	}()
	select {
	case all := <-synced:
		if !all {
			t.Fatal("a cache was not filled")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the caches are not filled in time")
	}
	seen, err := accounts.List(labels.Everything())
	if err != nil || len(seen) != 1 {
		t.Errorf("ServiceAccounts: %v (%v)", seen, err)
	}
	none, err := ranges.LimitRanges("team").List(labels.Everything())
	if err != nil || len(none) != 0 {
		t.Errorf("LimitRanges: %v (%v)", none, err)
	}
	for _, action := range kube.Actions() {
		if action.GetResource().Resource == "limitranges" {
			t.Errorf("the API was asked to %s limitranges", action.GetVerb())
		}
	}
}

func TestLimitRangesAreReadWhereTheyAreNotWatched(t *testing.T) {
	t.Parallel()
	kube := fake.NewClientset(
		&corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "ours"}},
		&corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Namespace: "other", Name: "theirs"}})
	if limitRanges(kube, access.Rights{}) != nil {
		t.Error("they are read although they are watched")
	}
	found, err := limitRanges(kube, access.Without(access.LimitRanges))(t.Context(), "team")
	if err != nil || len(found) != 1 || found[0].Name != "ours" {
		t.Errorf("got %v (%v)", found, err)
	}
}
