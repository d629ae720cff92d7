//go:build !unix

package handover

import "io"

const lockFile = "alive"

type nothing struct{}

func (nothing) Close() error { return nil }

// Hold does nothing: there are no locks of this kind here.
func Hold(int, Place) (io.Closer, error) { return nothing{}, nil }

// Lock does nothing: there are no locks of this kind here.
func Lock(string) (io.Closer, error) { return nothing{}, nil }

// OnDeath sees nothing.
func OnDeath(string, func()) bool { return false }

// OnUnlock sees nothing.
func OnUnlock(string, func()) bool { return false }
