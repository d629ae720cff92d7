package config

import (
	"fmt"
	"strings"

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

// Events is one parsed state of the ConfigMap config-events.
type Events struct {
	// Sink is the receiving URL. Empty means the sink of config-defaults or, without that, no events.
	Sink string
	// Formats holds each format once; default FormatTektonV1.
	Formats []EventFormat
}

// DefaultEvents returns the settings of an empty ConfigMap.
func DefaultEvents() *Events { return &Events{Formats: []EventFormat{FormatTektonV1}} }

// NewEventsFromConfigMap parses the data of a ConfigMap, see [NewEventsFromMap].
func NewEventsFromConfigMap(cm *corev1.ConfigMap) (*Events, error) { return NewEventsFromMap(cm.Data) }

// NewEventsFromMap parses sink and formats. Empty, unknown and repeated formats are errors.
func NewEventsFromMap(data map[string]string) (*Events, error) {
	e := DefaultEvents()
	e.Sink = data[KeyEventsSink]
	text, ok := data[KeyEventsFormats]
	if !ok {
		return e, nil
	}
	e.Formats = nil
	for word := range strings.SplitSeq(text, ",") {
		format := EventFormat(word)
		if format != FormatTektonV1 {
			return nil, fmt.Errorf("invalid value %q for %q: unknown event format %q, must be %q", text, KeyEventsFormats, word, FormatTektonV1)
		}
		if len(e.Formats) > 0 {
			return nil, fmt.Errorf("invalid value %q for %q: event format %q appears more than once", text, KeyEventsFormats, word)
		}
		e.Formats = append(e.Formats, format)
	}
	return e, nil
}

// SinkURL returns where CloudEvents go: the sink of config-events, else the deprecated one of config-defaults, else "",
// which turns CloudEvents off.
func (c *Config) SinkURL() string {
	if c.Events.Sink != "" {
		return c.Events.Sink
	}
	return c.Defaults.DefaultCloudEventsSink
}
