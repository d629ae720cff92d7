package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	apixv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/apis/duck"
	"knative.dev/pkg/webhook/resourcesemantics"
)

// TestNothingIsAdded sends every example, in every version it is served in, through defaulting: only what has a default is added, and a
// second time nothing changes.
func TestNothingIsAdded(t *testing.T) {
	t.Parallel()
	objects := examples(t, "../../examples")
	if len(objects) < 20 {
		t.Fatalf("only %d examples", len(objects))
	}
	for name, object := range objects {
		for _, version := range []string{"v1", "v1beta1"} {
			raw := setVersion(t, object, version)
			if raw == nil {
				continue
			}
			t.Run(name+" "+version, func(t *testing.T) {
				t.Parallel()
				once := admitted(t, raw)
				for _, path := range additions("", decode(t, raw), decode(t, once)) {
					if !hasDefault(path) {
						t.Errorf("added: %s", path)
					}
				}
				if diff := cmp.Diff(string(once), string(admitted(t, once))); diff != "" {
					t.Errorf("a second time changes (-once +twice):\n%s", diff)
				}
			})
		}
	}
}

// TestSparseObjects has what the examples lack: members without which types of Kubernetes are written with more than was read.
func TestSparseObjects(t *testing.T) {
	t.Parallel()
	for name, object := range map[string]string{
		"claim": `{"apiVersion":"tekton.dev/v1","kind":"PipelineRun","metadata":{"name":"a"},"spec":{"pipelineRef":{"name":"p"},
			"workspaces":[{"name":"w","volumeClaimTemplate":{"spec":{"accessModes":["ReadWriteOnce"]}}},
			{"name":"x","volumeClaimTemplate":{"spec":{"dataSource":{"kind":"PersistentVolumeClaim","name":"c"}}}}]}}`,
		"ephemeral volume, divisor, probe": `{"apiVersion":"tekton.dev/v1","kind":"Task","metadata":{"name":"a"},"spec":{
			"volumes":[{"name":"v","ephemeral":{"volumeClaimTemplate":{"spec":{"accessModes":["ReadWriteOnce"]}}}}],
			"stepTemplate":{"image":"b"},
			"sidecars":[{"image":"b","readinessProbe":{"grpc":{"port":80}}}],
			"steps":[{"env":[{"name":"E","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}}]}]}}`,
		"workspace of a step": `{"apiVersion":"tekton.dev/v1","kind":"Task","metadata":{"name":"a"},"spec":{
			"workspaces":[{"name":"w"}],"steps":[{"image":"b","workspaces":[{"name":"w"}]}]}}`,
		"override": `{"apiVersion":"tekton.dev/v1","kind":"TaskRun","metadata":{"name":"a"},"spec":{
			"taskRef":{"name":"t","kind":"Task"},"stepSpecs":[{"name":"s"}]}}`,
		"result": `{"apiVersion":"tekton.dev/v1","kind":"Pipeline","metadata":{"name":"a"},"spec":{
			"tasks":[{"name":"t","taskSpec":{"steps":[{"image":"b"}]}}],"results":[{"name":"r","value":"$(tasks.t.results.r)"}]}}`,
		"custom task": `{"apiVersion":"tekton.dev/v1","kind":"Pipeline","metadata":{"name":"a"},"spec":{
			"tasks":[{"name":"t","taskSpec":{"apiVersion":"x/v1","kind":"X","spec":{"grpc":{"service":null},"volumeClaimTemplate":{"status":{}}}}}]}}`,
		"custom run": `{"apiVersion":"tekton.dev/v1beta1","kind":"CustomRun","metadata":{"name":"a"},"spec":{
			"customSpec":{"apiVersion":"x/v1","kind":"X"}}}`,
		"step action": `{"apiVersion":"tekton.dev/v1beta1","kind":"StepAction","metadata":{"name":"a"},"spec":{
			"image":"b","env":[{"name":"E","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}}]}}`,
		"policy": `{"apiVersion":"tekton.dev/v1alpha1","kind":"VerificationPolicy","metadata":{"name":"a"},"spec":{
			"resources":[{"pattern":".*"}],"authorities":[{"name":"k","key":{"kms":"x"}}]}}`,
		"request": `{"apiVersion":"resolution.tekton.dev/v1beta1","kind":"ResolutionRequest","metadata":{"name":"a"},"spec":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := []byte(object)
			once := admitted(t, raw)
			for _, path := range additions("", decode(t, raw), decode(t, once)) {
				if !hasDefault(path) {
					t.Errorf("added: %s", path)
				}
			}
			other := setVersion(t, once, "v1beta1")
			if !strings.Contains(object, `"tekton.dev/v1"`) || other == nil {
				return
			}
			there := converted(t, once, "v1beta1")
			back := converted(t, there, "v1")
			if diff := cmp.Diff(decode(t, once), decode(t, back)); diff != "" {
				t.Errorf("there and back in the other version (-want +got):\n%s", diff)
			}
			again := strings.NewReplacer("v1beta1", "v1", "computeResources", "resources", "stepOverrides", "stepSpecs").Replace(string(there))
			for _, path := range additions("", decode(t, []byte(strings.ReplaceAll(string(once), "computeResources", "resources"))), decode(t, []byte(again))) {
				if !hasDefault(path) {
					t.Errorf("added by conversion: %s", path)
				}
			}
		})
	}
}

func TestEmptyAdditions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ patch, want string }{
		"nothing":            {`null`, ``},
		"no patch":           {`x`, `x`},
		"empty object":       {`[{"op":"add","path":"/a","value":{}}]`, ``},
		"null":               {`[{"op":"add","path":"/a","value":null}]`, ``},
		"divisor":            {`[{"op":"add","path":"/a/resourceFieldRef/divisor","value":"0"}]`, ``},
		"zero":               {`[{"op":"add","path":"/a","value":"0"}]`, `[{"op":"add","path":"/a","value":"0"}]`},
		"filled later":       {`[{"op":"add","path":"/a","value":{}},{"op":"add","path":"/a/b","value":1}]`, `[{"op":"add","path":"/a","value":{}},{"op":"add","path":"/a/b","value":1}]`},
		"neighbour is later": {`[{"op":"add","path":"/a","value":{}},{"op":"add","path":"/ab","value":1}]`, `[{"op":"add","path":"/ab","value":1}]`},
		"removed":            {`[{"op":"remove","path":"/a"}]`, `[{"op":"remove","path":"/a"}]`},
		"replaced":           {`[{"op":"replace","path":"/a","value":{}}]`, `[{"op":"replace","path":"/a","value":{}}]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, string(withoutEmptyAdditions([]byte(tc.patch)))); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzEmptyMembers expects that nothing but the known members is lost, whatever the object.
func FuzzEmptyMembers(f *testing.F) {
	f.Add(`{"a":{"volumeClaimTemplate":{"metadata":{},"spec":{"resources":{}},"status":{}}}}`)
	f.Add(`{"env":[{"resourceFieldRef":{"divisor":"0","resource":"x"}}],"n":12345678901234567890}`)
	f.Add(`{"taskSpec":{"spec":{"grpc":{"service":null}}},"grpc":{"service":null,"port":1}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var before, after any
		if json.Unmarshal([]byte(text), &before) != nil {
			if got := withoutEmptyMembers([]byte(text)); string(got) != text {
				t.Fatalf("%q became %q", text, got)
			}
			return
		}
		out := withoutEmptyMembers([]byte(text))
		if err := json.Unmarshal(out, &after); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		if again := withoutEmptyMembers(out); string(again) != string(out) {
			t.Errorf("%q changes again to %q", out, again)
		}
		for _, path := range additions("", after, before) {
			if name := path[strings.LastIndexByte(path, '/')+1:]; !slices.Contains([]string{"metadata", "status", "resources", "divisor", "service", "apiGroup"}, name) {
				t.Errorf("lost: %s", path)
			}
		}
	})
}

// hasDefault tells whether a member that was not given may be added (contract 1 §4).
func hasDefault(path string) bool {
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch last {
	case "type", "kind", "timeout", "timeouts", "pipeline", "serviceAccountName", "labels", "taskRunTemplate",
		"app.kubernetes.io~1managed-by", "tekton.dev~1task", "tekton.dev~1pipeline":
		return true
	default:
		return false
	}
}

// additions returns the paths that after has and before has not.
func additions(path string, before, after any) []string {
	var added []string
	switch after := after.(type) {
	case map[string]any:
		old, _ := before.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(after)) {
			at := path + "/" + strings.ReplaceAll(key, "/", "~1")
			if value, ok := old[key]; ok {
				added = append(added, additions(at, value, after[key])...)
			} else {
				added = append(added, at)
			}
		}
	case []any:
		old, _ := before.([]any)
		for i := range after {
			if i < len(old) {
				added = append(added, additions(path+"/"+strconv.Itoa(i), old[i], after[i])...)
			} else {
				added = append(added, path+"/"+strconv.Itoa(i))
			}
		}
	}
	return added
}

// admitted returns what the API server stores of a new object, or of one that is written once more.
func admitted(t *testing.T, raw []byte) []byte {
	t.Helper()
	response := leanDefaulter{defaulter: roundTrip{}}.Admit(t.Context(), &admissionv1.AdmissionRequest{Object: runtime.RawExtension{Raw: raw}})
	if !response.Allowed {
		t.Fatal(response.Result.Message)
	}
	out := decode(t, raw)
	var steps []operation
	if len(response.Patch) > 0 {
		if err := json.Unmarshal(response.Patch, &steps); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range steps {
		out = patched(t, out, strings.Split(step.Path, "/")[1:], step)
	}
	return encode(t, out)
}

// roundTrip does what the defaulting webhook does to a new object.
type roundTrip struct{ defaulter }

func (roundTrip) Admit(ctx context.Context, request *admissionv1.AdmissionRequest) *admissionv1.AdmissionResponse {
	patch, err := roundTripPatch(ctx, request.Object.Raw)
	if err != nil {
		return &admissionv1.AdmissionResponse{Result: &metav1.Status{Message: err.Error()}}
	}
	return &admissionv1.AdmissionResponse{Allowed: true, Patch: patch}
}

func roundTripPatch(ctx context.Context, raw []byte) ([]byte, error) {
	var kind metav1.TypeMeta
	if err := json.Unmarshal(raw, &kind); err != nil {
		return nil, err
	}
	object, ok := kinds[schema.FromAPIVersionAndKind(kind.APIVersion, kind.Kind)].DeepCopyObject().(resourcesemantics.GenericCRD)
	if !ok {
		return nil, fmt.Errorf("no kind %s", kind)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(object); err != nil {
		return nil, err
	}
	object.SetDefaults(apis.WithinCreate(ctx))
	return duck.CreateBytePatch(json.RawMessage(raw), object)
}

func patched(t *testing.T, node any, path []string, step operation) any {
	t.Helper()
	key := strings.NewReplacer("~1", "/", "~0", "~").Replace(path[0])
	var value any
	if step.Op != "remove" {
		value = decode(t, step.Value)
	}
	switch node := node.(type) {
	case map[string]any:
		switch {
		case len(path) > 1:
			node[key] = patched(t, node[key], path[1:], step)
		case step.Op == "remove":
			delete(node, key)
		default:
			node[key] = value
		}
		return node
	case []any:
		i, err := strconv.Atoi(key)
		if err != nil {
			t.Fatalf("path %s: %v", step.Path, err)
		}
		switch {
		case len(path) > 1:
			node[i] = patched(t, node[i], path[1:], step)
		case step.Op == "remove":
			node = slices.Delete(node, i, i+1)
		case step.Op == "replace":
			node[i] = value
		default:
			node = slices.Insert(node, i, value)
		}
		return node
	default:
		t.Fatalf("nothing at %s", step.Path)
		return nil
	}
}

// converted returns the object in another version, as the conversion webhook gives it.
func converted(t *testing.T, raw []byte, version string) []byte {
	t.Helper()
	response := leanConverter{converter: conversionWebhook{}}.Convert(t.Context(), &apixv1.ConversionRequest{
		DesiredAPIVersion: "tekton.dev/" + version, Objects: []runtime.RawExtension{{Raw: raw}},
	})
	if response.Result.Message != "" {
		t.Fatal(response.Result.Message)
	}
	return response.ConvertedObjects[0].Raw
}

type conversionWebhook struct{ converter }

func (conversionWebhook) Convert(ctx context.Context, request *apixv1.ConversionRequest) *apixv1.ConversionResponse {
	response := &apixv1.ConversionResponse{}
	for _, object := range request.Objects {
		text, err := convert(ctx, object.Raw, request.DesiredAPIVersion)
		if err != nil {
			response.Result.Message = err.Error()
		}
		response.ConvertedObjects = append(response.ConvertedObjects, runtime.RawExtension{Raw: text})
	}
	return response
}

func convert(ctx context.Context, raw []byte, desired string) ([]byte, error) {
	var kind metav1.TypeMeta
	if err := json.Unmarshal(raw, &kind); err != nil {
		return nil, err
	}
	from := schema.FromAPIVersionAndKind(kind.APIVersion, kind.Kind)
	to := schema.FromAPIVersionAndKind(desired, kind.Kind)
	in, ok := conversions[from.GroupKind()].Zygotes[from.Version].DeepCopyObject().(apis.Convertible)
	out, fits := conversions[to.GroupKind()].Zygotes[to.Version].DeepCopyObject().(apis.Convertible)
	if !ok || !fits {
		return nil, errors.New("not convertible")
	}
	if err := json.Unmarshal(raw, in); err != nil {
		return nil, err
	}
	if err := out.ConvertFrom(ctx, in); err != nil {
		return nil, err
	}
	if object, ok := out.(runtime.Object); ok {
		object.GetObjectKind().SetGroupVersionKind(to)
	}
	if defaulted, ok := out.(apis.Defaultable); ok {
		defaulted.SetDefaults(ctx)
	}
	return json.Marshal(out)
}

// setVersion returns the object with another version written into it, nil if it is of none or not of these.
func setVersion(t *testing.T, raw []byte, version string) []byte {
	t.Helper()
	object, ok := decode(t, raw).(map[string]any)
	if !ok {
		t.Fatalf("no object: %s", raw)
	}
	kind, _ := object["kind"].(string)
	gvk := schema.GroupVersionKind{Group: "tekton.dev", Version: version, Kind: kind}
	apiVersion, _ := object["apiVersion"].(string)
	if _, served := kinds[gvk]; !served || apiVersion != "tekton.dev/v1" && apiVersion != gvk.GroupVersion().String() {
		return nil
	}
	object["apiVersion"] = gvk.GroupVersion().String()
	out := encode(t, object)
	if version == "v1beta1" && (bytes.Contains(out, []byte("computeResources")) || bytes.Contains(out, []byte("taskRunTemplate")) ||
		bytes.Contains(out, []byte("stepSpecs")) || bytes.Contains(out, []byte("taskRunSpecs"))) {
		return nil // names of v1 only
	}
	return out
}

// examples returns the objects in a directory by file and position, as JSON.
func examples(t *testing.T, root string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
		for i := 0; ; i++ {
			var object map[string]any
			if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if len(object) > 0 {
				found[fmt.Sprintf("%s %d", filepath.Base(path), i)] = encode(t, object)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
