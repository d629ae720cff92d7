package oci

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// terminal makes a terminal. Runtimes copy between that of a container, which they make inside it, and the one they have themselves:
// this one. What is written to user comes out of control.
func terminal() (control, user *os.File, err error) {
	// Non-blocking, so that a read of it ends when it is closed.
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making a terminal: %w", err)
	}
	control = os.NewFile(uintptr(fd), "terminal")
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		_ = control.Close()
		return nil, nil, fmt.Errorf("unlocking a terminal: %w", err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		_ = control.Close()
		return nil, nil, fmt.Errorf("making a terminal: %w", err)
	}
	_ = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	user, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		_ = control.Close()
		return nil, nil, fmt.Errorf("opening a terminal: %w", err)
	}
	return control, user, nil
}
