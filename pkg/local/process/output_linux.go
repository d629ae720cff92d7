package process

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// outputs makes what a process writes to, and what it is read from: a pipe, or a terminal.
func outputs(tty bool) (mine, its *os.File, err error) {
	if !tty {
		return os.Pipe()
	}
	mine, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making a terminal: %w", err)
	}
	its, err = other(mine)
	if err != nil {
		_ = mine.Close()
		return nil, nil, fmt.Errorf("making a terminal: %w", err)
	}
	return mine, its, nil
}

// other opens the end of a terminal that programs use.
func other(mine *os.File) (*os.File, error) {
	raw, err := mine.SyscallConn()
	if err != nil {
		return nil, err
	}
	var number int
	var failed error
	err = raw.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed == nil {
			number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	return os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
}
