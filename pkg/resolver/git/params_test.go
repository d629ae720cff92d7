package git_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/git"
	"github.com/tenon-ci/tenon/pkg/resolver/git/scmapi"
)

const hash = "0123456789abcdef0123456789abcdef01234567"

func TestPrepare(t *testing.T) {
	t.Parallel()
	secrets := []runtime.Object{
		secret("ns", "mine", map[string]string{"token": "abc\n", "other": "def", "empty": " "}),
		secret("ns", "ssh", map[string]string{"ssh-privatekey": "key", "known_hosts": "hosts", "k2": "key2"}),
		secret("ns", "nohosts", map[string]string{"ssh-privatekey": "key"}),
	}
	file := func(pairs ...string) map[string]string {
		return params(append(pairs, "revision", "main", "pathInRepo", "t.yaml")...)
	}
	clone := func(pairs ...string) map[string]string {
		return file(append(pairs, "url", "https://example.com/r.git")...)
	}
	type result struct {
		Pinned      bool
		Credentials []string
		Timeout     time.Duration
		Err         string
	}
	for name, tc := range map[string]struct {
		params, config map[string]string
		want           result
	}{
		"fine":               {params: clone(), want: result{Timeout: time.Minute}},
		"timeout":            {params: clone(), config: params("fetch-timeout", "5s"), want: result{Timeout: 5 * time.Second}},
		"default url":        {params: file("url", ""), config: params("default-url", "https://example.com/r"), want: result{Timeout: time.Minute}},
		"default revision":   {params: params("url", "git@example.com:r", "pathInRepo", "t"), config: params("default.default-revision", "main"), want: result{Timeout: time.Minute}},
		"pinned":             {params: params("url", "https://h/r", "revision", hash, "pathInRepo", "t"), want: result{Pinned: true, Timeout: time.Minute}},
		"pinned SHA-256":     {params: params("url", "https://h/r", "revision", hash+"0123456789ABCDEF01234567", "pathInRepo", "t"), want: result{Pinned: true, Timeout: time.Minute}},
		"short hash":         {params: params("url", "https://h/r", "revision", hash[:39], "pathInRepo", "t"), want: result{Timeout: time.Minute}},
		"token":              {params: clone("gitToken", "mine"), want: result{Credentials: []string{"abc"}, Timeout: time.Minute}},
		"token at a key":     {params: clone("gitToken", "mine", "gitTokenKey", "other"), want: result{Credentials: []string{"def"}, Timeout: time.Minute}},
		"password in url":    {params: file("url", "https://u:pw@h/r"), want: result{Credentials: []string{"pw"}, Timeout: time.Minute}},
		"ssh key":            {params: file("url", "git@h:r", "gitToken", "ssh"), want: result{Credentials: []string{"key", "hosts"}, Timeout: time.Minute}},
		"ssh key at a key":   {params: file("url", "ssh://h/r", "gitToken", "ssh", "gitTokenKey", "k2"), want: result{Credentials: []string{"key2", "hosts"}, Timeout: time.Minute}},
		"wrong back-off":     {params: clone(), config: params("backoff-steps", "0", "backoff-cap", "x"), want: result{Timeout: time.Minute}},
		"both":               {params: clone("repo", "r"), want: result{Err: "cannot specify both 'url' and 'repo'"}},
		"neither":            {params: file(), want: result{Err: "must specify one of 'url' or 'repo'"}},
		"no org":             {params: file("repo", "r"), want: result{Err: "'org' is required when 'repo' is specified"}},
		"nothing":            {params: params("url", "https://h/r"), want: result{Err: "missing required git resolver params: revision, pathInRepo"}},
		"no path":            {params: params("url", "https://h/r"), config: params("default-revision", "main"), want: result{Err: "missing required git resolver params: pathInRepo"}},
		"empty path":         {params: params("url", "https://h/r", "revision", "main", "pathInRepo", "/"), want: result{Err: "invalid pathInRepo: it names no file"}},
		"path out":           {params: params("url", "https://h/r", "revision", "main", "pathInRepo", "a/../../b"), want: result{Err: `invalid pathInRepo "a/../../b": it must not have a component '..'`}},
		"path with NUL":      {params: params("url", "https://h/r", "revision", "main", "pathInRepo", "a\x00"), want: result{Err: `invalid pathInRepo "a\x00": it has control characters`}},
		"option":             {params: params("url", "https://h/r", "revision", "--upload-pack=x", "pathInRepo", "t"), want: result{Err: `invalid revision "--upload-pack=x", must not begin with '-'`}},
		"refspec":            {params: params("url", "https://h/r", "revision", "a:b", "pathInRepo", "t"), want: result{Err: `invalid revision "a:b": it has to be the name of a branch or tag, or the full hash of a commit`}},
		"file url":           {params: file("url", "file:///etc"), want: result{Err: `invalid git repository url: "file:///etc": it has to look like user@host:path, or begin with git://, ssh://, ftp://, ftps://, http:// or https://`}},
		"bad timeout":        {params: clone(), config: params("fetch-timeout", "x"), want: result{Err: `fetch-timeout of git resolver configuration default is "x", it has to be a duration such as 1m`}},
		"no time":            {params: clone("configKey", "a"), config: params("a.fetch-timeout", "-1s"), want: result{Err: `fetch-timeout of git resolver configuration a is "-1s", it has to be a duration such as 1m`}},
		"bad size":           {params: clone(), config: params("max-fetch-size", "x"), want: result{Err: `max-fetch-size of the git resolver is "x", it has to be a size such as 256Mi`}},
		"two dots":           {params: clone(), config: params("a.b.c", "x", "z.y.x", ""), want: result{Err: "key a.b.c passed in git resolver configmap is invalid"}},
		"unknown config":     {params: clone("configKey", "x"), config: params("xy.fetch-timeout", "1m"), want: result{Err: "no git resolver configuration found for configKey x"}},
		"nothing inherited":  {params: file("configKey", "a"), config: params("default-url", "https://h/r", "a.scm-type", "x"), want: result{Err: "must specify one of 'url' or 'repo'"}},
		"no secret":          {params: clone("gitToken", "x"), want: result{Err: "cannot get git token, secret x not found in namespace ns"}},
		"no key":             {params: clone("gitToken", "mine", "gitTokenKey", "x"), want: result{Err: "cannot get git token, key x not found in secret mine in namespace ns, which has: empty, other, token"}},
		"no known hosts":     {params: file("url", "git@h:r", "gitToken", "nohosts"), want: result{Err: "cannot know the ssh host by its key, key known_hosts not found in secret nohosts in namespace ns, which has: ssh-privatekey"}},
		"token over git":     {params: file("url", "git://h/r", "gitToken", "mine"), want: result{Err: "gitToken cannot be sent over git, only over http, https and ssh"}},
		"password is hidden": {params: file("url", "https://u:pw@-h/r"), want: result{Err: `invalid git repository url: "https://-h/r": the host is not one`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := git.New(clusterreader.New(fake.NewClientset(secrets...)), local(t), nil)
			fetch, err := r.Prepare(t.Context(), framework.Request{Namespace: "ns", Params: tc.params, Config: tc.config})
			var got result
			if err != nil {
				got.Err = err.Error()
			} else {
				got = result{Pinned: fetch.Pinned, Credentials: fetch.Credentials, Timeout: fetch.Timeout}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPI(t *testing.T) {
	t.Setenv("SYSTEM_NAMESPACE", "tekton-system")
	objects := []runtime.Object{
		secret("ns", "mine", map[string]string{"token": "my", "k": "my2"}),
		secret("tekton-system", "shared", map[string]string{"token": "all", "k": "all2"}),
		secret("other", "shared", map[string]string{"token": "other"}),
	}
	base := params("org", "o", "repo", "r", "revision", "main", "pathInRepo", "/d/t.yaml")
	source := func(change func(*scmapi.Source)) *scmapi.Source {
		s := &scmapi.Source{Type: "github", Org: "o", Repo: "r", Revision: "main", Path: "d/t.yaml"}
		change(s)
		return s
	}
	shared := params("scm-type", "github", "server-url", "https://git.example", "api-token-secret-name", "shared")
	for name, tc := range map[string]struct {
		params, config map[string]string
		want           *scmapi.Source
		err            string
	}{
		"no token":           {config: params("scm-type", "github"), want: source(func(*scmapi.Source) {})},
		"default org":        {params: params("org", ""), err: "'org' is required when 'repo' is specified"},
		"shared token":       {config: shared, want: source(func(s *scmapi.Source) { s.ServerURL, s.Token = "https://git.example", "all" })},
		"same server":        {params: params("serverURL", "https://git.example/"), config: shared, want: source(func(s *scmapi.Source) { s.ServerURL, s.Token = "https://git.example/", "all" })},
		"own token":          {params: params("token", "mine", "serverURL", "https://x", "scmType", "gitea"), config: shared, want: source(func(s *scmapi.Source) { s.Type, s.ServerURL, s.Token = "gitea", "https://x", "my" })},
		"own token at a key": {params: params("token", "mine", "tokenKey", "k"), config: params("scm-type", "github"), want: source(func(s *scmapi.Source) { s.Token = "my2" })},
		"named":              {params: params("configKey", "n"), config: params("n.scm-type", "gitlab", "n.api-token-secret-name", "shared", "n.api-token-secret-namespace", "other", "scm-type", "github"), want: source(func(s *scmapi.Source) { s.Type, s.Token = "gitlab", "other" })},
		"shared at a key":    {config: params("scm-type", "github", "api-token-secret-name", "shared", "api-token-secret-key", "k"), want: source(func(s *scmapi.Source) { s.Token = "all2" })},
		"other server":       {params: params("serverURL", "https://evil.example"), config: shared, err: `serverURL "https://evil.example" is not the one in the configuration of the git resolver, so it needs a token of its own: set param token`},
		"no server":          {params: params("serverURL", ""), config: shared, err: `serverURL "" is not the one in the configuration of the git resolver, so it needs a token of its own: set param token`},
		"no secret":          {params: params("token", "x"), config: shared, err: "cannot get API token, secret x not found in namespace ns"},
		"no key":             {params: params("token", "mine", "tokenKey", "x"), config: shared, err: "cannot get API token, key x not found in secret mine in namespace ns, which has: k, token"},
		"no shared secret":   {config: params("scm-type", "github", "api-token-secret-name", "x"), err: "cannot get API token, secret x not found in namespace tekton-system"},
		"no type":            {err: "the kind of the server is not known: set param scmType, or scm-type in the configuration of the git resolver"},
	} {
		t.Run(name, func(t *testing.T) {
			all := params()
			for _, m := range []map[string]string{base, tc.params} {
				for k, v := range m {
					all[k] = v
				}
			}
			api := &fakeAPI{file: &scmapi.File{Content: []byte(task), Commit: hash, CloneURL: "https://u:p@git.example/o/r.git"}}
			got, err := prepared(t.Context(), git.New(clusterreader.New(fake.NewClientset(objects...)), local(t), api), framework.Request{Namespace: "ns", Params: all, Config: tc.config})
			text := ""
			if err != nil {
				text = err.Error()
			}
			if diff := cmp.Diff(tc.err, text); diff != "" {
				t.Fatalf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.want, api.asked); diff != "" {
				t.Errorf("question (-want +got):\n%s", diff)
			}
			if tc.err != "" {
				return
			}
			want := &framework.Answer{
				Data: []byte(task),
				Annotations: map[string]string{
					"resolution.tekton.dev/revision": hash, "resolution.tekton.dev/path": "d/t.yaml", "resolution.tekton.dev/url": "https://git.example/o/r.git",
					"resolution.tekton.dev/org": "o", "resolution.tekton.dev/repo": "r", "resolution.tekton.dev/content-type": "application/x-yaml",
				},
				Source: &v1.RefSource{URI: "git+https://git.example/o/r.git", Digest: map[string]string{"sha1": hash}, EntryPoint: "d/t.yaml"},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func prepared(ctx context.Context, r *git.Resolver, req framework.Request) (*framework.Answer, error) {
	fetch, err := r.Prepare(ctx, req)
	if err != nil {
		return nil, err
	}
	return fetch.Do(ctx)
}

func TestAPIFailures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		api  fakeAPI
		want string
		n    int
	}{
		"empty":     {api: fakeAPI{file: &scmapi.File{}}, want: "no content for resource in o/r t", n: 1},
		"large":     {api: fakeAPI{file: &scmapi.File{Content: make([]byte, framework.MaxDocument+1)}}, want: "t is larger than 1048576 bytes, which is the limit of a definition", n: 1},
		"passes":    {api: fakeAPI{err: errors.New("busy")}, want: "busy", n: 3},
		"is final":  {api: fakeAPI{err: failure.NotFoundf("", "couldn't fetch resource content: gone")}, want: "couldn't fetch resource content: gone", n: 1},
		"transient": {api: fakeAPI{err: failure.Transientf("", "wait")}, want: "wait", n: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := &counting{fakeAPI: tc.api}
			_, err := prepared(t.Context(), git.New(clusterreader.New(fake.NewClientset()), local(t), api), framework.Request{
				Params: params("org", "o", "repo", "r", "revision", "main", "pathInRepo", "t"),
				Config: params("scm-type", "github", "backoff-steps", "3", "backoff-duration", "1ms"),
			})
			if err == nil || err.Error() != tc.want || api.n != tc.n {
				t.Errorf("error %v after %d attempts, want %q after %d", err, api.n, tc.want, tc.n)
			}
		})
	}
}

type counting struct {
	fakeAPI
	n int
}

func (c *counting) Fetch(ctx context.Context, src scmapi.Source) (*scmapi.File, error) {
	c.n++
	return c.fakeAPI.Fetch(ctx, src)
}
