package kms

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/kms/fake"

	"github.com/tenon-ci/tenon/pkg/failure"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		none    = "its kms is no address of a key: "
		unknown = "its kms is at a service that is not known, "
		form    = "its kms is no address of a key that may be asked for at the "
	)
	for uri, want := range map[string]string{
		"awskms:///arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": "",
		"awskms:///alias/Example_1":                                          "",
		"awskms://kms.us-east-1.amazonaws.com/alias/e":                       "",
		"awskms://vpce-0-1.kms.us-east-1.vpce.amazonaws.com/alias/e":         "",
		"awskms://localhost:4566/alias/e":                                    form + "awskms service: write it like awskms:///arn",
		"awskms://kms.us-east-1.amazonaws.com.evil.example/alias/e":          form,
		"awskms://evil.example/kms.us-east-1.amazonaws.com/alias/e":          form,
		"azurekms://v.vault.azure.net/k":                                     "",
		"azurekms://v.vault.azure.net/k/0123abc":                             "",
		"azurekms://hsm.managedhsm.azure.net/k":                              "",
		"azurekms://evil.example/k":                                          form,
		"azurekms://v.vault.azure.net.evil.example/k":                        form,
		"azurekms://v.vault.azure.net@evil.example/k":                        form,
		"azurekms://169.254.169.254/k":                                       form,
		"gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k":            "",
		"gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/versions/1": "",
		"gcpkms://projects/p":                                                form,
		"hashivault://key":                                                   "",
		"hashivault://../sys":                                                form,
		"openbao://key":                                                      unknown + "openbao: ",
		"fakekms://key":                                                      unknown + "fakekms: ",
		"sh://key":                                                           unknown + "sh: ",
		"key":                                                                none,
		"":                                                                   none,
	} {
		got := ""
		if err := (Services{}).Check(uri); err != nil {
			got = err.Error()
		}
		if want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", uri, got, want)
		}
	}
}

// TestPublicKey has a signature by a service, and the key that it gives.
func TestPublicKey(t *testing.T) {
	t.Parallel()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithValue(context.Background(), fake.KmsCtxKey{}, private)
	signer, err := fake.LoadSignerVerifier(ctx, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.SignMessage(bytes.NewReader([]byte("message")))
	if err != nil {
		t.Fatal(err)
	}
	key, err := Services{}.PublicKey(ctx, fake.ReferenceScheme+"key")
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := signature.LoadVerifier(key, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.VerifySignature(bytes.NewReader(signed), bytes.NewReader([]byte("message"))); err != nil {
		t.Error(err)
	}
	if _, err := (Services{}).PublicKey(context.WithValue(ctx, fake.KmsCtxKey{}, "no key"), fake.ReferenceScheme+"key"); err == nil || failure.ClassOf(err) == failure.Invalid {
		t.Errorf("error %v", err)
	}
}

type answer int

func (a answer) Error() string       { return "answer" }
func (a answer) HTTPStatusCode() int { return int(a) }

func TestClassify(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err    error
		passes bool
	}{
		{context.DeadlineExceeded, true},
		{&net.OpError{Op: "dial", Err: errors.New("x")}, true},
		{&net.DNSError{Err: "x"}, true},
		{answer(503), true},
		{answer(429), true},
		{answer(403), false},
		{errors.New("rpc error: code = Unavailable desc = x"), true},
		{errors.New("rpc error: code = PermissionDenied desc = x"), false},
		{errors.New("GET https://x\n---\nRESPONSE 503: 503 Service Unavailable\nERROR CODE UNAVAILABLE"), true},
		{errors.New("GET https://x\n---\nRESPONSE 404: 404 Not Found\nERROR CODE UNAVAILABLE"), false},
		{errors.New("Error making API request.\n\nURL: GET x\nCode: 500. Errors:"), true},
		{errors.New("Error making API request.\n\nURL: GET x\nCode: 403. Errors:"), false},
		{errors.New("operation error KMS: ThrottlingException: Rate exceeded"), true},
		{errors.New("VAULT_ADDR is not set"), false},
	} {
		err := classify(tc.err)
		f, ok := failure.As(err)
		if passes := ok && f.Class == failure.Transient; passes != tc.passes || !errors.Is(err, tc.err) {
			t.Errorf("%v: passes %v", tc.err, passes)
		}
	}
}
