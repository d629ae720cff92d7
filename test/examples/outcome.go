package examples

import (
	"regexp"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// blank takes the place of what differs from run to run.
const blank = "…"

// What differs from run to run wherever it stands in a text.
var (
	uid       = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	digest    = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
	hashed    = regexp.MustCompile(`-[0-9a-f]{10}\b|[0-9a-f]{24,}`) // in names of claims, made from UIDs, and in long names
	timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
)

// blankMembers are members of a status whose values are times, identities, or belong to one world only.
var blankMembers = map[string]bool{
	"startTime": true, "completionTime": true, "finallyStartTime": true, "lastTransitionTime": true, "startedAt": true, "finishedAt": true,
	"containerID": true, "uid": true, "spanContext": true, "creationTime": true, "refSource": true,
}

// whenLooked are patterns of members that depend on when one looks: a sidecar ends some time after the run is done, and a step that is
// stopped early may or may not have had an image.
var whenLooked = []string{"*.sidecars.running", "*.sidecars.terminated", "*.sidecars.terminationReason", "*.steps.imageID", "*.sidecars.imageID"}

// previousStatus is what the message of a run that was stopped says of the time before.
var previousStatus = regexp.MustCompile(`(?s)\nPrevious status: .*`)

// Outcome returns the status of each run among the objects by kind and name, with what differs from run to run blanked: times, UIDs,
// image digests, the namespace, the node, and names that were generated.
func Outcome(objects []unstructured.Unstructured, namespace, node string) map[string]any {
	b := blanker{names: renaming(objects, namespace), node: regexp.MustCompile(`\b` + regexp.QuoteMeta(node) + `\b`)}
	out := map[string]any{}
	for _, o := range objects {
		switch o.GetKind() {
		case "TaskRun", "PipelineRun", "CustomRun":
			out[b.text(o.GetKind()+" "+o.GetName())] = b.value(o.Object["status"])
		}
	}
	for _, member := range whenLooked {
		forget(out, member)
	}
	return out
}

// renaming replaces generated names by what they were generated from, the longest first.
func renaming(objects []unstructured.Unstructured, namespace string) *strings.Replacer {
	plain := map[string]string{}
	for _, o := range objects {
		if prefix := o.GetGenerateName(); prefix != "" && strings.HasPrefix(o.GetName(), prefix) {
			plain[o.GetName()] = prefix + blank
		}
	}
	names := make([]string, 0, len(plain))
	for name := range plain {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return len(names[i]) > len(names[j]) })
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name, plain[name])
	}
	return strings.NewReplacer(append(pairs, namespace, "default")...)
}

// blanker blanks what differs from run to run.
type blanker struct {
	names *strings.Replacer
	node  *regexp.Regexp
}

func (b blanker) value(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			if blankMembers[key] {
				out[key] = blank
				continue
			}
			out[b.text(key)] = b.value(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, member := range v {
			out[i] = b.value(member)
		}
		return out
	case string:
		return b.text(v)
	default:
		return value
	}
}

func (b blanker) text(text string) string {
	text = previousStatus.ReplaceAllString(b.names.Replace(text), "")
	for _, pattern := range []*regexp.Regexp{uid, digest, hashed, timestamp, b.node} {
		text = pattern.ReplaceAllString(text, blank)
	}
	return text
}

// forget removes a member of the outcome; its path has dots, and stars for whatever is there, and goes through lists.
func forget(value any, path string) {
	first, rest, more := strings.Cut(path, ".")
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			switch {
			case first != "*" && first != key:
			case more:
				forget(v[key], rest)
			default:
				delete(v, key)
			}
		}
	case []any:
		for _, member := range v {
			forget(member, path)
		}
	}
}
