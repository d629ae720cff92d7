package metrics

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/otel"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// source makes meters for metrics whose type and labels change while the process runs.
//
// An exporter to Prometheus holds on to the first type of each name, and a provider to all series there ever were. So where metrics are
// for Prometheus, each meter is of a provider and an exporter of its own, and the ones before are dropped. Everywhere else all meters
// are of the one provider there is.
type source struct {
	provider metric.MeterProvider
	slot     *slot
	current  *sdkmetric.MeterProvider
}

func newSource(provider metric.MeterProvider, registerer prometheus.Registerer) (source, error) {
	s := source{provider: provider}
	if registerer == nil {
		return s, nil
	}
	s.slot = &slot{}
	if err := registerer.Register(s.slot); err != nil {
		return source{}, fmt.Errorf("registering durations of runs: %w", err)
	}
	return s, nil
}

// renew returns a meter without series. Those of the one before are gone.
func (s *source) renew() (metric.Meter, error) {
	if s.slot == nil {
		return s.provider.Meter(scope), nil
	}
	exporter, err := otelprom.New(otelprom.WithRegisterer(s.slot), otelprom.WithoutTargetInfo(),
		otelprom.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes))
	if err != nil {
		return nil, fmt.Errorf("making an exporter of durations: %w", err)
	}
	before := s.current
	// The labels have a limit of their own, beyond which names are "other".
	s.current = sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter), sdkmetric.WithResource(resource.Empty()), sdkmetric.WithCardinalityLimit(0))
	if before != nil {
		if err := before.Shutdown(context.Background()); err != nil {
			otel.Handle(fmt.Errorf("dropping earlier durations: %w", err))
		}
	}
	return s.current.Meter(scope), nil
}

// slot is a place in a registry for one collector after the other: what describes nothing, as these do, cannot be unregistered.
type slot struct {
	current atomic.Pointer[prometheus.Collector]
}

// Describe implements [prometheus.Collector].
func (*slot) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (s *slot) Collect(out chan<- prometheus.Metric) {
	if current := s.current.Load(); current != nil {
		(*current).Collect(out)
	}
}

// Register implements [prometheus.Registerer]: the collector takes the place of the one before.
func (s *slot) Register(c prometheus.Collector) error {
	s.current.Store(&c)
	return nil
}

// MustRegister implements [prometheus.Registerer].
func (s *slot) MustRegister(list ...prometheus.Collector) {
	for _, c := range list {
		if err := s.Register(c); err != nil {
			panic(errors.Join(errors.New("registering a collector"), err))
		}
	}
}

// Unregister implements [prometheus.Registerer].
func (s *slot) Unregister(prometheus.Collector) bool { return false }
