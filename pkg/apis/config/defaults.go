package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
)

// Defaults is one parsed state of the ConfigMap config-defaults.
type Defaults struct {
	// DefaultTimeoutMinutes is the timeout of runs that set none, in minutes; 0 is no timeout. Not range-checked.
	DefaultTimeoutMinutes int
	// DefaultServiceAccount is the ServiceAccount of runs that name none; empty leaves the field empty.
	DefaultServiceAccount string
	// DefaultManagedByLabelValue is the value of the label app.kubernetes.io/managed-by.
	DefaultManagedByLabelValue string
	// DefaultPodTemplate is merged into the pod template of every run; nil if the key is absent.
	DefaultPodTemplate *pod.Template
	// DefaultAAPodTemplate is merged into the pods of affinity assistants; nil if the key is absent.
	DefaultAAPodTemplate *pod.AffinityAssistantTemplate
	// DefaultCloudEventsSink is where CloudEvents go if config-events names no sink; empty is nowhere.
	DefaultCloudEventsSink string
	// DefaultTaskRunWorkspaceBinding is the YAML of a workspace binding without name. It is parsed where it is used, because an
	// error in it fails only the runs that need it.
	DefaultTaskRunWorkspaceBinding string
	// DefaultMaxMatrixCombinationsCount limits the fan-out of one pipeline task.
	DefaultMaxMatrixCombinationsCount int
	// DefaultForbiddenEnv lists environment variables that pod templates may not set, trimmed.
	DefaultForbiddenEnv []string
	// DefaultResolverType is the resolver of references that name neither an object nor a resolver; empty is none.
	DefaultResolverType string
	// DefaultContainerResourceRequirements holds requirements by container name, "prefix-" and name prefix, or "default"; see
	// [Defaults.ContainerResources].
	DefaultContainerResourceRequirements map[string]corev1.ResourceRequirements
	// DefaultImagePullBackOffTimeout is how long an image may stay unpullable; 0 fails at once.
	DefaultImagePullBackOffTimeout time.Duration
	// DefaultCreateContainerErrorTimeout is how long a container may fail to be created; 0 fails at once.
	DefaultCreateContainerErrorTimeout time.Duration
	// DefaultMaximumResolutionTimeout limits one remote resolution.
	DefaultMaximumResolutionTimeout time.Duration
	// DefaultSidecarLogPollingInterval is how often the results sidecar looks for results.
	DefaultSidecarLogPollingInterval time.Duration
	// DefaultStepRefConcurrencyLimit limits parallel StepAction fetches of one TaskRun.
	DefaultStepRefConcurrencyLimit int
	// DefaultPrepareInInitContainer prepares every Pod in an init container instead of an ordinary one, for nodes that don't
	// run postStart hooks in order. It is not part of the contract.
	DefaultPrepareInInitContainer bool
	// DefaultPrepareRuntimeClasses lists the runtime classes whose nodes start the containers of a pod in order and run postStart
	// hooks; Pods with any other are prepared in an init container. It is not part of the contract.
	DefaultPrepareRuntimeClasses []string
}

// DefaultDefaults returns the settings of an empty ConfigMap.
func DefaultDefaults() *Defaults {
	return &Defaults{
		DefaultTimeoutMinutes:             DefaultTimeoutMinutes,
		DefaultServiceAccount:             DefaultServiceAccountValue,
		DefaultManagedByLabelValue:        DefaultManagedByLabelValue,
		DefaultMaxMatrixCombinationsCount: DefaultMaxMatrixCombinationsCount,
		DefaultMaximumResolutionTimeout:   time.Minute,
		DefaultSidecarLogPollingInterval:  100 * time.Millisecond,
		DefaultStepRefConcurrencyLimit:    DefaultStepRefConcurrencyLimit,
	}
}

// NewDefaultsFromConfigMap parses the data of a ConfigMap, see [NewDefaultsFromMap].
func NewDefaultsFromConfigMap(cm *corev1.ConfigMap) (*Defaults, error) {
	return NewDefaultsFromMap(cm.Data)
}

// NewDefaultsFromMap parses the keys of contract 1 §7.2; unknown keys are ignored, and so are unknown fields of the YAML
// values. The first bad value ends it with an error that names the key.
func NewDefaultsFromMap(data map[string]string) (*Defaults, error) {
	d := DefaultDefaults()
	setString(data, KeyDefaultServiceAccount, &d.DefaultServiceAccount)
	setString(data, KeyDefaultManagedByLabelValue, &d.DefaultManagedByLabelValue)
	setString(data, KeyDefaultCloudEventsSink, &d.DefaultCloudEventsSink)
	setString(data, KeyDefaultTaskRunWorkspaceBinding, &d.DefaultTaskRunWorkspaceBinding)
	setString(data, KeyDefaultResolverType, &d.DefaultResolverType)
	d.DefaultForbiddenEnv = splitList(data[KeyDefaultForbiddenEnv])
	for _, err := range []error{
		setInt(data, KeyDefaultTimeoutMinutes, &d.DefaultTimeoutMinutes),
		setInt(data, KeyDefaultMaxMatrixCombinationsCount, &d.DefaultMaxMatrixCombinationsCount),
		setInt(data, KeyDefaultStepRefConcurrencyLimit, &d.DefaultStepRefConcurrencyLimit),
		d.setPrepare(data),
		d.setDurations(data),
		setYAML(data, KeyDefaultPodTemplate, &d.DefaultPodTemplate),
		setYAML(data, KeyDefaultAAPodTemplate, &d.DefaultAAPodTemplate),
		setYAML(data, KeyDefaultContainerResourceRequirements, &d.DefaultContainerResourceRequirements),
	} {
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Timeout returns the timeout of runs that set none; 0 is no timeout.
func (d *Defaults) Timeout() time.Duration {
	return time.Duration(d.DefaultTimeoutMinutes) * time.Minute
}

// ContainerResources returns the default requirements of a container without any: those of its exact name, else those of
// the longest "prefix-<p>" whose "<p>-" starts the name, else, only if fallback is set, those of "default". The second
// result tells whether there are any. Containers that the controller adds itself take no fallback (contract 2 §5).
func (d *Defaults) ContainerResources(container string, fallback bool) (corev1.ResourceRequirements, bool) {
	if r, ok := d.DefaultContainerResourceRequirements[container]; ok {
		return r, true
	}
	longest := ""
	for key := range d.DefaultContainerResourceRequirements {
		prefix, ok := strings.CutPrefix(key, ResourceRequirementsPrefix)
		if ok && strings.HasPrefix(container, prefix+"-") && len(key) > len(longest) {
			longest = key
		}
	}
	if longest != "" {
		return d.DefaultContainerResourceRequirements[longest], true
	}
	if !fallback {
		return corev1.ResourceRequirements{}, false
	}
	r, ok := d.DefaultContainerResourceRequirements[ResourceRequirementsDefault]
	return r, ok
}

func (d *Defaults) setPrepare(data map[string]string) error {
	if err := setBool(data, KeyDefaultPrepareInInitContainer, &d.DefaultPrepareInInitContainer); err != nil {
		return fmt.Errorf("%w: it must be true or false", parseError(KeyDefaultPrepareInInitContainer))
	}
	d.DefaultPrepareRuntimeClasses = splitList(data[KeyDefaultPrepareRuntimeClasses])
	for _, class := range d.DefaultPrepareRuntimeClasses {
		if problems := validation.IsDNS1123Subdomain(class); len(problems) > 0 {
			return fmt.Errorf("%w: %q is no name of a runtime class: %s", parseError(KeyDefaultPrepareRuntimeClasses), class, problems[0])
		}
	}
	return nil
}

// setDurations keeps the contract's texts, of which the one for the polling interval quotes the value and not the key.
func (d *Defaults) setDurations(data map[string]string) error {
	if err := setDuration(data, KeyDefaultImagePullBackOffTimeout, &d.DefaultImagePullBackOffTimeout); err != nil {
		return parseError(KeyDefaultImagePullBackOffTimeout)
	}
	if err := setDuration(data, KeyDefaultCreateContainerErrorTimeout, &d.DefaultCreateContainerErrorTimeout); err != nil {
		return fmt.Errorf("%w: %w", parseError(KeyDefaultCreateContainerErrorTimeout), err)
	}
	if err := setDuration(data, KeyDefaultMaximumResolutionTimeout, &d.DefaultMaximumResolutionTimeout); err != nil {
		return parseError(KeyDefaultMaximumResolutionTimeout)
	}
	if err := setDuration(data, KeyDefaultSidecarLogPollingInterval, &d.DefaultSidecarLogPollingInterval); err != nil {
		return fmt.Errorf("%w: %s must be a duration", parseError(data[KeyDefaultSidecarLogPollingInterval]), KeyDefaultSidecarLogPollingInterval)
	}
	return nil
}

func parseError(subject string) error {
	return fmt.Errorf("failed parsing default config %q", subject)
}

func setString(data map[string]string, key string, target *string) {
	if text, ok := data[key]; ok {
		*target = text
	}
}

func setInt(data map[string]string, key string, target *int) error {
	text, ok := data[key]
	if !ok {
		return nil
	}
	value, err := strconv.Atoi(text)
	if err != nil {
		return parseError(key)
	}
	*target = value
	return nil
}

func setDuration(data map[string]string, key string, target *time.Duration) error {
	text, ok := data[key]
	if !ok {
		return nil
	}
	value, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	*target = value
	return nil
}

// setYAML leaves the target alone if the key is absent or holds an empty document.
func setYAML(data map[string]string, key string, target any) error {
	text, ok := data[key]
	if !ok {
		return nil
	}
	if err := yaml.Unmarshal([]byte(text), target); err != nil {
		return fmt.Errorf("failed to unmarshal %v: %s: %w", text, key, err)
	}
	return nil
}

// splitList splits at commas, trims blanks and drops empty words.
func splitList(text string) []string {
	var words []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}
