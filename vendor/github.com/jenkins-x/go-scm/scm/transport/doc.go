// Package transport provides facilities for setting up
// authenticated http.RoundTripper given credentials and
// base RoundTripper.
package transport
