// Package hub resolves references to definitions in the catalogs of Artifact Hub and of Tekton Hub (contract 4 §2.6).
package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/web/fetch"
)

// configMap is the resolver's ConfigMap.
const configMap = "hubresolver-config"

// Resolver resolves references of type hub.
type Resolver struct {
	client *fetch.Client
	env    func(string) string
}

// New returns a resolver that asks hubs that the policy allows. Which ones there are by default is read with env, such as os.Getenv.
func New(policy func() reach.Policy, env func(string) string) *Resolver {
	return &Resolver{client: fetch.New(policy), env: env}
}

// About implements framework.Resolver.
func (r *Resolver) About() framework.About {
	return framework.About{
		Type: "hub", Name: "Hub", Flag: "enable-hub-resolver", Config: configMap,
		Defaults: map[string]string{
			keyKind: kindTask, keyType: typeArtifact,
			keyTaskCatalog: "tekton-catalog-tasks", keyPipelineCatalog: "tekton-catalog-pipelines", keyTektonCatalog: "Tekton",
		},
	}
}

// Prepare implements framework.Resolver.
func (r *Resolver) Prepare(ctx context.Context, req framework.Request) (*framework.Fetch, error) {
	want, err := parse(req)
	if err != nil {
		return nil, err
	}
	bases, err := r.bases(ctx, want.hub, req)
	if err != nil {
		return nil, err
	}
	return &framework.Fetch{Do: func(ctx context.Context) (*framework.Answer, error) { return r.fetch(ctx, bases, want) }}, nil
}

// fetch asks one hub after the other. With a constraint, the first hub that tells its versions decides: what another one has is not
// looked at, so that what a reference means does not depend on which hub has the newest version.
func (r *Resolver) fetch(ctx context.Context, bases []string, want wanted) (*framework.Answer, error) {
	if want.constraints == nil {
		return first(ctx, bases, func(ctx context.Context, base string) (*framework.Answer, error) {
			return r.manifest(ctx, base, want)
		})
	}
	type choice struct{ base, version string }
	chosen, err := first(ctx, bases, func(ctx context.Context, base string) (choice, error) {
		version, err := r.choose(ctx, base, want)
		return choice{base, version}, err
	})
	if err != nil {
		return nil, err
	}
	want.version = chosen.version
	return r.manifest(ctx, chosen.base, want)
}

// manifest gets the document of a version.
func (r *Resolver) manifest(ctx context.Context, base string, want wanted) (*framework.Answer, error) {
	version := normalise(want.hub, want.version)
	if err := checkPart("version", version); err != nil {
		return nil, definite(err)
	}
	at := manifestURL(base, want, version)
	var answer struct {
		Data struct {
			Artifact string `json:"manifestRaw"`
			Tekton   string `json:"yaml"`
		} `json:"data"`
	}
	if err := r.get(ctx, at, &answer); err != nil {
		return nil, err
	}
	document := answer.Data.Artifact
	if want.hub == typeTekton {
		document = answer.Data.Tekton
	}
	switch {
	case document == "":
		return nil, definite(fmt.Errorf("the answer of the hub for '%s' has no document", at))
	case len(document) > framework.MaxDocument:
		return nil, definite(fmt.Errorf("the document at '%s' is larger than %d bytes", at, framework.MaxDocument))
	}
	sum := sha256.Sum256([]byte(document))
	return &framework.Answer{
		Data:   []byte(document),
		Source: &v1.RefSource{URI: at, Digest: map[string]string{"sha256": hex.EncodeToString(sum[:])}},
	}, nil
}
