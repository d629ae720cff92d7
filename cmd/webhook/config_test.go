package main

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/configmap"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

func TestObservabilityIsChecked(t *testing.T) {
	t.Parallel()
	if err := configmap.ValidateConstructor(configConstructors()[config.ObservabilityConfigName()]); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ key, value, err string }{
		"good":           {"metrics-protocol", "prometheus", ""},
		"own key":        {"metrics.taskrun.level", "pod", `invalid value "pod" for "metrics.taskrun.level"`},
		"framework key":  {"metrics-protocol", "statsd", "statsd"},
		"of old engines": {"metrics.backend-destination", "prometheus", ""},
	} {
		cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "config-observability"}, Data: map[string]string{tc.key: tc.value}}
		_, err := newObservability(cm)
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: error %v, want one with %q", name, err, tc.err)
		}
	}
}
