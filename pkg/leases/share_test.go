package leases

import (
	"context"
	"errors"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	clocktesting "k8s.io/utils/clock/testing"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// replica takes leases as leader election does.
type replica struct {
	identity string
	kube     kubernetes.Interface
	clock    *clocktesting.FakePassiveClock
}

func newReplica(identity string, kube kubernetes.Interface, clock *clocktesting.FakePassiveClock, count func(context.Context) (int, error)) replica {
	return replica{identity, sharing{kube, newShares(identity, 25*time.Second, 0, count, clock), newNews(0, clock)}, clock}
}

func counted(n int) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { return n, nil }
}

// spec is what a replica writes to a lease that it takes, renews, or gives back to no holder.
func (r replica) spec(holder string) coordinationv1.LeaseSpec {
	now := metav1.NewMicroTime(r.clock.Now())
	return coordinationv1.LeaseSpec{HolderIdentity: &holder, RenewTime: &now}
}

// try takes or renews a lease that nobody else holds or that is over, and tells whether this replica has it then.
func (r replica) try(t *testing.T, name string) bool {
	t.Helper()
	leases := r.kube.CoordinationV1().Leases(namespace)
	lease, err := leases.Get(t.Context(), name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		_, err = leases.Create(t.Context(), &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: r.spec(r.identity),
		}, metav1.CreateOptions{})
	case err != nil:
	case *lease.Spec.HolderIdentity != "" && *lease.Spec.HolderIdentity != r.identity && r.clock.Since(lease.Spec.RenewTime.Time) < time.Minute:
		return false
	default:
		lease.Spec = r.spec(r.identity)
		_, err = leases.Update(t.Context(), lease, metav1.UpdateOptions{})
	}
	if err != nil && !errors.Is(err, errLeftToOthers) {
		t.Fatal(err)
	}
	return err == nil
}

// giveBack releases a lease.
func (r replica) giveBack(t *testing.T, name string) {
	t.Helper()
	leases := r.kube.CoordinationV1().Leases(namespace)
	lease, err := leases.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lease.Spec = r.spec("")
	if _, err := leases.Update(t.Context(), lease, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestReplicasShareTheLeases(t *testing.T) {
	t.Parallel()
	const first, second, other = "q.00-of-02", "q.01-of-02", "r.00-of-02"
	kube := fake.NewClientset()
	clock := clocktesting.NewFakePassiveClock(epoch)
	a, b := newReplica("a", kube, clock, counted(2)), newReplica("b", kube, clock, counted(2))
	expect := func(r replica, lease string, want bool) {
		t.Helper()
		if got := r.try(t, lease); got != want {
			t.Errorf("%v after the start: %s has lease %s = %v, want %v", clock.Since(epoch), r.identity, lease, got, want)
		}
	}
	expect(a, first, true)
	expect(a, second, false)
	expect(a, other, true)
	expect(b, first, false)
	expect(b, second, true)
	expect(a, first, true)

	// The other replica ends, and nobody comes in its place.
	b.giveBack(t, second)
	expect(a, second, false)
	clock.SetTime(epoch.Add(24 * time.Second))
	expect(a, second, false)
	clock.SetTime(epoch.Add(25 * time.Second))
	expect(a, second, true)
	expect(a, second, true)

	// What a process held, the next one in the same pod goes on with.
	again := newReplica("a", kube, clock, counted(2))
	expect(again, first, true)
	expect(again, second, true)

	// Time that passed while another one held the lease does not count.
	again.giveBack(t, second)
	expect(again, second, false)
	expect(b, second, true)
	expect(again, second, false)
	b.giveBack(t, second)
	expect(again, second, false)
	clock.SetTime(epoch.Add(26 * time.Second))
	expect(b, second, true)

	// A replica that ends without giving back its lease.
	clock.SetTime(epoch.Add(time.Hour))
	expect(again, first, true)
	expect(again, second, false)
	clock.SetTime(epoch.Add(time.Hour + 20*time.Second))
	expect(again, second, false)
	clock.SetTime(epoch.Add(time.Hour + 25*time.Second))
	expect(again, second, true)
}

func TestAReplicaAloneTakesAllLeases(t *testing.T) {
	t.Parallel()
	for name, count := range map[string]func(context.Context) (int, error){
		"alone":        counted(1),
		"none counted": counted(0),
		"not counted":  func(context.Context) (int, error) { return 0, errors.New("forbidden") },
	} {
		r := newReplica("a", fake.NewClientset(), clocktesting.NewFakePassiveClock(epoch), count)
		for _, lease := range []string{"q.00-of-03", "q.01-of-03", "q.02-of-03"} {
			if !r.try(t, lease) {
				t.Errorf("%s: lease %s was not taken", name, lease)
			}
		}
	}
}

func TestQueueOf(t *testing.T) {
	t.Parallel()
	for lease, want := range map[string]struct {
		queue   string
		buckets int
	}{
		"a.b.00-of-01": {"a.b", 1},
		"a.b.07-of-10": {"a.b", 10},
		"another-name": {"another-name", 1},
		"a.00-of-many": {"a.00-of-many", 1},
	} {
		if queue, buckets := queueOf(lease); queue != want.queue || buckets != want.buckets {
			t.Errorf("%s: queue %s of %d, want %s of %d", lease, queue, buckets, want.queue, want.buckets)
		}
	}
}

func TestCountReplicas(t *testing.T) {
	t.Setenv("SYSTEM_NAMESPACE", namespace)
	pod := func(name, app string, change func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{"app": app}}}
		if change != nil {
			change(p)
		}
		return p
	}
	ready := func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	}
	kube := fake.NewClientset(
		pod("ready", "controller", ready), pod("other", "webhook", ready), pod("stuck", "controller", nil),
		pod("starting", "controller", func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(epoch.Add(-29 * time.Second)) }),
		pod("ending", "controller", func(p *corev1.Pod) {
			ready(p)
			p.DeletionTimestamp, p.Finalizers = &metav1.Time{Time: epoch}, []string{"f"}
		}),
	)
	if n, err := countReplicas(kube, "controller", clocktesting.NewFakePassiveClock(epoch))(t.Context()); n != 2 || err != nil {
		t.Errorf("%d replicas (%v), want 2", n, err)
	}
}
