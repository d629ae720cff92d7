package git

import (
	"bytes"
	"os"
)

// systemAuthorities are the certificate authorities of the image.
const systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

// authorities returns the certificates of the system and those that SSL_CERT_FILE adds, in PEM. Go takes the latter for an addition,
// as SSL_CERT_DIR has the system's; git knows one file alone. It returns nil if nothing is added.
func authorities() []byte {
	extra, err := os.ReadFile(os.Getenv("SSL_CERT_FILE"))
	if err != nil || len(bytes.TrimSpace(extra)) == 0 {
		return nil
	}
	// Without the file, the added ones are all there are.
	system, _ := os.ReadFile(systemAuthorities)
	return append(append(system, '\n'), extra...)
}
