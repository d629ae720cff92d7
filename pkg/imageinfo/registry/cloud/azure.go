package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

const (
	// azureTimeout limits each request for a token.
	azureTimeout = 5 * time.Second
	// azureUser is who logs in with a token in place of a password.
	azureUser = "00000000-0000-0000-0000-000000000000"
	// azureMachine is where a machine in Azure asks for a token of its managed identity.
	azureMachine = "http://169.254.169.254/metadata/identity/oauth2/token"
	// azureAuthority gives tokens to workloads where the environment names none.
	azureAuthority = "https://login.microsoftonline.com/"
	// maxToken is more than any answer with a token has, in bytes.
	maxToken = 1 << 20
)

// azureClouds are the domains of Azure's registries, and what a token is to be for there.
var azureClouds = map[string]string{
	".azurecr.io": "https://management.azure.com/",
	".azurecr.cn": "https://management.chinacloudapi.cn/",
	".azurecr.us": "https://management.usgovcloudapi.net/",
}

// azure gives credentials for Azure's registries: the identity of the workload, where its variables are set, or else of
// the machine, is exchanged at the registry for a token of its own.
type azure struct {
	client *http.Client
	getenv func(string) string
}

func newAzure() azure {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return azure{client: &http.Client{Transport: transport, Timeout: azureTimeout}, getenv: os.Getenv}
}

// Resolve implements authn.Keychain. Without an identity the registry is asked anonymously; it says itself what is missing.
func (a azure) Resolve(target authn.Resource) (authn.Authenticator, error) {
	host := target.RegistryStr()
	for domain, audience := range azureClouds {
		if !strings.HasSuffix(host, domain) {
			continue
		}
		token, err := a.registryToken(host, audience)
		if err != nil {
			return authn.Anonymous, nil //nolint:nilerr // see above
		}
		return authn.FromConfig(authn.AuthConfig{Username: azureUser, Password: token}), nil
	}
	return authn.Anonymous, nil
}

func (a azure) registryToken(host, audience string) (string, error) {
	identity, err := a.identityToken(audience)
	if err != nil {
		return "", err
	}
	var answer struct {
		Token string `json:"refresh_token"`
	}
	err = a.post("https://"+host+"/oauth2/exchange", url.Values{
		"grant_type": {"access_token"}, "service": {host}, "access_token": {identity},
	}, &answer)
	if err == nil && answer.Token == "" {
		err = errors.New("the registry gave no token")
	}
	return answer.Token, err
}

type accessToken struct {
	Token string `json:"access_token"`
}

func (a azure) identityToken(audience string) (string, error) {
	var answer accessToken
	var err error
	if file := a.getenv("AZURE_FEDERATED_TOKEN_FILE"); file != "" {
		err = a.workload(file, audience, &answer)
	} else {
		err = a.machine(audience, &answer)
	}
	if err == nil && answer.Token == "" {
		err = errors.New("there is no identity")
	}
	return answer.Token, err
}

// workload exchanges the token of the pod's service account.
func (a azure) workload(file, audience string, answer *accessToken) error {
	assertion, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the workload's token: %w", err)
	}
	authority := a.getenv("AZURE_AUTHORITY_HOST")
	if authority == "" {
		authority = azureAuthority
	}
	endpoint, err := url.JoinPath(authority, a.getenv("AZURE_TENANT_ID"), "oauth2/v2.0/token")
	if err != nil {
		return fmt.Errorf("AZURE_AUTHORITY_HOST: %w", err)
	}
	return a.post(endpoint, url.Values{
		"grant_type":            {"client_credentials"},
		"client_id":             {a.getenv("AZURE_CLIENT_ID")},
		"scope":                 {audience + ".default"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {strings.TrimSpace(string(assertion))},
	}, answer)
}

// machine asks for the identity that the machine has, or for the one that the environment names of several.
func (a azure) machine(audience string, answer *accessToken) error {
	query := url.Values{"api-version": {"2018-02-01"}, "resource": {audience}}
	if id := a.getenv("AZURE_CLIENT_ID"); id != "" {
		query.Set("client_id", id)
	}
	req, err := http.NewRequest(http.MethodGet, azureMachine+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Metadata", "true")
	return a.do(req, answer)
}

func (a azure) post(endpoint string, form url.Values, answer any) error {
	req, err := http.NewRequest(http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return a.do(req, answer)
}

// do sends a request. What is not OK is told by its status alone: answers may have secrets in them.
func (a azure) do(req *http.Request, answer any) error {
	resp, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", req.URL.Host, resp.StatusCode)
	}
	return json.NewDecoder(io.LimitReader(resp.Body, maxToken)).Decode(answer)
}
