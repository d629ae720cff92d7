package workspace

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/kmeta"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

// Claims makes the claims for the volumeClaimTemplates of the bindings; owner is the run they are deleted with. Whoever
// creates them uses a claim of that name that exists as it is (contract 2 §5.3).
func Claims(bindings []v1.WorkspaceBinding, owner kmeta.OwnerRefable) []*corev1.PersistentVolumeClaim {
	meta := owner.GetObjectMeta()
	var claims []*corev1.PersistentVolumeClaim
	for _, b := range bindings {
		if b.VolumeClaimTemplate == nil {
			continue
		}
		template := b.VolumeClaimTemplate.DeepCopy()
		claims = append(claims, &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{
				Name:            claimName(b, meta.GetUID()),
				Namespace:       meta.GetNamespace(),
				Labels:          template.Labels,
				Annotations:     template.Annotations,
				Finalizers:      template.Finalizers,
				OwnerReferences: []metav1.OwnerReference{*kmeta.NewControllerRef(owner)},
			},
			Spec: template.Spec,
		})
	}
	return claims
}

// WithClaims returns the bindings with each volumeClaimTemplate replaced by the claim that Claims makes of it for the run
// with that UID.
func WithClaims(bindings []v1.WorkspaceBinding, run types.UID) []v1.WorkspaceBinding {
	result := slices.Clone(bindings)
	for i, b := range result {
		if b.VolumeClaimTemplate == nil {
			continue
		}
		result[i].VolumeClaimTemplate = nil
		result[i].PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claimName(b, run)}
	}
	return result
}

func claimName(b v1.WorkspaceBinding, run types.UID) string {
	return names.Claim(b.VolumeClaimTemplate.Name, b.Name, string(run))
}
