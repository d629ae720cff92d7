// Command webhook defaults, validates and converts every object of the tekton.dev and resolution.tekton.dev groups, and
// refuses wrong values in Tenon's own ConfigMaps. It keeps its serving certificate itself.
package main

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/changeset"
	crdinformer "knative.dev/pkg/client/injection/apiextensions/informers/apiextensions/v1/customresourcedefinition"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/injection/sharedmain"
	"knative.dev/pkg/leaderelection"
	"knative.dev/pkg/logging"
	observability "knative.dev/pkg/observability/configmap"
	"knative.dev/pkg/signals"
	"knative.dev/pkg/system"
	"knative.dev/pkg/webhook"
	"knative.dev/pkg/webhook/certificates"
	"knative.dev/pkg/webhook/configmaps"
	"knative.dev/pkg/webhook/resourcesemantics"
	"knative.dev/pkg/webhook/resourcesemantics/conversion"
	"knative.dev/pkg/webhook/resourcesemantics/defaulting"
	"knative.dev/pkg/webhook/resourcesemantics/validation"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution"
	resolutionv1alpha1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1alpha1"
	resolutionv1beta1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
)

// Paths on which the API server calls (contract 4 §7.6).
const (
	defaultingPath = "/defaulting"
	validationPath = "/resource-validation"
	configPath     = "/config-validation"
	conversionPath = "/resource-conversion"
)

// kinds are the served kinds that are defaulted and validated.
var kinds = map[schema.GroupVersionKind]resourcesemantics.GenericCRD{
	v1.SchemeGroupVersion.WithKind("Task"):        &v1.Task{},
	v1.SchemeGroupVersion.WithKind("TaskRun"):     &v1.TaskRun{},
	v1.SchemeGroupVersion.WithKind("Pipeline"):    &v1.Pipeline{},
	v1.SchemeGroupVersion.WithKind("PipelineRun"): &v1.PipelineRun{},

	v1beta1.SchemeGroupVersion.WithKind("Task"):        &v1beta1.Task{},
	v1beta1.SchemeGroupVersion.WithKind("TaskRun"):     &v1beta1.TaskRun{},
	v1beta1.SchemeGroupVersion.WithKind("Pipeline"):    &v1beta1.Pipeline{},
	v1beta1.SchemeGroupVersion.WithKind("PipelineRun"): &v1beta1.PipelineRun{},
	v1beta1.SchemeGroupVersion.WithKind("CustomRun"):   &v1beta1.CustomRun{},
	v1beta1.SchemeGroupVersion.WithKind("StepAction"):  &v1beta1.StepAction{},

	v1alpha1.SchemeGroupVersion.WithKind("StepAction"):         &v1alpha1.StepAction{},
	v1alpha1.SchemeGroupVersion.WithKind("VerificationPolicy"): &v1alpha1.VerificationPolicy{},

	resolutionv1beta1.SchemeGroupVersion.WithKind("ResolutionRequest"):  &resolutionv1beta1.ResolutionRequest{},
	resolutionv1alpha1.SchemeGroupVersion.WithKind("ResolutionRequest"): &resolutionv1alpha1.ResolutionRequest{},
}

// conversions are the kinds served in more than one version, with the version that all others convert to and from.
var conversions = map[schema.GroupKind]conversion.GroupKindConversion{
	v1.Kind("Task"):        twoVersions("tasks.tekton.dev", &v1.Task{}, &v1beta1.Task{}),
	v1.Kind("TaskRun"):     twoVersions("taskruns.tekton.dev", &v1.TaskRun{}, &v1beta1.TaskRun{}),
	v1.Kind("Pipeline"):    twoVersions("pipelines.tekton.dev", &v1.Pipeline{}, &v1beta1.Pipeline{}),
	v1.Kind("PipelineRun"): twoVersions("pipelineruns.tekton.dev", &v1.PipelineRun{}, &v1beta1.PipelineRun{}),
	v1beta1.Kind("StepAction"): {
		DefinitionName: "stepactions." + pipeline.GroupName,
		HubVersion:     "v1beta1",
		Zygotes: map[string]conversion.ConvertibleObject{
			"v1beta1":  &v1beta1.StepAction{},
			"v1alpha1": &v1alpha1.StepAction{},
		},
	},
	resolutionv1beta1.Kind("ResolutionRequest"): {
		DefinitionName: "resolutionrequests." + resolution.GroupName,
		HubVersion:     "v1beta1",
		Zygotes: map[string]conversion.ConvertibleObject{
			"v1beta1":  &resolutionv1beta1.ResolutionRequest{},
			"v1alpha1": &resolutionv1alpha1.ResolutionRequest{},
		},
	},
}

func twoVersions(crd string, hub, beta conversion.ConvertibleObject) conversion.GroupKindConversion {
	return conversion.GroupKindConversion{
		DefinitionName: crd,
		HubVersion:     "v1",
		Zygotes:        map[string]conversion.ConvertibleObject{"v1": hub, "v1beta1": beta},
	}
}

func main() {
	name := envOr("WEBHOOK_ADMISSION_CONTROLLER_NAME", "webhook.pipeline.tekton.dev")
	service := envOr("WEBHOOK_SERVICE_NAME", "tekton-pipelines-webhook")
	told := signals.NewContext()
	ctx := webhook.WithOptions(lingering(told, linger), webhook.Options{
		ServiceName: service,
		Port:        webhook.PortFromEnv(8443),
		SecretName:  secretName(),
		GracePeriod: quiet,
	})
	release := changeset.Get()
	ctx = injection.AddReadiness(ctx, until(told, serving(webhook.PortFromEnv(8443))))
	sharedmain.MainWithContext(ctx, service,
		certificates.NewController,
		withConfig(func(ctx context.Context, inConfig wrapper) *controller.Impl {
			withRelease := func(ctx context.Context) context.Context { return config.WithRelease(inConfig(ctx), release) }
			return withLeanDefaults(defaulting.NewAdmissionController(ctx, name, defaultingPath, kinds, withRelease, true))
		}),
		withConfig(func(ctx context.Context, inConfig wrapper) *controller.Impl {
			withReader := func(ctx context.Context) context.Context { return v1.WithReader(inConfig(ctx), v1beta1.Readable) }
			return validation.NewAdmissionController(ctx, "validation."+name, validationPath, kinds, withReader, true)
		}),
		func(ctx context.Context, _ configmap.Watcher) *controller.Impl {
			return configmaps.NewAdmissionController(ctx, "config."+name, configPath, configConstructors())
		},
		withConfig(func(ctx context.Context, inConfig wrapper) *controller.Impl {
			impl := withLeanConversion(conversion.NewConversionController(ctx, conversionPath, conversions, inConfig))
			return withOwnConversion(impl, crdinformer.Get(ctx).Lister().Get, system.Namespace(), service)
		}),
	)
}

type wrapper = func(context.Context) context.Context

// withConfig gives a webhook the current feature flags and defaults in the context of every request.
func withConfig(newController func(context.Context, wrapper) *controller.Impl) injection.ControllerConstructor {
	return func(ctx context.Context, cmw configmap.Watcher) *controller.Impl {
		store := config.NewStore(logging.FromContext(ctx).Named("config-store"))
		store.WatchConfigs(cmw)
		return newController(ctx, store.ToContext)
	}
}

// configConstructors parse the ConfigMaps that the config webhook checks (contract 1 §7).
func configConstructors() configmap.Constructors {
	return configmap.Constructors{
		logging.ConfigMapName():          logging.NewConfigFromConfigMap,
		config.DefaultsConfigName():      config.NewDefaultsFromConfigMap,
		config.FeatureFlagsName():        config.NewFeatureFlagsFromConfigMap,
		config.ObservabilityConfigName(): newObservability,
		leaderelection.ConfigMapName():   leaderelection.NewConfigFromConfigMap,
	}
}

// newObservability checks what the framework reads of the ConfigMap, which would keep all programs from starting again, and what Tenon
// reads of it.
func newObservability(cm *corev1.ConfigMap) (*config.Observability, error) {
	if _, err := observability.Parse(cm); err != nil {
		return nil, fmt.Errorf("ConfigMap %s: %w", cm.Name, err)
	}
	return config.NewObservabilityFromConfigMap(cm)
}

func envOr(key, fallback string) string {
	if value := os.Getenv(key); value != "" {
		return value
	}
	return fallback
}
