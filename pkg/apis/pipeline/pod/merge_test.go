package pod

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	full := func(word string) *Template {
		return &Template{
			NodeSelector:              map[string]string{word: word},
			Tolerations:               []corev1.Toleration{{Key: word}},
			Affinity:                  &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}},
			SecurityContext:           &corev1.PodSecurityContext{FSGroup: ptr.To(int64(len(word)))},
			RuntimeClassName:          ptr.To(word),
			DNSPolicy:                 ptr.To(corev1.DNSPolicy(word)),
			DNSConfig:                 &corev1.PodDNSConfig{Nameservers: []string{word}},
			PriorityClassName:         ptr.To(word),
			SchedulerName:             word,
			ImagePullSecrets:          []corev1.LocalObjectReference{{Name: word}},
			HostAliases:               []corev1.HostAlias{{IP: word}},
			TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{TopologyKey: word}},
		}
	}
	named := func(envs ...string) *Template {
		tpl := &Template{}
		for _, e := range envs {
			tpl.Env = append(tpl.Env, corev1.EnvVar{Name: e, Value: envs[0]})
			tpl.Volumes = append(tpl.Volumes, corev1.Volume{Name: e})
		}
		return tpl
	}
	for name, tc := range map[string]struct{ high, low, want *Template }{
		"nothing":           {nil, nil, nil},
		"high only":         {full("high"), nil, full("high")},
		"low only":          {nil, full("low"), full("low")},
		"high wins":         {full("high"), full("low"), full("high")},
		"low fills":         {&Template{}, full("low"), full("low")},
		"false is set":      {&Template{HostUsers: ptr.To(false)}, &Template{HostUsers: ptr.To(true)}, &Template{HostUsers: ptr.To(false)}},
		"booleans fill":     {&Template{}, &Template{EnableServiceLinks: ptr.To(false), AutomountServiceAccountToken: ptr.To(true)}, &Template{EnableServiceLinks: ptr.To(false), AutomountServiceAccountToken: ptr.To(true)}},
		"host network low":  {&Template{}, &Template{HostNetwork: true}, &Template{HostNetwork: true}},
		"host network high": {&Template{HostNetwork: true}, &Template{}, &Template{HostNetwork: true}},
		"by name": {
			named("a", "", "b"), named("b", "c", ""),
			&Template{
				Env:     []corev1.EnvVar{{Name: "a", Value: "a"}, {Name: "b", Value: "a"}, {Name: "c", Value: "b"}},
				Volumes: []corev1.Volume{{Name: "a"}, {Name: "b"}, {Name: "c"}},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			high, low := tc.high.DeepCopy(), tc.low.DeepCopy()
			got := Merge(tc.high, tc.low)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(got, Merge(got, tc.low)); diff != "" {
				t.Errorf("merging again changes the result:\n%s", diff)
			}
			if got != nil && got.NodeSelector != nil {
				got.NodeSelector["changed"] = "yes"
			}
			if diff := cmp.Diff([]*Template{high, low}, []*Template{tc.high, tc.low}); diff != "" {
				t.Errorf("inputs changed:\n%s", diff)
			}
		})
	}
}
