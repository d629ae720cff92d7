package trust

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // hash functions of signatures
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
)

// Bounds of RSA keys, in bits: shorter ones are not safe, and longer ones would take the controller long to check.
const (
	shortestRSA = 2048
	longestRSA  = 8192
)

// hashes are the hash functions that an authority can name (contract 4 §4.1).
var hashes = map[string]crypto.Hash{
	"": crypto.SHA256, "sha224": crypto.SHA224, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512,
}

// Hash returns the hash function that an authority names; none stands for SHA-256.
func Hash(algorithm v1alpha1.HashAlgorithm) (crypto.Hash, error) {
	hash, ok := hashes[strings.ToLower(string(algorithm))]
	if !ok {
		return 0, fmt.Errorf("hashAlgorithm %q is not known: use sha224, sha256, sha384 or sha512", algorithm)
	}
	return hash, nil
}

// key is a public key with the hash functions that its signatures may be made with; a signature by any of them is one.
type key struct {
	// id stands for both in caches.
	id        [sha256.Size]byte
	verifiers []signature.Verifier
}

func newKey(public crypto.PublicKey, hashes ...crypto.Hash) (*key, error) {
	if err := checkStrength(public); err != nil {
		return nil, err
	}
	der, err := cryptoutils.MarshalPublicKeyToDER(public)
	if err != nil {
		return nil, fmt.Errorf("it is a key of a type that is not supported: use one for ECDSA, RSA or Ed25519")
	}
	k := &key{}
	digest := sha256.New()
	_, _ = digest.Write(der)
	for _, hash := range hashes {
		verifier, err := signature.LoadVerifier(public, hash)
		if err != nil {
			return nil, fmt.Errorf("it cannot be used with %s: use another hashAlgorithm", hash)
		}
		k.verifiers = append(k.verifiers, verifier)
		_ = binary.Write(digest, binary.BigEndian, uint64(hash))
	}
	digest.Sum(k.id[:0])
	return k, nil
}

// verifies tells whether the signature is one of the sum by this key. Ed25519 signs the sum as it is; the others hash it again.
func (k *key) verifies(sum [sha256.Size]byte, signed []byte) bool {
	for _, v := range k.verifiers {
		if v.VerifySignature(bytes.NewReader(signed), bytes.NewReader(sum[:])) == nil {
			return true
		}
	}
	return false
}

func checkStrength(public crypto.PublicKey) error {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < shortestRSA || bits > longestRSA {
			return fmt.Errorf("it is an RSA key of %d bits: use one of %d to %d", bits, shortestRSA, longestRSA)
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() && k.Curve != elliptic.P384() && k.Curve != elliptic.P521() {
			return fmt.Errorf("it is an ECDSA key of curve %s: use one of P-256, P-384 or P-521", k.Curve.Params().Name)
		}
	case ed25519.PublicKey:
	default:
		return fmt.Errorf("it is a key of a type that is not supported: use one for ECDSA, RSA or Ed25519")
	}
	return nil
}

// parsePEM reads exactly one public key. Its errors never show any of the text, which may be that of a private key.
func parsePEM(text []byte) (crypto.PublicKey, error) {
	const begin = "-----BEGIN"
	start := bytes.Index(text, []byte(begin))
	if start < 0 {
		return nil, fmt.Errorf(`it is not in PEM form: it has to begin with "-----BEGIN PUBLIC KEY-----"`)
	}
	block, rest := pem.Decode(text[start:])
	switch {
	case block == nil, bytes.Count(text[:len(text)-len(rest)], []byte(begin)) > 1:
		// The decoder leaves out what it cannot read, and goes on behind it.
		return nil, fmt.Errorf("its PEM block cannot be read: check that it was copied whole, with its line breaks")
	case bytes.Contains(rest, []byte(begin)):
		return nil, fmt.Errorf("it has more than one PEM block: give each key an authority of its own")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, fmt.Errorf("there is something behind its PEM block: remove it")
	case strings.Contains(block.Type, "PRIVATE KEY"):
		return nil, fmt.Errorf("it is a private key: put the public key in its place, and no longer use the private one, which others could read")
	case block.Type == "CERTIFICATE":
		return nil, fmt.Errorf("it is a certificate: put the public key in its place")
	}
	public, err := cryptoutils.UnmarshalPEMToPublicKey(text[start:])
	if err != nil {
		return nil, fmt.Errorf("it is not a public key that can be read: use one for ECDSA, RSA or Ed25519, in a block of type PUBLIC KEY")
	}
	return public, nil
}
