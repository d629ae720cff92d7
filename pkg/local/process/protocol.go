package process

import (
	"syscall"
)

// kill ends a process for certain.
const kill = syscall.SIGKILL

// Each container, and each command that is run in one, has a connection of its own between the runtime and the server. The runtime
// sends a request and then signals; the server answers with started and later with ended. When the connection is closed, the server
// kills what was started.

// request is the first message of a connection.
type request struct {
	ID   int    // of the container
	Exec bool   // run the command in that container, which was started before
	Dir  string // where the server may mount the new root
	Args []string
	Env  []string

	WorkingDir      string
	Mounts          []bind
	UID, GID        *int64
	Groups          []int64
	User            string
	NoNewPrivileges bool
	TTY             bool
	Hosts           []string
}

// bind is a mount.
type bind struct {
	Source, Target      string
	ReadOnly, Recursive bool
}

// signal is what the runtime sends later.
type signal struct{ Number int }

// started says how the start went: Reason and Error are empty if there is a process.
type started struct {
	Reason string
	Code   int32
	Error  string
}

// ended says that the process and everything that it began is gone.
type ended struct{ Code int32 }
