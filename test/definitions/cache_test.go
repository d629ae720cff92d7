//go:build e2e

package definitions

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/test/cluster"
)

// cacheMarks are the annotations about the cache of what was resolved, without the time.
func cacheMarks(t *testing.T, ns *cluster.Namespace, resolver string, p params) map[string]string {
	t.Helper()
	request := requestOf(t, ns, resolved(t, ns, resolver, p))
	marks := map[string]string{}
	for name, value := range request.Status.Annotations {
		if name = strings.TrimPrefix(name, "resolution.tekton.dev/"); strings.HasPrefix(name, "cache") && name != "cache-timestamp" {
			marks[name] = value
		}
	}
	return marks
}

func TestCache(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		resolver string
		params   func(*testing.T, *cluster.Namespace) params
		// modes are those that keep, and those that do not.
		kept, notKept params
	}{
		"git by branch": {
			"git", func(*testing.T, *cluster.Namespace) params {
				return params{"url": servers.repository("cached"), "revision": "main", "pathInRepo": "task.yaml"}
			}, params{"cache": "always"}, params{"cache": "auto"},
		},
		"git by commit": {
			"git", func(t *testing.T, _ *cluster.Namespace) params {
				return params{"url": servers.repository("cached"), "revision": servers.commit(t, "cached"), "pathInRepo": "task.yaml"}
			}, nil, params{"cache": "never"},
		},
		"bundle by tag": {
			"bundles", func(*testing.T, *cluster.Namespace) params {
				return params{"bundle": servers.registry(5000) + "/documents:latest", "name": "greet"}
			}, params{"cache": "always"}, nil,
		},
		"bundle by digest": {
			"bundles", func(t *testing.T, _ *cluster.Namespace) params {
				return params{"bundle": servers.registry(5000) + "/documents@" + bundleDigest(t), "name": "greet"}
			}, params{"cache": "auto"}, params{"cache": "never"},
		},
		"cluster": {
			"cluster", func(_ *testing.T, ns *cluster.Namespace) params {
				ns.Create(documents["task.yaml"])
				return params{"name": "greet", "namespace": ns.Name}
			}, params{"cache": "always"}, params{"cache": "auto"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := cluster.New(t)
			p := tc.params(t, ns)
			for _, operation := range []string{"store", "retrieve"} {
				want := map[string]string{"cached": "true", "cache-resolver-type": tc.resolver, "cache-operation": operation}
				if diff := cmp.Diff(want, cacheMarks(t, ns, tc.resolver, p.with(tc.kept))); diff != "" {
					t.Errorf("%s (-want +got):\n%s", operation, diff)
				}
			}
			if got := cacheMarks(t, ns, tc.resolver, p.with(tc.notKept)); len(got) > 0 {
				t.Errorf("what is not to be kept has %v", got)
			}
		})
	}
}

func TestWrongCacheModeIsRefused(t *testing.T) {
	t.Parallel()
	p := params{"url": servers.repository("app"), "revision": "main", "pathInRepo": "task.yaml", "cache": "sometimes"}
	refused(t, cluster.New(t), "git", p, "cache", "sometimes")
}
