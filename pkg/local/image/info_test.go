package image

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
	"github.com/tenon-ci/tenon/pkg/reach"
)

// inCluster is what a cluster finds out about an image.
func inCluster(t *testing.T, ref string) (imageinfo.Image, error) {
	t.Helper()
	allow, err := reach.ParseHosts("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	r := registry.New(registry.Options{Ambient: &nobody{}, Reach: reach.Policy{Allow: allow}})
	woken := make(chan struct{}, 1)
	req := registry.Request{Scope: "s", Tenant: "t", Images: []string{ref}}
	r.Ask(t.Context(), req, func() { woken <- struct{}{} })
	select {
	case <-woken:
	case <-time.After(20 * time.Second):
		t.Fatal("no answer")
	}
	answer := r.Ask(t.Context(), req, nil)
	return answer.Images[ref], answer.Err
}

func TestInfoIsThatOfClusters(t *testing.T) {
	t.Parallel()
	host, server := serve(t, nil)
	arm := imageOf(t, "linux/arm64/v8", layerOf(t, file("a", "1")))
	push(t, host+"/index:v1", indexOf(t, map[string]v1.Image{
		testPlatform: imageOf(t, testPlatform, layerOf(t, file("a", "2"))), "linux/arm64/v8": arm, "windows/amd64:10.0.1": imageOf(t, "windows/amd64"),
		"unknown/unknown": imageOf(t, "unknown/unknown"),
	}))
	push(t, host+"/one:v1", imageOf(t, testPlatform, layerOf(t, file("a", "3"))))
	push(t, host+"/twice:v1", indexOf(t, map[string]v1.Image{"linux/amd64:1": imageOf(t, testPlatform), "linux/amd64:2": arm}))
	push(t, host+"/none:v1", indexOf(t, nil))
	s := open(t, Options{})
	known := map[string]imageinfo.Image{}
	for _, path := range []string{"/index:v1", "/one:v1", "/twice:v1", "/none:v1", "/missing:v1"} {
		ref := host + path
		want, failed := inCluster(t, ref)
		got, err := s.Info(t.Context(), ref, nil)
		if (err != nil) != (failed != nil) {
			t.Errorf("%s: error %v, a cluster has %v", path, err, failed)
			continue
		}
		if err != nil {
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-cluster +got):\n%s", path, diff)
		}
		pinned, err := s.Info(t.Context(), got.Ref, nil)
		if diff := cmp.Diff(got, pinned); err != nil || diff != "" {
			t.Errorf("%s by digest: %v (-want +got):\n%s", path, err, diff)
		}
		known[ref] = got
	}
	if len(known) != 2 {
		t.Fatalf("%d images are known", len(known))
	}
	server.Close()
	for ref, want := range known {
		got, err := s.Info(t.Context(), ref, nil)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s offline: %v (-want +got):\n%s", ref, err, diff)
		}
	}
}

func TestInfoOfPulledImageOffline(t *testing.T) {
	t.Parallel()
	host, server := serve(t, nil)
	push(t, host+"/app:v1", indexOf(t, map[string]v1.Image{testPlatform: imageOf(t, testPlatform), "linux/arm64": imageOf(t, "linux/arm64")}))
	s := open(t, Options{})
	if _, err := s.Get(t.Context(), request(host+"/app:v1")); err != nil {
		t.Fatal(err)
	}
	server.Close()
	got, err := s.Info(t.Context(), host+"/app:v1", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []imageinfo.Platform{{Name: testPlatform, Entrypoint: []string{"run"}, Cmd: []string{testPlatform}}}
	if diff := cmp.Diff(want, got.Platforms); diff != "" {
		t.Errorf("platforms (-want +got):\n%s", diff)
	}
}

func TestInfoOfLayout(t *testing.T) {
	t.Parallel()
	d := t.TempDir()
	writeLayout(t, d, map[string]v1.Image{"library/app:latest": imageOf(t, testPlatform, layerOf(t, file("a", "1")))})
	s := open(t, Options{Layouts: []string{d}})
	got, err := s.Info(t.Context(), "app", nil)
	if err != nil || len(got.Platforms) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	img, err := s.Get(t.Context(), request(got.Ref))
	if err != nil || contents(t, img.Root)["a"] != "1" {
		t.Errorf("the reference %s of the information is not that of the image: %v", got.Ref, err)
	}
	if _, err := s.Info(t.Context(), "A", nil); reasonOf(err) != reasonInvalid {
		t.Errorf("error %v", err)
	}
}
