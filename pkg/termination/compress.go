package termination

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// compressedPrefix marks a message that is a raw DEFLATE stream in unpadded standard base64.
const compressedPrefix = "tknz:"

// maxExpanded is the most bytes that a compressed message may expand to.
const maxExpanded = 128 << 10

func compress(text string) string {
	var packed bytes.Buffer
	// Neither a valid level nor a buffer can fail.
	w, _ := flate.NewWriter(&packed, flate.BestCompression)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return compressedPrefix + base64.RawStdEncoding.EncodeToString(packed.Bytes())
}

func expand(message string) (string, error) {
	packed, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(message, compressedPrefix))
	if err != nil {
		return "", fmt.Errorf("decoding base64: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxExpanded+1))
	if err != nil {
		return "", fmt.Errorf("expanding: %w", err)
	}
	if len(text) > maxExpanded {
		return "", fmt.Errorf("expanding: it is longer than %d bytes", maxExpanded)
	}
	return string(text), nil
}
