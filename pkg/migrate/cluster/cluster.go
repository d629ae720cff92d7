// Package cluster reads from a cluster what package migrate judges. It lists page by page and keeps findings only, writes nothing, and
// goes on where rights are missing: the report says what could not be read. Check is the entry point.
package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"

	"github.com/tenon-ci/tenon/pkg/migrate"
)

// pageSize is how many objects are asked for at once.
const pageSize = 250

// Getter asks the API server for a path.
type Getter interface {
	Get(ctx context.Context, path string, query url.Values) ([]byte, error)
}

// Scope says what to look at.
type Scope struct {
	// Namespace is the one whose objects are looked at; empty means all.
	Namespace string
	// System is the namespace of the installation.
	System string
}

type client struct{ rest rest.Interface }

// Connect returns what reads from a cluster.
func Connect(config *rest.Config) (Getter, error) {
	own := rest.CopyConfig(config)
	own.APIPath, own.GroupVersion = "/api", &schema.GroupVersion{Version: "v1"}
	own.NegotiatedSerializer = serializer.NewCodecFactory(runtime.NewScheme()).WithoutConversion()
	own.QPS, own.Burst, own.UserAgent = 20, 40, "tenon-migrate"
	c, err := rest.RESTClientFor(own)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	return &client{rest: c}, nil
}

// Get implements Getter.
func (c *client) Get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	request := c.rest.Get().AbsPath(path)
	for name := range query {
		request = request.Param(name, query.Get(name))
	}
	return request.SetHeader("Accept", "application/json").Do(ctx).Raw()
}

// ErrNothingRead is the error of a check that could read nothing at all.
var ErrNothingRead = errors.New("nothing could be read")

// reader collects the report.
type reader struct {
	Getter
	Scope

	report *migrate.Report
	read   int
	flags  map[string]string
}

// Check looks at a cluster. It fails if the cluster cannot be reached, or if nothing can be read.
func Check(ctx context.Context, api Getter, scope Scope) (*migrate.Report, error) {
	r := &reader{Getter: api, Scope: scope, report: &migrate.Report{}}
	for _, part := range []func(context.Context) error{r.version, r.settings, r.objects, r.runs, r.removed, r.surroundings} {
		if err := part(ctx); err != nil {
			return nil, err
		}
	}
	r.report.Sort()
	if r.read == 0 {
		return r.report, ErrNothingRead
	}
	return r.report, nil
}

func (r *reader) version(ctx context.Context) error {
	text, err := r.Get(ctx, "/version", nil)
	if err != nil {
		return r.excuse("the version of Kubernetes", err)
	}
	var v struct{ Major, Minor string }
	if err := json.Unmarshal(text, &v); err != nil {
		return fmt.Errorf("reading the version of Kubernetes: %w", err)
	}
	r.report.Findings = append(r.report.Findings, migrate.CheckKubernetes(v.Major, v.Minor)...)
	return nil
}

// excuse notes that something cannot be read. Only errors that all other requests would meet too are returned.
func (r *reader) excuse(what string, err error) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || apierrors.IsUnauthorized(err) {
		return fmt.Errorf("reading %s: %w", what, err)
	}
	r.report.Unread = append(r.report.Unread, what+": "+err.Error())
	return nil
}

// settings reads the ConfigMaps of the installation.
func (r *reader) settings(ctx context.Context) error {
	for _, namespace := range []string{r.System, r.System + "-resolvers"} {
		_, err := r.each(ctx, "/api/v1/namespaces/"+namespace+"/configmaps", "ConfigMaps of "+namespace, func(content map[string]any) {
			name, data := nameOf(content), stringMap(content["data"])
			switch name {
			case "pipelines-info":
				r.report.Add("ConfigMap", inNamespace(namespace, migrate.CheckRelease(data["version"]))...)
				return
			case "feature-flags":
				r.flags = data
			}
			r.report.Add("ConfigMap", inNamespace(namespace, migrate.CheckConfigMap(name, data))...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func inNamespace(namespace string, findings []migrate.Finding) []migrate.Finding {
	for i := range findings {
		findings[i].Namespace = namespace
	}
	return findings
}

func (r *reader) path(groupVersion, resource string) string {
	if r.Namespace != "" {
		return "/apis/" + groupVersion + "/namespaces/" + r.Namespace + "/" + resource
	}
	return "/apis/" + groupVersion + "/" + resource
}

// objects reads definitions and policies.
func (r *reader) objects(ctx context.Context) error {
	anyServed := false
	for _, resource := range []string{"tasks", "pipelines"} {
		found, err := r.firstServed(ctx, resource, func(content map[string]any) {
			// Stored objects are read in v1, whatever they were written in.
			r.report.Add(kindOf(content), migrate.CheckObject(content, r.flags)...)
		})
		if err != nil {
			return err
		}
		anyServed = anyServed || found
	}
	if !anyServed {
		r.report.Findings = append(r.report.Findings, migrate.Unserved())
	}
	_, err := r.each(ctx, r.path("tekton.dev/v1alpha1", "verificationpolicies"), "verificationpolicies", func(content map[string]any) {
		r.report.Add("VerificationPolicy", migrate.CheckObject(content, r.flags)...)
	})
	return err
}

// firstServed lists a resource in the newest version that is served.
func (r *reader) firstServed(ctx context.Context, resource string, do func(map[string]any)) (bool, error) {
	for _, version := range []string{"v1", "v1beta1"} {
		found, err := r.each(ctx, r.path("tekton.dev/"+version, resource), resource, do)
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// runs reads what has not ended.
func (r *reader) runs(ctx context.Context) error {
	check := func(content map[string]any) {
		r.report.Add(kindOf(content), migrate.CheckRun(content, r.flags)...)
	}
	for _, resource := range []string{"pipelineruns", "taskruns"} {
		if _, err := r.firstServed(ctx, resource, check); err != nil {
			return err
		}
	}
	if _, err := r.each(ctx, r.path("tekton.dev/v1beta1", "customruns"), "customruns", check); err != nil {
		return err
	}
	_, err := r.each(ctx, r.path("resolution.tekton.dev/v1beta1", "resolutionrequests"), "resolutionrequests", check)
	return err
}

// removed reads objects of kinds that are not served any more.
func (r *reader) removed(ctx context.Context) error {
	for _, path := range []string{
		"/apis/tekton.dev/v1beta1/clustertasks", r.path("tekton.dev/v1alpha1", "pipelineresources"),
		r.path("tekton.dev/v1alpha1", "conditions"), r.path("tekton.dev/v1alpha1", "runs"),
	} {
		if _, err := r.each(ctx, path, path[len("/apis/tekton.dev/"):], func(content map[string]any) {
			r.report.Add(kindOf(content), migrate.CheckObject(content, r.flags)...)
		}); err != nil {
			return err
		}
	}
	return nil
}

// surroundings reads what else is in the cluster.
func (r *reader) surroundings(ctx context.Context) error {
	parts := []struct {
		path, what, kind string
		check            func(map[string]any) []migrate.Finding
	}{
		{"/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "CustomResourceDefinitions", "CustomResourceDefinition", checkCRD},
		{"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", "MutatingWebhookConfigurations", "MutatingWebhookConfiguration", migrate.CheckWebhook},
		{"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", "ValidatingWebhookConfigurations", "ValidatingWebhookConfiguration", migrate.CheckWebhook},
		{"/api/v1/nodes", "nodes", "Node", func(content map[string]any) []migrate.Finding {
			metadata, _ := content["metadata"].(map[string]any)
			return migrate.CheckNode(nameOf(content), stringMap(metadata["labels"]))
		}},
	}
	for _, part := range parts {
		if _, err := r.each(ctx, part.path, part.what, func(content map[string]any) {
			content["kind"] = part.kind
			r.report.Add(part.kind, part.check(content)...)
		}); err != nil {
			return err
		}
	}
	return nil
}

func checkCRD(content map[string]any) []migrate.Finding {
	status, _ := content["status"].(map[string]any)
	stored, _ := status["storedVersions"].([]any)
	var versions []string
	for _, version := range stored {
		if text, ok := version.(string); ok {
			versions = append(versions, text)
		}
	}
	return migrate.CheckCRD(nameOf(content), versions)
}

// list is a page of any kind.
type list struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Metadata   metav1.ListMeta  `json:"metadata"`
	Items      []map[string]any `json:"items"`
}

// each calls do for each object of a list. It tells whether the list is served; that it may not be read is noted.
func (r *reader) each(ctx context.Context, path, what string, do func(map[string]any)) (served bool, err error) {
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	for {
		text, err := r.Get(ctx, path, query)
		switch {
		case apierrors.IsNotFound(err):
			return false, nil
		case err != nil:
			return true, r.excuse(what, err)
		}
		var page list
		if err := json.Unmarshal(text, &page); err != nil {
			return true, fmt.Errorf("reading %s: %w", what, err)
		}
		for _, item := range page.Items {
			// Elements of lists do not always say what they are.
			if item["kind"] == nil && len(page.Kind) > len("List") {
				item["kind"], item["apiVersion"] = page.Kind[:len(page.Kind)-len("List")], page.APIVersion
			}
			do(item)
		}
		if page.Metadata.Continue == "" {
			r.read++
			return true, nil
		}
		query = url.Values{"limit": query["limit"], "continue": {page.Metadata.Continue}}
	}
}

func nameOf(content map[string]any) string {
	metadata, _ := content["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	return name
}

func kindOf(content map[string]any) string {
	kind, _ := content["kind"].(string)
	return kind
}

func stringMap(value any) map[string]string {
	out := map[string]string{}
	m, _ := value.(map[string]any)
	for key, v := range m {
		if text, ok := v.(string); ok {
			out[key] = text
		}
	}
	return out
}
