package config

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// EventFormat is a wire form of CloudEvents.
type EventFormat string

// FormatTektonV1 is the only event format there is: one-member objects with the run in its v1beta1 form.
const FormatTektonV1 EventFormat = "tektonv1"

// Keys of the ConfigMap config-events (contract 4 §5.1).
const (
	// KeyEventsSink is the URL that receives CloudEvents.
	KeyEventsSink = "sink"
	// KeyEventsFormats lists event formats, separated by commas.
	KeyEventsFormats = "formats"
)

// Keys of the ConfigMap config-events that the contract does not have.
const (
	// KeyEventsRetryFor is how long it is tried to deliver an event, a duration.
	KeyEventsRetryFor = "retry-for"
	// KeyEventsRequestTimeout is how long the sink may take to answer, a duration.
	KeyEventsRequestTimeout = "request-timeout"
)

// Limits of durations in the ConfigMap config-events. The ten retries of the contract take 20 seconds.
const (
	minEventsRetryFor       = 30 * time.Second
	maxEventsRetryFor       = 24 * time.Hour
	minEventsRequestTimeout = 100 * time.Millisecond
	maxEventsRequestTimeout = 5 * time.Minute
)

// Events is one parsed state of the ConfigMap config-events.
type Events struct {
	// Sink is the receiving URL. Empty means the sink of config-defaults or, without that, no events.
	Sink string
	// Formats holds each format once; default FormatTektonV1.
	Formats []EventFormat
	// RetryFor is how long it is tried to deliver an event while what keeps it from being delivered may pass; default 15m. 0 means
	// the ten retries of the contract.
	RetryFor time.Duration
	// RequestTimeout is how long the sink may take to answer one attempt; default 10s.
	RequestTimeout time.Duration
}

// DefaultEvents returns the settings of an empty ConfigMap.
func DefaultEvents() *Events {
	return &Events{Formats: []EventFormat{FormatTektonV1}, RetryFor: 15 * time.Minute, RequestTimeout: 10 * time.Second}
}

// NewEventsFromConfigMap parses the data of a ConfigMap, see [NewEventsFromMap].
func NewEventsFromConfigMap(cm *corev1.ConfigMap) (*Events, error) { return NewEventsFromMap(cm.Data) }

// NewEventsFromMap parses the four keys. Empty, unknown and repeated formats, and durations that make no sense, are errors. The sink is
// taken as it is.
func NewEventsFromMap(data map[string]string) (*Events, error) {
	e := DefaultEvents()
	e.Sink = data[KeyEventsSink]
	if err := e.parseDurations(data); err != nil {
		return nil, err
	}
	if text, ok := data[KeyEventsFormats]; ok {
		formats, err := parseFormats(text)
		if err != nil {
			return nil, err
		}
		e.Formats = formats
	}
	return e, nil
}

func (e *Events) parseDurations(data map[string]string) error {
	if text, ok := data[KeyEventsRetryFor]; ok {
		d, err := time.ParseDuration(text)
		if err != nil || (d != 0 && (d < minEventsRetryFor || d > maxEventsRetryFor)) {
			return fmt.Errorf("invalid value %q for %q: must be 0 or a duration from 30s to 24h, such as 15m", text, KeyEventsRetryFor)
		}
		e.RetryFor = d
	}
	if text, ok := data[KeyEventsRequestTimeout]; ok {
		d, err := time.ParseDuration(text)
		if err != nil || d < minEventsRequestTimeout || d > maxEventsRequestTimeout {
			return fmt.Errorf("invalid value %q for %q: must be a duration from 100ms to 5m, such as 10s", text, KeyEventsRequestTimeout)
		}
		e.RequestTimeout = d
	}
	return nil
}

func parseFormats(text string) ([]EventFormat, error) {
	var formats []EventFormat
	for word := range strings.SplitSeq(text, ",") {
		format := EventFormat(word)
		if format != FormatTektonV1 {
			return nil, fmt.Errorf("invalid value %q for %q: unknown event format %q, must be %q", text, KeyEventsFormats, word, FormatTektonV1)
		}
		if len(formats) > 0 {
			return nil, fmt.Errorf("invalid value %q for %q: event format %q appears more than once", text, KeyEventsFormats, word)
		}
		formats = append(formats, format)
	}
	return formats, nil
}

// SinkURL returns where CloudEvents go: the sink of config-events, else the deprecated one of config-defaults, else "",
// which turns CloudEvents off.
func (c *Config) SinkURL() string {
	if c.Events.Sink != "" {
		return c.Events.Sink
	}
	return c.Defaults.DefaultCloudEventsSink
}

// hidden stands in logs for a sink, which may have a password or a token in it.
const hidden = "(hidden)"

// GoString keeps the sink out of logs, where stores put what they have read.
func (e *Events) GoString() string {
	type plain Events
	shown := plain(*e)
	if shown.Sink != "" {
		shown.Sink = hidden
	}
	return fmt.Sprintf("%#v", shown)
}

// GoString keeps the sink out of logs, where stores put what they have read.
func (d *Defaults) GoString() string {
	type plain Defaults
	shown := plain(*d)
	if shown.DefaultCloudEventsSink != "" {
		shown.DefaultCloudEventsSink = hidden
	}
	return fmt.Sprintf("%#v", shown)
}
