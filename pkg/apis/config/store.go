package config

import (
	"context"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/configmap"
)

// Store keeps the latest good state of every ConfigMap. A bad first state ends the process through the logger's Fatalf; a
// bad later one is logged and the last good state stays (contract 1 §7).
type Store struct {
	*configmap.UntypedStore
}

// NewStore returns a store without states. The callbacks run after each change, with the name of the ConfigMap and its
// parsed form.
func NewStore(logger configmap.Logger, onAfterStore ...func(name string, value any)) *Store {
	log := &oncePerText{logger: logger}
	return &Store{configmap.NewUntypedStore("config", logger, configmap.Constructors{
		FeatureFlagsName(): func(cm *corev1.ConfigMap) (*FeatureFlags, error) {
			log.info(FeatureFlagNotes(cm.Data))
			return NewFeatureFlagsFromConfigMap(cm)
		},
		DefaultsConfigName(): func(cm *corev1.ConfigMap) (*Defaults, error) {
			log.info(DefaultsNotes(cm.Data))
			return NewDefaultsFromConfigMap(cm)
		},
		EventsConfigName():                 NewEventsFromConfigMap,
		TracingConfigName():                NewTracingFromConfigMap,
		WaitExponentialBackoffConfigName(): NewWaitExponentialBackoffFromConfigMap,
	}, onAfterStore...)}
}

// ToContext returns a context with the current snapshot.
func (s *Store) ToContext(ctx context.Context) context.Context {
	return ToContext(ctx, s.Load())
}

// Load returns the current snapshot; ConfigMaps that were not seen yet count as empty.
func (s *Store) Load() *Config {
	c := &Config{}
	c.FeatureFlags, _ = s.UntypedLoad(FeatureFlagsName()).(*FeatureFlags)
	c.Defaults, _ = s.UntypedLoad(DefaultsConfigName()).(*Defaults)
	c.Events, _ = s.UntypedLoad(EventsConfigName()).(*Events)
	c.Tracing, _ = s.UntypedLoad(TracingConfigName()).(*Tracing)
	c.WaitExponentialBackoff, _ = s.UntypedLoad(WaitExponentialBackoffConfigName()).(*WaitExponentialBackoff)
	return c.complete()
}

// oncePerText logs each text once in the life of a store: informers replay unchanged ConfigMaps.
type oncePerText struct {
	logger configmap.Logger
	seen   sync.Map
}

func (o *oncePerText) info(texts []string) {
	for _, text := range texts {
		if _, seen := o.seen.LoadOrStore(text, struct{}{}); !seen {
			o.logger.Infof("%s", text)
		}
	}
}
