package resolve

import (
	"context"
	"encoding/base64"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/kmeta"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution"
	resolutionv1beta1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/trust"
)

func fetchRemote[T object](ctx context.Context, r *Resolver, req Request, k kind[T]) (*Document[T], error) {
	rr, err := r.answer(ctx, req)
	if err != nil {
		return nil, err
	}
	namespace := req.Owner.GetObjectMeta().GetNamespace()
	doc := &Document[T]{Source: source(rr)}
	key := documentKey{rr.UID, cached.DataDigest(rr), k.Name}
	known, isKnown := r.Memory.get(key)
	isAccepted := isKnown
	if !isKnown {
		known, isAccepted = r.Memory.sameContent(key, namespace)
	}
	if !isAccepted {
		if known, err = open(ctx, r, rr, k); err != nil {
			return nil, err
		}
	}
	// Policies may have changed since the document was accepted.
	if doc.Verification, err = definition.Verify(ctx, r.Verifier, namespace, known.fetched, doc.Source, k.Kind); err != nil {
		return nil, err
	}
	if !isAccepted {
		if known.object, err = definition.Accept(ctx, known.fetched, namespace, k.Kind, k.try); err != nil {
			return nil, err
		}
		r.Memory.accepted(known, namespace)
	}
	if !isKnown {
		r.Memory.add(known)
	}
	if doc.Object, err = definition.Copy(known.object, k.Kind); err != nil {
		return nil, err
	}
	return doc, nil
}

// open decodes the document of a request, which is read again if the cache has dropped it.
func open[T object](ctx context.Context, r *Resolver, rr *resolutionv1beta1.ResolutionRequest, k kind[T]) (*accepted, error) {
	if rr.Status.Data == "" {
		whole, err := r.RequestClient.ResolutionV1beta1().ResolutionRequests(rr.Namespace).Get(ctx, rr.Name, metav1.GetOptions{})
		if err != nil {
			return nil, failure.Transientf("", "reading ResolutionRequest %s: %w", rr.Name, err)
		}
		if whole.UID != rr.UID {
			return nil, definition.Awaiting()
		}
		rr = whole
	}
	data, err := base64.StdEncoding.Strict().DecodeString(rr.Status.Data)
	if err != nil {
		return nil, failure.Invalidf("", "%s: %w", messageDataUnreadable, err)
	}
	fetched, err := definition.Decode(ctx, data, k.Kind)
	if err != nil {
		return nil, err
	}
	return &accepted{key: documentKey{rr.UID, cached.DataDigest(rr), k.Name}, fetched: trust.NewResource(fetched), size: len(rr.Status.Data)}, nil
}

// answer returns the ResolutionRequest once a resolver has put data into it, and makes it if there is none.
func (r *Resolver) answer(ctx context.Context, req Request) (*resolutionv1beta1.ResolutionRequest, error) {
	want, err := newRequest(req)
	if err != nil {
		return nil, err
	}
	rr, err := r.Requests.ResolutionRequests(want.Namespace).Get(want.Name)
	switch {
	case apierrors.IsNotFound(err):
		if rr, err = r.ask(ctx, want, req.Owner.GetObjectMeta()); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, failure.Transientf("", "reading ResolutionRequest %s: %w", want.Name, err)
	case !belongs(rr, req.Owner.GetObjectMeta()):
		return nil, r.replace(ctx, want, rr)
	}
	cond := rr.Status.GetCondition(apis.ConditionSucceeded)
	switch {
	case cond.IsFalse():
		return nil, definition.RequestFailed(cond.Message)
	case rr.Status.Data == "" && !cond.IsTrue():
		return nil, definition.Awaiting()
	default:
		return rr, nil
	}
}

// ask makes a request, and returns it if it is answered in a moment.
func (r *Resolver) ask(ctx context.Context, want *resolutionv1beta1.ResolutionRequest, owner metav1.Object) (*resolutionv1beta1.ResolutionRequest, error) {
	wait, forget := r.Arrivals.expect(types.NamespacedName{Namespace: want.Namespace, Name: want.Name})
	defer forget()
	_, err := r.RequestClient.ResolutionV1beta1().ResolutionRequests(want.Namespace).Create(ctx, want, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, failure.Transientf("", "creating ResolutionRequest %s: %w", want.Name, err)
	}
	wait(ctx)
	rr, err := r.Requests.ResolutionRequests(want.Namespace).Get(want.Name)
	if err != nil || !belongs(rr, owner) || !isAnswered(rr) {
		return nil, definition.Awaiting()
	}
	return rr, nil
}

// belongs tells whether a request was made for the run, or for the run that the run is part of, and not for an earlier one of the
// same name.
func belongs(rr *resolutionv1beta1.ResolutionRequest, owner metav1.Object) bool {
	of := metav1.GetControllerOf(rr)
	if of == nil {
		return false
	}
	above := metav1.GetControllerOf(owner)
	return of.UID == owner.GetUID() || above != nil && of.UID == above.UID
}

// replace makes a request in the place of one that is not the run's. As long as that is there, the run waits for it to go with the
// run that it belongs to, whose name wakes this one; one that belongs to nobody would stay for ever.
func (r *Resolver) replace(ctx context.Context, want, other *resolutionv1beta1.ResolutionRequest) error {
	_, err := r.RequestClient.ResolutionV1beta1().ResolutionRequests(want.Namespace).Create(ctx, want, metav1.CreateOptions{})
	switch {
	case apierrors.IsAlreadyExists(err) && metav1.GetControllerOf(other) == nil && other.DeletionTimestamp == nil:
		return failure.Invalidf("", "%s: ResolutionRequest %s exists already and belongs to no run: delete it", messageRequestFailed, other.Name)
	case err != nil && !apierrors.IsAlreadyExists(err):
		return failure.Transientf("", "creating ResolutionRequest %s: %w", want.Name, err)
	default:
		return definition.Awaiting()
	}
}

func newRequest(req Request) (*resolutionv1beta1.ResolutionRequest, error) {
	namespace := req.Owner.GetObjectMeta().GetNamespace()
	name, err := definition.RequestName(req)
	if err != nil {
		return nil, err
	}
	resolver := string(req.Resolver)
	return &resolutionv1beta1.ResolutionRequest{
		ObjectMeta: metav1.ObjectMeta{
			Name:            name,
			Namespace:       namespace,
			Labels:          map[string]string{resolution.LabelKeyResolverType: resolver},
			OwnerReferences: []metav1.OwnerReference{*kmeta.NewControllerRef(req.Owner)},
		},
		Spec: resolutionv1beta1.ResolutionRequestSpec{Params: req.Params, URL: req.Name},
	}, nil
}

func source(rr *resolutionv1beta1.ResolutionRequest) *v1.RefSource {
	if rr.Status.RefSource != nil {
		return rr.Status.RefSource.DeepCopy()
	}
	return rr.Status.Source.DeepCopy()
}
