package migrate

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/manifest"
)

// CheckFiles returns what acts otherwise about the objects of files, with its places. What the webhook refuses for another reason than an
// old form is among it.
func CheckFiles(ctx context.Context, docs []manifest.Document) *Report {
	report := &Report{}
	flags := flagsOf(docs)
	refusals := refusedIn(ctx, docs)
	for i := range docs {
		d := &docs[i]
		content := d.Content()
		if content == nil {
			continue
		}
		findings := CheckObject(content, flags)
		root := place{value: content}
		if root.get("kind").text() == "ConfigMap" && root.get("apiVersion").text() == "v1" {
			findings = CheckConfigMap(root.get("metadata", "name").text(), textsOf(root.get("data")))
		}
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Blocks }) {
			findings = append(findings, refusals[key{d.File, d.Line}]...)
		}
		for j := range findings {
			f := &findings[j]
			f.File = d.File
			f.Line, f.Column = d.Position(f.Field)
		}
		report.Add(root.get("kind").text(), findings...)
	}
	report.Sort()
	return report
}

type key struct {
	file string
	line int
}

func refusedIn(ctx context.Context, docs []manifest.Document) map[key][]Finding {
	out := map[key][]Finding{}
	for _, a := range manifest.AdmitEach(ctx, docs) {
		for _, p := range a.Problems {
			// Settings have rules of their own, and what is unknown may belong to somebody else.
			if p.Severity == manifest.Error && p.Rule != manifest.RuleUnknownKind && p.Rule != manifest.RuleConfig {
				k := key{a.File, a.Line}
				out[k] = append(out[k], finding("refused", p.Object, p.Field, p.Message))
			}
		}
	}
	return out
}

func flagsOf(docs []manifest.Document) map[string]string {
	for i := range docs {
		if cm, ok := docs[i].Object.(*corev1.ConfigMap); ok && cm.Name == "feature-flags" {
			return cm.Data
		}
	}
	return nil
}

func textsOf(p place) map[string]string {
	out := map[string]string{}
	if m, ok := p.value.(map[string]any); ok {
		for name, value := range m {
			if s, ok := value.(string); ok {
				out[name] = s
			}
		}
	}
	return out
}
