//go:build e2e

package upgrade

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/test/cluster"
	"github.com/tenon-ci/tenon/test/upgrade/traffic"
)

// fromEnv says what to upgrade from: a commit, or a file with manifests. Without it, it is the last release, or else the
// commit before this one.
const fromEnv = "TENON_UPGRADE_FROM"

// settings are those for two replicas that the documentation has.
const settings = "../../docs/operations/high-availability.yaml"

const (
	controller = "tekton-pipelines-controller"
	webhook    = "tekton-pipelines-webhook"
	// allowed is the longest time that an upgrade may hold up anybody, over what the machine does by itself.
	allowed = 5 * time.Second
	// quiet is how long the traffic is watched before the first upgrade.
	quiet = 10 * time.Second
	// period is the time between two runs.
	period = 250 * time.Millisecond
	// rollout is how long a Deployment may take to have its new pods.
	rollout = 2 * time.Minute
	// hopeless is how long is waited for an upgrade that cannot work.
	hopeless = 10 * time.Second
)

// installation is the one of the cluster, in two versions.
type installation struct {
	clients       *cluster.Clients
	before, after manifests
}

func TestUpgradeAndBack(t *testing.T) {
	in := prepare(t)
	in.roll(t, in.before, "")
	runs := traffic.Begin(t, period)
	measure := measuring(t, runs)
	undisturbed := measure("nothing is done", 0, func() { time.Sleep(quiet) })
	limit := allowed + max(undisturbed.Admissions, undisturbed.Starts)

	measure("upgrade, webhook first", limit, func() { in.roll(t, in.after, webhook) })
	in.checkStored(t)
	measure("downgrade, controller first", limit, func() { in.roll(t, in.before, controller) })
	in.checkStored(t)
	measure("upgrade with an image that is missing", limit, func() { in.failToRoll(t) })
	measure("downgrade of half an upgrade", limit, func() { in.roll(t, in.before, controller) })
	measure("upgrade with an image that is missing, again", limit, func() { in.failToRoll(t) })
	measure("the same upgrade, repeated", limit, func() { in.roll(t, in.after, "") })
	in.checkStored(t)

	report, err := runs.End(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d runs were accepted, %d refused", report.Accepted, len(report.Refused))
	for _, err := range report.Refused {
		t.Logf("refused: %v", err)
	}
	if err := report.Err(); err != nil {
		t.Error(err)
	}
}

// measuring returns a function that does something while runs are made, and tells how long that held them up.
func measuring(t *testing.T, runs *traffic.Traffic) func(what string, limit time.Duration, do func()) traffic.Gaps {
	return func(what string, limit time.Duration, do func()) traffic.Gaps {
		t.Helper()
		began := time.Now()
		do()
		gaps := runs.Gaps(began)
		t.Logf("%s: %.0f s; longest gap between runs accepted %.1f s, between pods made %.1f s",
			what, time.Since(began).Seconds(), gaps.Admissions.Seconds(), gaps.Starts.Seconds())
		if longest := max(gaps.Admissions, gaps.Starts); limit > 0 && longest > limit {
			t.Errorf("%s: runs were held up for %v, want %v at most", what, longest, limit)
		}
		return gaps
	}
}

// prepare builds both versions. What is in the checkout stays installed, with one replica of everything.
func prepare(t *testing.T) *installation {
	t.Helper()
	clients, err := cluster.Connect()
	if err != nil {
		t.Fatal(err)
	}
	over, err := readManifests(settings)
	if err != nil {
		t.Fatal(err)
	}
	// A file of manifests that is built already saves the time to build it.
	after := manifestsOf(t, valueOr("TENON_UPGRADE_TO", "."), "upgraded")
	in := &installation{
		clients: clients,
		before:  manifestsOf(t, valueOr(fromEnv, lastRelease(t)), "before").overlaid(over),
		after:   after.overlaid(over),
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), rollout)
		defer cancel()
		if err := in.putBack(ctx, t, after, over); err != nil {
			t.Errorf("putting the installation back: %v", err)
		}
	})
	return in
}

func valueOr(key, fallback string) string {
	if value := os.Getenv(key); value != "" {
		return value
	}
	return fallback
}

// lastRelease is the last release, else the commit before. Where there is no history it is the checkout itself, under another version.
func lastRelease(t *testing.T) string {
	t.Helper()
	const before = "HEAD~1"
	if out, err := exec.CommandContext(t.Context(), "git", "describe", "--tags", "--abbrev=0", before).Output(); err == nil {
		return strings.TrimSpace(string(out))
	}
	if err := exec.CommandContext(t.Context(), "git", "rev-parse", "--quiet", "--verify", before).Run(); err != nil {
		return "."
	}
	return before
}

// manifestsOf reads the manifests of a file, or builds those of a commit.
func manifestsOf(t *testing.T, from, version string) manifests {
	t.Helper()
	path := from
	if info, err := os.Stat(from); err != nil || info.IsDir() {
		began := time.Now()
		var said bytes.Buffer
		cmd := exec.CommandContext(t.Context(), "./manifests.sh", from, version)
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("building %s: %v\n%s", from, err, said.String())
		}
		path = filepath.Join(t.TempDir(), version+".yaml")
		if err := os.WriteFile(path, out, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s was built in %.0f s", from, time.Since(began).Seconds())
	}
	m, err := readManifests(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// roll applies manifests and waits for the new pods: of all components at once, or of one before the others.
func (in *installation) roll(t *testing.T, m manifests, first string) {
	t.Helper()
	settings, one, others := m.split(first)
	if first == "" {
		settings, others = nil, m
	}
	for _, part := range []manifests{settings, one, others} {
		if len(part) == 0 {
			continue
		}
		apply(t.Context(), t, part)
		if err := in.await(t.Context(), part, rollout); err != nil {
			t.Fatal(err)
		}
	}
}

// failToRoll applies half of an upgrade, the controller of which cannot start.
func (in *installation) failToRoll(t *testing.T) {
	t.Helper()
	settings, one, _ := in.after.split(controller)
	broken, err := one.withImage("registry.invalid/controller:missing")
	if err != nil {
		t.Fatal(err)
	}
	apply(t.Context(), t, append(settings, broken...))
	if err := in.await(t.Context(), broken, hopeless); err == nil {
		t.Fatal("a controller without an image was rolled out")
	}
}

func apply(ctx context.Context, t *testing.T, m manifests) {
	t.Helper()
	text, err := m.yaml()
	if err != nil {
		t.Fatal(err)
	}
	// As hack/deploy.sh does: the webhook adds its certificate to objects, which must stay.
	cmd := exec.CommandContext(ctx, "kubectl", "apply", "--server-side", "--force-conflicts", "-f", "-")
	cmd.Stdin = bytes.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("applying %d objects: %v\n%s", len(m), err, out)
	}
}

// await waits until the Deployments of the manifests have their new pods, and none but these.
func (in *installation) await(ctx context.Context, m manifests, patience time.Duration) error {
	for _, d := range m {
		if d.GetKind() != "Deployment" {
			continue
		}
		out, err := exec.CommandContext(ctx, "kubectl", "-n", d.GetNamespace(), "rollout", "status",
			"deployment/"+d.GetName(), "--timeout="+patience.String()).CombinedOutput()
		if err != nil {
			return fmt.Errorf("waiting for %s: %w\n%s", d.GetName(), err, out)
		}
	}
	return nil
}

// checkStored checks that every version in which objects may be stored is one of both releases, and that all can be read.
func (in *installation) checkStored(t *testing.T) {
	t.Helper()
	before, err := in.before.servedVersions()
	if err != nil {
		t.Fatal(err)
	}
	after, err := in.after.servedVersions()
	if err != nil {
		t.Fatal(err)
	}
	crds := in.clients.Dynamic.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	for name := range after {
		crd, err := crds.Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		stored, _, err := unstructured.NestedStringSlice(crd.Object, "status", "storedVersions")
		if err != nil || len(stored) == 0 {
			t.Errorf("%s: no stored versions (%v)", name, err)
		}
		for _, version := range stored {
			for release, versions := range map[string][]string{"before": before[name], "after": after[name]} {
				if !slices.Contains(versions, version) {
					t.Errorf("%s may be stored as %s, which the release %s does not have", name, version, release)
				}
			}
		}
		in.checkReadable(t, name, after[name])
	}
}

func (in *installation) checkReadable(t *testing.T, crd string, versions []string) {
	t.Helper()
	resource, group, _ := strings.Cut(crd, ".")
	for _, version := range versions {
		kind := schema.GroupVersionResource{Group: group, Version: version, Resource: resource}
		if _, err := in.clients.Dynamic.Resource(kind).List(t.Context(), metav1.ListOptions{Limit: 50}); err != nil {
			t.Errorf("listing %s: %v", kind, err)
		}
	}
}

// putBack leaves the version of the checkout, as it is without the settings for two replicas.
func (in *installation) putBack(ctx context.Context, t *testing.T, after, over manifests) error {
	for _, object := range over {
		if object.GetKind() == "PodDisruptionBudget" {
			err := in.clients.Kube.PolicyV1().PodDisruptionBudgets(object.GetNamespace()).Delete(ctx, object.GetName(), metav1.DeleteOptions{
				GracePeriodSeconds: ptr.To[int64](0),
			})
			if err != nil {
				t.Logf("removing the budget of %s: %v", object.GetName(), err)
			}
		}
	}
	// What was scaled is not in the manifests, and would stay.
	single := manifests{}
	for _, object := range over {
		if object.GetKind() == "Deployment" {
			one := object.DeepCopy()
			if err := unstructured.SetNestedField(one.Object, int64(1), "spec", "replicas"); err != nil {
				return fmt.Errorf("scaling %s: %w", one.GetName(), err)
			}
			single = append(single, one)
		}
	}
	apply(ctx, t, after.overlaid(single))
	return in.await(ctx, after, rollout)
}
