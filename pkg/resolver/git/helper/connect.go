package helper

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/net/proxy"
)

// streams are those of the process, which are git's.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func stdio() streams { return streams{os.Stdin, os.Stdout, os.Stderr} }

// dial connects to the job's address, whatever git has made of it. Who may be connected to is for the proxy to say.
func (j Job) dial() (net.Conn, error) {
	dialer, err := proxy.SOCKS5("tcp", j.Proxy, &proxy.Auth{User: j.ProxyUser, Password: j.ProxyPassword}, proxy.Direct)
	if err != nil {
		return nil, err
	}
	conn, err := dialer.Dial("tcp", j.Address)
	if err != nil {
		return nil, fmt.Errorf("cannot connect to the host: %w", err)
	}
	return conn, nil
}

// connect stands for a connection to the host and port that are the arguments.
func (j Job) connect(args []string, s streams) error {
	if len(args) != 2 {
		return errors.New("a host and a port are needed")
	}
	conn, err := j.dial()
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the process ends
	go func() {
		// Git closes its end when it has no more to say; the answer may still be coming.
		_, _ = io.Copy(conn, s.in)
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}()
	_, err = io.Copy(s.out, conn)
	return err
}
