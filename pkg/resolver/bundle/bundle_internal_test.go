package bundle

import (
	"bytes"
	"testing"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

func TestInsecure(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ ref, insecure, scheme string }{
		{"registry.example/a/b", "", "https"},
		{"registry.example/a/b", "other.example, Registry.Example", "http"},
		{"registry.example:5000/a/b", "registry.example", "http"},
		{"registry.example:5000/a/b", "registry.example:5000", "http"},
		{"registry.example:5000/a/b", "registry.example:5001", "https"},
		{"a.registry.example/a/b", "registry.example", "https"},
		{"a/b", "a", "https"},
		{"a/b", ",,", "https"},
		{"127.0.0.1:5000/a/b", "", "http"},
	} {
		ref, err := parseReference(tc.ref, tc.insecure)
		if err != nil || ref.Context().Scheme() != tc.scheme {
			t.Errorf("%s with %q: %v, error %v, want %s", tc.ref, tc.insecure, ref, err, tc.scheme)
		}
	}
}

// FuzzUnpack has layers with any body.
func FuzzUnpack(f *testing.F) {
	f.Add([]byte("kind: Task"))
	f.Add([]byte{0x1f, 0x8b, 8})
	archive := make([]byte, 1024)
	copy(archive[magicAt:], tarMagic)
	f.Add(archive)
	f.Fuzz(func(t *testing.T, layer []byte) {
		document, err := unpack(bytes.Clone(layer))
		if _, known := failure.As(err); err != nil && (!known || document != nil) {
			t.Errorf("error %v", err)
		}
		if len(document) > framework.MaxDocument {
			t.Errorf("%d bytes", len(document))
		}
	})
}
