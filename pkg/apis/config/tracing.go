package config

import (
	"fmt"
	"math"
	"net/url"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// Keys of the ConfigMap config-tracing (contract 4 §6.3).
const (
	// KeyTracingEnabled switches run tracing on.
	KeyTracingEnabled = "enabled"
	// KeyTracingEndpoint is the OTLP/HTTP URL of the collector.
	KeyTracingEndpoint = "endpoint"
	// KeyTracingCredentialsSecret names the Secret with user name and password of the collector.
	KeyTracingCredentialsSecret = "credentialsSecret" //nolint:gosec // the name of a key, not a credential
	// KeyTracingProtocol is how spans get to the collector: TracingHTTP or TracingGRPC. It is no part of the contract.
	KeyTracingProtocol = "protocol"
	// KeyTracingSamplingRate is the share of traces that are recorded, from 0 to 1. It is no part of the contract.
	KeyTracingSamplingRate = "sampling-rate"
)

// TracingProtocol is a way of OTLP to a collector.
type TracingProtocol string

// The values of KeyTracingProtocol.
const (
	TracingHTTP TracingProtocol = "http/protobuf"
	TracingGRPC TracingProtocol = "grpc"
)

// DefaultTracingEndpoint is the default of KeyTracingEndpoint.
const DefaultTracingEndpoint = "http://jaeger-collector.jaeger.svc.cluster.local:4318/v1/traces"

// Tracing is one parsed state of the ConfigMap config-tracing.
type Tracing struct {
	// Enabled switches run tracing on; default false.
	Enabled bool
	// Endpoint is the URL of the collector, path included, which gRPC has no use for; scheme http means no TLS.
	Endpoint string
	// CredentialsSecret names a Secret of the system namespace with the keys username and password; empty means none.
	CredentialsSecret string
	// Protocol is how spans get there; default TracingHTTP.
	Protocol TracingProtocol
	// SamplingRate is the share of the traces that begin here which are recorded, from 0 to 1; default 1. A trace that began elsewhere
	// says itself whether it is.
	SamplingRate float64
}

// DefaultTracing returns the settings of an empty ConfigMap.
func DefaultTracing() *Tracing {
	return &Tracing{Endpoint: DefaultTracingEndpoint, Protocol: TracingHTTP, SamplingRate: 1}
}

// NewTracingFromConfigMap parses the data of a ConfigMap, see [NewTracingFromMap].
func NewTracingFromConfigMap(cm *corev1.ConfigMap) (*Tracing, error) {
	return NewTracingFromMap(cm.Data)
}

// NewTracingFromMap parses the keys; a value that is none for its key is an error. What the endpoint is counts only if tracing is enabled.
func NewTracingFromMap(data map[string]string) (*Tracing, error) {
	t := DefaultTracing()
	if endpoint, ok := data[KeyTracingEndpoint]; ok {
		t.Endpoint = endpoint
	}
	t.CredentialsSecret = data[KeyTracingCredentialsSecret]
	if text, ok := data[KeyTracingEnabled]; ok {
		enabled, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("failed parsing tracing config %q: %w", KeyTracingEnabled, err)
		}
		t.Enabled = enabled
	}
	if text, ok := data[KeyTracingProtocol]; ok {
		t.Protocol = TracingProtocol(text)
		if t.Protocol != TracingHTTP && t.Protocol != TracingGRPC {
			return nil, fmt.Errorf("invalid value %q for %q: must be %q or %q", text, KeyTracingProtocol, TracingHTTP, TracingGRPC)
		}
	}
	if text, ok := data[KeyTracingSamplingRate]; ok {
		rate, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(rate) || rate < 0 || rate > 1 {
			return nil, fmt.Errorf("invalid value %q for %q: must be a number from 0 to 1, such as 0.1", text, KeyTracingSamplingRate)
		}
		t.SamplingRate = rate
	}
	if !t.Enabled {
		return t, nil
	}
	if err := checkTracingEndpoint(t.Endpoint); err != nil {
		return nil, err
	}
	return t, nil
}

// checkTracingEndpoint refuses what spans cannot be sent to. The text of the error has nothing of an endpoint with a password in it.
func checkTracingEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case err == nil && u.User != nil:
		return fmt.Errorf("invalid value for %q: it must have no user name and password, put them into the Secret that %q names",
			KeyTracingEndpoint, KeyTracingCredentialsSecret)
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("invalid value for %q: must be a URL such as %q, with http for no TLS or https", KeyTracingEndpoint, DefaultTracingEndpoint)
	default:
		return nil
	}
}
