package config

import (
	"fmt"
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
)

// DefaultTracingEndpoint is the default of KeyTracingEndpoint.
const DefaultTracingEndpoint = "http://jaeger-collector.jaeger.svc.cluster.local:4318/v1/traces"

// Tracing is one parsed state of the ConfigMap config-tracing.
type Tracing struct {
	// Enabled switches run tracing on; default false.
	Enabled bool
	// Endpoint is the OTLP over HTTP/protobuf URL of the collector, path included; scheme http means no TLS.
	Endpoint string
	// CredentialsSecret names a Secret of the system namespace with the keys username and password; empty means none.
	CredentialsSecret string
}

// DefaultTracing returns the settings of an empty ConfigMap.
func DefaultTracing() *Tracing { return &Tracing{Endpoint: DefaultTracingEndpoint} }

// NewTracingFromConfigMap parses the data of a ConfigMap, see [NewTracingFromMap].
func NewTracingFromConfigMap(cm *corev1.ConfigMap) (*Tracing, error) {
	return NewTracingFromMap(cm.Data)
}

// NewTracingFromMap parses the three keys; a value of "enabled" that is no boolean is an error.
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
	return t, nil
}
