package local

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/uuid"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// Namespaces of ConfigMaps with settings.
const (
	systemNamespace    = "tekton-pipelines"
	resolversNamespace = "tekton-pipelines-resolvers"
)

// files are the objects that do not change. It is read by many goroutines.
type files struct {
	namespace       string
	tasks           map[name]*v1.Task
	pipelines       map[name]*v1.Pipeline
	stepActions     map[name]*v1beta1.StepAction
	configMaps      map[name]*corev1.ConfigMap
	secrets         map[name]*corev1.Secret
	serviceAccounts map[name]*corev1.ServiceAccount
	claims          map[name]*corev1.PersistentVolumeClaim
	limitRanges     []*corev1.LimitRange
	verifications   []*v1alpha1.VerificationPolicy
	// others are the kinds that mean nothing here, for warnings.
	others []string
}

// name names an object of a known kind.
type name struct{ namespace, name string }

func newFiles(objects []runtime.Object, namespace string) (*files, error) {
	f := &files{
		namespace: namespace,
		tasks:     map[name]*v1.Task{}, pipelines: map[name]*v1.Pipeline{}, stepActions: map[name]*v1beta1.StepAction{},
		configMaps: map[name]*corev1.ConfigMap{}, secrets: map[name]*corev1.Secret{},
		serviceAccounts: map[name]*corev1.ServiceAccount{}, claims: map[name]*corev1.PersistentVolumeClaim{},
	}
	for _, given := range objects {
		o, ok := given.DeepCopyObject().(object)
		if !ok {
			return nil, fmt.Errorf("taking in %T: it has no metadata", given)
		}
		if o.GetNamespace() == "" {
			o.SetNamespace(namespace)
		}
		if o.GetUID() == "" {
			o.SetUID(uuid.NewUUID())
		}
		f.add(o)
	}
	return f, nil
}

// add takes in an object. One that was given before goes, as with kubectl apply.
func (f *files) add(o object) {
	n := name{o.GetNamespace(), o.GetName()}
	switch o := o.(type) {
	case *v1.Task:
		f.tasks[n] = o
	case *v1.Pipeline:
		f.pipelines[n] = o
	case *v1beta1.StepAction:
		f.stepActions[n] = o
	case *corev1.ConfigMap:
		f.configMaps[n] = o
	case *corev1.Secret:
		f.secrets[n] = withData(o)
	case *corev1.ServiceAccount:
		f.serviceAccounts[n] = o
	case *corev1.PersistentVolumeClaim:
		f.claims[n] = o
	case *corev1.LimitRange:
		f.limitRanges = append(f.limitRanges, o)
	case *v1alpha1.VerificationPolicy:
		f.verifications = append(f.verifications, o)
	case *v1.TaskRun, *v1.PipelineRun, *v1beta1.CustomRun, *corev1.Namespace:
	default:
		f.others = append(f.others, kindOf(o))
	}
}

func kindOf(o runtime.Object) string {
	if kind := o.GetObjectKind().GroupVersionKind().Kind; kind != "" {
		return kind
	}
	return fmt.Sprintf("%T", o)
}

// withData does what the API server does with the member stringData.
func withData(s *corev1.Secret) *corev1.Secret {
	if len(s.StringData) > 0 && s.Data == nil {
		s.Data = map[string][]byte{}
	}
	for key, value := range s.StringData {
		s.Data[key] = []byte(value)
	}
	s.StringData = nil
	if s.Type == "" {
		s.Type = corev1.SecretTypeOpaque
	}
	return s
}

// get returns a copy of an object, or the error of the API that it is not there.
func get[T object](from map[name]T, resource schema.GroupResource, namespace, called string) (T, error) {
	found, ok := from[name{namespace, called}]
	if !ok {
		return found, apierrors.NewNotFound(resource, called)
	}
	copied, ok := found.DeepCopyObject().(T)
	if !ok {
		return found, apierrors.NewNotFound(resource, called)
	}
	return copied, nil
}

func (f *files) configMap(namespace, called string) (*corev1.ConfigMap, error) {
	return get(f.configMaps, corev1.Resource("configmaps"), namespace, called)
}

func (f *files) secret(namespace, called string) (*corev1.Secret, error) {
	return get(f.secrets, corev1.Resource("secrets"), namespace, called)
}

// serviceAccount returns a ServiceAccount. One that is not in the files has no Secrets.
func (f *files) serviceAccount(namespace, called string) *corev1.ServiceAccount {
	found, err := get(f.serviceAccounts, corev1.Resource("serviceaccounts"), namespace, called)
	if err != nil {
		found = &corev1.ServiceAccount{}
		found.Namespace, found.Name = namespace, called
	}
	return found
}

func (f *files) limits(namespace string) []*corev1.LimitRange {
	return slices.DeleteFunc(slices.Clone(f.limitRanges), func(l *corev1.LimitRange) bool { return l.Namespace != namespace })
}

// settings returns the data of a ConfigMap with settings; nil if there is none. Files that name no namespace count too.
func (f *files) settings(called string, namespaces ...string) map[string]string {
	for _, namespace := range append(namespaces, f.namespace) {
		if cm, ok := f.configMaps[name{namespace, called}]; ok {
			return cm.Data
		}
	}
	return nil
}

// readConfig reads the settings of the controllers.
func readConfig(f *files) (*config.Config, error) {
	read := func(called string) *corev1.ConfigMap {
		if data := f.settings(called, systemNamespace); data != nil {
			return &corev1.ConfigMap{Data: data}
		}
		return &corev1.ConfigMap{}
	}
	var (
		c   config.Config
		err error
	)
	if c.FeatureFlags, err = config.NewFeatureFlagsFromConfigMap(read(config.FeatureFlagsName())); err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s: %w", config.FeatureFlagsName(), err)
	}
	if c.Defaults, err = config.NewDefaultsFromConfigMap(read(config.DefaultsConfigName())); err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s: %w", config.DefaultsConfigName(), err)
	}
	return &c, nil
}
