package foreign

import "golang.org/x/sys/unix"

// directory opens a directory to look names up in, which takes no right to list it.
const directory = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
