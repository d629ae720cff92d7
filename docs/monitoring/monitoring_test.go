// Package monitoring tests the dashboard and the alerts of this folder.
package monitoring

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// dashboard is what the tests look at of a dashboard of Grafana.
type dashboard struct {
	UID, Title string
	Panels     []panel
	Templating struct {
		List []struct {
			Name  string
			Query any
		}
	}
}

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ H, W, X, Y int }
	Targets                  []struct{ Expr string }
}

// rules is what the tests look at of a file of rules.
type rules struct {
	Groups []struct {
		Name  string `json:"name"`
		Rules []struct {
			Alert       string            `json:"alert"`
			Expr        string            `json:"expr"`
			For         string            `json:"for"`
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
		} `json:"rules"`
	} `json:"groups"`
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	var d dashboard
	if err := json.Unmarshal(read(t, "dashboard.json"), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func readRules(t *testing.T) rules {
	t.Helper()
	var r rules
	if err := yaml.UnmarshalStrict(read(t, "rules.yaml"), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// expressions are those of all panels, by title.
func (d *dashboard) expressions() map[string][]string {
	out := map[string][]string{}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			out[p.Title] = append(out[p.Title], target.Expr)
		}
	}
	return out
}

// metric finds the names of metrics in expressions: by how they begin, since functions and labels are words as well.
var metric = regexp.MustCompile(`\b(?:tekton_pipelines_controller|tenon|kn|cicd|http_client|process|go)_[a-z0-9_]+\b`)

// label finds matchers and groupings, whose names may begin as those of metrics.
var label = regexp.MustCompile(`\{[^{}]*\}|\b(?:by|ignoring|on|group_left) \([^()]*\)`)

// unknown returns the names in an expression that no component has.
func unknown(expression string) []string {
	var out []string
	for _, name := range metric.FindAllString(label.ReplaceAllString(expression, ""), -1) {
		base := name
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			base = strings.TrimSuffix(base, suffix)
		}
		if !slices.Contains(metrics(), name) && !slices.Contains(metrics(), base) {
			out = append(out, name)
		}
	}
	return out
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	got := unknown(`sum by (tenon_label) (rate(tenon_invented_total{kn_label="a"}[5m])) / sum(kn_workqueue_queue_duration_seconds_sum) + kn_other`)
	if diff := cmp.Diff([]string{"tenon_invented_total", "kn_other"}, got); diff != "" {
		t.Errorf("unknown names (-want +got):\n%s", diff)
	}
}

// TestDashboard checks that Grafana can show the dashboard: every panel asks for metrics that there are, in a place of its own.
func TestDashboard(t *testing.T) {
	t.Parallel()
	d := readDashboard(t)
	if d.UID == "" || d.Title == "" {
		t.Error("the dashboard has no UID or no title")
	}
	ids, bottom := map[int]bool{}, 0
	for i, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("panel %q has the ID of another one, %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type != "row" && (len(p.Targets) == 0 || p.Description == "") {
			t.Errorf("panel %q has no query or no description", p.Title)
		}
		for _, other := range d.Panels[:i] {
			a, b := p.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("panel %q covers %q", p.Title, other.Title)
			}
		}
		bottom = max(bottom, p.GridPos.Y+p.GridPos.H)
	}
	if bottom == 0 {
		t.Error("there are no panels")
	}
	for title, expressions := range d.expressions() {
		for _, expression := range expressions {
			if names := unknown(expression); len(names) > 0 {
				t.Errorf("panel %q asks for metrics that there are not: %q", title, names)
			}
		}
	}
	for _, variable := range d.Templating.List {
		if names := unknown(fmt.Sprint(variable.Query)); len(names) > 0 {
			t.Errorf("variable %q asks for metrics that there are not: %q", variable.Name, names)
		}
	}
}

// TestEveryMetricIsShown checks that nothing of Tenon's own and of the contract is missing in the dashboard.
func TestEveryMetricIsShown(t *testing.T) {
	t.Parallel()
	text := string(read(t, "dashboard.json"))
	for _, name := range metrics() {
		if strings.HasPrefix(name, "tenon_") || strings.HasPrefix(name, "tekton_") || strings.HasPrefix(name, "cicd_") {
			if !regexp.MustCompile(`\b` + name + `(_bucket|_sum|_count)?\b`).MatchString(text) {
				t.Errorf("no panel shows %s", name)
			}
		}
	}
}

// TestRules checks what promtool does not: names of metrics, that each alert is tested, and that README.md says what to do.
func TestRules(t *testing.T) {
	t.Parallel()
	tests, readme := string(read(t, "rules_test.yaml")), string(read(t, "README.md"))
	alerts := 0
	for _, group := range readRules(t).Groups {
		for _, rule := range group.Rules {
			alerts++
			if names := unknown(rule.Expr); len(names) > 0 {
				t.Errorf("alert %s asks for metrics that there are not: %q", rule.Alert, names)
			}
			for _, annotation := range []string{"summary", "description"} {
				if rule.Annotations[annotation] == "" {
					t.Errorf("alert %s has no %s", rule.Alert, annotation)
				}
			}
			if rule.Labels["severity"] == "" {
				t.Errorf("alert %s has no severity", rule.Alert)
			}
			if want := "docs/monitoring/README.md#" + strings.ToLower(rule.Alert); rule.Annotations["runbook"] != want {
				t.Errorf("the runbook of alert %s is %q, want %q", rule.Alert, rule.Annotations["runbook"], want)
			}
			if !strings.Contains(readme, "\n### "+rule.Alert+"\n") {
				t.Errorf("README.md has no heading for alert %s", rule.Alert)
			}
			fires := "alertname: " + rule.Alert + "\n        exp_alerts:\n          - exp_labels:"
			quiet := "alertname: " + rule.Alert + "}"
			if !strings.Contains(tests, fires) || !strings.Contains(tests, quiet) {
				t.Errorf("rules_test.yaml does not have alert %s both fire and keep quiet", rule.Alert)
			}
		}
	}
	if alerts == 0 {
		t.Error("there are no alerts")
	}
}

// promtool runs that program, which comes with Prometheus.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("promtool"); err != nil {
		if os.Getenv("CI") == "" {
			t.Skip("promtool is not installed: install Debian's package prometheus to run this test")
		}
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "promtool", args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestRulesWithPromtool(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "rules", "rules.yaml")
	promtool(t, "test", "rules", "rules_test.yaml")
}

// variables are what Grafana puts into expressions.
var variables = strings.NewReplacer("$__rate_interval", "5m", "$__range", "6h", "$namespace", ".*")

// TestDashboardWithPromtool has promtool parse the expressions of all panels, which it does for rules only.
func TestDashboardWithPromtool(t *testing.T) {
	t.Parallel()
	var list []map[string]string
	d := readDashboard(t)
	for _, expressions := range d.expressions() {
		for _, expression := range expressions {
			list = append(list, map[string]string{"record": fmt.Sprintf("panel:%d", len(list)), "expr": variables.Replace(expression)})
		}
	}
	text, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": list}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}
