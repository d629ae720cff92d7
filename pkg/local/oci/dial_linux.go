package oci

import (
	"context"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Dial implements [container.Dialer].
func (s *sandbox) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if !s.ownNetwork {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	var namespace *os.File
	err := s.runtime.place.do(func() (err error) {
		namespace, err = os.Open(s.joined["net"])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("opening the network of the pod: %w", err)
	}
	defer namespace.Close() //nolint:errcheck // it was opened to be entered
	type outcome struct {
		conn net.Conn
		err  error
	}
	done := make(chan outcome, 1)
	onOwnThread(func() {
		if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- outcome{err: fmt.Errorf("entering the network of the pod: %w", err)}
			return
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		done <- outcome{conn, err}
	})
	out := <-done
	return out.conn, out.err
}
