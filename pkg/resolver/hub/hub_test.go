package hub_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/hack/remotes/hubserver"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/hub"
)

func loopback() reach.Policy {
	hosts, err := reach.ParseHosts("127.0.0.1")
	if err != nil {
		panic(err)
	}
	return reach.Policy{Allow: hosts}
}

// resources are versions whose documents say which they are.
func resources() []hubserver.Resource {
	var out []hubserver.Resource
	add := func(kind, catalog, name string, versions ...string) {
		for _, v := range versions {
			number, pre := strings.CutSuffix(v, "!")
			out = append(out, hubserver.Resource{
				Kind: kind, Catalog: catalog, Name: name, Version: number, Prerelease: pre, Document: kind + "/" + catalog + "/" + name + "/" + number,
			})
		}
	}
	add("task", "tekton-catalog-tasks", "git-clone", "0.1.0", "0.2.0", "0.9.0", "0.10.0", "1.0.0!", "0.10.1-rc1")
	add("pipeline", "tekton-catalog-pipelines", "p", "1.0.0")
	add("stepaction", "steps", "s", "1.0.0")
	add("task", "Tekton", "git-clone", "0.1.0", "0.3.0")
	add("stepaction", "Tekton", "s", "0.4.0")
	return out
}

func params(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// question is a request with the environment.
type question struct{ params, config, env map[string]string }

func resolve(ctx context.Context, q question) (*framework.Answer, error) {
	return resolveBy(ctx, hub.New(loopback, func(key string) string { return q.env[key] }), q)
}

// resolveBy asks a resolver, which keeps its connections.
func resolveBy(ctx context.Context, r *hub.Resolver, q question) (*framework.Answer, error) {
	config := maps.Clone(r.About().Defaults)
	for k, v := range q.config {
		if v == "unset" {
			delete(config, k)
			continue
		}
		config[k] = v
	}
	fetch, err := r.Prepare(ctx, framework.Request{Namespace: "ns", Params: q.params, Config: config})
	if err != nil {
		return nil, err
	}
	return fetch.Do(ctx)
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(hubserver.New(resources()))
	t.Cleanup(server.Close)
	artifact, tekton := "/api/v1/packages/tekton-", "/v1/resource/"
	for name, tc := range map[string]struct {
		params        map[string]string
		path, content string
	}{
		"task":            {params("name", "git-clone", "version", "0.2.0"), artifact + "task/tekton-catalog-tasks/git-clone/0.2.0", "task/tekton-catalog-tasks/git-clone/0.2.0"},
		"two numbers":     {params("name", "git-clone", "version", "0.2"), artifact + "task/tekton-catalog-tasks/git-clone/0.2.0", "task/tekton-catalog-tasks/git-clone/0.2.0"},
		"highest":         {params("name", "git-clone", "version", ">= 0.2"), artifact + "task/tekton-catalog-tasks/git-clone/0.10.0", "task/tekton-catalog-tasks/git-clone/0.10.0"},
		"list":            {params("name", "git-clone", "version", ">0.1.0, <0.10,!=0.5"), artifact + "task/tekton-catalog-tasks/git-clone/0.9.0", "task/tekton-catalog-tasks/git-clone/0.9.0"},
		"pessimistic":     {params("name", "git-clone", "version", "~> 0.2.0"), artifact + "task/tekton-catalog-tasks/git-clone/0.2.0", "task/tekton-catalog-tasks/git-clone/0.2.0"},
		"equal":           {params("name", "git-clone", "version", "=0.1"), artifact + "task/tekton-catalog-tasks/git-clone/0.1.0", "task/tekton-catalog-tasks/git-clone/0.1.0"},
		"pipeline":        {params("name", "p", "kind", "pipeline", "version", "1.0.0"), artifact + "pipeline/tekton-catalog-pipelines/p/1.0.0", "pipeline/tekton-catalog-pipelines/p/1.0.0"},
		"step action":     {params("name", "s", "kind", "stepaction", "catalog", "steps", "version", "1"), artifact + "stepaction/steps/s/1.0.0", "stepaction/steps/s/1.0.0"},
		"catalog":         {params("name", "git-clone", "catalog", "Tekton", "version", "0.3.0"), artifact + "task/Tekton/git-clone/0.3.0", "task/Tekton/git-clone/0.3.0"},
		"tekton":          {params("name", "git-clone", "type", "tekton", "version", "0.1.0"), tekton + "Tekton/task/git-clone/0.1/yaml", "task/Tekton/git-clone/0.1.0"},
		"tekton highest":  {params("name", "git-clone", "type", "tekton", "version", "> 0"), tekton + "Tekton/task/git-clone/0.3/yaml", "task/Tekton/git-clone/0.3.0"},
		"tekton, actions": {params("name", "s", "type", "tekton", "kind", "stepaction", "version", "0.4"), tekton + "Tekton/stepaction/s/0.4/yaml", "stepaction/Tekton/s/0.4.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := params("ARTIFACT_HUB_API", server.URL+"/", "TEKTON_HUB_API", server.URL)
			got, err := resolve(t.Context(), question{params: tc.params, env: env})
			if err != nil {
				t.Fatal(err)
			}
			want := &framework.Answer{Data: []byte(tc.content), Source: &v1.RefSource{
				URI: server.URL + tc.path, Digest: map[string]string{"sha256": fmt.Sprintf("%x", sha256.Sum256([]byte(tc.content)))},
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestErrors has the text of every error, in which SERVER stands for the address of the hub.
func TestErrors(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(hubserver.New(resources()))
	t.Cleanup(server.Close)
	ok := func(pairs ...string) map[string]string {
		return params(append([]string{"name", "git-clone", "version", "0.1.0"}, pairs...)...)
	}
	const badPart = ` must not have "..", slashes, control characters or any of \%?# in it`
	for name, tc := range map[string]struct {
		params, config map[string]string
		want           string
	}{
		"nothing":            {nil, nil, "missing required hub resolver params: name, version"},
		"no version":         {params("name", "x"), nil, "missing required hub resolver params: version"},
		"empty name":         {params("name", "", "version", "1"), nil, "missing required hub resolver params: name"},
		"no catalog":         {ok("kind", "stepaction"), nil, "missing required hub resolver params: catalog"},
		"kind":               {ok("kind", "Task"), nil, "kind param must be one of: task, pipeline, stepaction"},
		"empty kind":         {ok("kind", ""), nil, "kind param must be one of: task, pipeline, stepaction"},
		"type":               {ok("type", "docker"), nil, "type param must be artifact or tekton"},
		"empty type":         {ok("type", ""), nil, "type param must be artifact or tekton"},
		"default kind":       {ok(), params("default-kind", "unset"), "default kind was not set during installation of the hub resolver: set default-kind in the ConfigMap hubresolver-config, or the param kind"},
		"default type":       {ok(), params("default-type", "unset"), "default type was not set during installation of the hub resolver: set default-type in the ConfigMap hubresolver-config, or the param type"},
		"default catalog 1":  {ok("catalog", "c"), params("default-artifact-hub-task-catalog", "unset"), "default catalog was not set during installation of the hub resolver: set default-artifact-hub-task-catalog in the ConfigMap hubresolver-config"},
		"default catalog 2":  {ok("catalog", "c"), params("default-artifact-hub-pipeline-catalog", "unset"), "default catalog was not set during installation of the hub resolver: set default-artifact-hub-pipeline-catalog in the ConfigMap hubresolver-config"},
		"default catalog 3":  {ok("catalog", "c"), params("default-tekton-hub-catalog", "unset"), "default catalog was not set during installation of the hub resolver: set default-tekton-hub-catalog in the ConfigMap hubresolver-config"},
		"empty catalog":      {ok("catalog", ""), nil, "catalog is empty"},
		"slash":              {ok("name", "../../x"), nil, "name" + badPart},
		"encoded slash":      {ok("name", "a%2fb"), nil, "name" + badPart},
		"query":              {ok("catalog", "a?b"), nil, "catalog" + badPart},
		"dot":                {ok("catalog", "."), nil, "catalog" + badPart},
		"control":            {ok("catalog", "a\nb"), nil, "catalog" + badPart},
		"version parts":      {ok("version", "x/../y"), nil, "version" + badPart},
		"long":               {ok("version", strings.Repeat("1", 300)), nil, "version is longer than 253 characters"},
		"url":                {ok("url", "ftp://x"), nil, "url param must be an absolute http(s) URL"},
		"relative url":       {ok("url", "/x"), nil, "url param must be an absolute http(s) URL"},
		"login in url":       {ok("url", "http://me:secret@x"), nil, "url param must not have a login in it: everybody could see it"},
		"query in url":       {ok("url", "http://x?a=b"), nil, "url param must not have a query or a fragment in it"},
		"tekton without hub": {ok("type", "tekton"), nil, "please configure TEKTON_HUB_API env variable to use tekton type"},
		"constraint":         {ok("version", "> 5"), nil, "no version found for constraint > 5"},
		"pre-release":        {ok("version", "1.0.0"), nil, "no version found for constraint 1.0.0"},
		"not found":          {ok("name", "x"), nil, "requested resource 'SERVER/api/v1/packages/tekton-task/tekton-catalog-tasks/x' not found on hub: it answered 404 Not Found"},
		"raw version":        {ok("version", "latest"), nil, "requested resource 'SERVER/api/v1/packages/tekton-task/tekton-catalog-tasks/git-clone/latest' not found on hub: it answered 404 Not Found"},
		"refused":            {ok("url", "http://localhost/"), nil, "requesting resource 'http://localhost/api/v1/packages/tekton-task/tekton-catalog-tasks/git-clone' from hub: host localhost is not asked: it is the host that asks"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := resolve(t.Context(), question{tc.params, tc.config, params("ARTIFACT_HUB_API", server.URL)})
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(strings.ReplaceAll(tc.want, "SERVER", server.URL), err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if f, ok := failure.As(err); ok && !f.Final() {
				t.Error("the error is not final")
			}
		})
	}
}

// TestOrder checks where addresses come from, and that the first of them that is there wins.
func TestOrder(t *testing.T) {
	t.Parallel()
	var urls [4]string
	for i := range urls {
		server := httptest.NewServer(hubserver.New(resources()))
		t.Cleanup(server.Close)
		urls[i] = server.URL
	}
	list := func(entries ...string) string { return "- " + strings.Join(entries, "\n- ") + "\n" }
	env := params("ARTIFACT_HUB_API", urls[3], "TEKTON_HUB_API", urls[3])
	for name, tc := range map[string]struct {
		url  string
		list string
		want string
	}{
		"param":        {urls[0], list(urls[1]), urls[0]},
		"base path":    {urls[0] + "/", list(urls[1]), urls[0]},
		"list":         {"", list(urls[1], urls[2]), urls[1]},
		"second":       {"", list("http://127.0.0.1:1", urls[2]), urls[2]},
		"env":          {"", "", urls[3]},
		"empty list":   {"", "[]", urls[3]},
		"no list":      {"", "{a: b", urls[3]},
		"a map":        {"", "a: b", urls[3]},
		"one bad":      {"", list(urls[1], "nonsense"), urls[3]},
		"with a login": {"", list("http://u:p@127.0.0.1"), urls[3]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for hubType, version := range map[string]string{"artifact": "0.1.0", "tekton": ">0"} {
				got, err := resolve(t.Context(), question{
					params("name", "git-clone", "version", version, "url", tc.url, "type", hubType),
					params(hubType+"-hub-urls", tc.list), env,
				})
				if err != nil || !strings.HasPrefix(got.Source.URI, tc.want+"/") {
					t.Errorf("%s: answer %+v, error %v, want one from %s", hubType, got, err, tc.want)
				}
			}
		})
	}
	_, err := resolve(t.Context(), question{params("name", "x", "version", "1"), nil, params("ARTIFACT_HUB_API", "nonsense")})
	if want := "env variable ARTIFACT_HUB_API of the resolvers must be an absolute http(s) URL"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// status answers with a code, or with a text in JSON if it is 200.
func status(t *testing.T, code int, text string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestSeveral has hubs in trouble: trying again can help unless one of them has answered.
func TestSeveral(t *testing.T) {
	t.Parallel()
	const down, refused = "http://127.0.0.1:1", "http://localhost"
	busy, missing := status(t, 503, "secret"), status(t, 404, "secret")
	odd, empty := status(t, 200, "secret"), status(t, 200, "{}")
	many, forbidden := status(t, 429, "secret"), status(t, 403, "secret")
	for name, tc := range map[string]struct {
		urls  []string
		class failure.Class
	}{
		"down":                {[]string{down}, failure.Transient},
		"busy":                {[]string{busy}, failure.Transient},
		"too many":            {[]string{many}, failure.Transient},
		"forbidden":           {[]string{forbidden}, failure.NotFound},
		"refused":             {[]string{refused}, failure.Invalid},
		"odd":                 {[]string{odd}, failure.Invalid},
		"both down":           {[]string{down, busy}, failure.Transient},
		"down and missing":    {[]string{down, missing}, failure.NotFound},
		"missing and down":    {[]string{missing, down}, failure.NotFound},
		"down and odd":        {[]string{down, odd}, failure.NotFound},
		"down and empty":      {[]string{down, empty}, failure.NotFound},
		"down and refused":    {[]string{down, refused}, failure.Transient},
		"missing and refused": {[]string{missing, refused}, failure.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := resolve(t.Context(), question{
				params: params("name", "n", "version", "latest"), config: params("artifact-hub-urls", "- "+strings.Join(tc.urls, "\n- ")),
			})
			if got := failure.ClassOf(err); err == nil || got != tc.class {
				t.Errorf("class %v, want %v: %v", got, tc.class, err)
			}
			text := fmt.Sprint(err)
			if strings.Contains(text, "secret") {
				t.Errorf("the error quotes an answer: %v", err)
			}
			if joined := strings.HasPrefix(text, "failed to fetch resource from any configured hub URL: "); joined != (len(tc.urls) > 1) {
				t.Errorf("error %v", err)
			}
			for _, url := range tc.urls {
				if !strings.Contains(text, url+"/api/v1/packages/tekton-task/tekton-catalog-tasks/n/latest") {
					t.Errorf("the error does not name %s: %v", url, err)
				}
			}
		})
	}
}

// TestConstraintDecides has a second hub with the version that the first lacks, which must not be asked, not even for the document.
func TestConstraintDecides(t *testing.T) {
	t.Parallel()
	second := hubserver.New(resources())
	secondURL := httptest.NewServer(second)
	t.Cleanup(secondURL.Close)
	firstURL := status(t, 200, `{"available_versions":[{"version":"0.0.1"},{"version":"nonsense"},{"version":"../../x"}]}`)
	for version, want := range map[string]string{
		">= 0.1":  "no version found for constraint >= 0.1",
		"<= 0.1":  "the answer of the hub for '" + firstURL + "/api/v1/packages/tekton-task/tekton-catalog-tasks/git-clone/0.0.1' has no document",
		"> 0.0.1": "no version found for constraint > 0.0.1",
	} {
		_, err := resolve(t.Context(), question{
			params: params("name", "git-clone", "version", version), config: params("artifact-hub-urls", "["+firstURL+", "+secondURL.URL+"]"),
		})
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", version, err, want)
		}
	}
	if n := len(second.Seen()); n != 0 {
		t.Errorf("the second hub was asked %d times", n)
	}
}

// TestSlow has a first hub that does not answer: there is time left for the second.
func TestSlow(t *testing.T) {
	t.Parallel()
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(slow.Close)
	server := httptest.NewServer(hubserver.New(resources()))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	got, err := resolve(ctx, question{
		params: params("name", "git-clone", "version", "0.1.0"), config: params("artifact-hub-urls", "["+slow.URL+", "+server.URL+"]"),
	})
	if err != nil || string(got.Data) != "task/tekton-catalog-tasks/git-clone/0.1.0" {
		t.Errorf("answer %+v, error %v", got, err)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"data":{"manifestRaw":"`)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<16))
		}
	}))
	t.Cleanup(endless.Close)
	versions := `{"available_versions":[` + strings.Repeat(`{"version":"1.0"},`, 10000) + `{"version":"1.0"}]}`
	for _, tc := range []struct{ url, version, want string }{
		{endless.URL, "x", "the answer of the hub for 'URL' is larger than 4194304 bytes"},
		{status(t, 200, `{"data":{"manifestRaw":"`+strings.Repeat("x", 1<<20+1)+`"}}`), "x", "the document at 'URL' is larger than 1048576 bytes"},
		{status(t, 200, versions), "1", "the hub lists 10001 versions of 'n', more than 10000"},
	} {
		_, err := resolve(t.Context(), question{params: params("name", "n", "version", tc.version, "url", tc.url)})
		want := strings.ReplaceAll(tc.want, "URL", tc.url+"/api/v1/packages/tekton-task/tekton-catalog-tasks/n/"+tc.version)
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
		if failure.ClassOf(err) != failure.Invalid {
			t.Errorf("the error is not final: %v", err)
		}
	}
	got, err := resolve(t.Context(), question{params: params("name", "n", "version", "x", "url", status(t, 200, `{"data":{"manifestRaw":"`+strings.Repeat("x", 1<<20)+`"}}`))})
	if err != nil || len(got.Data) != 1<<20 {
		t.Errorf("the largest document: error %v", err)
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	want := framework.About{
		Type: "hub", Name: "Hub", Flag: "enable-hub-resolver", Config: "hubresolver-config",
		Defaults: params("default-kind", "task", "default-type", "artifact", "default-tekton-hub-catalog", "Tekton",
			"default-artifact-hub-task-catalog", "tekton-catalog-tasks", "default-artifact-hub-pipeline-catalog", "tekton-catalog-pipelines"),
	}
	if diff := cmp.Diff(want, hub.New(loopback, nil).About()); diff != "" {
		t.Errorf("about (-want +got):\n%s", diff)
	}
}

// FuzzAnswer has a hub that answers anything: the resolver neither panics nor answers with what is no document of it.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"data":{"manifestRaw":"x","yaml":"y"}}`, `{"available_versions":[{"version":"1.0"}],"data":{"versions":[{"version":"1.2"}]}}`,
		`{"available_versions":[{"version":"1.0/../x","prerelease":true}]}`, `[]`, ``, `{"data":null}`, `{"data":{"versions":[null]}}`,
	} {
		f.Add(seed, "1.0", true)
		f.Add(seed, ">0", false)
		f.Add(seed, "latest", true)
	}
	var text string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
	f.Cleanup(server.Close)
	r := hub.New(loopback, func(string) string { return "" })
	f.Fuzz(func(t *testing.T, answer, version string, tekton bool) {
		text = answer
		hubType := map[bool]string{true: "tekton", false: "artifact"}[tekton]
		got, err := resolveBy(t.Context(), r, question{params: params("name", "n", "version", version, "type", hubType, "url", server.URL)})
		if (got == nil) == (err == nil) {
			t.Fatalf("answer %+v, error %v", got, err)
		}
		if got != nil && (len(got.Data) == 0 || !strings.HasPrefix(got.Source.URI, server.URL+"/") || strings.Contains(got.Source.URI, "..")) {
			t.Errorf("answer %+v", got)
		}
	})
}
