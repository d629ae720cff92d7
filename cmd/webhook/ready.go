package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"time"
)

// serving answers a readiness probe by a TLS handshake with the webhook's own port: the API server can use the webhook
// from the moment it has a certificate, and not before.
func serving(port int) http.HandlerFunc {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return func(w http.ResponseWriter, _ *http.Request) {
		dialer := tls.Dialer{
			NetDialer: &net.Dialer{Timeout: time.Second},
			// The peer is this process; whether clients trust its certificate is not the question.
			Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, //nolint:gosec // loopback to itself
		}
		conn, err := dialer.Dial("tcp", address)
		if err != nil {
			http.Error(w, "not serving yet: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		_ = conn.Close()
		w.WriteHeader(http.StatusOK)
	}
}
