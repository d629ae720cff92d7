package entrypoint

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// variant is the processor's variant, in the form of image indexes, with a slash before it.
func variant() string {
	switch runtime.GOARCH {
	case "arm64":
		return "/v8"
	case "arm":
		var name unix.Utsname
		if unix.Uname(&name) != nil {
			return ""
		}
		switch machine := unix.ByteSliceToString(name.Machine[:]); {
		case len(machine) >= 5 && (machine[4] == '6' || machine[4] == '7'):
			return "/v" + machine[4:5]
		case machine == "aarch64" || machine == "armv8l":
			return "/v8"
		}
	}
	return ""
}
