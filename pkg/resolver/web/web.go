// Package web resolves references to documents at an address with HTTP or HTTPS (contract 4 §2.5). It is the resolver "http".
package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/kubereader"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/web/fetch"
)

const (
	configMap  = "http-resolver-config"
	keyTimeout = "fetch-timeout"
)

// Resolver resolves references of type http.
type Resolver struct {
	kube   kubereader.Secrets
	client *fetch.Client
}

// New returns a resolver that reads passwords with kube, and asks hosts that the policy allows.
func New(kube kubereader.Secrets, policy func() reach.Policy) *Resolver {
	return &Resolver{kube: kube, client: fetch.New(policy)}
}

// About implements framework.Resolver.
func (r *Resolver) About() framework.About {
	return framework.About{
		Type: "http", Name: "Http", Flag: "enable-http-resolver", Config: configMap, Defaults: map[string]string{keyTimeout: "1m"},
	}
}

// Prepare implements framework.Resolver.
func (r *Resolver) Prepare(ctx context.Context, req framework.Request) (*framework.Fetch, error) {
	want, err := parse(req)
	if err != nil {
		return nil, err
	}
	login := fetch.Request{
		URL: want.url, Limit: framework.MaxDocument,
		TooLarge: failure.Invalidf("", "response body exceeds maximum allowed size of %d bytes", framework.MaxDocument),
	}
	if want.user != "" {
		login.User = want.user
		login.Password, err = framework.Secret(ctx, r.kube, "cannot get the password for param http-username", req.Namespace, want.secret, want.key)
		if err != nil {
			return nil, err
		}
	}
	return &framework.Fetch{
		Timeout: want.timeout,
		Do:      func(ctx context.Context) (*framework.Answer, error) { return r.fetch(ctx, login, want.digest) },
	}, nil
}

// fetch asks once: users of this resolver are told at once what is wrong (contract 4 §2.5). Only an answer that did not come in time
// is asked for again, as everywhere (§1.3).
func (r *Resolver) fetch(ctx context.Context, req fetch.Request, want digest) (*framework.Answer, error) {
	url := req.URL.String()
	resp, err := r.client.Get(ctx, req)
	if err != nil {
		if failure.ClassOf(err) == failure.Transient && ctx.Err() == nil {
			return nil, failure.NotFoundf("", "fetching URL '%s': %w", url, err)
		}
		return nil, fmt.Errorf("fetching URL '%s': %w", url, err)
	}
	if resp.Status != http.StatusOK {
		return nil, failure.NotFoundf("", "requested URL '%s' is not found: the server answered %s", url, fetch.Status(resp.Status))
	}
	if err := want.check(resp.Body); err != nil {
		return nil, failure.Invalidf("", "error validating digest: %w", err)
	}
	sum := sha256.Sum256(resp.Body)
	return &framework.Answer{
		Data:   resp.Body,
		Source: &v1.RefSource{URI: url, Digest: map[string]string{"sha256": hex.EncodeToString(sum[:])}},
	}, nil
}
