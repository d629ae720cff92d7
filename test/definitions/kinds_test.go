//go:build e2e

package definitions

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/test/cluster"
)

// origin is somewhere that definitions of each kind can come from.
type origin struct {
	resolver string
	// params are for a kind in lower case.
	params func(ns *cluster.Namespace, kind string) params
	// uri begins where a run says that its Task came from.
	uri func(ns *cluster.Namespace) string
}

func origins() map[string]origin {
	all := map[string]origin{
		"git": {
			resolver: "git",
			params: func(_ *cluster.Namespace, kind string) params {
				return params{"url": servers.repository("app"), "revision": "main", "pathInRepo": kind + ".yaml"}
			},
			uri: func(*cluster.Namespace) string { return "git+" + servers.repository("app") },
		},
		"bundles": {
			resolver: "bundles",
			params: func(_ *cluster.Namespace, kind string) params {
				return params{"bundle": servers.registry(5000) + "/documents:latest", "name": "greet", "kind": kind}
			},
			uri: func(*cluster.Namespace) string { return servers.registry(5000) + "/documents" },
		},
		"http": {
			resolver: "http",
			params: func(_ *cluster.Namespace, kind string) params {
				return params{"url": servers.url("remotes", 8083) + "/file/" + kind + ".yaml"}
			},
			uri: func(*cluster.Namespace) string { return servers.url("remotes", 8083) + "/file/task.yaml" },
		},
		"cluster": {
			resolver: "cluster",
			params: func(ns *cluster.Namespace, kind string) params {
				return params{"kind": kind, "name": "greet", "namespace": ns.Name}
			},
			uri: func(ns *cluster.Namespace) string {
				return "/apis/tekton.dev/v1/namespaces/" + ns.Name + "/task/greet@"
			},
		},
		"tekton hub": hubOrigin("0.1", params{"type": "tekton", "catalog": "Tekton"}),
	}
	// The catalog of StepActions has to be named.
	artifact := hubOrigin("0.1.0", nil)
	plain := artifact.params
	artifact.params = func(ns *cluster.Namespace, kind string) params {
		return plain(ns, kind).with(params{"catalog": "tekton-catalog-" + kind + "s"})
	}
	all["artifact hub"] = artifact
	for _, host := range []string{"github", "gitlab", "gitea"} {
		all[host] = origin{
			resolver: "git",
			params: func(_ *cluster.Namespace, kind string) params {
				return scmParams(host).with(params{"pathInRepo": kind + ".yaml"})
			},
			uri: func(*cluster.Namespace) string { return "git+http://" + servers.host("remotes") },
		}
	}
	return all
}

func hubOrigin(version string, more params) origin {
	return origin{
		resolver: "hub",
		params: func(_ *cluster.Namespace, kind string) params {
			return params{"url": servers.url("remotes", 8082), "name": "greet", "kind": kind, "version": version}.with(more)
		},
		uri: func(*cluster.Namespace) string { return servers.url("remotes", 8082) },
	}
}

// scmParams are those for a private repository of a source code host, without a path.
func scmParams(host string) params {
	return params{
		"scmType": host, "serverURL": servers.url("remotes", 8081), "org": "acme", "repo": "private", "revision": "main",
		"token": "login", "tokenKey": "token",
	}
}

// TestEveryKindFromEverywhere runs a Task, a StepAction and a Pipeline of every origin.
func TestEveryKindFromEverywhere(t *testing.T) {
	t.Parallel()
	for name, from := range origins() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := cluster.New(t)
			createSecret(t, ns, "login", corev1.SecretTypeOpaque, map[string]string{"token": password})
			if from.resolver == "cluster" {
				ns.Create(documents["task.yaml"] + "---" + documents["stepaction.yaml"] + "---" + documents["pipeline.yaml"])
			}
			ref := func(kind string) string { return reference(from.resolver, from.params(ns, kind)) }
			task, step := start(ns, taskByReference, ref("task")), start(ns, stepByReference, ref("stepaction"))
			pipeline := start(ns, pipelineByReference, ref("pipeline"))
			for _, name := range []string{task, step} {
				if tr := ns.TaskRunDone(name); !tr.IsSuccessful() {
					t.Errorf("TaskRun %s ended with %s", name, message(tr))
				}
			}
			if pr := ns.PipelineRunDone(pipeline); !pr.IsSuccessful() {
				t.Errorf("PipelineRun %s ended with %s", pipeline, pr.Status.GetCondition(apis.ConditionSucceeded).GetMessage())
			}
			if got, want := source(t, ns.TaskRunDone(task)), from.uri(ns); !strings.HasPrefix(got.URI, want) || len(got.Digest) == 0 {
				t.Errorf("the Task came from %+v, want %s and a digest", got, want)
			}
		})
	}
}
