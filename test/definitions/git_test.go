//go:build e2e

package definitions

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// createLogins makes the Secrets that the params gitToken, token and others of the tests name.
func createLogins(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	_, stranger, err := sshKey()
	if err != nil {
		t.Fatal(err)
	}
	keys := servers.keys
	createSecret(t, ns, "login", corev1.SecretTypeOpaque, map[string]string{"token": password, "other": "wrong"})
	createSecret(t, ns, "ssh", corev1.SecretTypeSSHAuth, map[string]string{corev1.SSHAuthPrivateKey: keys.client, "known_hosts": keys.knownHosts})
	createSecret(t, ns, "ssh-of-another-host", corev1.SecretTypeSSHAuth, map[string]string{
		corev1.SSHAuthPrivateKey: keys.client, "known_hosts": servers.host("git") + " " + stranger,
	})
}

func TestGitTransports(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	createLogins(t, ns)
	host := servers.host("git")
	for name, p := range map[string]params{
		"http":             {"url": "http://" + host + "/app"},
		"http with login":  {"url": "http://" + host + "/private", "gitToken": "login"},
		"https":            {"url": "https://" + host + "/app"},
		"https with login": {"url": "https://" + host + "/private", "gitToken": "login", "gitTokenKey": "token"},
		"ssh":              {"url": "ssh://git@" + host + "/app", "gitToken": "ssh"},
		"ssh in short":     {"url": "git@" + host + ":app", "gitToken": "ssh"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := source(t, resolved(t, ns, "git", p.with(params{"revision": "main", "pathInRepo": "/task.yaml"})))
			want := v1.RefSource{URI: "git+" + p["url"], Digest: map[string]string{"sha1": got.Digest["sha1"]}, EntryPoint: "task.yaml"}
			if p["gitToken"] == "login" {
				// Nobody else can tell which commit it has.
				if len(got.Digest["sha1"]) != 40 {
					t.Errorf("the digest is %v", got.Digest)
				}
			} else {
				want.Digest["sha1"] = servers.commit(t, "app")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("where the Task came from (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGitRefusals(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	createLogins(t, ns)
	host := servers.host("git")
	for name, tc := range map[string]struct {
		params params
		words  []string
	}{
		"no login":           {params{"url": "http://" + host + "/private"}, []string{"authentication required"}},
		"wrong login":        {params{"url": "https://" + host + "/private", "gitToken": "login", "gitTokenKey": "other"}, []string{"authentication required"}},
		"no such Secret":     {params{"url": "http://" + host + "/private", "gitToken": "absent"}, []string{"absent"}},
		"no key":             {params{"url": "ssh://git@" + host + "/app"}, []string{"gitToken"}},
		"other host":         {params{"url": "ssh://git@" + host + "/app", "gitToken": "ssh-of-another-host"}, []string{host, "known_hosts"}},
		"no such repository": {params{"url": "http://" + host + "/absent"}, []string{"clone error"}},
		"no such revision":   {params{"url": "http://" + host + "/app", "revision": "absent"}, []string{"absent"}},
		"no such file":       {params{"url": "http://" + host + "/app", "pathInRepo": "absent.yaml"}, []string{"file does not exist"}},
		"path out of it":     {params{"url": "http://" + host + "/app", "pathInRepo": "../task.yaml"}, []string{"pathInRepo"}},
		"local":              {params{"url": "file:///etc"}, []string{"invalid git repository url"}},
		"option":             {params{"url": "http://" + host + "/app", "revision": "--upload-pack=id"}, []string{"must not begin with '-'"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, ns, "git", params{"revision": "main", "pathInRepo": "task.yaml"}.with(tc.params), tc.words...)
		})
	}
}

func TestSourceCodeHosts(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	createLogins(t, ns)
	// The settings name the host and its token; the namespace of the run has nothing to do with it.
	configured := params{"configKey": "e2e", "repo": "private", "pathInRepo": "task.yaml"}
	if got := source(t, resolved(t, ns, "git", configured)); got.EntryPoint != "task.yaml" || len(got.Digest["sha1"]) != 40 {
		t.Errorf("the Task came from %+v", got)
	}
	for name, tc := range map[string]struct {
		params params
		words  []string
	}{
		"token for another server": {configured.with(params{"serverURL": servers.url("denied", 8083)}), []string{"token"}},
		"wrong token":              {scmParams("github").with(params{"pathInRepo": "task.yaml", "tokenKey": "other"}), nil},
		"no such Secret": {
			scmParams("gitlab").with(params{"pathInRepo": "task.yaml", "token": "absent"}),
			[]string{"cannot get API token, secret absent not found in namespace " + ns.Name},
		},
		"no such file": {scmParams("gitea").with(params{"pathInRepo": "absent.yaml"}), []string{"couldn't fetch resource content"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, ns, "git", tc.params, tc.words...)
		})
	}
}
