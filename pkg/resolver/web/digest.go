package web

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// digest is what a document has to have; the zero value is had by every document.
type digest struct {
	algorithm string
	sum       []byte
}

// sizes are the algorithms, with the length of their digests in bytes.
var sizes = map[string]int{"sha256": sha256.Size, "sha512": sha512.Size}

func parseDigest(text string) (digest, error) {
	algorithm, digits, ok := strings.Cut(text, ":")
	if !ok {
		return digest{}, errors.New("invalid digest format: it has to be sha256:<64 hex digits> or sha512:<128 hex digits>")
	}
	size, ok := sizes[algorithm]
	if !ok {
		return digest{}, errors.New("invalid digest algorithm: it has to be sha256 or sha512")
	}
	sum, err := hex.DecodeString(digits)
	if err != nil || len(sum) != size {
		return digest{}, fmt.Errorf("invalid digest format: %s needs %d hex digits", algorithm, 2*size)
	}
	return digest{algorithm, sum}, nil
}

func (d digest) check(data []byte) error {
	var got []byte
	switch d.algorithm {
	case "":
		return nil
	case "sha512":
		sum := sha512.Sum512(data)
		got = sum[:]
	default:
		sum := sha256.Sum256(data)
		got = sum[:]
	}
	if !bytes.Equal(got, d.sum) {
		return fmt.Errorf("SHA mismatch, expected %x, got %x", d.sum, got)
	}
	return nil
}
