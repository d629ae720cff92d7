package config

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"knative.dev/pkg/configmap"
)

type memoryLogger struct{ info, errors, fatal []string }

func (*memoryLogger) Debugf(string, ...any) {}
func (l *memoryLogger) Infof(format string, args ...any) {
	l.info = append(l.info, fmt.Sprintf(format, args...))
}
func (l *memoryLogger) Errorf(format string, args ...any) {
	l.errors = append(l.errors, fmt.Sprintf(format, args...))
}
func (l *memoryLogger) Fatalf(format string, args ...any) {
	l.fatal = append(l.fatal, fmt.Sprintf(format, args...))
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
}

func TestStore(t *testing.T) {
	t.Parallel()
	logger := &memoryLogger{}
	var seen []string
	store := NewStore(logger, func(name string, _ any) { seen = append(seen, name) })
	store.WatchConfigs(configmap.NewStaticWatcher(
		configMap("feature-flags", map[string]string{"enable-api-fields": "alpha", "embedded-status": "full"}),
		configMap("config-defaults", map[string]string{"default-timeout-minutes": "5", "default-pod-template": "x: 1"}),
		configMap("config-events", map[string]string{"sink": "http://a"}),
		configMap("config-tracing", map[string]string{"enabled": "true"}),
		configMap("config-wait-exponential-backoff", map[string]string{"steps": "5"}),
	))
	before := FromContextOrDefaults(store.ToContext(context.Background()))
	if got, want := before.Defaults.Timeout(), 5*time.Minute; got != want {
		t.Errorf("timeout = %v, want %v", got, want)
	}
	if before.FeatureFlags.EnableAPIFields != AlphaAPIFields || before.SinkURL() != "http://a" || !before.Tracing.Enabled ||
		before.WaitExponentialBackoff.Steps != 5 {
		t.Errorf("snapshot misses values: %+v", before)
	}
	if len(seen) != 5 {
		t.Errorf("callbacks for %v, want one for each of five", seen)
	}
	store.OnConfigChanged(configMap("feature-flags", map[string]string{"enable-api-fields": "nonsense", "embedded-status": "full"}))
	if got := store.Load().FeatureFlags.EnableAPIFields; got != AlphaAPIFields || len(logger.errors) != 1 {
		t.Errorf("after a bad update: enable-api-fields = %q, logged %v; want the last good value and one error", got, logger.errors)
	}
	store.OnConfigChanged(configMap("feature-flags", map[string]string{"enable-api-fields": "stable"}))
	if got := before.FeatureFlags.EnableAPIFields; got != AlphaAPIFields {
		t.Errorf("an update changed an older snapshot to %q", got)
	}
	if got := store.Load().FeatureFlags.EnableAPIFields; got != StableAPIFields {
		t.Errorf("after a good update: enable-api-fields = %q", got)
	}
	if len(logger.info) != 2 || len(logger.fatal) != 0 {
		t.Errorf("notes = %v, fatal = %v; want each of two notes once and nothing fatal", logger.info, logger.fatal)
	}
}

func TestStoreBadStart(t *testing.T) {
	t.Parallel()
	logger := &memoryLogger{}
	NewStore(logger).OnConfigChanged(configMap("config-defaults", map[string]string{"default-timeout-minutes": "x"}))
	if len(logger.fatal) != 1 {
		t.Errorf("fatal = %v, want one", logger.fatal)
	}
}

func TestFromContextOrDefaults(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	if FromContext(ctx) != nil {
		t.Error("snapshot in an empty context")
	}
	want := NewConfig(DefaultFeatureFlags(), DefaultDefaults())
	if diff := cmp.Diff(want, FromContextOrDefaults(ctx)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	partial := &Config{Defaults: &Defaults{DefaultTimeoutMinutes: 1}}
	got := FromContextOrDefaults(ToContext(ctx, partial))
	if got.Defaults != partial.Defaults || got.FeatureFlags == nil || got.Events == nil {
		t.Errorf("incomplete snapshot: %+v", got)
	}
	if diff := cmp.Diff(want, NewStore(&memoryLogger{}).Load()); diff != "" {
		t.Errorf("empty store (-want +got):\n%s", diff)
	}
}

func TestSmallConfigs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		parse func(map[string]string) (any, error)
		data  map[string]string
		want  any
		err   string
	}{
		"events empty": {parse: parser(NewEventsFromMap), want: DefaultEvents()},
		"events sink": {parse: parser(NewEventsFromMap), data: map[string]string{"sink": "s", "formats": "tektonv1"}, want: &Events{
			Sink: "s", Formats: []EventFormat{"tektonv1"}, RetryFor: 15 * time.Minute, RequestTimeout: 10 * time.Second,
		}},
		"events unknown": {parse: parser(NewEventsFromMap), data: map[string]string{"formats": "x"}, err: `invalid value "x" for "formats": unknown event format "x", must be "tektonv1"`},
		"events none":    {parse: parser(NewEventsFromMap), data: map[string]string{"formats": ""}, err: `invalid value "" for "formats": unknown event format "", must be "tektonv1"`},
		"events twice": {
			parse: parser(NewEventsFromMap), data: map[string]string{"formats": "tektonv1,tektonv1"},
			err: `invalid value "tektonv1,tektonv1" for "formats": event format "tektonv1" appears more than once`,
		},
		"tracing empty": {parse: parser(NewTracingFromMap), want: DefaultTracing()},
		"tracing": {
			parse: parser(NewTracingFromMap),
			data:  map[string]string{"enabled": "true", "endpoint": "https://e:4317", "credentialsSecret": "c", "protocol": "grpc", "sampling-rate": "0.25"},
			want:  &Tracing{Enabled: true, Endpoint: "https://e:4317", CredentialsSecret: "c", Protocol: TracingGRPC, SamplingRate: 0.25},
		},
		"tracing off, endpoint unused": {
			parse: parser(NewTracingFromMap), data: map[string]string{"endpoint": "e"},
			want: &Tracing{Endpoint: "e", Protocol: TracingHTTP, SamplingRate: 1},
		},
		"tracing endpoint": {
			parse: parser(NewTracingFromMap), data: map[string]string{"enabled": "true", "endpoint": "collector:4318"},
			err: `invalid value for "endpoint": must be a URL such as "http://jaeger-collector.jaeger.svc.cluster.local:4318/v1/traces", with http for no TLS or https`,
		},
		"tracing endpoint with password": {
			parse: parser(NewTracingFromMap), data: map[string]string{"enabled": "true", "endpoint": "http://me:secret@e:4318"},
			err: `invalid value for "endpoint": it must have no user name and password, put them into the Secret that "credentialsSecret" names`,
		},
		"tracing protocol": {
			parse: parser(NewTracingFromMap), data: map[string]string{"protocol": "udp"},
			err: `invalid value "udp" for "protocol": must be "http/protobuf" or "grpc"`,
		},
		"tracing rate": {
			parse: parser(NewTracingFromMap), data: map[string]string{"sampling-rate": "50%"},
			err: `invalid value "50%" for "sampling-rate": must be a number from 0 to 1, such as 0.1`,
		},
		"tracing rate too high": {
			parse: parser(NewTracingFromMap), data: map[string]string{"sampling-rate": "2"},
			err: `invalid value "2" for "sampling-rate": must be a number from 0 to 1, such as 0.1`,
		},
		"tracing rate none": {
			parse: parser(NewTracingFromMap), data: map[string]string{"sampling-rate": "NaN"},
			err: `invalid value "NaN" for "sampling-rate": must be a number from 0 to 1, such as 0.1`,
		},
		"tracing bad": {
			parse: parser(NewTracingFromMap), data: map[string]string{"enabled": "x"},
			err: `failed parsing tracing config "enabled": strconv.ParseBool: parsing "x": invalid syntax`,
		},
		"backoff empty": {parse: parser(NewWaitExponentialBackoffFromMap), want: DefaultWaitExponentialBackoff()},
		"backoff": {
			parse: parser(NewWaitExponentialBackoffFromMap),
			data:  map[string]string{"duration": "10s", "factor": "1.5", "jitter": "0.1", "steps": "5", "cap": "30s"},
			want:  &WaitExponentialBackoff{Duration: 10 * time.Second, Factor: 1.5, Jitter: 0.1, Steps: 5, Cap: 30 * time.Second},
		},
		"backoff bad": {
			parse: parser(NewWaitExponentialBackoffFromMap), data: map[string]string{"steps": "x"},
			err: `failed parsing wait exponential backoff config "steps": strconv.Atoi: parsing "x": invalid syntax`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tc.parse(tc.data)
			if err != nil || tc.err != "" {
				if fmt.Sprint(err) != tc.err {
					t.Errorf("error = %v, want %q", err, tc.err)
				}
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func parser[T any](parse func(map[string]string) (T, error)) func(map[string]string) (any, error) {
	return func(data map[string]string) (any, error) { return parse(data) }
}

func TestBackoffLeavesJitterOut(t *testing.T) {
	t.Parallel()
	b := DefaultWaitExponentialBackoff()
	b.Jitter = 0.5
	if diff := cmp.Diff(wait.Backoff{Duration: time.Second, Factor: 2, Steps: 10, Cap: time.Minute}, b.Backoff()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
