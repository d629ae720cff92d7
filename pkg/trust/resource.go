package trust

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/checksum"
)

// maxSignature is the length of the longest signature that is looked at, in bytes: those of the longest keys have 1 KiB.
const maxSignature = 4 << 10

// Object is a definition of any kind and version.
type Object interface {
	runtime.Object
	metav1.Object
}

// Resource is a definition as it was fetched, with defaults. It must not be changed: its checksum is computed once, when it is
// first asked for. It is safe for concurrent use.
type Resource struct {
	Object

	once sync.Once
	sum  [sha256.Size]byte
	err  error
}

// NewResource returns the resource for a definition.
func NewResource(o Object) *Resource { return &Resource{Object: o} }

// Sum returns the message that signatures of the definition are made of (contract 4 §4.4). Only Tasks and Pipelines have one.
func (r *Resource) Sum() ([sha256.Size]byte, error) {
	r.once.Do(func() { r.sum, r.err = sumOf(r.Object) })
	return r.sum, r.err
}

func sumOf(o Object) ([sha256.Size]byte, error) {
	gvk := o.GetObjectKind().GroupVersionKind()
	kind := metav1.TypeMeta{Kind: gvk.Kind, APIVersion: gvk.GroupVersion().String()}
	switch o := o.(type) {
	case *v1.Task:
		return checksum.Sum(kind, o, o.Spec)
	case *v1.Pipeline:
		return checksum.Sum(kind, o, o.Spec)
	case *v1beta1.Task:
		return checksum.Sum(kind, o, o.Spec)
	case *v1beta1.Pipeline:
		return checksum.Sum(kind, o, o.Spec)
	default:
		return [sha256.Size]byte{}, fmt.Errorf("a %s of %s has no checksum: only Tasks and Pipelines are signed", kind.Kind, kind.APIVersion)
	}
}

// signature returns the signature that the definition carries, or says what is wrong with it.
func (r *Resource) signature() ([]byte, error) {
	text, ok := r.GetAnnotations()[pipeline.SignatureAnnotationKey]
	switch {
	case !ok || text == "":
		return nil, fmt.Errorf("it has no annotation %s", pipeline.SignatureAnnotationKey)
	case base64.StdEncoding.DecodedLen(len(text)) > maxSignature:
		return nil, fmt.Errorf("its annotation %s is too long for a signature", pipeline.SignatureAnnotationKey)
	}
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("its annotation %s is not valid base64", pipeline.SignatureAnnotationKey)
	}
	return signature, nil
}
