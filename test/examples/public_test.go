//go:build e2e

package examples

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/tenon-ci/tenon/test/cluster"
)

// publicFlags are the feature flags that the public examples need, all at once.
var publicFlags = map[string]string{
	"enable-api-fields":                      "alpha",
	"enable-param-enum":                      "true",
	"enable-artifacts":                       "true",
	"enable-cel-in-whenexpression":           "true",
	"enable-termination-message-compression": "true",
}

// publicDefaults are the defaults that they need.
var publicDefaults = map[string]string{"default-task-run-workspace-binding": "emptyDir: {}\n"}

// leftOut are the public examples that cannot run in a cluster without a network, and why.
var leftOut = map[string]string{
	"pipelineruns/pipelinerun.yaml":             "builds a project of github.com with the kaniko image, and pushes to gcr.io",
	"taskruns/dind-sidecar.yaml":                "needs the docker image and pulls busybox with it",
	"taskruns/git-resolver.yaml":                "fetches a Task from github.com; test/definitions runs it from a server in the cluster",
	"taskruns/git-ssh-auth-multiple-repos.yaml": "clones private repositories of github.com with keys that are left blank",
	"taskruns/stepaction-git-resolver.yaml":     "fetches a StepAction from github.com; test/definitions runs it from a server in the cluster",
}

// adaptations say how an example is changed for the cluster, or what it needs there.
var adaptations = map[string]adaptation{
	"pipelineruns/cluster-resolver.yaml": {
		// The names are placeholders.
		prepare: func(t *testing.T) []string {
			other := cluster.New(t)
			other.Create(somePipeline)
			return []string{"namespace-containing-pipeline", other.Name}
		},
	},
	"pipelineruns/compressed-results-pipeline.yaml": {
		// $(results.digest-${i}.path) is no variable: the shell would take it for a command.
		replace: []string{"$(results.digest-${i}.path)", "/tekton/results/digest-${i}"},
	},
	"pipelineruns/optional-workspaces.yaml": {
		// There is no image with Node.js. The workspaces matter, not what the program says.
		replace: []string{"mirror.gcr.io/node:lts-alpine3.20", "mirror.gcr.io/alpine", `node "`, `cat "`},
	},
	"pipelineruns/pipelinerun-with-matrix-and-taskrunspecs-param-substitution.yaml": {
		// It needs nodes that are labeled differently. There may be one only.
		while: labelNodeForEachChild,
	},
	// 40 s for a pod that sleeps for 10 s.
	"pipelineruns/pipelinerun-with-task-timeout-override.yaml": {alone: true},
	// 60 s for two containers that wait for each other.
	"taskruns/workspace-in-sidecar.yaml": {alone: true},
	"taskruns/authenticating-git-commands.yaml": {
		// The images are made of Debian, which wants a folder for its SSH server, and whose user nonroot has another number.
		replace: []string{"/usr/sbin/sshd -E", "mkdir -p /run/sshd && /usr/sbin/sshd -E", "runAsUser: 1000", "runAsUser: 65532"},
	},
	"taskruns/large-task-result.yaml": {flags: "results-from=sidecar-logs", before: letLogsBeRead},
	"taskruns/git-basic-auth-multiple-repos.yaml": {
		replace: []string{
			"https://github.com/myorg/", "http://git/", "https://github.com/secret-org/", "http://git/", "https://github.com", "http://git",
			"<username>", "robot", "<password>", "secret",
			"gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/git-init:latest", "mirror.gcr.io/alpine/git",
		},
		before: serveGit,
	},
}

// TestPublicExamples runs the public Tekton examples. TENON_PUBLIC_EXAMPLES names the folder that holds the folders
// taskruns and pipelineruns; otherwise a folder beside the checkout is looked for. TENON_EXAMPLES_ONLY is a part of the
// path of the files to run.
func TestPublicExamples(t *testing.T) {
	root := publicExamples(t)
	cluster.SetConfig(t, "feature-flags", publicFlags)
	cluster.SetConfig(t, "config-defaults", publicDefaults)
	groups := map[string][]string{}
	for _, path := range files(t, root) {
		file := strings.TrimPrefix(path, root+string(filepath.Separator))
		flags := adaptations[file].flags
		groups[flags] = append(groups[flags], file)
	}
	for flags, members := range groups {
		group := flags
		if group == "" {
			group = "common flags"
		}
		// A group, so that the settings are put back when all of its files have run.
		t.Run(group, func(t *testing.T) {
			if flags != "" {
				cluster.SetConfig(t, "feature-flags", parseFlags(t, flags))
			}
			t.Run("files", func(t *testing.T) { runPublicFiles(t, root, members) })
		})
	}
}

func runPublicFiles(t *testing.T, root string, files []string) {
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			if reason := leftOut[file]; reason != "" {
				t.Skip(reason)
			}
			if !adaptations[file].alone {
				t.Parallel()
			}
			runPublic(t, filepath.Join(root, file), adaptations[file])
		})
	}
}

// publicExamples is the folder of the public examples. The test is skipped where there is none.
func publicExamples(t *testing.T) string {
	t.Helper()
	root := os.Getenv("TENON_PUBLIC_EXAMPLES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "examples")
		if _, err := os.Stat(root); err != nil {
			t.Skip("TENON_PUBLIC_EXAMPLES names no folder with the public Tekton examples")
		}
	}
	return root
}

func runPublic(t *testing.T, path string, a adaptation) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	replace := a.replace
	if a.prepare != nil {
		replace = append(replace, a.prepare(t)...)
	}
	local, err := Localize(strings.NewReplacer(replace...).Replace(string(text)), localDigest)
	if err != nil {
		t.Fatal(err)
	}
	ns := cluster.New(t)
	if a.before != nil {
		a.before(t, ns)
	}
	objects := ns.Create(local)
	if a.while != nil {
		a.while(t, ns, objects)
	}
	if checkRuns(t, ns, objects, "") == 0 {
		t.Errorf("%s runs nothing", path)
	}
	flags := maps.Clone(publicFlags)
	if a.flags != "" {
		maps.Copy(flags, parseFlags(t, a.flags))
	}
	compareLocally(t, ns, "public/"+nameOf(path), local, map[string]map[string]string{"feature-flags": flags, "config-defaults": publicDefaults})
}

var digests sync.Map

// localDigest is the digest of a repository of the development cluster's registry. TENON_EXAMPLES_REGISTRY names another.
func localDigest(repository string) (string, error) {
	if known, ok := digests.Load(repository); ok {
		return known.(string), nil
	}
	registry := os.Getenv("TENON_EXAMPLES_REGISTRY")
	if registry == "" {
		registry = "registry.local:5000"
	}
	ref, err := name.ParseReference(registry+"/"+repository, name.Insecure)
	if err != nil {
		return "", fmt.Errorf("parsing the name: %w", err)
	}
	found, err := remote.Head(ref)
	if err != nil {
		return "", fmt.Errorf("asking the registry: %w", err)
	}
	digests.Store(repository, found.Digest.String())
	return found.Digest.String(), nil
}
