package leases

import (
	"context"
	"errors"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	clientgotesting "k8s.io/client-go/testing"
	"k8s.io/utils/ptr"
	"knative.dev/pkg/injection/sharedmain"
	"knative.dev/pkg/leaderelection"
	"knative.dev/pkg/reconciler"
)

const (
	namespace = "tenon"
	oneLease  = "controller.queue.00-of-01"
)

// setPod sets the variables that a Deployment sets.
func setPod(t *testing.T, name, uid string) {
	t.Helper()
	t.Setenv("SYSTEM_NAMESPACE", namespace)
	t.Setenv(podNameEnv, name)
	t.Setenv(podUIDEnv, uid)
}

// led tells when a reconciler gets to lead.
type led struct {
	reconciler.LeaderAwareFuncs
	now chan struct{}
}

func (l *led) Promote(reconciler.Bucket, func(reconciler.Bucket, types.NamespacedName)) error {
	close(l.now)
	return nil
}

// lead runs the elector of a queue and reports whether it gets to lead within a time.
func lead(t *testing.T, ctx context.Context, patience time.Duration) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	promoted := &led{now: make(chan struct{})}
	elector, err := leaderelection.BuildElector(ctx, promoted, "queue", func(reconciler.Bucket, types.NamespacedName) {})
	if err != nil {
		t.Fatal(err)
	}
	go elector.Run(ctx)
	select {
	case <-promoted.now:
		return true
	case <-time.After(patience):
		return false
	}
}

func TestKeep(t *testing.T) {
	for name, tc := range map[string]struct {
		holder   string
		patience time.Duration
		want     bool
	}{
		"the lease of a process before in the same pod": {"controller-1_uid-1", 10 * time.Second, true},
		"the lease of another pod":                      {"controller-2_uid-2", time.Second / 2, false},
		"the lease of a pod of that name before":        {"controller-1_uid-0", time.Second / 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			setPod(t, "controller-1", "uid-1")
			kube := fake.NewClientset(&coordinationv1.Lease{
				ObjectMeta: metav1.ObjectMeta{Name: oneLease, Namespace: namespace},
				Spec: coordinationv1.LeaseSpec{
					HolderIdentity: &tc.holder, LeaseDurationSeconds: ptr.To[int32](60),
					AcquireTime: ptr.To(metav1.NowMicro()), RenewTime: ptr.To(metav1.NowMicro()),
				},
			})
			ctx, err := Keep(t.Context(), kube, "controller", "controller")
			if err != nil {
				t.Fatal(err)
			}
			if !sharedmain.IsHADisabled(ctx) {
				t.Error("sharedmain is not kept from putting its own names in")
			}
			if got := lead(t, ctx, tc.patience); got != tc.want {
				t.Errorf("leads: %v, want %v", got, tc.want)
			}
		})
	}
}

func TestKeepReadsTheSettings(t *testing.T) {
	setPod(t, "controller-1", "uid-1")
	settings := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: leaderelection.ConfigMapName(), Namespace: namespace},
		Data:       map[string]string{"buckets": "3"},
	}
	ctx, err := Keep(t.Context(), fake.NewClientset(settings), "controller", "controller")
	if err != nil {
		t.Fatal(err)
	}
	if got := leaderelection.GetConfig(ctx); got == nil || got.Buckets != 3 {
		t.Errorf("settings = %+v, want three buckets", got)
	}

	settings.Data["buckets"] = "many"
	if _, err := Keep(t.Context(), fake.NewClientset(settings), "controller", "controller"); err == nil {
		t.Error("a wrong number of buckets is accepted")
	}
	refusing := fake.NewClientset()
	refusal := errors.New("no")
	refusing.PrependReactor("get", "configmaps", func(clientgotesting.Action) (bool, runtime.Object, error) { return true, nil, refusal })
	if _, err := Keep(t.Context(), refusing, "controller", "controller"); !errors.Is(err, refusal) {
		t.Errorf("error %v, want the one of the API", err)
	}
}

func TestKeepNeedsToKnowThePod(t *testing.T) {
	for _, pod := range [][2]string{{"", "uid-1"}, {"controller-1", ""}} {
		setPod(t, pod[0], pod[1])
		ctx, err := Keep(t.Context(), fake.NewClientset(), "controller", "controller")
		if err != nil || sharedmain.IsHADisabled(ctx) || leaderelection.HasLeaderElection(ctx) {
			t.Errorf("%v: %v; the context was changed", pod, err)
		}
	}
}
