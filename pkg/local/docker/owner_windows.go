package docker

import (
	"os"

	"golang.org/x/sys/windows"
)

// startTime is when the process began, in nanoseconds; 0 if there is none.
func startTime(pid int) int64 {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return 0
	}
	defer func() { _ = windows.CloseHandle(process) }()
	var began, ended, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(process, &began, &ended, &kernel, &user); err != nil {
		return 0
	}
	var code uint32
	const stillActive = 259
	if err := windows.GetExitCodeProcess(process, &code); err != nil || code != stillActive {
		return 0
	}
	return began.Nanoseconds()
}

// hostID names what the number of a process belongs to.
func hostID() string {
	name, err := os.Hostname()
	if err != nil {
		return "windows"
	}
	return name
}
