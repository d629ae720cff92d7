package controller

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clientgotesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	clocktesting "k8s.io/utils/clock/testing"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	logtesting "knative.dev/pkg/logging/testing"
	"knative.dev/pkg/reconciler"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned/fake"
	listers "github.com/tenon-ci/tenon/pkg/client/resolution/listers/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// stub is a resolver with one answer.
type stub struct {
	data    string
	err     error
	invalid error
	asked   *framework.Request
}

func (s *stub) About() framework.About {
	return framework.About{Type: "stub", Name: "Stub", Flag: "enable-stub-resolver"}
}

func (s *stub) Prepare(_ context.Context, req framework.Request) (*framework.Fetch, error) {
	if s.invalid != nil {
		return nil, s.invalid
	}
	return &framework.Fetch{Do: func(ctx context.Context) (*framework.Answer, error) { return s.fetch(ctx, req) }}, nil
}

func (s *stub) fetch(ctx context.Context, req framework.Request) (*framework.Answer, error) {
	s.asked = &req
	if _, ok := ctx.Deadline(); !ok {
		return nil, errors.New("no deadline")
	}
	if s.err != nil {
		return nil, s.err
	}
	return &framework.Answer{Data: []byte(s.data), Annotations: map[string]string{"a": "b"}, Source: &v1.RefSource{URI: "there"}}, nil
}

func request(change func(*v1beta1.ResolutionRequest)) *v1beta1.ResolutionRequest {
	rr := &v1beta1.ResolutionRequest{
		ObjectMeta: metav1.ObjectMeta{Name: "rr", Namespace: "ns", UID: "u", ResourceVersion: "7", Labels: map[string]string{"resolution.tekton.dev/type": "stub"}},
		Spec:       v1beta1.ResolutionRequestSpec{Params: v1.Params{{Name: "p", Value: *v1.NewString("v")}, {Name: "list", Value: *v1.NewArray("v")}}},
	}
	if change != nil {
		change(rr)
	}
	return rr
}

const task = "apiVersion: tekton.dev/v1\nkind: Task\n"

func TestReconcile(t *testing.T) {
	t.Parallel()
	conflict := apierrors.NewConflict(schema.GroupResource{Resource: "resolutionrequests"}, "rr", errors.New("changed"))
	for name, tc := range map[string]struct {
		rr       *v1beta1.ResolutionRequest
		resolver stub
		flags    map[string]string
		refuse   error
		want     string
		asked    bool
		again    bool
	}{
		"answered": {
			resolver: stub{data: task}, asked: true,
			want: `{"metadata":{"uid":"u"},"status":{"annotations":{"a":"b"},"data":"YXBpVmVyc2lvbjogdGVrdG9uLmRldi92MQpraW5kOiBUYXNrCg==","source":{"uri":"there"},"refSource":{"uri":"there"}}}`,
		},
		"done": {rr: request(func(rr *v1beta1.ResolutionRequest) {
			rr.Status.Conditions = duckv1.Conditions{{Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse}}
		})},
		"answered already": {rr: request(func(rr *v1beta1.ResolutionRequest) { rr.Status.Data = "eA==" })},
		"invalid":          {resolver: stub{invalid: errors.New("no name")}, want: failed("ResolutionFailed", `invalid resource request "ns/rr": no name`)},
		"switched off": {
			flags: map[string]string{"enable-stub-resolver": "false"},
			want:  failed("ResolutionFailed", `invalid resource request "ns/rr": cannot handle resolution request, enable-stub-resolver feature flag not true`),
		},
		"failed":              {resolver: stub{err: errors.New("gone")}, asked: true, want: failed("ResolutionFailed", `error getting "Stub" "ns/rr": gone`)},
		"failed for a reason": {resolver: stub{err: failure.Invalidf("Special", "gone")}, asked: true, want: failed("Special", `error getting "Stub" "ns/rr": gone`)},
		"server is busy":      {resolver: stub{err: apierrors.NewTooManyRequests("busy", 1)}, asked: true, again: true},
		"server is away":      {resolver: stub{err: apierrors.NewServiceUnavailable("shutting down")}, asked: true, again: true},
		"no connection":       {resolver: stub{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, asked: true, again: true},
		"store is slow":       {resolver: stub{err: apierrors.NewInternalError(errors.New("etcdserver: request timed out"))}, asked: true, again: true},
		"the resolver knows better": {
			resolver: stub{err: failure.Invalidf("Special", "%w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED})}, asked: true,
			want: failed("Special", `error getting "Stub" "ns/rr": dial: connection refused`),
		},
		"a place in trouble": {
			rr: request(func(rr *v1beta1.ResolutionRequest) {
				rr.CreationTimestamp = metav1.NewTime(now.Add(-framework.Patience))
			}),
			resolver: stub{err: failure.Transientf("", "busy")}, asked: true, again: true,
		},
		"a place in trouble for long": {
			rr: request(func(rr *v1beta1.ResolutionRequest) {
				rr.CreationTimestamp = metav1.NewTime(now.Add(-framework.Patience - time.Second))
			}),
			resolver: stub{err: failure.Transientf("", "busy")}, asked: true, want: failed("ResolutionFailed", `error getting "Stub" "ns/rr": busy`),
		},
		"out of time":             {resolver: stub{err: context.DeadlineExceeded}, asked: true, again: true},
		"no leader":               {resolver: stub{err: errors.New("etcdserver: leader changed")}, asked: true, again: true},
		"not of ours":             {resolver: stub{data: "apiVersion: v1\nkind: Secret\n"}, asked: true, want: failed("ResolutionFailed", `error getting "Stub" "ns/rr": resolved data validation error: apiVersion "v1" and kind "Secret" are not of a supported type`)},
		"no document":             {resolver: stub{data: "\t"}, asked: true, want: failed("ResolutionFailed", `error getting "Stub" "ns/rr": resolved data validation error: error converting YAML to JSON: yaml: found character that cannot start any token`)},
		"changed while it failed": {resolver: stub{invalid: errors.New("no name")}, refuse: conflict, want: failed("ResolutionFailed", `invalid resource request "ns/rr": no name`), again: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.rr == nil {
				tc.rr = request(nil)
			}
			resolver := tc.resolver
			client := fake.NewSimpleClientset(tc.rr.DeepCopy())
			if tc.refuse != nil {
				client.PrependReactor("patch", "*", func(clientgotesting.Action) (bool, runtime.Object, error) { return true, nil, tc.refuse })
			}
			r := reconcilerOf(t, &resolver, client, tc.rr)
			r.flags.data.Store(&tc.flags)
			again := false
			r.again = func(types.NamespacedName, time.Duration) { again = true }
			if err := r.Reconcile(context.Background(), "ns/rr"); err != nil {
				t.Error(err)
			}
			if again != tc.again {
				t.Errorf("tried again: %v, want %v", again, tc.again)
			}
			if diff := cmp.Diff(parsed(t, tc.want), parsed(t, patch(t, client))); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
			var want *framework.Request
			if tc.asked {
				want = &framework.Request{Namespace: "ns", Name: "rr", Params: map[string]string{"p": "v", "list": ""}}
			}
			if diff := cmp.Diff(want, resolver.asked); diff != "" {
				t.Errorf("question (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyTheLeaderAnswers(t *testing.T) {
	t.Parallel()
	client := fake.NewSimpleClientset()
	r := reconcilerOf(t, &stub{data: task}, client, request(nil))
	r.Demote(reconciler.UniversalBucket())
	if err := r.Reconcile(context.Background(), "ns/rr"); !controller.IsSkipKey(err) {
		t.Errorf("error %v, want to be skipped", err)
	}
	var enqueued []string
	if err := r.Promote(reconciler.UniversalBucket(), func(_ reconciler.Bucket, key types.NamespacedName) { enqueued = append(enqueued, key.String()) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ns/rr"}, enqueued); diff != "" {
		t.Errorf("enqueued (-want +got):\n%s", diff)
	}
}

// TestEachRequestIsWorkedOnOnce has more passes over a request while it is fetched, and one that sees it as it was before.
func TestEachRequestIsWorkedOnOnce(t *testing.T) {
	t.Parallel()
	client := fake.NewSimpleClientset(request(nil))
	r := reconcilerOf(t, &stub{data: task}, client, request(nil))
	var begun []func()
	r.start = func(work func()) { begun = append(begun, work) }
	pass := func() {
		t.Helper()
		if err := r.Reconcile(t.Context(), "ns/rr"); err != nil {
			t.Fatal(err)
		}
	}
	pass()
	pass()
	if len(begun) != 1 {
		t.Fatalf("begun %d times", len(begun))
	}
	begun[0]()
	pass()
	if len(begun) != 1 || len(client.Actions()) != 1 {
		t.Errorf("begun %d times, writes %v", len(begun), client.Actions())
	}
}

// TestSlowPlacesKeepNobodyElse has a namespace whose requests take all places that it can have.
func TestSlowPlacesKeepNobodyElse(t *testing.T) {
	t.Parallel()
	rr := request(nil)
	client := fake.NewSimpleClientset(rr.DeepCopy())
	r := reconcilerOf(t, &stub{data: task}, client, rr)
	for range bounds.Tenant {
		if _, err := r.places.Take(t.Context(), "slow", ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Reconcile(t.Context(), "ns/rr"); err != nil {
		t.Fatal(err)
	}
	if len(client.Actions()) != 1 {
		t.Errorf("writes %v", client.Actions())
	}
}

func reconcilerOf(t *testing.T, resolver framework.Resolver, client *fake.Clientset, rr *v1beta1.ResolutionRequest) *Reconciler {
	t.Helper()
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	if err := indexer.Add(rr); err != nil {
		t.Fatal(err)
	}
	r := newReconciler(resolver, client, listers.NewResolutionRequestLister(indexer), framework.NewCache(clocktesting.NewFakePassiveClock(now)))
	r.clock = clocktesting.NewFakePassiveClock(now)
	r.start = func(work func()) { work() }
	r.again = func(types.NamespacedName, time.Duration) { t.Error("tried again") }
	if err := r.Promote(reconciler.UniversalBucket(), func(reconciler.Bucket, types.NamespacedName) {}); err != nil {
		t.Fatal(err)
	}
	return r
}

func failed(reason, message string) string {
	text, _ := json.Marshal(message)
	return `{"metadata":{"resourceVersion":"7","uid":"u"},"status":{"conditions":[{"type":"Succeeded","status":"False","lastTransitionTime":"2026-03-01T12:00:00Z","reason":"` +
		reason + `","message":` + string(text) + `}]}}`
}

// patch returns the only write, which has to be of the status.
func patch(t *testing.T, client *fake.Clientset) string {
	t.Helper()
	if len(client.Actions()) == 0 {
		return ""
	}
	p, ok := client.Actions()[0].(clientgotesting.PatchAction)
	if len(client.Actions()) != 1 || !ok || p.GetSubresource() != "status" {
		t.Fatalf("writes %v, want one patch of the status", client.Actions())
	}
	return string(p.GetPatch())
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	if text == "" {
		return nil
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestNetworkSettings has settings that change, go wrong and are there from the start or not.
func TestNetworkSettings(t *testing.T) {
	t.Parallel()
	var w configmap.ManualWatcher
	w.Namespace = "system"
	policy := watchNetwork(&w, logtesting.TestLogger(t))
	change := func(data map[string]string) {
		w.OnChange(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: NetworkConfig, Namespace: "system"}, Data: data})
	}
	refused := func(when string, hosts map[string]bool) {
		t.Helper()
		for host, want := range hosts {
			if err := policy().CheckHost(host); (err != nil) != want {
				t.Errorf("%s: %s: error %v, want one: %v", when, host, err, want)
			}
		}
	}
	refused("at the start", map[string]bool{"example.com": true})
	change(map[string]string{"deny": "10.0.0.0/99"})
	refused("wrong from the start", map[string]bool{"example.com": true})
	change(nil)
	refused("nothing set", map[string]bool{"example.com": false, "localhost": true})
	change(map[string]string{"deny": "*", "allow": "*.example.com"})
	refused("set", map[string]bool{"git.example.com": false, "example.org": true})
	change(map[string]string{"allow": "*example.com"})
	refused("wrong", map[string]bool{"git.example.com": false, "example.org": true})
}
