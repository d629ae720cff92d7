package leases

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clientgotesting "k8s.io/client-go/testing"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"knative.dev/pkg/leaderelection"
)

func heldBy(holder string) *coordinationv1.Lease {
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: oneLease, Namespace: namespace},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, RenewTime: ptr.To(metav1.NewMicroTime(epoch))},
	}
}

// counting returns a client with a lease, and how often it was asked to do something with it.
func counting(lease *coordinationv1.Lease) (kube *fake.Clientset, asked func(verb string) int) {
	kube = fake.NewClientset(lease)
	return kube, func(verb string) int {
		n := 0
		for _, a := range kube.Actions() {
			if a.Matches(verb, "leases") {
				n++
			}
		}
		return n
	}
}

func TestLeasesOfOthersAreAskedForSeldom(t *testing.T) {
	t.Parallel()
	clock := clocktesting.NewFakePassiveClock(epoch)
	kube, asked := counting(heldBy("b"))
	known := newNews(10*time.Second, clock)
	leases := sharing{kube, newShares("a", 0, 0, counted(2), clock), known}.CoordinationV1().Leases(namespace)
	get := func(want string, requests int) {
		t.Helper()
		lease, err := leases.Get(t.Context(), oneLease, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := *lease.Spec.HolderIdentity; got != want || asked("get") != requests {
			t.Errorf("held by %q after %d requests, want %q after %d", got, asked("get"), want, requests)
		}
	}
	get("b", 1)
	clock.SetTime(epoch.Add(9 * time.Second))
	get("b", 1)
	clock.SetTime(epoch.Add(10 * time.Second))
	get("b", 2)

	// A watch told that another one has it now.
	known.hear(heldBy("c"))
	get("c", 2)
	// And that it was given back: whoever wants to take it has to see it.
	known.hear(heldBy(""))
	get("b", 3)
	// One of its own.
	known.hear(heldBy("a"))
	get("b", 4)
}

func TestAfterAConflictTheLeaseIsAskedFor(t *testing.T) {
	t.Parallel()
	clock := clocktesting.NewFakePassiveClock(epoch)
	kube, asked := counting(heldBy("b"))
	kube.PrependReactor("update", "leases", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewConflict(schema.GroupResource{Resource: "leases"}, oneLease, errors.New("it has changed"))
	})
	leases := sharing{kube, newShares("a", 0, 0, counted(1), clock), newNews(10*time.Second, clock)}.CoordinationV1().Leases(namespace)
	for range 2 {
		if _, err := leases.Get(t.Context(), oneLease, metav1.GetOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := leases.Update(t.Context(), heldBy("a"), metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
			t.Fatalf("error %v, want a conflict", err)
		}
	}
	if got := asked("get"); got != 2 {
		t.Errorf("%d requests for the lease, want 2", got)
	}
}

func TestLeasesAreRenewedInTime(t *testing.T) {
	t.Parallel()
	clock := clocktesting.NewFakePassiveClock(epoch)
	kube, asked := counting(heldBy(""))
	leases := sharing{kube, newShares("a", 0, 10*time.Second, counted(1), clock), newNews(0, clock)}.CoordinationV1().Leases(namespace)
	write := func(after time.Duration, holder string, requests int) {
		t.Helper()
		clock.SetTime(epoch.Add(after))
		if _, err := leases.Update(t.Context(), heldBy(holder), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := asked("update"); got != requests {
			t.Errorf("%v after the start: %d requests, want %d", after, got, requests)
		}
	}
	write(0, "a", 1)
	write(9*time.Second, "a", 1)
	write(10*time.Second, "a", 2)
	write(11*time.Second, "a", 2)
	// It is given back at once.
	write(11*time.Second, "", 3)
	write(12*time.Second, "a", 4)
}

func TestAWatchBringsNews(t *testing.T) {
	t.Parallel()
	kube := fake.NewClientset()
	known := newNews(time.Hour, clocktesting.NewFakePassiveClock(epoch))
	leases := kube.CoordinationV1().Leases(namespace)
	go known.follow(t.Context(), leases)
	deadline := time.Now().Add(10 * time.Second)
	// Until the watch is there, what is written goes unheard.
	for i := 0; known.heldByOther(oneLease, "a") == nil; i++ {
		if time.Now().After(deadline) {
			t.Fatal("the watch did not tell of the lease")
		}
		var err error
		if i == 0 {
			_, err = leases.Create(t.Context(), heldBy("b"), metav1.CreateOptions{})
		} else {
			_, err = leases.Update(t.Context(), heldBy("b"), metav1.UpdateOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	type times struct{ Patience, Renewal time.Duration }
	for name, tc := range map[string]struct {
		lease, deadline, retry time.Duration
		want                   times
	}{
		"as shipped":      {60 * time.Second, 40 * time.Second, 10 * time.Second, times{3 * time.Second, 10 * time.Second}},
		"short":           {15 * time.Second, 10 * time.Second, 2 * time.Second, times{3 * time.Second, 2 * time.Second}},
		"tiny":            {5 * time.Second, 3 * time.Second, time.Second, times{2500 * time.Millisecond, time.Second}},
		"a late deadline": {60 * time.Second, 55 * time.Second, 10 * time.Second, times{3 * time.Second, 2500 * time.Millisecond}},
	} {
		c := leaderelection.ComponentConfig{LeaseDuration: tc.lease, RenewDeadline: tc.deadline, RetryPeriod: tc.retry}
		if diff := cmp.Diff(tc.want, times{patience(c), renewal(c)}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
