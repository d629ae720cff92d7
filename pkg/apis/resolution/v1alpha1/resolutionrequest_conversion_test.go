package v1alpha1_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
)

func parse(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Fatalf("parsing %s: %v", text, err)
	}
}

func TestConvert(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	newer, older := &v1beta1.ResolutionRequest{}, &v1alpha1.ResolutionRequest{}
	parse(t, `
metadata: {name: rr, labels: {resolution.tekton.dev/type: git}}
spec: {url: "git+https://host/x", params: [{name: a, value: "1"}, {name: b, value: "2"}]}
status:
  annotations: {c: d}
  conditions: [{type: Succeeded, status: "True", reason: Done}]
  data: ZGF0YQ==
  refSource: {uri: u, digest: {sha1: abc}, entryPoint: e}
  source: {uri: u, digest: {sha1: abc}, entryPoint: e}
`, newer)
	parse(t, `
metadata: {name: rr, labels: {resolution.tekton.dev/type: git}, annotations: {resolution.tekton.dev/v1beta1-url: "git+https://host/x"}}
spec: {params: {a: "1", b: "2"}}
status:
  annotations: {c: d}
  conditions: [{type: Succeeded, status: "True", reason: Done}]
  data: ZGF0YQ==
  refSource: {uri: u, digest: {sha1: abc}, entryPoint: e}
`, older)

	gotOlder, gotNewer := &v1alpha1.ResolutionRequest{}, &v1beta1.ResolutionRequest{}
	if err := newer.ConvertTo(ctx, gotOlder); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(older, gotOlder); diff != "" {
		t.Errorf("v1alpha1 (-want +got):\n%s", diff)
	}
	if err := gotNewer.ConvertFrom(ctx, older); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(newer, gotNewer, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("v1beta1 (-want +got):\n%s", diff)
	}
}

func TestConvertFallsBackToSource(t *testing.T) {
	t.Parallel()
	newer, older := &v1beta1.ResolutionRequest{}, &v1alpha1.ResolutionRequest{}
	parse(t, `{status: {source: {uri: u}}}`, newer)
	if err := older.ConvertFrom(context.Background(), newer); err != nil {
		t.Fatal(err)
	}
	if older.Status.RefSource == nil || older.Status.RefSource.URI != "u" {
		t.Errorf("got refSource %v, want that of source", older.Status.RefSource)
	}
}

func TestConvertRefusesOtherTypes(t *testing.T) {
	t.Parallel()
	newer := &v1beta1.ResolutionRequest{}
	parse(t, `{spec: {params: [{name: a, value: "1"}, {name: list, value: [x]}, {name: map, value: {k: v}}]}}`, newer)
	err := newer.ConvertTo(context.Background(), &v1alpha1.ResolutionRequest{})
	want := "cannot convert to v1alpha1, these params are not strings: list, map"
	if err == nil || err.Error() != want {
		t.Errorf("got error %v, want %q", err, want)
	}
}
