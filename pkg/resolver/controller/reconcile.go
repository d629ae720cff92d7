package controller

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	lru "k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/logging"
	"knative.dev/pkg/reconciler"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	clientset "github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned"
	listers "github.com/tenon-ci/tenon/pkg/client/resolution/listers/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/places"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// ReasonFailed is the reason of requests that failed, unless the resolver has another one.
const ReasonFailed = "ResolutionFailed"

// bounds are the most fetches under way, of one resolver and for one namespace.
var bounds = places.Bounds{All: 64, Tenant: 16, Host: 64}

const (
	// remembered is the number of requests of which it is known that they are answered, rememberedFor how long: until the watch
	// has brought what was written.
	remembered    = 4096
	rememberedFor = time.Minute
)

// Reconciler answers the requests for one resolver.
type Reconciler struct {
	reconciler.LeaderAwareFuncs
	resolver framework.Resolver
	client   clientset.Interface
	requests listers.ResolutionRequestLister
	clock    clock.PassiveClock
	flags    settings
	config   settings
	cache    *framework.Cache
	metrics  *metrics

	places *places.Places
	// under has the requests that are being worked on, by UID.
	under sync.Map
	// answered has the UIDs of requests that have been answered.
	answered *lru.LRUExpireCache
	// waits spaces the tries of a request, and again enqueues it.
	waits workqueue.TypedRateLimiter[any]
	again func(key types.NamespacedName, after time.Duration)
	// ignored tells of namespaces whose requests another installation answers; nil means that there are none.
	ignored func(namespace string) bool
	// start runs work beside the queue.
	start func(func())
}

// Reconcile implements controller.Reconciler. It only begins the work: places that do not answer keep no worker from the others.
func (r *Reconciler) Reconcile(ctx context.Context, key string) error {
	namespace, name, err := cache.SplitMetaNamespaceKey(key)
	if err != nil {
		return controller.NewPermanentError(err)
	}
	id := types.NamespacedName{Namespace: namespace, Name: name}
	if !r.IsLeaderFor(id) {
		return controller.NewSkipKey(key)
	}
	rr, err := r.waiting(id)
	if err != nil || rr == nil {
		return err
	}
	if _, busy := r.under.LoadOrStore(rr.UID, true); busy {
		return nil
	}
	// The context of a pass ends with the pass.
	ctx = context.WithoutCancel(ctx)
	r.start(func() {
		err := r.work(ctx, id)
		r.under.Delete(rr.UID)
		if err != nil {
			logging.FromContext(ctx).Debugw("a request will be tried again", "error", err)
			r.again(id, r.waits.When(id))
			return
		}
		r.waits.Forget(id)
	})
	return nil
}

// waiting returns the request if it waits for a resolver, else nil.
func (r *Reconciler) waiting(id types.NamespacedName) (*v1beta1.ResolutionRequest, error) {
	rr, err := r.requests.ResolutionRequests(id.Namespace).Get(id.Name)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading ResolutionRequest %s: %w", id, err)
	}
	if _, known := r.answered.Get(rr.UID); known || !open(rr) || rr.DeletionTimestamp != nil {
		return nil, nil
	}
	return rr, nil
}

// work answers a request when it has a place. An error means that trying again can help.
func (r *Reconciler) work(ctx context.Context, id types.NamespacedName) error {
	leave, err := r.places.Take(ctx, id.Namespace, "")
	if err != nil {
		return err
	}
	defer leave()
	// Much may have changed while it waited.
	rr, err := r.waiting(id)
	if err != nil || rr == nil || !r.IsLeaderFor(id) {
		return err
	}
	var answer *framework.Answer
	err = panics.Catch(ctx, func() (err error) {
		answer, err = r.answer(ctx, rr)
		return err
	})
	if err == nil {
		err = r.publish(ctx, rr, answer)
	}
	switch {
	case err == nil, apierrors.IsNotFound(err) && answer != nil:
	case framework.Passes(err) && !r.tired(rr, err):
		return err
	default:
		if err := r.refuse(ctx, rr, err); err != nil {
			return err
		}
	}
	r.answered.Add(rr.UID, true, rememberedFor)
	return nil
}

// tired tells whether a foreign place has been in trouble for so long that what is wrong is worth more than another try: whoever waits
// until the request's time is up learns only that.
func (r *Reconciler) tired(rr *v1beta1.ResolutionRequest, err error) bool {
	_, ours := failure.As(err)
	return ours && r.clock.Since(rr.CreationTimestamp.Time) > framework.Patience
}

// open tells whether the request waits for a resolver.
func open(rr *v1beta1.ResolutionRequest) bool { return !rr.IsDone() && rr.Status.Data == "" }

// answer asks the resolver, or the cache.
func (r *Reconciler) answer(ctx context.Context, rr *v1beta1.ResolutionRequest) (*framework.Answer, error) {
	about := r.resolver.About()
	req := framework.Request{Namespace: rr.Namespace, Name: rr.Name, Params: map[string]string{}, URL: rr.Spec.URL, Config: r.config.get()}
	for _, p := range rr.Spec.Params {
		req.Params[p.Name] = p.Value.StringVal
	}
	began := r.clock.Now()
	answer, from, err := framework.Ask(ctx, r.cache, r.resolver, r.flags.get(), req)
	r.metrics.fetched(ctx, about, from, err, r.clock.Since(began))
	return answer, err
}

// publish writes the answer in one patch. It leaves the conditions to the owner of the lifecycle.
func (r *Reconciler) publish(ctx context.Context, rr *v1beta1.ResolutionRequest, answer *framework.Answer) error {
	status := struct {
		Annotations map[string]string `json:"annotations,omitempty"`
		Data        string            `json:"data"`
		Source      *v1.RefSource     `json:"source"`
		RefSource   *v1.RefSource     `json:"refSource"`
	}{answer.Annotations, base64.StdEncoding.EncodeToString(answer.Data), answer.Source, answer.Source}
	err := r.patch(ctx, rr, map[string]any{"metadata": map[string]any{"uid": rr.UID}, "status": status})
	if err != nil {
		return fmt.Errorf("error updating resource request %q with data: %w", rr.Namespace+"/"+rr.Name, err)
	}
	return nil
}

// refuse ends the request, unless somebody else has changed it; then the queue looks again.
func (r *Reconciler) refuse(ctx context.Context, rr *v1beta1.ResolutionRequest, cause error) error {
	reason := ReasonFailed
	if f, ok := failure.As(cause); ok && f.Reason != "" {
		reason = f.Reason
	}
	cond := apis.Condition{
		Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse, Reason: reason, Message: cause.Error(),
		LastTransitionTime: apis.VolatileTime{Inner: metav1.NewTime(r.clock.Now())},
	}
	err := r.patch(ctx, rr, map[string]any{
		"metadata": map[string]any{"uid": rr.UID, "resourceVersion": rr.ResourceVersion},
		"status":   map[string]any{"conditions": []apis.Condition{cond}},
	})
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("writing failure of ResolutionRequest %s/%s: %w", rr.Namespace, rr.Name, err)
	default:
		return nil
	}
}

func (r *Reconciler) patch(ctx context.Context, rr *v1beta1.ResolutionRequest, body map[string]any) error {
	patch, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = r.client.ResolutionV1beta1().ResolutionRequests(rr.Namespace).
		Patch(ctx, rr.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}
