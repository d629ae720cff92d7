// Package release checks what a release promises: that it can be built again and verified (with the build tag e2e), and that
// nothing in the product names a host that an operator cannot change.
package release

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed says for each host that the product names which setting changes it, or why none has to. The key is the file, or
// folder, and the host.
var allowed = map[string]string{
	"pkg/resolver/hub artifacthub.io":                                 "key artifact-hub-urls of ConfigMap hubresolver-config, or ARTIFACT_HUB_API",
	"config/600-workloads artifacthub.io":                             "ARTIFACT_HUB_API itself",
	"config/400-configmaps github.com":                                "key default-url of ConfigMap git-resolver-config itself",
	"config/400-configmaps jaeger-collector.jaeger.svc.cluster.local": "key endpoint of ConfigMap config-tracing itself",
	"pkg/apis/config jaeger-collector.jaeger.svc.cluster.local":       "key endpoint of ConfigMap config-tracing",
	"pkg/resolver/git/scmapi api.github.com":                          "param serverURL, or key server-url of ConfigMap git-resolver-config",
	"pkg/resolver/git/scmapi gitlab.com":                              "param serverURL, or key server-url of ConfigMap git-resolver-config",
	"pkg/resolver/git/scmapi api.bitbucket.org":                       "param serverURL, or key server-url of ConfigMap git-resolver-config",
	"pkg/resolver/git/scmapi github.com":                              compared,
	"pkg/resolver/git/scmapi www.github.com":                          compared,
	"pkg/resolver/git/scmapi www.gitlab.com":                          compared,
	"pkg/resolver/git/scmapi bitbucket.org":                           compared,
	"pkg/resolver/git/scmapi www.bitbucket.org":                       compared,
	"pkg/imageinfo/registry/cloud login.microsoftonline.com":          "AZURE_AUTHORITY_HOST; asked for images in Azure's registries only",
	"pkg/imageinfo/registry/cloud 169.254.169.254":                    "the machine's own address for its identity; asked for images in Azure's registries only",
	"pkg/imageinfo/registry/cloud management.azure.com":               "names what a token is for, and is not connected to",
	"pkg/imageinfo/registry/cloud management.chinacloudapi.cn":        "names what a token is for, and is not connected to",
	"pkg/imageinfo/registry/cloud management.usgovcloudapi.net":       "names what a token is for, and is not connected to",
	"pkg/pullsecrets docker.io":                                       compared,
	"pkg/pullsecrets index.docker.io":                                 compared,
	"pkg/pullsecrets registry-1.docker.io":                            compared,
	"pkg/local/image docker.io":                                       compared,
	"pkg/local/docker tenon.local":                                    inside,
	"pkg/local/image tenon.local":                                     inside,
	"pkg/local/kubelet tenon.local":                                   inside,
	"pkg/entrypoint/creds github.com":                                 "an example in the text of an error",
	"pkg/graph www.w3.org":                                            "the namespace of SVG",
	"pkg/migrate applications.argoproj.io":                            definition,
	"pkg/migrate approvaltasks.openshift-pipelines.org":               definition,
	"pkg/migrate clusterqueues.kueue.x-k8s.io":                        definition,
	"pkg/migrate securitycontextconstraints.security.openshift.io":    definition,
	"pkg/migrate/translate docker.io":                                 "flags --git-image and --shell-image of tenon migrate files",
	"pkg/migrate/translate gcr.io":                                    "flag --storage-image of tenon migrate files",
	"pkg/lint raw.githubusercontent.com":                              "the name of the schema of SARIF",
}

const (
	compared   = "compared with the host of what a user names, and not connected to"
	definition = "the name of a definition of custom resources"
	inside     = "images that tenon run has itself"
)

// own is the name of the project: of packages, of meters, and in reports.
const own = "github.com/tenon-ci/tenon"

// words are domains of names that no one connects to: API groups, labels, annotations, identifiers, and texts of errors.
var words = regexp.MustCompile(`(^|\.)(tekton\.dev|tenon\.dev|kubernetes\.io|k8s\.io|knative\.dev|cloudevents\.io|spiffe\.io|example|example\.(com|org))$`)

var (
	webHost   = regexp.MustCompile(`https?://(?:[^/\s"'@]*@)?([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)`)
	bareHost  = regexp.MustCompile(`(?:^|[\s"'=])((?:[a-z0-9][a-z0-9-]*\.)+(?:io|com|dev|org|net|sh|cloud|app|cn|us|local))(?:[:/\s"']|$)`)
	skipped   = []string{"pkg/client/", "/testdata/"}
	roots     = []string{"pkg", "cmd", "config"}
	repoDepth = "../.."
)

func TestHosts(t *testing.T) {
	found := map[string][]string{}
	repository := os.DirFS(repoDepth)
	for _, root := range roots {
		err := fs.WalkDir(repository, root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || slices.ContainsFunc(skipped, func(s string) bool { return strings.Contains(name, s) }) {
				return err
			}
			content, err := fs.ReadFile(repository, name)
			if err != nil {
				return err
			}
			for _, host := range hostsIn(name, content) {
				key := path.Dir(name) + " " + host
				found[key] = append(found[key], name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if allowed[key] == "" {
			t.Errorf("%s: %q is not known: let a setting change this host, and add to allowed which one", strings.Join(found[key], ", "), key)
		}
	}
	for key := range allowed {
		if found[key] == nil {
			t.Errorf("%q is allowed and not there: remove it", key)
		}
	}
}

func TestHostsIn(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string
		want          []string
	}{
		"address":        {"a.go", `package a; const u = "https://hub.corp.io/v1"`, []string{"hub.corp.io"}},
		"machine":        {"a.go", `package a; const u = "http://169.254.169.254/x"`, []string{"169.254.169.254"}},
		"image":          {"a.go", `package a; const u = "ghcr.io/a/b:v1"`, []string{"ghcr.io"}},
		"host alone":     {"a.go", `package a; const u = "index.docker.io"`, []string{"index.docker.io"}},
		"label":          {"a.go", `package a; const u = "tekton.dev/task"`, nil},
		"import":         {"a.go", `package a; import _ "github.com/a/b"`, nil},
		"comment":        {"a.go", "package a // see https://a.io", nil},
		"test":           {"a_test.go", `package a; const u = "https://hub.corp.io/v1"`, nil},
		"yaml":           {"a.yaml", "url: https://hub.corp.io\n# https://other.io\nimage: ghcr.io/x\n", []string{"ghcr.io", "hub.corp.io"}},
		"documentation":  {"a.yaml", "  # - https://a.io\n", nil},
		"image of ko":    {"a.yaml", "image: ko://github.com/tenon-ci/tenon/cmd/nop\n", nil},
		"field selector": {"a.go", `package a; const u = "a.b(c.io)"`, nil},
	} {
		if got := hostsIn(c.file, []byte(c.content)); !slices.Equal(got, c.want) {
			t.Errorf("%s: hosts are %v; want %v", name, got, c.want)
		}
	}
}

// hostsIn returns the hosts that a file of the product names, sorted.
func hostsIn(name string, content []byte) []string {
	var texts []string
	switch {
	case strings.HasSuffix(name, ".yaml"):
		texts = values(string(content))
	case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
		texts = literals(content)
	}
	hosts := map[string]bool{}
	for _, text := range texts {
		text = strings.ReplaceAll(text, own, "")
		for _, pattern := range []*regexp.Regexp{webHost, bareHost} {
			for _, match := range pattern.FindAllStringSubmatch(text, -1) {
				if !words.MatchString(match[1]) && strings.Contains(match[1], ".") {
					hosts[match[1]] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(hosts))
}

// values are the lines of YAML that are no comments.
func values(content string) []string {
	var lines []string
	for _, line := range strings.Split(content, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// literals are the texts in a Go file, without those of imports.
func literals(content []byte) []string {
	file, err := parser.ParseFile(token.NewFileSet(), "", content, parser.SkipObjectResolution)
	if err != nil {
		return nil // what is no Go does not build either
	}
	var texts []string
	ast.Inspect(file, func(node ast.Node) bool {
		if _, isImport := node.(*ast.ImportSpec); isImport {
			return false
		}
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
}
