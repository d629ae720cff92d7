package cloud

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// answers stands for Azure: it has an answer for each endpoint and notes what it was asked.
type answers struct {
	t     *testing.T
	known map[string]string
	asked []string
}

func (a *answers) RoundTrip(req *http.Request) (*http.Response, error) {
	form := req.URL.RawQuery
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			a.t.Fatal(err)
		}
		form = string(body)
	}
	endpoint := req.Method + " " + req.URL.Scheme + "://" + req.URL.Host + req.URL.Path
	a.asked = append(a.asked, endpoint+" "+form)
	resp := &http.Response{StatusCode: http.StatusForbidden, Body: io.NopCloser(strings.NewReader("")), Request: req}
	if answer, ok := a.known[endpoint]; ok {
		resp.StatusCode, resp.Body = http.StatusOK, io.NopCloser(strings.NewReader(answer))
	}
	return resp, nil
}

func TestAzure(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("pod-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const (
		exchange = "POST https://team.azurecr.io/oauth2/exchange"
		machine  = "GET http://169.254.169.254/metadata/identity/oauth2/token"
		workload = "POST https://login.example/tenant/oauth2/v2.0/token"
	)
	identity, token := `{"access_token":"identity"}`, `{"refresh_token":"registry-token"}`
	workloadEnv := map[string]string{
		"AZURE_FEDERATED_TOKEN_FILE": file, "AZURE_AUTHORITY_HOST": "https://login.example/", "AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "me",
	}
	exchanged := exchange + " access_token=identity&grant_type=access_token&service=team.azurecr.io"
	for title, tc := range map[string]struct {
		registry string
		env      map[string]string
		known    map[string]string
		user     bool
		asked    []string
	}{
		"machine": {
			registry: "team.azurecr.io", known: map[string]string{machine: identity, exchange: token}, user: true,
			asked: []string{machine + " api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F", exchanged},
		},
		"one of the machine's": {
			registry: "team.azurecr.io", env: map[string]string{"AZURE_CLIENT_ID": "me"}, known: map[string]string{machine: identity, exchange: token}, user: true,
			asked: []string{machine + " api-version=2018-02-01&client_id=me&resource=https%3A%2F%2Fmanagement.azure.com%2F", exchanged},
		},
		"workload": {
			registry: "team.azurecr.io", env: workloadEnv, known: map[string]string{workload: identity, exchange: token}, user: true,
			asked: []string{workload + " client_assertion=pod-token&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer" +
				"&client_id=me&grant_type=client_credentials&scope=https%3A%2F%2Fmanagement.azure.com%2F.default", exchanged},
		},
		"no identity": {
			registry: "team.azurecr.io",
			asked:    []string{machine + " api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F"},
		},
		"no right": {
			registry: "team.azurecr.io", known: map[string]string{machine: identity},
			asked: []string{machine + " api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F", exchanged},
		},
		"another registry":          {registry: "registry.example"},
		"one that looks like it":    {registry: "team.azurecr.io.example"},
		"one that looks like it, 2": {registry: "azurecr.io:5000"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			world := &answers{t: t, known: tc.known}
			a := azure{client: &http.Client{Transport: world}, getenv: func(key string) string { return tc.env[key] }}
			registry, err := name.NewRegistry(tc.registry)
			if err != nil {
				t.Fatal(err)
			}
			got, err := a.Resolve(registry)
			if err != nil {
				t.Fatal(err)
			}
			want := authn.Anonymous
			if tc.user {
				want = authn.FromConfig(authn.AuthConfig{Username: azureUser, Password: "registry-token"})
			}
			if diff := cmp.Diff(fmt.Sprintf("%v", want), fmt.Sprintf("%v", got)); diff != "" {
				t.Errorf("credentials (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.asked, world.asked); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}
