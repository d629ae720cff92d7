package manifest

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution"
	resolutionv1alpha1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1alpha1"
	resolutionv1beta1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
)

// newObject returns an empty object of a kind, nil if the kind is not known. A switch costs nothing before it is used, unlike a scheme.
func newObject(apiVersion, kind string) runtime.Object {
	switch apiVersion {
	case v1.SchemeGroupVersion.String():
		return newV1(kind)
	case v1beta1.SchemeGroupVersion.String():
		return newV1beta1(kind)
	case "v1":
		return newCore(kind)
	}
	switch [2]string{apiVersion, kind} {
	case [2]string{v1alpha1.SchemeGroupVersion.String(), "StepAction"}:
		return &v1alpha1.StepAction{}
	case [2]string{v1alpha1.SchemeGroupVersion.String(), "VerificationPolicy"}:
		return &v1alpha1.VerificationPolicy{}
	case [2]string{resolutionv1alpha1.SchemeGroupVersion.String(), "ResolutionRequest"}:
		return &resolutionv1alpha1.ResolutionRequest{}
	case [2]string{resolutionv1beta1.SchemeGroupVersion.String(), "ResolutionRequest"}:
		return &resolutionv1beta1.ResolutionRequest{}
	default:
		return nil
	}
}

func newV1(kind string) runtime.Object {
	switch kind {
	case "Task":
		return &v1.Task{}
	case "TaskRun":
		return &v1.TaskRun{}
	case "Pipeline":
		return &v1.Pipeline{}
	case "PipelineRun":
		return &v1.PipelineRun{}
	default:
		return nil
	}
}

func newV1beta1(kind string) runtime.Object {
	switch kind {
	case "Task":
		return &v1beta1.Task{}
	case "TaskRun":
		return &v1beta1.TaskRun{}
	case "Pipeline":
		return &v1beta1.Pipeline{}
	case "PipelineRun":
		return &v1beta1.PipelineRun{}
	case "CustomRun":
		return &v1beta1.CustomRun{}
	case "StepAction":
		return &v1beta1.StepAction{}
	default:
		return nil
	}
}

func newCore(kind string) runtime.Object {
	switch kind {
	case "ConfigMap":
		return &corev1.ConfigMap{}
	case "Secret":
		return &corev1.Secret{}
	case "PersistentVolumeClaim":
		return &corev1.PersistentVolumeClaim{}
	case "PersistentVolume":
		return &corev1.PersistentVolume{}
	case "ServiceAccount":
		return &corev1.ServiceAccount{}
	case "Namespace":
		return &corev1.Namespace{}
	case "LimitRange":
		return &corev1.LimitRange{}
	case "ResourceQuota":
		return &corev1.ResourceQuota{}
	case "Service":
		return &corev1.Service{}
	case "Pod":
		return &corev1.Pod{}
	default:
		return nil
	}
}

// isOwn tells whether kinds of the version belong to the webhook.
func isOwn(apiVersion string) bool {
	group, _, _ := strings.Cut(apiVersion, "/")
	return group == pipeline.GroupName || group == resolution.GroupName
}

// Name returns the kind and name of the object, as in "Task/build". A name to be generated ends in a star.
func (d Document) Name() string {
	if d.Object == nil {
		return ""
	}
	kind := d.Object.GetObjectKind().GroupVersionKind().Kind
	if kind == "" {
		kind = "object"
	}
	object, err := meta.Accessor(d.Object)
	switch {
	case err != nil:
		return kind
	case object.GetName() == "" && object.GetGenerateName() != "":
		return kind + "/" + object.GetGenerateName() + "*"
	default:
		return kind + "/" + object.GetName()
	}
}
