package config

import "os"

// FeatureFlagsName returns the name of the ConfigMap feature-flags, from env CONFIG_FEATURE_FLAGS_NAME if set.
func FeatureFlagsName() string {
	return nameFromEnv("CONFIG_FEATURE_FLAGS_NAME", "feature-flags")
}

// DefaultsConfigName returns the name of the ConfigMap config-defaults, from env CONFIG_DEFAULTS_NAME if set.
func DefaultsConfigName() string { return nameFromEnv("CONFIG_DEFAULTS_NAME", "config-defaults") }

// EventsConfigName returns the name of the ConfigMap config-events, from env CONFIG_EVENTS_NAME if set.
func EventsConfigName() string { return nameFromEnv("CONFIG_EVENTS_NAME", "config-events") }

// TracingConfigName returns the name of the ConfigMap config-tracing, from env CONFIG_TRACING_NAME if set.
func TracingConfigName() string { return nameFromEnv("CONFIG_TRACING_NAME", "config-tracing") }

// WaitExponentialBackoffConfigName returns the name of the ConfigMap config-wait-exponential-backoff, from env
// CONFIG_WAIT_EXPONENTIAL_BACKOFF_NAME if set.
func WaitExponentialBackoffConfigName() string {
	return nameFromEnv("CONFIG_WAIT_EXPONENTIAL_BACKOFF_NAME", "config-wait-exponential-backoff")
}

func nameFromEnv(env, fallback string) string {
	if name := os.Getenv(env); name != "" {
		return name
	}
	return fallback
}
