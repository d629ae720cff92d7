package web_test

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/tenon-ci/tenon/hack/remotes/oddserver"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/web"
)

const document = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\n"

// loopback is a policy that allows the servers of the tests.
func loopback() reach.Policy {
	hosts, err := reach.ParseHosts("127.0.0.1")
	if err != nil {
		panic(err)
	}
	return reach.Policy{Allow: hosts}
}

// serve runs a server whose documents are "t" and, with a login, "login".
func serve(t *testing.T) (*oddserver.Server, string) {
	t.Helper()
	odd := oddserver.New(oddserver.Config{
		Files: map[string][]byte{"t": []byte(document), "login": []byte(document)}, User: "me", Password: "pass",
	})
	server := httptest.NewServer(odd)
	t.Cleanup(server.Close)
	return odd, server.URL
}

func resolver(t *testing.T) *web.Resolver {
	t.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "login", Namespace: "ns"},
		Data:       map[string][]byte{"password": []byte("pass\n"), "other": []byte("wrong"), "empty": nil},
	}
	return web.New(clusterreader.New(fake.NewClientset(secret)), loopback)
}

func resolve(t *testing.T, r *web.Resolver, config map[string]string, pairs ...string) (*framework.Answer, error) {
	t.Helper()
	params := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	fetch, err := r.Prepare(t.Context(), framework.Request{Namespace: "ns", Params: params, Config: config})
	if err != nil {
		return nil, err
	}
	ctx := t.Context()
	if fetch.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, fetch.Timeout)
		defer cancel()
	}
	return fetch.Do(ctx)
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	_, base := serve(t)
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(document)))
	for name, params := range map[string][]string{
		"plain":             {"url", base + "/file/t"},
		"fragment":          {"url", base + "/file/t#L1"},
		"sha256":            {"url", base + "/file/t", "digest", "sha256:" + sum},
		"sha256 in capital": {"url", base + "/file/t", "digest", "sha256:" + strings.ToUpper(sum)},
		"sha512":            {"url", base + "/file/t", "digest", fmt.Sprintf("sha512:%x", sha512.Sum512([]byte(document)))},
		"key without use":   {"url", base + "/file/t", "http-password-secret-key", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := resolve(t, resolver(t), nil, params...)
			if err != nil {
				t.Fatal(err)
			}
			want := &framework.Answer{
				Data: []byte(document), Source: &v1.RefSource{URI: base + "/file/t", Digest: map[string]string{"sha256": sum}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// errorCase is a request with the error that it leads to; SERVER stands for the address of the server in both, HOST for its host.
type errorCase struct {
	params []string
	want   string
}

func (c errorCase) check(t *testing.T) {
	t.Helper()
	t.Parallel()
	_, base := serve(t)
	fill := strings.NewReplacer("SERVER", base, "HOST", strings.TrimPrefix(base, "http://"))
	for i := range c.params {
		c.params[i] = fill.Replace(c.params[i])
	}
	_, err := resolve(t, resolver(t), nil, c.params...)
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(fill.Replace(c.want), err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if f, ok := failure.As(err); ok && !f.Final() {
		t.Errorf("the error is not final")
	}
}

// TestParams has the text of every error that is about params.
func TestParams(t *testing.T) {
	t.Parallel()
	login := []string{"http-username", "me", "http-password-secret", "login"}
	digest := func(text string) []string { return []string{"url", "SERVER/file/t", "digest", text} }
	for name, tc := range map[string]errorCase{
		"no url":           {nil, "missing required http resolver params: url"},
		"empty url":        {[]string{"url", ""}, "url  is not a valid http(s) url"},
		"another scheme":   {[]string{"url", "file:///etc/passwd"}, "url file:///etc/passwd is not a valid http(s) url"},
		"relative":         {[]string{"url", "/a"}, "url /a is not a valid http(s) url"},
		"no host":          {[]string{"url", "http://:80/a"}, "url http://:80/a is not a valid http(s) url"},
		"not parseable":    {[]string{"url", "http://a b/"}, "url http://a b/ is not a valid http(s) url"},
		"password shown":   {[]string{"url", "http://me:s%zcret@x/"}, "url (not shown, because it may have a login in it) is not a valid http(s) url"},
		"long":             {[]string{"url", strings.Repeat("x", 300)}, "url " + strings.Repeat("x", 200) + "... is not a valid http(s) url"},
		"login in url":     {[]string{"url", "http://me:secret@x/"}, "url has a login in it, which everybody could see: use the params http-username and http-password-secret"},
		"no secret":        {[]string{"url", "http://x", "http-username", "me"}, "missing required param http-password-secret when using http-username"},
		"no user":          {[]string{"url", "http://x", "http-password-secret", "s"}, "missing required param http-username when using http-password-secret"},
		"empty user":       {[]string{"url", "http://x", "http-username", "", "http-password-secret", "s"}, "value http-username cannot be empty"},
		"empty secret":     {[]string{"url", "http://x", "http-username", "u", "http-password-secret", ""}, "value http-password-secret cannot be empty"},
		"empty key":        {append([]string{"url", "http://x", "http-password-secret-key", ""}, login...), "value http-password-secret-key cannot be empty"},
		"colon":            {[]string{"url", "http://x", "http-username", "a:b", "http-password-secret", "s"}, "value http-username cannot have a colon in it, which ends names in HTTP"},
		"missing secret":   {[]string{"url", "http://x", "http-username", "u", "http-password-secret", "s"}, "cannot get the password for param http-username, secret s not found in namespace ns"},
		"missing key":      {append([]string{"url", "http://x", "http-password-secret-key", "k"}, login...), "cannot get the password for param http-username, key k not found in secret login in namespace ns, which has: empty, other, password"},
		"empty password":   {append([]string{"url", "http://x", "http-password-secret-key", "empty"}, login...), "cannot get the password for param http-username, key empty of secret login in namespace ns is empty"},
		"digest format":    {digest("abc"), "error validating digest: invalid digest format: it has to be sha256:<64 hex digits> or sha512:<128 hex digits>"},
		"empty digest":     {digest(""), "error validating digest: invalid digest format: it has to be sha256:<64 hex digits> or sha512:<128 hex digits>"},
		"digest algorithm": {digest("md5:ab"), "error validating digest: invalid digest algorithm: it has to be sha256 or sha512"},
		"digest length":    {digest("sha256:ab"), "error validating digest: invalid digest format: sha256 needs 64 hex digits"},
		"digest digits":    {digest("sha512:" + strings.Repeat("x", 128)), "error validating digest: invalid digest format: sha512 needs 128 hex digits"},
		"digest mismatch": {digest("sha256:" + strings.Repeat("0", 64)), "error validating digest: SHA mismatch, expected " + strings.Repeat("0", 64) +
			", got " + fmt.Sprintf("%x", sha256.Sum256([]byte(document)))},
	} {
		t.Run(name, tc.check)
	}
}

// TestErrors has the text of every error that is about answers.
func TestErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]errorCase{
		"not found":          {[]string{"url", "SERVER/file/x"}, "requested URL 'SERVER/file/x' is not found: the server answered 404 Not Found"},
		"server error":       {[]string{"url", "SERVER/status/503"}, "requested URL 'SERVER/status/503' is not found: the server answered 503 Service Unavailable"},
		"no content":         {[]string{"url", "SERVER/status/204"}, "requested URL 'SERVER/status/204' is not found: the server answered 204 No Content"},
		"unknown status":     {[]string{"url", "SERVER/status/599"}, "requested URL 'SERVER/status/599' is not found: the server answered 599"},
		"no login":           {[]string{"url", "SERVER/login"}, "requested URL 'SERVER/login' is not found: the server answered 401 Unauthorized"},
		"wrong password":     {[]string{"url", "SERVER/login", "http-password-secret-key", "other", "http-username", "me", "http-password-secret", "login"}, "requested URL 'SERVER/login' is not found: the server answered 401 Unauthorized"},
		"large":              {[]string{"url", "SERVER/big/1048577"}, "fetching URL 'SERVER/big/1048577': response body exceeds maximum allowed size of 1048576 bytes"},
		"endless":            {[]string{"url", "SERVER/endless"}, "fetching URL 'SERVER/endless': response body exceeds maximum allowed size of 1048576 bytes"},
		"bomb":               {[]string{"url", "SERVER/gzip"}, "fetching URL 'SERVER/gzip': response body exceeds maximum allowed size of 1048576 bytes"},
		"too many redirects": {[]string{"url", "SERVER/redirects/11?file=t"}, "fetching URL 'SERVER/redirects/11?file=t': host HOST redirects more often than 10 times"},
		"redirect elsewhere": {[]string{"url", "SERVER/redirect?to=file:///etc/passwd"}, "fetching URL 'SERVER/redirect?to=file:///etc/passwd': host HOST gave an answer that cannot be used"},
		"redirect refused": {
			[]string{"url", "SERVER/redirect?to=http://169.254.169.254/"},
			"fetching URL 'SERVER/redirect?to=http://169.254.169.254/': a host that HOST refers to is not asked: its address is a link-local or multicast address",
		},
		"refused":      {[]string{"url", "http://localhost/x"}, "fetching URL 'http://localhost/x': host localhost is not asked: it is the host that asks"},
		"unreachable":  {[]string{"url", "http://127.0.0.1:1/x"}, "fetching URL 'http://127.0.0.1:1/x': host 127.0.0.1:1 could not be reached: connection refused"},
		"wrong scheme": {[]string{"url", "https://HOST/x"}, "fetching URL 'https://HOST/x': host HOST does not speak HTTPS"},
	} {
		t.Run(name, tc.check)
	}
}

func TestLargest(t *testing.T) {
	t.Parallel()
	_, base := serve(t)
	got, err := resolve(t, resolver(t), nil, "url", base+"/big/1048576")
	if err != nil || len(got.Data) != 1<<20 {
		t.Errorf("error %v", err)
	}
	if _, err := resolve(t, resolver(t), nil, "url", base+"/redirects/10?file=t"); err != nil {
		t.Errorf("ten redirects: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	_, base := serve(t)
	for _, text := range []string{"", "soon", "0s", "-1m", "60"} {
		_, err := resolve(t, resolver(t), map[string]string{"fetch-timeout": text}, "url", base+"/file/t")
		want := fmt.Sprintf("fetch-timeout in the ConfigMap http-resolver-config is %q, it has to be a duration above zero such as 1m", text)
		if err == nil || err.Error() != want {
			t.Errorf("%q: error %v", text, err)
		}
	}
	_, err := resolve(t, resolver(t), map[string]string{"fetch-timeout": "50ms"}, "url", base+"/slow")
	if failure.ClassOf(err) != failure.Transient || !strings.HasSuffix(fmt.Sprint(err), "does not answer in time") {
		t.Errorf("slow: error %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	fetch, err := resolver(t).Prepare(ctx, framework.Request{Params: map[string]string{"url": base}, Config: map[string]string{"fetch-timeout": "90s"}})
	if err != nil || fetch.Timeout != 90*time.Second {
		t.Errorf("fetch %+v, error %v", fetch, err)
	}
}

// TestLogin follows redirects with a login: it goes to the host it is meant for and to no other, and not even to that when somebody
// else has chosen what is asked there.
func TestLogin(t *testing.T) {
	t.Parallel()
	const basic = "Basic bWU6cGFzcw=="
	type seen struct{ here, there []string }
	for name, tc := range map[string]struct {
		path string
		want seen
		ok   bool
	}{
		"direct":              {"/login", seen{here: []string{"/login"}}, true},
		"redirected here":     {"/redirect?to=/login", seen{here: []string{"/redirect", "/login"}}, true},
		"redirected there":    {"/redirect?to=THERE/file/t", seen{here: []string{"/redirect"}}, true},
		"there needs a login": {"/redirect?to=THERE/login", seen{here: []string{"/redirect"}}, false},
		"there and back":      {"/redirect?to=THERE/redirect?to=HERE/login", seen{here: []string{"/redirect"}}, false},
		"login in redirect":   {"/redirect?to=http://me:pass@ADDRESS/login", seen{here: []string{"/redirect"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here, hereURL := serve(t)
			there, thereURL := serve(t)
			path := strings.NewReplacer("THERE", thereURL, "HERE", hereURL, "ADDRESS", strings.TrimPrefix(thereURL, "http://")).Replace(tc.path)
			_, err := resolve(t, resolver(t), nil, "url", hereURL+path, "http-username", "me", "http-password-secret", "login")
			if (err == nil) != tc.ok {
				t.Errorf("error %v", err)
			}
			var got seen
			for _, login := range here.Seen().Logins {
				if login.Authorization != basic {
					t.Errorf("login %q", login.Authorization)
				}
				got.here = append(got.here, login.Path)
			}
			for _, login := range there.Seen().Logins {
				got.there = append(got.there, login.Path)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(seen{})); diff != "" {
				t.Errorf("paths with login (-want +got):\n%s", diff)
			}
			if from := slices.Concat(here.Seen().Referers, there.Seen().Referers); len(from) > 0 {
				t.Errorf("addresses were told: %q", from)
			}
		})
	}
}

// TestBodies looks for the body of an answer in an error.
func TestBodies(t *testing.T) {
	t.Parallel()
	_, base := serve(t)
	for _, code := range []int{http.StatusCreated, http.StatusForbidden, http.StatusBadGateway} {
		_, err := resolve(t, resolver(t), nil, "url", fmt.Sprintf("%s/status/%d", base, code))
		if err == nil || strings.Contains(err.Error(), oddserver.Body) {
			t.Errorf("error %v", err)
		}
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	want := framework.About{
		Type: "http", Name: "Http", Flag: "enable-http-resolver", Config: "http-resolver-config", Defaults: map[string]string{"fetch-timeout": "1m"},
	}
	if diff := cmp.Diff(want, resolver(t).About()); diff != "" {
		t.Errorf("about (-want +got):\n%s", diff)
	}
}
