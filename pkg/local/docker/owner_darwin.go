package docker

import (
	"os"

	"golang.org/x/sys/unix"
)

// startTime is when the process began, in microseconds; 0 if there is none.
func startTime(pid int) int64 {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return 0
	}
	return info.Proc.P_starttime.Sec*1_000_000 + int64(info.Proc.P_starttime.Usec)
}

// hostID names what the number of a process belongs to.
func hostID() string {
	name, err := os.Hostname()
	if err != nil {
		return "darwin"
	}
	return name
}
