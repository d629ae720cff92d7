package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEventsDurations(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		data                     map[string]string
		retryFor, requestTimeout time.Duration
		err                      string
	}{
		"defaults":         {nil, 15 * time.Minute, 10 * time.Second, ""},
		"set":              {map[string]string{"retry-for": "1h", "request-timeout": "500ms"}, time.Hour, 500 * time.Millisecond, ""},
		"as the contract":  {map[string]string{"retry-for": "0"}, 0, 10 * time.Second, ""},
		"too short":        {map[string]string{"retry-for": "5s"}, 0, 0, `invalid value "5s" for "retry-for": must be 0 or a duration from 30s to 24h, such as 15m`},
		"too long":         {map[string]string{"retry-for": "25h"}, 0, 0, `invalid value "25h" for "retry-for": must be 0 or a duration from 30s to 24h, such as 15m`},
		"without a unit":   {map[string]string{"retry-for": "15"}, 0, 0, `invalid value "15" for "retry-for": must be 0 or a duration from 30s to 24h, such as 15m`},
		"no time at all":   {map[string]string{"request-timeout": "0"}, 0, 0, `invalid value "0" for "request-timeout": must be a duration from 100ms to 5m, such as 10s`},
		"much too patient": {map[string]string{"request-timeout": "6m"}, 0, 0, `invalid value "6m" for "request-timeout": must be a duration from 100ms to 5m, such as 10s`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := NewEventsFromMap(tc.data)
			if err != nil || tc.err != "" {
				if diff := cmp.Diff(tc.err, fmt.Sprint(err)); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				return
			}
			if e.RetryFor != tc.retryFor || e.RequestTimeout != tc.requestTimeout {
				t.Errorf("retry for %s, timeout %s; want %s, %s", e.RetryFor, e.RequestTimeout, tc.retryFor, tc.requestTimeout)
			}
		})
	}
}

// Stores log what they have read.
func TestSinksAreNotLogged(t *testing.T) {
	t.Parallel()
	events, defaults := DefaultEvents(), DefaultDefaults()
	events.Sink, defaults.DefaultCloudEventsSink = "http://user:secret@host", "http://user:secret@host"
	for _, value := range []any{events, defaults} {
		if text := fmt.Sprintf("%#v", value); strings.Contains(text, "secret") || !strings.Contains(text, "(hidden)") {
			t.Errorf("logged: %s", text)
		}
	}
}
