package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	apixv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/reconciler"
	"knative.dev/pkg/webhook"
)

// Objects come out of the webhook as they went in, but for defaults: a member that nobody set is a difference for whoever applied the
// object. Tenon's own types leave out what is not set. Types of Kubernetes inside them do not all do so, and are seen to here.

// leanDefaulter keeps the defaulting webhook from adding empty members.
type leanDefaulter struct {
	defaulter
	webhook.StatelessAdmissionImpl
}

type defaulter interface {
	controller.Reconciler
	reconciler.LeaderAware
	webhook.AdmissionController
}

// withLeanDefaults puts a leanDefaulter in place of the reconciler, which has to be a defaulting webhook.
func withLeanDefaults(impl *controller.Impl) *controller.Impl {
	if inner, ok := impl.Reconciler.(defaulter); ok {
		impl.Reconciler = leanDefaulter{defaulter: inner}
	}
	return impl
}

// Admit implements [webhook.AdmissionController].
func (l leanDefaulter) Admit(ctx context.Context, request *admissionv1.AdmissionRequest) *admissionv1.AdmissionResponse {
	response := l.defaulter.Admit(ctx, request)
	if response.Allowed && len(response.Patch) > 0 {
		response.Patch = withoutEmptyAdditions(response.Patch)
		if response.Patch == nil {
			response.PatchType = nil
		}
	}
	return response
}

// operation is one step of a JSON patch (RFC 6902).
type operation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value,omitempty"`
}

// withoutEmptyAdditions returns the patch without the steps that add nothing, nil if none is left. What it cannot read stays.
func withoutEmptyAdditions(patch []byte) []byte {
	var steps []operation
	if json.Unmarshal(patch, &steps) != nil {
		return patch
	}
	kept := make([]operation, 0, len(steps))
	for i := range steps {
		if !steps[i].addsNothing() || slices.ContainsFunc(steps[i+1:], steps[i].contains) {
			kept = append(kept, steps[i])
		}
	}
	if len(kept) == 0 {
		return nil
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return patch
	}
	return text
}

func (o operation) addsNothing() bool {
	if o.Op != "add" {
		return false
	}
	switch string(o.Value) {
	case "null", "{}":
		return true
	case `"0"`:
		return strings.HasSuffix(o.Path, "/resourceFieldRef/divisor")
	default:
		return false
	}
}

func (o operation) contains(later operation) bool { return strings.HasPrefix(later.Path, o.Path+"/") }

// leanConverter keeps the conversion webhook from adding empty members.
type leanConverter struct{ converter }

type converter interface {
	controller.Reconciler
	reconciler.LeaderAware
	webhook.ConversionController
}

// withLeanConversion puts a leanConverter in place of the reconciler, which has to be a conversion webhook.
func withLeanConversion(impl *controller.Impl) *controller.Impl {
	if inner, ok := impl.Reconciler.(converter); ok {
		impl.Reconciler = leanConverter{converter: inner}
	}
	return impl
}

// Convert implements [webhook.ConversionController].
func (l leanConverter) Convert(ctx context.Context, request *apixv1.ConversionRequest) *apixv1.ConversionResponse {
	response := l.converter.Convert(ctx, request)
	for i := range response.ConvertedObjects {
		response.ConvertedObjects[i] = runtime.RawExtension{Raw: withoutEmptyMembers(response.ConvertedObjects[i].Raw)}
	}
	return response
}

// emptyMembers are, by the name of the member around them, those that types of Kubernetes write even if they are not set.
var emptyMembers = map[string]map[string]string{
	"volumeClaimTemplate": {"metadata": "{}", "status": "{}"},
	"resourceFieldRef":    {"divisor": `"0"`},
	"grpc":                {"service": "null"},
	"dataSource":          {"apiGroup": "null"},
	"dataSourceRef":       {"apiGroup": "null"},
}

// traces are texts of which one is in every object with such members: most have none, and are not looked through.
var traces = [][]byte{[]byte(`"volumeClaimTemplate":`), []byte(`"divisor":"0"`), []byte(`"service":null`), []byte(`"apiGroup":null`)}

// withoutEmptyMembers returns the object without them. What it cannot read stays.
func withoutEmptyMembers(object []byte) []byte {
	if !slices.ContainsFunc(traces, func(trace []byte) bool { return bytes.Contains(object, trace) }) {
		return object
	}
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	if decoder.Decode(&members) != nil {
		return object
	}
	dropEmptyMembers("", members)
	text, err := json.Marshal(members)
	if err != nil {
		return object
	}
	return text
}

// dropEmptyMembers goes through an object, called name in the one around it. Free-form parts, which have types of their own, are left
// alone: the spec of a custom task, its extra fields, and what is known of owners of fields.
func dropEmptyMembers(name string, object map[string]any) {
	for key, value := range object {
		if key == "spec" && (name == "taskSpec" || name == "customSpec") || key == "extraFields" || key == "managedFields" {
			continue
		}
		switch value := value.(type) {
		case map[string]any:
			dropEmptyMembers(key, value)
		case []any:
			for _, element := range value {
				if element, ok := element.(map[string]any); ok {
					dropEmptyMembers(key, element)
				}
			}
		}
	}
	for key, empty := range emptyMembers[name] {
		dropIf(object, key, empty)
	}
	if spec, ok := object["spec"].(map[string]any); ok && name == "volumeClaimTemplate" {
		dropIf(spec, "resources", "{}")
	}
}

// dropIf removes a member whose JSON is the given one.
func dropIf(object map[string]any, key, empty string) {
	value, ok := object[key]
	if !ok {
		return
	}
	if text, err := json.Marshal(value); err == nil && string(text) == empty {
		delete(object, key)
	}
}
