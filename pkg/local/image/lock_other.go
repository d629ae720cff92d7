//go:build !unix

package image

import "context"

// lock does nothing here: nothing is unpacked on such systems, and files are renamed into place.
type lock struct{}

func openLock(string) (*lock, error) { return &lock{}, nil }

func (l *lock) try(bool) bool { return true }

// Close does nothing.
func (l *lock) Close() error { return nil }

func wait(ctx context.Context) error { return ctx.Err() }
