package framework

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/reconciler"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apierror"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	clientset "github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned"
	listers "github.com/tenon-ci/tenon/pkg/client/resolution/listers/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
)

// ReasonFailed is the reason of requests that failed, unless the resolver has another one.
const ReasonFailed = "ResolutionFailed"

// published are the kinds that may be answered with: requests are weakly protected, so nothing else may get into them.
var published = []string{
	pipeline.PipelineRunControllerKind, pipeline.PipelineControllerKind, pipeline.TaskRunControllerKind, pipeline.TaskControllerKind,
	"Run", pipeline.CustomRunControllerKind, pipeline.StepActionControllerKind,
}

// Reconciler answers the requests for one resolver.
type Reconciler struct {
	reconciler.LeaderAwareFuncs
	resolver Resolver
	client   clientset.Interface
	requests listers.ResolutionRequestLister
	clock    clock.PassiveClock
	flags    settings
	config   settings
}

// Reconcile implements controller.Reconciler.
func (r *Reconciler) Reconcile(ctx context.Context, key string) error {
	namespace, name, err := cache.SplitMetaNamespaceKey(key)
	if err != nil {
		return controller.NewPermanentError(err)
	}
	if !r.IsLeaderFor(types.NamespacedName{Namespace: namespace, Name: name}) {
		return controller.NewSkipKey(key)
	}
	rr, err := r.requests.ResolutionRequests(namespace).Get(name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading ResolutionRequest %s: %w", key, err)
	}
	if !open(rr) || rr.DeletionTimestamp != nil {
		return nil
	}
	var answer *Answer
	err = panics.Catch(ctx, func() (err error) {
		answer, err = r.answer(ctx, rr)
		return err
	})
	if err == nil {
		err = r.publish(ctx, rr, answer)
	}
	switch {
	case err == nil, apierrors.IsNotFound(err) && answer != nil:
		return nil
	case passes(err):
		return err
	default:
		return r.refuse(ctx, rr, err)
	}
}

// open tells whether the request waits for a resolver.
func open(rr *v1beta1.ResolutionRequest) bool { return !rr.IsDone() && rr.Status.Data == "" }

// answer asks the resolver.
func (r *Reconciler) answer(ctx context.Context, rr *v1beta1.ResolutionRequest) (*Answer, error) {
	about := r.resolver.About()
	req := Request{Namespace: rr.Namespace, Name: rr.Name, Params: map[string]string{}, URL: rr.Spec.URL, Config: r.config.get()}
	for _, p := range rr.Spec.Params {
		req.Params[p.Name] = p.Value.StringVal
	}
	key := rr.Namespace + "/" + rr.Name
	if err := r.validate(about, req); err != nil {
		return nil, fmt.Errorf("invalid resource request %q: %w", key, err)
	}
	timeout := ResolutionTimeout
	if about.Timeout != nil {
		timeout = about.Timeout(req)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := r.resolver.Resolve(ctx, req)
	if err == nil {
		err = publishable(answer.Data)
	}
	if err != nil {
		return nil, fmt.Errorf("error getting %q %q: %w", about.Name, key, err)
	}
	return answer, nil
}

func (r *Reconciler) validate(about About, req Request) error {
	if on, err := strconv.ParseBool(r.flags.get()[about.Flag]); err == nil && !on {
		return fmt.Errorf("cannot handle resolution request, %s feature flag not true", about.Flag)
	}
	if about.Validate == nil {
		return nil
	}
	return about.Validate(req)
}

func publishable(data []byte) error {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(data, &kind); err != nil {
		return fmt.Errorf("resolved data validation error: %w", err)
	}
	group, err := schema.ParseGroupVersion(kind.APIVersion)
	if err != nil || group.Group != pipeline.GroupName || !slices.Contains(published, kind.Kind) {
		return fmt.Errorf("resolved data validation error: apiVersion %q and kind %q are not of a supported type", kind.APIVersion, kind.Kind)
	}
	return nil
}

// publish writes the answer in one patch. It leaves the conditions to the owner of the lifecycle.
func (r *Reconciler) publish(ctx context.Context, rr *v1beta1.ResolutionRequest, answer *Answer) error {
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

// passes tells whether trying again can help; the lifetime of the request limits it (contract 4 §1.3). A resolver that knows
// better says so by the class of a failure.
func passes(err error) bool {
	if f, ok := failure.As(err); ok {
		return !f.Final()
	}
	return apierror.Passes(err)
}
