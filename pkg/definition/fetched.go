package definition

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/uuid"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apierror"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned/scheme"
	"github.com/tenon-ci/tenon/pkg/document"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// strict refuses unknown and duplicate fields.
var strict = serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()

// Verifier checks the signature of definitions that a resolver fetched. The resource is as it was fetched, with defaults; a nil
// answer means that no policy applies. An error refuses the resource, unless it is a failure that is not final.
type Verifier interface {
	Verify(ctx context.Context, namespace string, resource *trust.Resource, source *v1.RefSource) (*Verification, error)
}

// Decode reads a fetched document of any version that is known, and fills in defaults. It has to be of the kind.
func Decode[T Object](ctx context.Context, data []byte, k Kind[T]) (Object, error) {
	fetched, err := DecodeAny(ctx, data)
	if err != nil {
		return nil, err
	}
	if fetched.GetObjectKind().GroupVersionKind().Kind != k.Name {
		return nil, k.other()
	}
	return fetched, nil
}

// DecodeAny is Decode for any kind.
func DecodeAny(ctx context.Context, data []byte) (Object, error) {
	if err := document.Check(data); err != nil {
		return nil, failure.Invalidf("", "%s: %w", messageObjectNotUsable, err)
	}
	decoded, _, err := strict.Decode(data, nil, nil)
	if err != nil {
		return nil, failure.Invalidf("", "%s: %w", messageObjectNotUsable, err)
	}
	o, ok := decoded.(Object)
	if !ok {
		return nil, failure.Invalidf("", "%s: it has no metadata", messageObjectNotUsable)
	}
	o.SetOwnerReferences(nil)
	setDefaults(ctx, o)
	return o, nil
}

// Verify checks the signature of what Decode returned, if that is checked for the kind. What cannot be found out for the moment neither
// refuses the resource nor lets it run. A nil verifier checks nothing.
func Verify[T Object](
	ctx context.Context, with Verifier, namespace string, fetched *trust.Resource, from *v1.RefSource, k Kind[T],
) (*Verification, error) {
	if !k.Signed || with == nil {
		return nil, nil
	}
	v, err := with.Verify(ctx, namespace, fetched, from)
	if err == nil {
		return v, nil
	}
	if f, ok := failure.As(err); ok && !f.Final() {
		return nil, failure.New(f.Class, "", "%w", err)
	}
	return nil, failure.Invalidf(string(v1.TaskRunReasonResourceVerificationFailed), "%w", err)
}

// Accept returns what Decode returned in the hub version, with the spec that admission makes of it. Admission is try, which gets an object
// with another name and returns it as it would be stored, or an error of the API.
func Accept[T Object](
	ctx context.Context, fetched Object, namespace string, k Kind[T], try func(context.Context, T) (T, error),
) (T, error) {
	var none T
	copied, ok := fetched.DeepCopyObject().(Object)
	if !ok {
		return none, k.other()
	}
	o, err := hub(ctx, copied, k)
	if err != nil {
		return none, err
	}
	return o, admit(ctx, o, namespace, k, try)
}

// hub returns the object in the hub version.
func hub[T Object](ctx context.Context, fetched Object, k Kind[T]) (T, error) {
	if o, ok := fetched.(T); ok {
		return o, nil
	}
	out := k.Empty()
	convertible, isConvertible := fetched.(apis.Convertible)
	target, isTarget := Object(out).(apis.Convertible)
	if !isConvertible || !isTarget {
		return out, k.other()
	}
	if err := convertible.ConvertTo(ctx, target); err != nil {
		return out, failure.Invalidf("", "%s: converting %s: %w", messageObjectNotUsable, k.Name, err)
	}
	setDefaults(ctx, out)
	return out, nil
}

// admit lets admission look at the object and takes over what it made of the spec.
func admit[T Object](ctx context.Context, o T, namespace string, k Kind[T], try func(context.Context, T) (T, error)) error {
	probe, err := Copy(o, k)
	if err != nil {
		return err
	}
	probe.SetName(string(uuid.NewUUID()))
	probe.SetGenerateName("")
	probe.SetNamespace(namespace)
	probe.SetUID("")
	probe.SetResourceVersion("")
	tried, err := try(ctx, probe)
	switch apierror.Classify(err) {
	case apierror.None:
		k.Settle(o, tried)
		return nil
	case apierror.Invalid:
		return failure.Invalidf(k.Refused, "%s %q was refused: %w", k.Name, o.GetName(), err)
	default:
		return failure.Transientf("", "checking %s %q: %w", k.Name, o.GetName(), err)
	}
}
