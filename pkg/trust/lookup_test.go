package trust

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// services answer for key management services.
type services struct {
	answer func(ctx context.Context, uri string) (crypto.PublicKey, error)
	// asked has the address of each request.
	asked chan string
}

func newServices(answer func(ctx context.Context, uri string) (crypto.PublicKey, error)) *services {
	return &services{answer: answer, asked: make(chan string, 100)}
}

func (s *services) Check(uri string) error {
	if !strings.HasPrefix(uri, "gcpkms://") {
		return errors.New("its kms is at a service that is not known")
	}
	return nil
}

func (s *services) PublicKey(ctx context.Context, uri string) (crypto.PublicKey, error) {
	s.asked <- uri
	return s.answer(ctx, uri)
}

func inKMS(uri string, hash v1alpha1.HashAlgorithm) v1alpha1.Authority {
	return authority("a", &v1alpha1.KeyRef{KMS: uri, HashAlgorithm: hash})
}

// settled is the verdict once no look-up is under way.
func (w world) settled(t *testing.T, o Object) string {
	t.Helper()
	for range 2000 {
		got := w.verdict(context.Background(), o)
		if !strings.Contains(got, errPending.Error()) {
			return got
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("a look-up does not end")
	return ""
}

func public(p pair) crypto.PublicKey { return p.private.(crypto.Signer).Public() }

func TestKMS(t *testing.T) {
	t.Parallel()
	const from = "failed to get verifiers from policy: VerificationPolicy p, authority a: "
	const refusal = "the gcpkms service did not give the key: check its address, and see the log of the controller, whose identity needs the right to read public keys"
	good := pairs["ecdsa"]
	for name, tc := range map[string]struct {
		uri    string
		key    crypto.PublicKey
		err    error
		panics bool
		signed crypto.Hash
		hash   v1alpha1.HashAlgorithm
		want   string
	}{
		"signed":                       {key: public(good), signed: crypto.SHA256, want: "passed"},
		"with the hash of the service": {key: public(good), signed: crypto.SHA512, want: "passed"},
		"with another hash than named": {key: public(good), signed: crypto.SHA512, hash: "sha256", want: "refused: " + fails + "p" + noKey},
		"by a stranger":                {key: public(pairs["other"]), signed: crypto.SHA256, want: "refused: " + fails + "p" + noKey},
		"weak":                         {key: public(pairs["p224"]), want: "refused: " + from + "the key behind its kms address is not usable: it is an ECDSA key of curve P-224"},
		"of no type":                   {key: "text", want: "refused: " + from + "the key behind its kms address is not usable: it is a key of a type"},
		"refused":                      {err: errors.New("secret-words"), want: "refused: " + from + refusal},
		"in trouble":                   {err: failure.Transientf("", "secret-words"), want: "later: " + from + refusal},
		"nothing":                      {want: "refused: " + from + refusal},
		"panics":                       {panics: true, want: "refused: " + from + refusal},
		"unknown":                      {uri: "other://k", want: "refused: " + from + "its kms is at a service that is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServices(func(context.Context, string) (crypto.PublicKey, error) {
				if tc.panics {
					panic("secret-words")
				}
				return tc.key, tc.err
			})
			uri := tc.uri
			if uri == "" {
				uri = "gcpkms://k"
			}
			w := newWorld(t, s, []*v1alpha1.VerificationPolicy{policy("p", "", inKMS(uri, tc.hash))})
			o := task()
			if tc.signed != 0 {
				o = signed(t, o, good, tc.signed)
			}
			got := w.settled(t, o)
			if tc.want == "passed" && got != tc.want || !strings.HasPrefix(got, tc.want) || strings.Contains(got, "secret-words") {
				t.Errorf("verdict %s, want %s", got, tc.want)
			}
			again := w.settled(t, o)
			if again != got || len(s.asked) > 1 {
				t.Errorf("then %s, after %d requests", again, len(s.asked))
			}
		})
	}
}

// TestKMSDoesNotHoldAnybodyUp has a service that does not answer: looks at it return at once, and only so many are under way.
func TestKMSDoesNotHoldAnybodyUp(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	key := public(pairs["ecdsa"])
	s := newServices(func(context.Context, string) (crypto.PublicKey, error) { <-hold; return key, nil })
	w := newWorld(t, s, nil)
	const all = 2 * lookupsOfScheme
	for range 3 {
		for i := range all {
			if _, err := w.keys.lookups.get(context.Background(), fmt.Sprintf("gcpkms://%d", i)); !errors.Is(err, errPending) || failure.ClassOf(err) != failure.Transient {
				t.Fatalf("error %v", err)
			}
		}
	}
	for range lookupsOfScheme {
		<-s.asked
	}
	if len(s.asked) != 0 {
		t.Errorf("%d more look-ups are under way than may be", len(s.asked))
	}
	close(hold)
	for i := range all {
		for tries := 0; ; tries++ {
			got, err := w.keys.lookups.get(context.Background(), fmt.Sprintf("gcpkms://%d", i))
			if err == nil && got == key {
				break
			}
			if tries > 2000 || !errors.Is(err, errPending) {
				t.Fatalf("key %d: %v", i, err)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

func TestKMSIsRemembered(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err error
		ttl time.Duration
	}{
		"key":     {nil, keyTTL},
		"trouble": {failure.Transientf("", "x"), restTTL},
		"refusal": {errors.New("x"), refusalTTL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServices(func(context.Context, string) (crypto.PublicKey, error) {
				if tc.err != nil {
					return nil, tc.err
				}
				return public(pairs["rsa"]), nil
			})
			w := newWorld(t, s, []*v1alpha1.VerificationPolicy{policy("p", "", inKMS("gcpkms://k", ""))})
			for _, look := range []struct {
				after time.Duration
				asked int
			}{{0, 1}, {tc.ttl - time.Second, 1}, {2 * time.Second, 2}} {
				w.clock.SetTime(w.clock.Now().Add(look.after))
				w.settled(t, task())
				if got := len(s.asked); got != look.asked {
					t.Errorf("%d requests %s later, want %d", got, look.after, look.asked)
				}
			}
		})
	}
}

// TestPendingKeysOfWarnings shows that what a key says is waited for even where it only warns.
func TestPendingKeysOfWarnings(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	private, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := newServices(func(context.Context, string) (crypto.PublicKey, error) { <-hold; return private.Public(), nil })
	w := newWorld(t, s, []*v1alpha1.VerificationPolicy{policy("p", "warn", inKMS("gcpkms://k", ""))})
	o := signed(t, task(), newPair(private), crypto.SHA384)
	if got := w.verdict(context.Background(), o); !strings.HasPrefix(got, "later: ") {
		t.Errorf("verdict %s", got)
	}
	close(hold)
	if got := w.settled(t, o); got != "passed" {
		t.Errorf("verdict %s", got)
	}
}
