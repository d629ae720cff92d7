package lint

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/tenon-ci/tenon/pkg/manifest"
)

// ignoreComment begins a comment that switches rules off for its line, or for the next if the line has nothing else.
const ignoreComment = "# tenon-lint: ignore"

// ignores are the rules that an object switches off.
type ignores struct {
	document *manifest.Admitted
	rules    []string
}

func ignoresOf(a *manifest.Admitted) ignores {
	out := ignores{document: a}
	if object, err := meta.Accessor(a.Object); err == nil {
		out.rules = split(object.GetAnnotations()[IgnoreAnnotation])
	}
	return out
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\r' })
}

func (i ignores) has(p manifest.Problem) bool {
	if slices.Contains(i.rules, p.Rule) || slices.Contains(commented(i.document.Text(p.Line)), p.Rule) {
		return true
	}
	above := strings.TrimSpace(i.document.Text(p.Line - 1))
	return strings.HasPrefix(above, ignoreComment) && slices.Contains(commented(above), p.Rule)
}

func commented(line string) []string {
	_, list, ok := strings.Cut(line, ignoreComment)
	if !ok {
		return nil
	}
	return split(list)
}

func place(a *manifest.Admitted) string { return fmt.Sprintf("%s:%d", a.File, a.Line) }
