//go:build !unix

package entrypoint

const nonBlocking = 0
