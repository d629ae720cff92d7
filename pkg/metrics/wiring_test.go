package metrics

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/observability"
	rtesting "knative.dev/pkg/reconciler/testing"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipelinerun/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/taskrun/fake"
)

// errorLog keeps what is logged as an error.
type errorLog struct {
	configmap.Logger
	errors []string
}

func (l *errorLog) Errorf(format string, args ...any) {
	l.errors = append(l.errors, fmt.Sprintf(format, args...))
}

func settingsMap(data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: config.ObservabilityConfigName()}, Data: data}
}

// The settings are those of the last good state of the ConfigMap.
func TestSettingsAreWatched(t *testing.T) {
	t.Parallel()
	h, watcher, log := newHarness(t, nil), &configmap.ManualWatcher{}, &errorLog{}
	h.watchSettings(watcher, log)
	level := func() config.MetricsLevel { return h.durations.Load().settings.TaskRunLevel }
	for _, step := range []struct {
		level string
		want  config.MetricsLevel
	}{{"namespace", config.LevelNamespace}, {"pod", config.LevelNamespace}, {"taskrun", config.LevelTaskRun}} {
		watcher.OnChange(settingsMap(map[string]string{config.KeyMetricsTaskRunLevel: step.level}))
		if got := level(); got != step.want {
			t.Errorf("level is %q after %q was set, want %q", got, step.level, step.want)
		}
	}
	if len(log.errors) != 1 || !strings.Contains(log.errors[0], `ConfigMap config-observability: invalid value "pod" for "metrics.taskrun.level"`) {
		t.Errorf("logged: %q", log.errors)
	}
}

// defaulting is a watcher that knows what there is without a ConfigMap.
type defaulting struct {
	configmap.ManualWatcher
	absent []string
}

func (d *defaulting) WatchWithDefault(cm corev1.ConfigMap, observers ...configmap.Observer) {
	d.absent = append(d.absent, cm.Name)
	d.Watch(cm.Name, observers...)
}

// Metrics start with the controller that they are around, and need no ConfigMap.
func TestAround(t *testing.T) {
	t.Parallel()
	ctx, _ := rtesting.SetupFakeContext(t)
	ctx = observability.WithConfig(ctx, observability.DefaultConfig())
	inner := &controller.Impl{}
	m, watcher := New(), &defaulting{}
	if got := m.Around(func(context.Context, configmap.Watcher) *controller.Impl { return inner })(ctx, watcher); got != inner {
		t.Errorf("got %v", got)
	}
	if diff := cmp.Diff([]string{"config-observability"}, watcher.absent); diff != "" {
		t.Errorf("ConfigMaps that may be absent (-want +got):\n%s", diff)
	}
	watcher.OnChange(settingsMap(map[string]string{config.KeyMetricsMaxNames: "3"}))
	if got := m.durations.Load().settings.MaxNames; got != 3 {
		t.Errorf("%d names", got)
	}
}
