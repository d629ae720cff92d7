package trust

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"fmt"

	"github.com/sigstore/sigstore/pkg/signature"
)

// Sign returns the annotation that says that a key signed a resource (contract 4 §4.4).
func Sign(r *Resource, key crypto.PrivateKey, hash crypto.Hash) (string, error) {
	signer, err := signature.LoadSigner(key, hash)
	if err != nil {
		return "", fmt.Errorf("using the key: %w", err)
	}
	sum, err := r.Sum()
	if err != nil {
		return "", err
	}
	signed, err := signer.SignMessage(bytes.NewReader(sum[:]))
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	return base64.StdEncoding.EncodeToString(signed), nil
}
