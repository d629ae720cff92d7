// Package rbac tests that the rights of Tenon's service accounts are those that it uses, no more and no fewer: the rules of config/ are
// compared with what the API server of the development cluster noted while the other end-to-end tests ran.
package rbac

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

const (
	shippedDir  = "../../config/200-rbac"
	optionalDir = "../../examples/_rbac"
	workloadDir = "../../config/600-workloads"
)

// right is one verb on one resource for one service account.
type right struct {
	// account is "namespace/name".
	account string
	// what is the verb and the resource, as in "patch tekton.dev/taskruns/status".
	what string
}

// grant is where and for which names a right holds.
type grant struct {
	// namespace is empty for all.
	namespace string
	// names is empty for all.
	names []string
}

// request is what somebody asked the API server for.
type request struct {
	right
	namespace, name string
}

// grants are the rules in force.
type grants map[right][]grant

func (g grants) allow(r request) bool {
	return slices.ContainsFunc(g[r.right], func(where grant) bool {
		return (where.namespace == "" || where.namespace == r.namespace) && (len(where.names) == 0 || slices.Contains(where.names, r.name))
	})
}

// compare returns the requests that no rule allows, and the rights that no request needed. A list goes with its watch: caches are filled
// by the watch itself, and by a list only where the API server cannot do that.
func compare(g grants, requests []request) (refused, unused []string) {
	used := map[right]bool{}
	missing := map[string]bool{}
	for _, r := range requests {
		used[r.right] = true
		if !g.allow(r) {
			missing[fmt.Sprintf("%s: %s in namespace %q, name %q", r.account, r.what, r.namespace, r.name)] = true
		}
	}
	for r := range g {
		verb, resource, _ := strings.Cut(r.what, " ")
		if !used[r] && (verb != "list" || !used[right{r.account, "watch " + resource}]) {
			unused = append(unused, r.account+": "+r.what)
		}
	}
	slices.Sort(unused)
	return slices.Sorted(maps.Keys(missing)), unused
}

// words names a resource of a group.
func words(verb, group, resource string) string {
	if group != "" {
		resource = group + "/" + resource
	}
	return verb + " " + resource
}

// loadGrants reads the roles and bindings in the YAML files of folders.
func loadGrants(t *testing.T, dirs ...string) grants {
	t.Helper()
	rules := map[string][]rbacv1.PolicyRule{}
	var bindings []rbacv1.RoleBinding
	for _, dir := range dirs {
		each(t, dir, func(kind metav1.TypeMeta, document []byte) {
			switch kind.Kind {
			case "ClusterRole", "Role":
				var role rbacv1.Role // the parts that count are the same
				decode(t, document, &role)
				rules[kind.Kind+" "+role.Namespace+"/"+role.Name] = role.Rules
			case "ClusterRoleBinding", "RoleBinding":
				var binding rbacv1.RoleBinding
				decode(t, document, &binding)
				bindings = append(bindings, binding)
			}
		})
	}
	out := grants{}
	for _, b := range bindings {
		namespace := ""
		if b.RoleRef.Kind == "Role" {
			namespace = b.Namespace
		}
		granted, ok := rules[b.RoleRef.Kind+" "+namespace+"/"+b.RoleRef.Name]
		if !ok {
			t.Errorf("binding %s refers to %s %s, which does not exist", b.Name, b.RoleRef.Kind, b.RoleRef.Name)
		}
		for _, subject := range b.Subjects {
			if subject.Kind == rbacv1.ServiceAccountKind {
				out.add(subject.Namespace+"/"+subject.Name, b.Namespace, granted)
			}
		}
	}
	return out
}

func (g grants) add(account, namespace string, rules []rbacv1.PolicyRule) {
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					r := right{account, words(verb, group, resource)}
					g[r] = append(g[r], grant{namespace, rule.ResourceNames})
				}
			}
		}
	}
}

// each calls do for every document in the YAML files of a folder.
func each(t *testing.T, dir string, do func(metav1.TypeMeta, []byte)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("reading %s: %v, %d files", dir, err, len(paths))
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(text), "\n---\n") {
			var kind metav1.TypeMeta
			decode(t, []byte(document), &kind)
			do(kind, []byte(document))
		}
	}
}

func decode(t *testing.T, document []byte, into any) {
	t.Helper()
	if err := yaml.Unmarshal(document, into); err != nil {
		t.Fatal(err)
	}
}

func TestSecretsCannotBeListed(t *testing.T) {
	t.Parallel()
	g := loadGrants(t, shippedDir)
	for r, where := range g {
		verb, resource, _ := strings.Cut(r.what, " ")
		for _, place := range where {
			switch {
			case strings.Contains(r.what, "*"):
				t.Errorf("%s may %s: rights are spelled out", r.account, r.what)
			case resource == "secrets" && verb != "get" && !cmp.Equal(place.names, []string{"webhook-certs"}):
				t.Errorf("%s may %s of names %q", r.account, r.what, place.names)
			case resource == "configmaps" && place.namespace == "":
				t.Errorf("%s may %s in every namespace", r.account, r.what)
			}
		}
	}
	want := []grant{{}}
	if diff := cmp.Diff(want, g[right{"tekton-pipelines/tekton-pipelines-controller", "get secrets"}], cmp.AllowUnexported(grant{})); diff != "" {
		t.Errorf("Secrets that the controller may read (-want +got):\n%s", diff)
	}
}

// A budget that allows no disruption of the only replica would block every drain of its node (contract 4 §7.2).
func TestNodesCanBeDrained(t *testing.T) {
	t.Parallel()
	each(t, workloadDir, func(kind metav1.TypeMeta, document []byte) {
		var object struct {
			metav1.ObjectMeta `json:"metadata"`
			Spec              runtime.RawExtension `json:"spec"`
		}
		decode(t, document, &object)
		if kind.Kind == "PodDisruptionBudget" {
			t.Errorf("PodDisruptionBudget %s: %s", object.Name, object.Spec.Raw)
		}
	})
}

func TestCompare(t *testing.T) {
	t.Parallel()
	a, b := "system/a", "system/b"
	g := grants{}
	g.add(a, "", []rbacv1.PolicyRule{{APIGroups: []string{"", "g"}, Resources: []string{"things", "things/status"}, Verbs: []string{"get"}}})
	g.add(b, "", []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"kept", "other"}, Verbs: []string{"list", "watch"}}})
	g.add(b, "here", []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"things"}, ResourceNames: []string{"n"}, Verbs: []string{"get", "list"}}})
	asked := func(account, what, namespace, name string) request {
		return request{right{account, what}, namespace, name}
	}
	refused, unused := compare(g, []request{
		asked(a, "get things", "anywhere", "x"), asked(a, "get g/things/status", "", "x"), asked(a, "list things", "anywhere", ""),
		asked(b, "get things", "here", "n"), asked(b, "get things", "here", "m"), asked(b, "get things", "there", "n"),
		asked(b, "watch kept", "", ""), asked(b, "list other", "", ""),
	})
	if diff := cmp.Diff([]string{
		`system/a: list things in namespace "anywhere", name ""`,
		`system/b: get things in namespace "here", name "m"`,
		`system/b: get things in namespace "there", name "n"`,
	}, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"system/a: get g/things", "system/a: get things/status", "system/b: list things", "system/b: watch other"}, unused); diff != "" {
		t.Errorf("unused (-want +got):\n%s", diff)
	}
}
