// Package checksum identifies the content of definitions. It is pure. The sum of an object is what signatures cover and what the
// cluster resolver reports as digest (contract 4 §4.4); the JSON is that of package canonical, the order of its members that of the API
// types (appendix A).
package checksum

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/canonical"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
)

// clientSideApply is an annotation of old versions of kubectl.
const clientSideApply = "kubectl-client-side-apply"

// body is what the sum covers, in order.
type body struct {
	Kind       string          `json:"kind,omitempty"`
	APIVersion string          `json:"apiVersion,omitempty"`
	Metadata   metadata        `json:"metadata"`
	Spec       json.RawMessage `json:"spec"`
}

type metadata struct {
	Name         string            `json:"name,omitempty"`
	GenerateName string            `json:"generateName,omitempty"`
	Namespace    string            `json:"namespace,omitempty"`
	Labels       map[string]string `json:"labels,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
}

// Sum returns the SHA-256 sum of an object with that type, metadata and spec. The signature itself and what kubectl adds do not count.
func Sum(kind metav1.TypeMeta, meta metav1.Object, spec any) ([sha256.Size]byte, error) {
	annotations := maps.Clone(meta.GetAnnotations())
	for _, key := range []string{clientSideApply, pipeline.LastAppliedAnnotationKey, pipeline.SignatureAnnotationKey} {
		delete(annotations, key)
	}
	specText, err := canonical.Marshal(spec)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("encoding %s %s for its checksum: %w", kind.Kind, meta.GetName(), err)
	}
	text, err := json.Marshal(body{
		Kind: kind.Kind, APIVersion: kind.APIVersion, Spec: specText,
		Metadata: metadata{
			Name: meta.GetName(), GenerateName: meta.GetGenerateName(), Namespace: meta.GetNamespace(),
			Labels: meta.GetLabels(), Annotations: annotations,
		},
	})
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("encoding %s %s for its checksum: %w", kind.Kind, meta.GetName(), err)
	}
	return sha256.Sum256(text), nil
}
