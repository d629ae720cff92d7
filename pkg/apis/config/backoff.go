package config

import (
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
)

// Keys of the ConfigMap config-wait-exponential-backoff (contract 4 §9).
const (
	// KeyBackoffDuration is the first wait, a duration.
	KeyBackoffDuration = "duration"
	// KeyBackoffFactor multiplies the wait after each attempt.
	KeyBackoffFactor = "factor"
	// KeyBackoffJitter is parsed and not applied.
	KeyBackoffJitter = "jitter"
	// KeyBackoffSteps is the number of attempts.
	KeyBackoffSteps = "steps"
	// KeyBackoffCap limits a single wait, a duration.
	KeyBackoffCap = "cap"
)

// WaitExponentialBackoff is one parsed state of the ConfigMap config-wait-exponential-backoff: how the creation of child
// objects is repeated when the API server times out and enable-wait-exponential-backoff is on.
type WaitExponentialBackoff struct {
	// Duration is the first wait; default 1s.
	Duration time.Duration
	// Factor multiplies the wait after each attempt; default 2.
	Factor float64
	// Jitter is kept for completeness; [WaitExponentialBackoff.Backoff] leaves it out. Default 0.
	Jitter float64
	// Steps is the number of attempts; default 10.
	Steps int
	// Cap limits a single wait; default 60s.
	Cap time.Duration
}

// DefaultWaitExponentialBackoff returns the settings of an empty ConfigMap.
func DefaultWaitExponentialBackoff() *WaitExponentialBackoff {
	return &WaitExponentialBackoff{Duration: time.Second, Factor: 2, Steps: 10, Cap: time.Minute}
}

// NewWaitExponentialBackoffFromConfigMap parses the data of a ConfigMap, see [NewWaitExponentialBackoffFromMap].
func NewWaitExponentialBackoffFromConfigMap(cm *corev1.ConfigMap) (*WaitExponentialBackoff, error) {
	return NewWaitExponentialBackoffFromMap(cm.Data)
}

// NewWaitExponentialBackoffFromMap parses the five keys. The first bad value ends it with an error that names the key.
func NewWaitExponentialBackoffFromMap(data map[string]string) (*WaitExponentialBackoff, error) {
	b := DefaultWaitExponentialBackoff()
	for _, err := range []error{
		parseBackoff(data, KeyBackoffDuration, time.ParseDuration, &b.Duration),
		parseBackoff(data, KeyBackoffFactor, parseFloat, &b.Factor),
		parseBackoff(data, KeyBackoffJitter, parseFloat, &b.Jitter),
		parseBackoff(data, KeyBackoffSteps, strconv.Atoi, &b.Steps),
		parseBackoff(data, KeyBackoffCap, time.ParseDuration, &b.Cap),
	} {
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Backoff returns the settings in the form that k8s.io/apimachinery's wait and client-go's retry packages take.
func (b *WaitExponentialBackoff) Backoff() wait.Backoff {
	return wait.Backoff{Duration: b.Duration, Factor: b.Factor, Steps: b.Steps, Cap: b.Cap}
}

func parseFloat(text string) (float64, error) { return strconv.ParseFloat(text, 64) }

func parseBackoff[T any](data map[string]string, key string, parse func(string) (T, error), target *T) error {
	text, ok := data[key]
	if !ok {
		return nil
	}
	value, err := parse(text)
	if err != nil {
		return fmt.Errorf("failed parsing wait exponential backoff config %q: %w", key, err)
	}
	*target = value
	return nil
}
