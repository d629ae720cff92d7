package resolve

import (
	"context"
	"encoding/base64"
	"encoding/json"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/apierror"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution"
	resolutionv1beta1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned/scheme"
	"github.com/tenon-ci/tenon/pkg/document"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// strict refuses unknown and duplicate fields.
var strict = serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()

func fetchRemote[T object](ctx context.Context, r *Resolver, req Request, k kind[T]) (*Document[T], error) {
	rr, err := r.answer(ctx, req)
	if err != nil {
		return nil, err
	}
	namespace := req.Owner.GetObjectMeta().GetNamespace()
	doc := &Document[T]{Source: source(rr)}
	key := documentKey{rr.UID, cached.DataDigest(rr), k.name}
	known, isKnown := r.Memory.get(key)
	isAccepted := isKnown
	if !isKnown {
		known, isAccepted = r.Memory.sameContent(key, namespace)
	}
	if !isAccepted {
		if known, err = r.open(ctx, rr, k.name, k.article); err != nil {
			return nil, err
		}
	}
	// Policies may have changed since the document was accepted.
	if k.signed && r.Verifier != nil {
		if doc.Verification, err = r.verify(ctx, namespace, known.fetched, doc.Source); err != nil {
			return nil, err
		}
	}
	if !isAccepted {
		if err := accept(ctx, known, namespace, k); err != nil {
			return nil, err
		}
		r.Memory.accepted(known, namespace)
	}
	if !isKnown {
		r.Memory.add(known)
	}
	copied, ok := known.object.DeepCopyObject().(T)
	if !ok {
		return nil, failure.Invalidf("", "resource is not %s", k.article)
	}
	doc.Object = copied
	return doc, nil
}

// open decodes the document of a request, which is read again if the cache has dropped it.
func (r *Resolver) open(ctx context.Context, rr *resolutionv1beta1.ResolutionRequest, kind, article string) (*accepted, error) {
	if rr.Status.Data == "" {
		whole, err := r.RequestClient.ResolutionV1beta1().ResolutionRequests(rr.Namespace).Get(ctx, rr.Name, metav1.GetOptions{})
		if err != nil {
			return nil, failure.Transientf("", "reading ResolutionRequest %s: %w", rr.Name, err)
		}
		if whole.UID != rr.UID {
			return nil, failure.Waitingf("", messageAwaiting)
		}
		rr = whole
	}
	data, err := base64.StdEncoding.Strict().DecodeString(rr.Status.Data)
	if err != nil {
		return nil, failure.Invalidf("", "%s: %w", messageDataUnreadable, err)
	}
	fetched, err := decode(ctx, data)
	if err != nil {
		return nil, err
	}
	if fetched.GetObjectKind().GroupVersionKind().Kind != kind {
		return nil, failure.Invalidf("", "resource is not %s", article)
	}
	return &accepted{key: documentKey{rr.UID, cached.DataDigest(rr), kind}, fetched: trust.NewResource(fetched), size: len(rr.Status.Data)}, nil
}

// accept lets the cluster look at a document that was fetched.
func accept[T object](ctx context.Context, a *accepted, namespace string, k kind[T]) error {
	copied, ok := a.fetched.DeepCopyObject().(object)
	if !ok {
		return failure.Invalidf("", "resource is not %s", k.article)
	}
	o, err := hub(ctx, copied, k)
	if err != nil {
		return err
	}
	a.object = o
	return try(ctx, o, namespace, k)
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
		return nil, failure.Invalidf("", "%s: %s", messageRequestFailed, cond.Message)
	case rr.Status.Data == "" && !cond.IsTrue():
		return nil, failure.Waitingf("", messageAwaiting)
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
		return nil, failure.Waitingf("", messageAwaiting)
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
		return failure.Waitingf("", messageAwaiting)
	}
}

func newRequest(req Request) (*resolutionv1beta1.ResolutionRequest, error) {
	namespace := req.Owner.GetObjectMeta().GetNamespace()
	params := make([]names.ResolverParam, 0, len(req.Params))
	for _, p := range req.Params {
		text, err := paramText(p.Value)
		if err != nil {
			return nil, failure.Invalidf("", "resolver param %q: %w", p.Name, err)
		}
		params = append(params, names.ResolverParam{Name: p.Name, Value: text})
	}
	resolver := string(req.Resolver)
	return &resolutionv1beta1.ResolutionRequest{
		ObjectMeta: metav1.ObjectMeta{
			Name:            names.ResolutionRequest(resolver, namespace, req.Base, params, req.Name),
			Namespace:       namespace,
			Labels:          map[string]string{resolution.LabelKeyResolverType: resolver},
			OwnerReferences: []metav1.OwnerReference{*kmeta.NewControllerRef(req.Owner)},
		},
		Spec: resolutionv1beta1.ResolutionRequestSpec{Params: req.Params, URL: req.Name},
	}, nil
}

// paramText is the form in which a value enters the name: a string as it is, anything else as compact JSON.
func paramText(value v1.ParamValue) (string, error) {
	if value.Type == v1.ParamTypeString || value.Type == "" {
		return value.StringVal, nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

func source(rr *resolutionv1beta1.ResolutionRequest) *v1.RefSource {
	if rr.Status.RefSource != nil {
		return rr.Status.RefSource.DeepCopy()
	}
	return rr.Status.Source.DeepCopy()
}

// decode reads a document of any version that is known, and fills in defaults.
func decode(ctx context.Context, data []byte) (object, error) {
	if err := document.Check(data); err != nil {
		return nil, failure.Invalidf("", "%s: %w", messageObjectNotUsable, err)
	}
	decoded, _, err := strict.Decode(data, nil, nil)
	if err != nil {
		return nil, failure.Invalidf("", "%s: %w", messageObjectNotUsable, err)
	}
	o, ok := decoded.(object)
	if !ok {
		return nil, failure.Invalidf("", "%s: it has no metadata", messageObjectNotUsable)
	}
	o.SetOwnerReferences(nil)
	setDefaults(ctx, o)
	return o, nil
}

func setDefaults(ctx context.Context, o runtime.Object) {
	if d, ok := o.(apis.Defaultable); ok {
		d.SetDefaults(ctx)
	}
}

// verify checks the signature. What cannot be found out for the moment neither refuses the resource nor lets it run.
func (r *Resolver) verify(ctx context.Context, namespace string, resource *trust.Resource, from *v1.RefSource) (*Verification, error) {
	v, err := r.Verifier.Verify(ctx, namespace, resource, from)
	if err == nil {
		return v, nil
	}
	if f, ok := failure.As(err); ok && !f.Final() {
		return nil, failure.New(f.Class, "", "%w", err)
	}
	return nil, failure.Invalidf(reasonVerification, "%w", err)
}

// hub returns the object in the hub version.
func hub[T object](ctx context.Context, fetched object, k kind[T]) (T, error) {
	if o, ok := fetched.(T); ok {
		return o, nil
	}
	out := k.empty()
	convertible, isConvertible := fetched.(apis.Convertible)
	target, isTarget := object(out).(apis.Convertible)
	if !isConvertible || !isTarget {
		return out, failure.Invalidf("", "resource is not %s", k.article)
	}
	if err := convertible.ConvertTo(ctx, target); err != nil {
		return out, failure.Invalidf("", "%s: converting %s: %w", messageObjectNotUsable, k.name, err)
	}
	setDefaults(ctx, out)
	return out, nil
}

// try lets the admission of the cluster look at the object and takes over what it made of the spec.
func try[T object](ctx context.Context, o T, namespace string, k kind[T]) error {
	probe, ok := o.DeepCopyObject().(T)
	if !ok {
		return failure.Invalidf("", "resource is not %s", k.article)
	}
	name := string(uuid.NewUUID())
	probe.SetName(name)
	probe.SetGenerateName("")
	probe.SetNamespace(namespace)
	probe.SetUID("")
	probe.SetResourceVersion("")
	tried, err := k.try(ctx, probe)
	switch apierror.Classify(err) {
	case apierror.None:
		k.settle(o, tried)
		return nil
	case apierror.Invalid:
		return failure.Invalidf(k.refused, "%s %q was refused: %w", k.name, o.GetName(), err)
	default:
		return failure.Transientf("", "checking %s %q: %w", k.name, o.GetName(), err)
	}
}
