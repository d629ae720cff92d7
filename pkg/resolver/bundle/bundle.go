// Package bundle resolves references to definitions in Tekton bundles, which are images whose layers are definitions (contract 4 §2.2,
// §3). It is the resolver "bundles".
package bundle

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"k8s.io/apimachinery/pkg/util/wait"
	"knative.dev/pkg/logging"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/kubereader"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// configMap is the resolver's ConfigMap.
const configMap = "bundleresolver-config"

// Parameters of a reference.
const (
	paramBundle         = "bundle"
	paramName           = "name"
	paramKind           = "kind"
	paramServiceAccount = "serviceAccount"
	paramSecret         = "secret"
)

// Keys of the ConfigMap bundleresolver-config.
const (
	keyServiceAccount = "default-service-account"
	keyKind           = "default-kind"
	keyTimeout        = "fetch-timeout"
	// keyInsecure lists registries, with commas, that may be asked without encryption. Those that this machine and private networks
	// have by their address may be anyway.
	keyInsecure = "insecure-registries"
)

// annotationPrefix goes before the annotations of a layer to make those of an answer.
const annotationPrefix = "resolution.tekton.dev/"

// Resolver resolves references of type bundles.
type Resolver struct {
	kube     kubereader.Reader
	registry *registry
}

// New returns a resolver that reads pull secrets with kube, and asks registries that the policy allows. Where no pull secret fits, the
// credentials are those of ambient; nil has none.
func New(kube kubereader.Reader, policy func() reach.Policy, ambient authn.Keychain) *Resolver {
	return &Resolver{kube: kube, registry: newRegistry(policy, ambient)}
}

// About implements framework.Resolver.
func (r *Resolver) About() framework.About {
	return framework.About{
		Type: "bundles", Name: "bundleresolver", Flag: "enable-bundles-resolver", Config: configMap,
		Defaults: map[string]string{keyServiceAccount: "default", keyKind: "task"}, Caches: true,
	}
}

// Prepare implements framework.Resolver.
func (r *Resolver) Prepare(ctx context.Context, req framework.Request) (*framework.Fetch, error) {
	want, err := parse(ctx, req)
	if err != nil {
		return nil, err
	}
	secrets, err := pullSecrets(ctx, r.kube, req.Namespace, want.secret, want.serviceAccount)
	if err != nil {
		return nil, err
	}
	keys, err := keychain(secrets)
	if err != nil {
		return nil, err
	}
	_, pinned := want.ref.(name.Digest)
	return &framework.Fetch{
		Pinned: pinned, Credentials: contents(secrets), Timeout: want.timeout,
		Do: func(ctx context.Context) (*framework.Answer, error) {
			return framework.Retry(ctx, want.backoff, func(ctx context.Context) (*framework.Answer, error) { return r.fetch(ctx, want, keys) })
		},
	}, nil
}

// fetch gets the manifest and the one layer that is wanted.
func (r *Resolver) fetch(ctx context.Context, want wanted, keys authn.Keychain) (*framework.Answer, error) {
	pull, err := r.registry.pull(keys)
	if err != nil {
		return nil, fmt.Errorf("setting up the registry client: %w", err)
	}
	image, err := pull.image(ctx, want.ref)
	if err != nil {
		return nil, explain("cannot retrieve the oci image", want, err)
	}
	if err := comply(image.manifest); err != nil {
		return nil, failure.Invalidf("", "invalid tekton bundle %s, error: %w", want.bundle, err)
	}
	layer, ok := find(image.manifest, want.kind, want.name)
	if !ok {
		return nil, failure.NotFoundf("", "could not find object in image with kind: %s and name: %s", want.kind, want.name)
	}
	document, err := pull.document(ctx, want.ref.Context(), layer)
	if err != nil {
		return nil, explain("cannot retrieve the oci image", want, err)
	}
	annotations := map[string]string{}
	for _, key := range layerAnnotations {
		annotations[annotationPrefix+key] = layer.Annotations[key]
	}
	return &framework.Answer{Data: document, Annotations: annotations, Source: &v1.RefSource{
		URI: want.ref.Context().Name(), Digest: map[string]string{image.digest.Algorithm: image.digest.Hex}, EntryPoint: want.name,
	}}, nil
}

// wanted is a valid reference.
type wanted struct {
	bundle, name, kind string
	ref                name.Reference
	// secret is empty unless it was given.
	secret, serviceAccount string
	timeout                time.Duration
	backoff                wait.Backoff
}

func parse(ctx context.Context, req framework.Request) (wanted, error) {
	w := wanted{bundle: req.Params[paramBundle], name: req.Params[paramName], secret: req.Params[paramSecret]}
	var err error
	if w.serviceAccount, err = value(req, paramServiceAccount, keyServiceAccount, "Service Account"); err != nil {
		return w, err
	}
	if w.kind, err = value(req, paramKind, keyKind, "resource Kind"); err != nil {
		return w, err
	}
	switch {
	case w.bundle == "":
		return w, fmt.Errorf("parameter %q required", paramBundle)
	case w.name == "":
		return w, fmt.Errorf("parameter %q required", paramName)
	}
	if w.ref, err = parseReference(w.bundle, req.Config[keyInsecure]); err != nil {
		return w, fmt.Errorf("invalid bundle reference: %w", err)
	}
	if w.timeout, err = parseTimeout(req.Config); err != nil {
		return w, err
	}
	w.backoff = backoff(ctx, req.Config)
	return w, nil
}

// value is a param, or the setting for those who do not give it.
func value(req framework.Request, param, key, what string) (string, error) {
	if v := req.Params[param]; v != "" {
		return v, nil
	}
	if v := req.Config[key]; v != "" {
		return v, nil
	}
	return "", fmt.Errorf("default %s was not set during installation of the bundle resolver: set %s in the ConfigMap %s, or the param %s",
		what, key, configMap, param)
}

// maxReference bounds references, in bytes: a host, a repository, a tag and a digest have fewer together.
const maxReference = 1024

func parseReference(text, insecure string) (name.Reference, error) {
	if len(text) > maxReference {
		return nil, fmt.Errorf("it is longer than %d characters", maxReference)
	}
	ref, err := name.ParseReference(text)
	if err != nil {
		return nil, err
	}
	host := strings.ToLower(ref.Context().RegistryStr())
	for item := range strings.SplitSeq(insecure, ",") {
		if item = strings.ToLower(strings.TrimSpace(item)); item != "" && (item == host || item == bare(host)) {
			return name.ParseReference(text, name.Insecure)
		}
	}
	return ref, nil
}

// bare is a host without its port.
func bare(host string) string {
	if i := strings.LastIndex(host, ":"); i > 0 && !strings.HasSuffix(host, "]") {
		return host[:i]
	}
	return host
}

// parseTimeout returns the time limit of a request; 0 stands for the usual one.
func parseTimeout(config map[string]string) (time.Duration, error) {
	text := config[keyTimeout]
	if text == "" {
		return 0, nil
	}
	timeout, err := time.ParseDuration(text)
	if err != nil || timeout <= 0 {
		return 0, fmt.Errorf("%s in the ConfigMap %s is %q, it has to be a duration above zero such as 1m", keyTimeout, configMap, text)
	}
	return timeout, nil
}

// backoff returns the back-off of the configuration, unless anything is wrong in it.
func backoff(ctx context.Context, config map[string]string) wait.Backoff {
	b, errs := framework.ParseBackoff(config)
	if len(errs) > 0 {
		logging.FromContext(ctx).Warnw("ignoring all of the back-off", "configmap", configMap, "error", errors.Join(errs...))
		return framework.DefaultBackoff()
	}
	return b
}
