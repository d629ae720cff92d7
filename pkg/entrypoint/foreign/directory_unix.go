//go:build unix && !linux

package foreign

import "golang.org/x/sys/unix"

// directory opens a directory to look names up in.
const directory = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC
