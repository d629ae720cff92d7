// Package cluster resolves references to definitions in any namespace of the cluster, within what the operator allows (contract 4
// §2.3).
package cluster

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/checksum"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// Parameters of a reference.
const (
	paramKind      = "kind"
	paramName      = "name"
	paramNamespace = "namespace"
)

// Keys of the ConfigMap cluster-resolver-config.
const (
	keyDefaultKind      = "default-kind"
	keyDefaultNamespace = "default-namespace"
	keyAllowed          = "allowed-namespaces"
	keyBlocked          = "blocked-namespaces"
)

// Kinds that can be asked for.
const (
	kindTask       = "task"
	kindPipeline   = "pipeline"
	kindStepAction = "stepaction"
)

// Annotations of answers.
const (
	annotationName      = "resolution.tekton.dev/name"
	annotationNamespace = "resolution.tekton.dev/namespace"
)

// Resolver resolves references of type cluster.
type Resolver struct{ client Client }

// Client reads definitions, which are the caller's then. Errors are those of the API.
type Client interface {
	Task(ctx context.Context, namespace, name string) (*v1.Task, error)
	Pipeline(ctx context.Context, namespace, name string) (*v1.Pipeline, error)
	StepAction(ctx context.Context, namespace, name string) (*v1beta1.StepAction, error)
}

// New returns a resolver that reads with client.
func New(client Client) *Resolver { return &Resolver{client} }

// About implements framework.Resolver.
func (r *Resolver) About() framework.About {
	return framework.About{
		Type: "cluster", Name: "Cluster", Flag: "enable-cluster-resolver", Config: "cluster-resolver-config",
		Defaults: map[string]string{keyDefaultKind: kindTask}, Caches: true, Alone: true,
	}
}

// Prepare implements framework.Resolver.
func (r *Resolver) Prepare(_ context.Context, req framework.Request) (*framework.Fetch, error) {
	want, err := parse(req)
	if err != nil {
		return nil, err
	}
	return &framework.Fetch{Do: func(ctx context.Context) (*framework.Answer, error) { return r.fetch(ctx, want) }}, nil
}

func (r *Resolver) fetch(ctx context.Context, want wanted) (*framework.Answer, error) {
	found, err := r.get(ctx, want)
	if err != nil {
		return nil, err
	}
	data, err := yaml.Marshal(found.object)
	if err != nil {
		return nil, fmt.Errorf("encoding %s %s/%s: %w", want.kind, want.namespace, want.name, err)
	}
	sum, err := checksum.Sum(found.kind, found.meta, found.spec)
	if err != nil {
		return nil, err
	}
	return &framework.Answer{
		Data:        data,
		Annotations: map[string]string{annotationName: want.name, annotationNamespace: want.namespace},
		Source: &v1.RefSource{
			// StepActions are named like this too, although they are of another version.
			URI:    fmt.Sprintf("/apis/%s/namespaces/%s/%s/%s@%s", v1.SchemeGroupVersion, want.namespace, want.kind, want.name, found.meta.GetUID()),
			Digest: map[string]string{"sha256": hex.EncodeToString(sum[:])},
		},
	}, nil
}

// wanted is a valid reference.
type wanted struct{ kind, name, namespace string }

func parse(req framework.Request) (wanted, error) {
	value := func(param, key string) string {
		if v := strings.TrimSpace(req.Params[param]); v != "" {
			return v
		}
		return strings.TrimSpace(req.Config[key])
	}
	w := wanted{kind: value(paramKind, keyDefaultKind), name: value(paramName, ""), namespace: value(paramNamespace, keyDefaultNamespace)}
	var missing []string
	for _, p := range []struct{ name, value string }{{paramKind, w.kind}, {paramName, w.name}, {paramNamespace, w.namespace}} {
		if p.value == "" {
			missing = append(missing, p.name)
		}
	}
	if len(missing) > 0 {
		return w, fmt.Errorf("missing required cluster resolver params: %s", strings.Join(missing, ", "))
	}
	if !slices.Contains([]string{kindTask, kindPipeline, kindStepAction}, w.kind) {
		return w, fmt.Errorf("unknown or unsupported resource kind '%s'", w.kind)
	}
	return w, checkAccess(w.namespace, req.Config)
}

// checkAccess says whether the operator lets the namespace be read.
func checkAccess(namespace string, config map[string]string) error {
	allowed, blocked := list(config[keyAllowed]), list(config[keyBlocked])
	switch {
	case slices.Contains(blocked, namespace):
		return fmt.Errorf("access to specified namespace %s is blocked", namespace)
	case slices.Contains(allowed, namespace):
		return nil
	case slices.Contains(blocked, "*"):
		return errors.New("only explicit allowed access to namespaces is allowed")
	case len(allowed) > 0:
		return fmt.Errorf("access to specified namespace %s is not allowed", namespace)
	default:
		return nil
	}
}

func list(text string) []string {
	var out []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// definition is an object in the parts that the answer is made of.
type definition struct {
	object any
	kind   metav1.TypeMeta
	meta   metav1.Object
	spec   any
}

func (r *Resolver) get(ctx context.Context, w wanted) (definition, error) {
	switch w.kind {
	case kindTask:
		o, err := r.client.Task(ctx, w.namespace, w.name)
		if err != nil {
			return definition{}, err
		}
		o.TypeMeta = metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: "Task"}
		return definition{o, o.TypeMeta, o, o.Spec}, nil
	case kindPipeline:
		o, err := r.client.Pipeline(ctx, w.namespace, w.name)
		if err != nil {
			return definition{}, err
		}
		o.TypeMeta = metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: "Pipeline"}
		return definition{o, o.TypeMeta, o, o.Spec}, nil
	default:
		o, err := r.client.StepAction(ctx, w.namespace, w.name)
		if err != nil {
			return definition{}, err
		}
		o.TypeMeta = metav1.TypeMeta{APIVersion: v1beta1.SchemeGroupVersion.String(), Kind: "StepAction"}
		return definition{o, o.TypeMeta, o, o.Spec}, nil
	}
}
