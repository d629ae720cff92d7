package computeresources_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tenon-ci/tenon/pkg/computeresources"
)

// list makes a resource list of pairs of name and quantity.
func list(pairs ...string) corev1.ResourceList {
	if len(pairs) == 0 {
		return nil
	}
	l := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		l[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
	}
	return l
}

func requirements(requests, limits corev1.ResourceList) corev1.ResourceRequirements {
	return corev1.ResourceRequirements{Requests: requests, Limits: limits}
}

func TestOverride(t *testing.T) {
	t.Parallel()
	base := requirements(list("cpu", "1", "memory", "1Gi"), list("cpu", "2"))
	for name, tc := range map[string]struct {
		over, want corev1.ResourceRequirements
	}{
		"nothing":                {want: base},
		"one request":            {over: requirements(list("cpu", "3"), nil), want: requirements(list("cpu", "3", "memory", "1Gi"), list("cpu", "2"))},
		"new limit":              {over: requirements(nil, list("memory", "2Gi")), want: requirements(list("cpu", "1", "memory", "1Gi"), list("cpu", "2", "memory", "2Gi"))},
		"requests and limits":    {over: requirements(list("cpu", "5"), list("cpu", "6")), want: requirements(list("cpu", "5", "memory", "1Gi"), list("cpu", "6"))},
		"claims replace as list": {over: corev1.ResourceRequirements{Claims: []corev1.ResourceClaim{{Name: "gpu"}}}, want: corev1.ResourceRequirements{Requests: base.Requests, Limits: base.Limits, Claims: []corev1.ResourceClaim{{Name: "gpu"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, computeresources.Override(base, tc.over)); diff != "" {
				t.Errorf("Override() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestForTask(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		step, task, want corev1.ResourceRequirements
		n                int
	}{
		"task says nothing": {
			step: requirements(list("cpu", "1"), nil), n: 3,
			want: requirements(list("cpu", "1"), nil),
		},
		"requests are divided in milli-units and bytes": {
			task: requirements(list("cpu", "1", "memory", "1000", "ephemeral-storage", "10"), nil), n: 3,
			want: requirements(list("cpu", "333m", "memory", "333", "ephemeral-storage", "3"), nil),
		},
		"task values replace the step's": {
			step: requirements(list("memory", "1Gi"), list("memory", "2Gi")),
			task: requirements(list("cpu", "2"), list("cpu", "4")), n: 2,
			want: requirements(list("cpu", "1"), list("cpu", "4")),
		},
		"limits become divided requests": {
			task: requirements(nil, list("cpu", "1500m")), n: 2,
			want: requirements(list("cpu", "750m"), list("cpu", "1500m")),
		},
		"limits drop the step's requests": {
			step: requirements(list("cpu", "1"), nil),
			task: requirements(nil, list("cpu", "2")), n: 2,
			want: requirements(nil, list("cpu", "2")),
		},
		"one step": {
			task: requirements(list("cpu", "1"), nil), n: 1,
			want: requirements(list("cpu", "1"), nil),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, computeresources.ForTask(tc.step, tc.task, tc.n)); diff != "" {
				t.Errorf("ForTask() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestApplyDefaults(t *testing.T) {
	t.Parallel()
	lookup := func(container string) (corev1.ResourceRequirements, bool) {
		return requirements(list("cpu", "1m"), nil), container != "step-unknown"
	}
	claims := []corev1.ResourceClaim{{Name: "gpu"}}
	containers := []corev1.Container{
		{Name: "prepare"},
		{Name: "step-unknown"},
		{Name: "step-limited", Resources: requirements(nil, list("memory", "1Gi"))},
		{Name: "step-requesting", Resources: requirements(list("memory", "1Gi"), nil)},
		{Name: "step-claiming", Resources: corev1.ResourceRequirements{Claims: claims}},
	}
	computeresources.ApplyDefaults(containers, lookup)
	want := []corev1.Container{
		{Name: "prepare", Resources: requirements(list("cpu", "1m"), nil)},
		{Name: "step-unknown"},
		{Name: "step-limited", Resources: requirements(nil, list("memory", "1Gi"))},
		{Name: "step-requesting", Resources: requirements(list("memory", "1Gi"), nil)},
		{Name: "step-claiming", Resources: corev1.ResourceRequirements{Requests: list("cpu", "1m"), Claims: claims}},
	}
	if diff := cmp.Diff(want, containers); diff != "" {
		t.Errorf("ApplyDefaults() (-want +got):\n%s", diff)
	}
}

func TestApplyLimitRanges(t *testing.T) {
	t.Parallel()
	item := func(least, wanted corev1.ResourceList) corev1.LimitRangeItem {
		return corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Min: least, DefaultRequest: wanted}
	}
	limitRange := func(items ...corev1.LimitRangeItem) *corev1.LimitRange {
		return &corev1.LimitRange{Spec: corev1.LimitRangeSpec{Limits: items}}
	}
	for name, tc := range map[string]struct {
		ranges []*corev1.LimitRange
		step   corev1.ResourceRequirements
		want   corev1.ResourceRequirements
	}{
		"none": {},
		"default request is divided": {
			ranges: []*corev1.LimitRange{limitRange(item(nil, list("cpu", "1", "memory", "100")))},
			want:   requirements(list("cpu", "500m", "memory", "50"), nil),
		},
		"not below the minimum": {
			ranges: []*corev1.LimitRange{limitRange(item(list("cpu", "800m"), list("cpu", "1")))},
			want:   requirements(list("cpu", "800m"), nil),
		},
		"own request stays, even below the minimum": {
			ranges: []*corev1.LimitRange{limitRange(item(list("cpu", "800m"), list("cpu", "1", "memory", "10")))},
			step:   requirements(list("cpu", "1m"), nil),
			want:   requirements(list("cpu", "1m", "memory", "5"), nil),
		},
		"zero request is filled": {
			ranges: []*corev1.LimitRange{limitRange(item(nil, list("cpu", "1")))},
			step:   requirements(list("cpu", "0"), nil),
			want:   requirements(list("cpu", "500m"), nil),
		},
		"not above the own limit": {
			ranges: []*corev1.LimitRange{limitRange(item(nil, list("cpu", "1")))},
			step:   requirements(nil, list("cpu", "100m")),
			want:   requirements(list("cpu", "100m"), list("cpu", "100m")),
		},
		"several: largest minimum, smallest default, silent ones do not count": {
			ranges: []*corev1.LimitRange{
				limitRange(item(list("memory", "5"), list("cpu", "2"))),
				limitRange(item(list("memory", "70"), list("cpu", "1", "memory", "100"))),
				limitRange(),
			},
			want: requirements(list("cpu", "500m", "memory", "70"), nil),
		},
		"other types and resources are ignored": {
			ranges: []*corev1.LimitRange{limitRange(
				corev1.LimitRangeItem{Type: corev1.LimitTypePod, Min: list("cpu", "4")},
				item(nil, list("example.com/gpu", "2")),
			)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			containers := []corev1.Container{
				{Name: "step-a", Resources: tc.step}, {Name: "step-b", Resources: requirements(list("cpu", "9", "memory", "9", "ephemeral-storage", "9"), nil)},
				{Name: "sidecar-c"},
			}
			isStep := func(c corev1.Container) bool { return strings.HasPrefix(c.Name, "step-") }
			computeresources.ApplyLimitRanges(containers, isStep, tc.ranges)
			if diff := cmp.Diff(tc.want, containers[0].Resources); diff != "" {
				t.Errorf("step (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(corev1.ResourceRequirements{}, containers[2].Resources); diff != "" {
				t.Errorf("sidecar (-want +got):\n%s", diff)
			}
		})
	}
}
