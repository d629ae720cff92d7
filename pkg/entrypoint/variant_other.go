//go:build !linux

package entrypoint

func variant() string { return "" }
