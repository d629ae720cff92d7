//go:build e2e

// Package install tests that each way of installing Tenon ends with an installation that works, and each way of uninstalling it with
// nothing of it left, whatever runs. It removes the installation that it finds and puts that of hack/deploy.sh back at its end, so
// nothing else may use the cluster, which has to be the development cluster.
package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/test/cluster"
)

// root is the folder of the project.
const root = "../.."

// way is one way of installing Tenon.
type way struct {
	name string
	// namespace is where it is installed; the resolvers' has another ending.
	namespace string
	// admission is the name of its webhooks.
	admission string
	// install, again and uninstall are commands. The second one is for an upgrade, and changes a flag where it can.
	install, again, uninstall []string
	// keeps tells whether uninstalling leaves the definitions and what is of them, and remove is the command that ends them.
	keeps  bool
	remove []string
}

func ways(folder string) []way {
	const (
		namespace = "tekton-pipelines"
		admission = "webhook.pipeline.tekton.dev"
	)
	manifests, chart, base := filepath.Join(folder, "release.yaml"), filepath.Join(folder, "chart"), filepath.Join(folder, "kustomize")
	elsewhere := []string{chart, "--namespace", "default", "--set", "namespace=ci", "--set", "admission.name=hook.ci.example.com"}
	withFlag := []string{"--set", "config.feature-flags.coschedule=disabled"}
	return []way{
		{
			name: "manifests", namespace: namespace, admission: admission,
			install: []string{"kubectl", "apply", "-f", manifests}, again: []string{"kubectl", "apply", "-f", manifests},
			uninstall: []string{"kubectl", "delete", "--ignore-not-found", "-f", manifests},
		},
		{
			name: "Kustomize", namespace: namespace, admission: admission,
			install: []string{"kubectl", "apply", "-k", base}, again: []string{"kubectl", "apply", "-k", base},
			uninstall: []string{"kubectl", "delete", "--ignore-not-found", "-k", base},
		},
		{
			name: "Helm", namespace: namespace, admission: admission,
			install:   []string{"helm", "install", "tenon", chart, "--namespace", "default", "--set", "crds.keep=false"},
			again:     append([]string{"helm", "upgrade", "tenon", chart, "--namespace", "default", "--set", "crds.keep=false"}, withFlag...),
			uninstall: []string{"helm", "uninstall", "tenon", "--namespace", "default"},
		},
		{
			name: "Helm under other names", namespace: "ci", admission: "hook.ci.example.com",
			install:   append([]string{"helm", "install", "tenon"}, elsewhere...),
			again:     append(append([]string{"helm", "upgrade", "tenon"}, elsewhere...), withFlag...),
			uninstall: []string{"helm", "uninstall", "tenon", "--namespace", "default"},
			keeps:     true,
			remove:    []string{"kubectl", "delete", "customresourcedefinitions", "-l", "app.kubernetes.io/part-of=tekton-pipelines"},
		},
	}
}

func TestInstall(t *testing.T) {
	onlyDevelopmentCluster(t)
	folder := build(t)
	t.Cleanup(func() { // t's context is over by then
		if out, err := exec.Command(filepath.Join(root, "hack", "deploy.sh")).CombinedOutput(); err != nil {
			t.Errorf("putting the installation back: %v\n%s", err, out)
		}
	})
	command(t, filepath.Join(root, "hack", "undeploy.sh"))
	before := settled(t)
	for _, w := range ways(folder) {
		if !t.Run(w.name, func(t *testing.T) { w.test(t, before) }) {
			return // what it left would be in the way of the next one
		}
	}
}

// build makes the images and everything that is installed of them.
func build(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	manifests := filepath.Join(folder, "release.yaml")
	began := time.Now()
	command(t, filepath.Join(root, "hack", "deploy.sh"), "--manifests", manifests)
	command(t, filepath.Join(root, "hack", "tools.sh"), "helm")
	command(t, "go", "run", "github.com/tenon-ci/tenon/hack/chart", "-version", "v0.0.0-test", "-manifests", manifests,
		"-log-access", filepath.Join(root, "examples", "_rbac", "pod-log-access.yaml"), "-output", folder)
	t.Logf("%.0f s to build", time.Since(began).Seconds())
	return folder
}

// test installs Tenon, runs something, upgrades it, and uninstalls it in the middle of a run.
func (w *way) test(t *testing.T, before inventory) {
	began := time.Now()
	command(t, w.install...)
	applied := time.Now()
	w.awaitReady(t)
	ready := time.Now()
	ns := cluster.New(t)
	w.checkRuns(t, ns)
	ran := time.Now()
	command(t, w.again...)
	w.checkUpgrade(t, ns)
	upgraded := time.Now()
	ns.Create(endless)
	run := ns.AwaitTaskRun("endless", "to be under way", isUnderWay)

	leaving := time.Now()
	if !w.keeps {
		command(t, deleteRuns...)
	}
	command(t, w.uninstall...)
	left := time.Now()
	if w.keeps {
		before.awaitOnlyDefinitions(t)
		if _, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).Get(t.Context(), run.Name, getOptions); err != nil {
			t.Errorf("the run was to stay with its definition: %v", err)
		}
		command(t, deleteRuns...)
		command(t, w.remove...)
	}
	before.await(t)
	awaitNoPods(t, ns)
	t.Logf("install %.1f s, ready %.1f s later, runs %.1f s, upgrade %.1f s, uninstall %.1f s, nothing left %.1f s later",
		applied.Sub(began).Seconds(), ready.Sub(applied).Seconds(), ran.Sub(ready).Seconds(), upgraded.Sub(ran).Seconds(),
		left.Sub(leaving).Seconds(), time.Since(left).Seconds())
}

// deleteRuns takes the pods of runs away with them. When runs go with their definitions, Kubernetes may not learn of it.
var deleteRuns = []string{"kubectl", "delete", "pipelineruns,taskruns", "--all", "--all-namespaces", "--cascade=foreground", "--timeout=2m"}

// command runs a program to its end.
func command(t *testing.T, arguments ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), arguments[0], arguments[1:]...)
	if arguments[0] == "helm" {
		c.Path, c.Err = filepath.Join(toolPath(), "helm"), nil
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

// toolPath is where hack/tools.sh puts programs.
func toolPath() string {
	cache := os.Getenv("TENON_CACHE")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache", "tenon")
	}
	return filepath.Join(cache, "bin")
}

// onlyDevelopmentCluster skips the test where removing an installation is not ours to do.
func onlyDevelopmentCluster(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(root, "hack", "cluster", "cluster"), "kubeconfig").Output()
	if err != nil {
		t.Fatalf("asking for the kubeconfig of the development cluster: %v", err)
	}
	if own := strings.TrimSpace(string(out)); os.Getenv("KUBECONFIG") != own {
		t.Skipf("this test removes the installation, so it only runs with KUBECONFIG=%s; it is %q", own, os.Getenv("KUBECONFIG"))
	}
}

// clients reach the cluster.
func clients(t *testing.T) *cluster.Clients {
	t.Helper()
	c, err := cluster.Connect()
	if err != nil {
		t.Fatalf("connecting to the cluster: %v", err)
	}
	return c
}
