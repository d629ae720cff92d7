package image

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// counting counts downloads of blobs by clients of this package.
func counting(n *atomic.Int32) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") && strings.HasPrefix(r.UserAgent(), "tenon") {
				n.Add(1)
				time.Sleep(20 * time.Millisecond)
			}
			next.ServeHTTP(w, r)
		})
	}
}

func TestConcurrentCallsShareTheWork(t *testing.T) {
	t.Parallel()
	var blobs atomic.Int32
	host, _ := serve(t, counting(&blobs))
	push(t, host+"/app:v1", imageOf(t, testPlatform, layerOf(t, file("a", "1")), layerOf(t, file("b", "1"))))
	cache := t.TempDir()
	// Two stores stand for two processes: their locks exclude each other in the same way.
	stores := []*Store{open(t, Options{Dir: cache}), open(t, Options{Dir: cache})}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			req := request(host + "/app:v1")
			if i%4 == 0 {
				req.Keychain = &keys{}
			}
			got, err := stores[i%2].Get(t.Context(), req)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := os.Stat(filepath.Join(got.Root, "b")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	// The layers are fetched once; the small configuration may be read by each that asks by itself.
	if n := blobs.Load(); n > 2+12 {
		t.Errorf("%d blobs were downloaded", n)
	}
	if names := stores[0].cache.list("roots"); len(names) != 1 {
		t.Errorf("roots: %v", names)
	}
}

func TestRootIsShared(t *testing.T) {
	t.Parallel()
	layer := layerOf(t, file("a", "1"))
	d := t.TempDir()
	one := imageOf(t, testPlatform, layer)
	two := imageOf(t, "linux/amd64/v1", layer)
	writeLayout(t, d, map[string]v1.Image{"one:v1": one, "two:v1": two})
	s := open(t, Options{Layouts: []string{d}})
	var roots []string
	for _, ref := range []string{"one:v1", "two:v1"} {
		got, err := s.Get(t.Context(), request(ref))
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, got.Root)
	}
	if roots[0] != roots[1] {
		t.Errorf("two roots for the same layers: %v", roots)
	}
}

func TestCallerMayGoAway(t *testing.T) {
	t.Parallel()
	started, gone := make(chan struct{}), make(chan struct{})
	var once sync.Once
	host, _ := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.UserAgent(), "tenon") && strings.Contains(r.URL.Path, "/blobs/") {
				once.Do(func() { close(started) })
				<-r.Context().Done()
				close(gone)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	push(t, host+"/app:v1", imageOf(t, testPlatform))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-started
		cancel()
	}()
	_, err := open(t, Options{}).Get(ctx, request(host+"/app:v1"))
	if !errors.Is(err, context.Canceled) || reasonOf(err) != "" {
		t.Errorf("error %v", err)
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the work goes on although nobody waits for it")
	}
}

func TestLeftoversOfKilledProcesses(t *testing.T) {
	t.Parallel()
	d := t.TempDir()
	writeLayout(t, d, map[string]v1.Image{"app:v1": imageOf(t, testPlatform, layerOf(t, file("a", "1")))})
	o := Options{Dir: t.TempDir(), Layouts: []string{d}}
	s := open(t, o)
	f, err := s.find(t.Context(), request("app:v1"), true)
	if err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(o.Dir, "roots", s.rootKey(f)+".part")
	if err := os.MkdirAll(part+"/closed", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, part+"/half", []byte("x"))
	if err := os.Chmod(part+"/closed", 0o555); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), request("app:v1"))
	if err != nil {
		t.Fatal(err)
	}
	if files := contents(t, got.Root); len(files) != 1 {
		t.Errorf("root has %v", files)
	}
	if _, err := os.Stat(part); err == nil {
		t.Error("the half root is still there")
	}
}

func TestSpoiledCacheIsFetchedAnew(t *testing.T) {
	t.Parallel()
	host, _ := serve(t, nil)
	push(t, host+"/app:v1", imageOf(t, testPlatform, layerOf(t, file("a", "1"))))
	o := Options{Dir: t.TempDir()}
	for _, spoil := range []string{"refs", "blobs/sha256", "roots", "locks", "tmp"} {
		if _, err := open(t, o).Get(t.Context(), request(host+"/app:v1")); err != nil {
			t.Fatal(err)
		}
		names, err := filepath.Glob(filepath.Join(o.Dir, spoil, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if spoil == "roots" {
				_ = os.RemoveAll(name)
				continue
			}
			write(t, name, []byte("{"))
		}
		if spoil == "blobs/sha256" {
			_ = os.RemoveAll(filepath.Join(o.Dir, "roots"))
		}
		got, err := open(t, o).Get(t.Context(), request(host+"/app:v1"))
		if err != nil || contents(t, got.Root)["a"] != "1" {
			t.Errorf("%s: %v", spoil, err)
		}
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	host, _ := serve(t, nil)
	for _, name := range []string{"old", "new", "used"} {
		push(t, host+"/"+name+":v1", imageOf(t, testPlatform, layerOf(t, file("which", name))))
	}
	o := Options{Dir: t.TempDir()}
	user := open(t, o)
	closed := open(t, o)
	for name, s := range map[string]*Store{"old": closed, "new": closed, "used": user} {
		if _, err := s.Get(t.Context(), request(host+"/"+name+":v1")); err != nil {
			t.Fatal(err)
		}
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	age(t, o.Dir)
	s := open(t, o)
	if _, err := s.Get(t.Context(), request(host+"/new:v1")); err != nil {
		t.Fatal(err)
	}
	before, err := s.Usage()
	if err != nil || before.Images != 3 || before.Roots != 3 || before.Bytes == 0 {
		t.Fatalf("usage %+v, %v", before, err)
	}
	freed, err := s.Prune(t.Context(), time.Hour)
	if err != nil || freed.Images != 2 || freed.Roots != 1 || freed.Bytes == 0 {
		t.Errorf("freed %+v, %v", freed, err)
	}
	after, err := s.Usage()
	if err != nil || after.Images != 1 || after.Roots != 2 || after.Bytes >= before.Bytes {
		t.Errorf("usage %+v, %v", after, err)
	}
	never := container.ImageRequest{Ref: host + "/new:v1", Policy: corev1.PullNever}
	again := open(t, o)
	if _, err := again.Get(t.Context(), never); err != nil {
		t.Errorf("what was used is gone: %v", err)
	}
	if err := errors.Join(user.Close(), s.Close(), again.Close()); err != nil {
		t.Fatal(err)
	}
	last := open(t, o)
	if _, err := last.Prune(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if got, err := last.Usage(); err != nil || got.Images != 0 || got.Bytes != 0 {
		t.Errorf("usage after all was removed: %+v, %v", got, err)
	}
	if _, err := last.Get(t.Context(), request(host+"/old:v1")); err != nil {
		t.Errorf("pulling again: %v", err)
	}
}

// age makes everything in the cache a day old.
func age(t *testing.T, dir string) {
	t.Helper()
	day := time.Now().Add(-24 * time.Hour)
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(path, day, day))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{}, {Dir: "d", Platform: "linux"}, {Dir: "d", Platform: "a/b/c/d"}, {Dir: "d", Owners: "someone"}} {
		if _, err := Open(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	tests := []struct {
		want string
		have []string
		best int
	}{
		{"linux/amd64", []string{"windows/amd64", "linux/arm64", "linux/amd64"}, 2},
		{"linux/amd64", []string{"linux/amd64/v3", "linux/amd64"}, 1},
		{"linux/arm64", []string{"linux/arm/v7", "linux/arm64/v8"}, 1},
		{"linux/arm/v7", []string{"linux/arm/v6", "linux/arm/v7", "linux/arm/v5"}, 1},
		{"linux/arm/v7", []string{"linux/arm/v5", "linux/arm/v6"}, 1},
		{"linux/arm/v6", []string{"linux/arm/v7"}, -1},
		{"linux/amd64", []string{"unknown/unknown", "linux/386"}, -1},
	}
	for _, tt := range tests {
		want, err := platformOf(tt.want)
		if err != nil {
			t.Fatal(err)
		}
		var manifests []v1.Descriptor
		for i, have := range tt.have {
			p, err := v1.ParsePlatform(have)
			if err != nil {
				t.Fatal(err)
			}
			manifests = append(manifests, v1.Descriptor{Platform: p, Size: int64(i)})
		}
		got, err := choose(manifests, want)
		if (err != nil) != (tt.best < 0) || err == nil && got.Size != int64(tt.best) {
			t.Errorf("%s of %v: %d, %v", tt.want, tt.have, got.Size, err)
		}
	}
}

// BenchmarkWarmGet is what a run waits for if the image is present: first in a process, and again.
func BenchmarkWarmGet(b *testing.B) {
	host, _ := serve(b, nil)
	var layers []v1.Layer
	for i := range 10 {
		layers = append(layers, layerOf(b, file(fmt.Sprint(i), "x")))
	}
	push(b, host+"/app:v1", indexOf(b, map[string]v1.Image{testPlatform: imageOf(b, testPlatform, layers...)}))
	o := Options{Dir: b.TempDir()}
	s := open(b, o)
	if _, err := s.Get(b.Context(), request(host+"/app:v1")); err != nil {
		b.Fatal(err)
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(Options{Dir: o.Dir, Platform: testPlatform})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := s.Get(b.Context(), request(host+"/app:v1")); err != nil {
				b.Fatal(err)
			}
			_ = s.Close()
		}
	})
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Get(b.Context(), request(host+"/app:v1")); err != nil {
				b.Fatal(err)
			}
		}
	})
}
