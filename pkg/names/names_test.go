package names_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/names"
)

const long = "pipelinerun-with-a-quite-long-name-to-force-hashing-of-it"

func TestNames(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ got, want string }{
		"child":                         {names.PipelineTask("pr", "task"), "pr-task"},
		"child, exactly 63":             {names.PipelineTask(long, "build"), long + "-build"},
		"child, long parent":            {names.Child(long, "-build-0"), "pipelinerun-with-a-quit187640c5c4ea9ffc2fdd6e43b543db42-build-0"},
		"child, long task":              {names.PipelineTask(long, "a-pipeline-task-with-a-name-over-31-chars"), "pipelinerun-with-a-quite-long-n66a8b5e5bf274b504a3c9a73554b51d0"},
		"child, filled and trimmed":     {names.Child("pr", "-"+strings.Repeat("a", 27)+"-"+strings.Repeat("b", 40)), "pr" + "4933ea9178bf91650f48c3ff020e5d1f" + "-" + strings.Repeat("a", 27)},
		"matrix 0":                      {names.MatrixInstance("pr", "platforms", 0, 3), "pr-platforms-0"},
		"matrix 2":                      {names.MatrixInstance("pr", "platforms", 2, 3), "pr-platforms-2"},
		"matrix of one":                 {names.MatrixInstance("pr", "platforms", 0, 1), "pr-platforms"},
		"matrix, long parent":           {names.MatrixInstance(long, "build", 0, 2), "pipelinerun-with-a-quit187640c5c4ea9ffc2fdd6e43b543db42-build-0"},
		"matrix, long task":             {names.MatrixInstance(long, "a-pipeline-task-with-a-name-over-31-chars", 0, 2), "pipelinerun-with-a-quite-long-n66a8b5e5bf274b504a3c9a73554b51-0"},
		"matrix, long task, many":       {names.MatrixInstance(long, "a-pipeline-task-with-a-name-over-31-chars", 7, 100), "pipelinerun-with-a-quite-long-n66a8b5e5bf274b504a3c9a73554b-7"},
		"pod":                           {names.Pod("tr", 0), "tr-pod"},
		"pod of a retry":                {names.Pod("tr", 2), "tr-pod-retry2"},
		"pod, long":                     {names.Pod("task-run-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789", 0), "task-run-0123456789-01234560d38957287bb0283c59440df14069f59-pod"},
		"step":                          {names.StepContainer("build", 3), "step-build"},
		"step without name":             {names.StepContainer("", 3), "step-unnamed-3"},
		"step, cut":                     {names.StepContainer(strings.Repeat("a", 57)+"-b", 0), "step-" + strings.Repeat("a", 57)},
		"sidecar":                       {names.SidecarContainer("db"), "sidecar-db"},
		"sidecar without name":          {names.SidecarContainer(""), "sidecar"},
		"claim of a TaskRun":            {names.Claim("", "data", "11111111-2222-3333-4444-555555555555"), "pvc-9fde4a2444"},
		"claim of a PipelineRun":        {names.Claim("", "ws", "11111111-1111-1111-1111-111111111111"), "pvc-b95b7efa7f"},
		"claim, named template":         {names.Claim("cache", "ws", "11111111-1111-1111-1111-111111111111"), "cache-b95b7efa7f"},
		"assistant":                     {names.AffinityAssistant("ws", "pr"), "affinity-assistant-738c6d2d06"},
		"assistant of the whole run":    {names.AffinityAssistant("", "pr"), "affinity-assistant-0510eddd78"},
		"claim of an assistant":         {names.AssistantClaim("pvc-b95b7efa7f", "affinity-assistant-0510eddd78"), "pvc-b95b7efa7f-affinity-assistant-0510eddd78-0"},
		"workspace volume":              {names.WorkspaceVolume("source"), "ws-1bcf2"},
		"resolution request, cluster":   {clusterRequest(), "cluster-1afb56c4785105fdeebe09be0d59c6ed"},
		"resolution request, git":       {gitRequest(), "git-58c595fdb164365771115d47e0646b6f"},
		"resolution request, long name": {names.ResolutionRequest(strings.Repeat("r", 40), "default", "cluster-demo", nil, "")[:31], strings.Repeat("r", 30) + "-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.got != tc.want {
				t.Errorf("got %q, want %q", tc.got, tc.want)
			}
			if len(tc.got) > 63 {
				t.Errorf("%q has %d characters", tc.got, len(tc.got))
			}
		})
	}
}

func clusterRequest() string {
	return names.ResolutionRequest("cluster", "default", "cluster-demo", []names.ResolverParam{
		{Name: "kind", Value: "task"}, {Name: "name", Value: "a-simple-task"}, {Name: "namespace", Value: "default"},
	}, "")
}

func gitRequest() string {
	return names.ResolutionRequest("git", "ns1", "run1", []names.ResolverParam{
		{Name: "url", Value: "https://example.com/r.git"}, {Name: "pathInRepo", Value: "t.yaml"}, {Name: "list", Value: `["a","b"]`},
	}, "x://y")
}

func TestResolutionRequestKeepsParams(t *testing.T) {
	t.Parallel()
	params := []names.ResolverParam{{Name: "b", Value: "1"}, {Name: "a", Value: "2"}}
	names.ResolutionRequest("git", "ns", "run", params, "")
	if diff := cmp.Diff([]names.ResolverParam{{Name: "b", Value: "1"}, {Name: "a", Value: "2"}}, params); diff != "" {
		t.Errorf("params were changed (-want +got):\n%s", diff)
	}
}

func TestLongAssistantClaim(t *testing.T) {
	t.Parallel()
	claim := names.Claim(strings.Repeat("c", 60), "ws", "uid")
	got := names.AssistantClaimTemplate(claim)
	if len(got) != 63 || !strings.HasPrefix(got, strings.Repeat("c", 52)+"-") {
		t.Errorf("template = %q", got)
	}
	if other := names.AssistantClaimTemplate(names.Claim(strings.Repeat("c", 60), "ws2", "uid")); other == got {
		t.Errorf("two claims share %q", got)
	}
}

func TestWorkspaceVolumes(t *testing.T) {
	t.Parallel()
	first, second := collision(t)
	got := names.WorkspaceVolumes([]string{"source", first, second, "source"})
	if got["source"] != "ws-1bcf2" || got[first] != names.WorkspaceVolume(first) {
		t.Errorf("volumes = %v", got)
	}
	if got[first] == got[second] {
		t.Errorf("%q and %q share volume %s", first, second, got[first])
	}
	if !regexp.MustCompile(`^ws-[0-9a-f]{5}$`).MatchString(got[second]) {
		t.Errorf("volume = %q", got[second])
	}
	if len(got) != 3 {
		t.Errorf("%d volumes, want 3", len(got))
	}
}

// collision returns two workspaces with one volume name.
func collision(t *testing.T) (first, second string) {
	t.Helper()
	seen := make(map[string]string)
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			for c := 'a'; c <= 'z'; c++ {
				w := string([]rune{a, b, c})
				v := names.WorkspaceVolume(w)
				if other, ok := seen[v]; ok {
					return other, w
				}
				seen[v] = w
			}
		}
	}
	t.Fatal("no collision found")
	return "", ""
}

func TestContainers(t *testing.T) {
	t.Parallel()
	if got, ok := names.StepOfContainer("step-a"); !ok || got != "a" {
		t.Errorf("StepOfContainer(step-a) = %q, %v", got, ok)
	}
	if got, ok := names.StepOfContainer("sidecar-a"); ok {
		t.Errorf("StepOfContainer(sidecar-a) = %q", got)
	}
	if got, ok := names.SidecarOfContainer("sidecar-a"); !ok || got != "a" {
		t.Errorf("SidecarOfContainer(sidecar-a) = %q, %v", got, ok)
	}
}

func FuzzChild(f *testing.F) {
	f.Add("pr", "task", 0, 2)
	f.Add(long, strings.Repeat("a-", 30), 12, 256)
	label := regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	f.Fuzz(func(t *testing.T, run, task string, index, count int) {
		if !label.MatchString(run) || !label.MatchString(task) || index < 0 || index >= count {
			t.Skip()
		}
		got := names.MatrixInstance(run, task, index, count)
		if len(got) > 63 || !label.MatchString(got) {
			t.Errorf("MatrixInstance(%q, %q, %d, %d) = %q is no label", run, task, index, count, got)
		}
		if pod := names.Pod(run, index); len(pod) > 63 || !label.MatchString(pod) {
			t.Errorf("Pod(%q, %d) = %q is no label", run, index, pod)
		}
	})
}
