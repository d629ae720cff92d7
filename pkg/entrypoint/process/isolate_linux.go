package process

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// isolate makes the new process start in namespaces of its own (contract 2 §2.12). All ids are mapped to themselves
// where this process may do that, else its own id alone, which is all that users without privileges can have.
func isolate(sys *syscall.SysProcAttr) error {
	sys.Cloneflags |= unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUSER
	if !maySetIDs() {
		sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
		sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
		return nil
	}
	var err error
	if sys.UidMappings, err = ownIDs("/proc/self/uid_map"); err != nil {
		return err
	}
	if sys.GidMappings, err = ownIDs("/proc/self/gid_map"); err != nil {
		return err
	}
	sys.GidMappingsEnableSetgroups = true
	return nil
}

// maySetIDs reports whether this process has the capabilities to map ids other than its own.
func maySetIDs() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	const need = 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID
	return data[0].Effective&need == need
}

func ownIDs(file string) ([]syscall.SysProcIDMap, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("reading id mapping: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	ids, err := parseIDs(f)
	if err != nil {
		return nil, fmt.Errorf("reading id mapping %s: %w", file, err)
	}
	return ids, nil
}

// parseIDs returns a mapping of each id of this namespace to itself; the lines are: first id here, first id outside,
// count.
func parseIDs(r io.Reader) ([]syscall.SysProcIDMap, error) {
	var ids []syscall.SysProcIDMap
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 3 {
			return nil, fmt.Errorf("line %q has not three fields", lines.Text())
		}
		first, err := strconv.Atoi(fields[0])
		if err != nil {
			return nil, err
		}
		count, err := strconv.Atoi(fields[2])
		if err != nil {
			return nil, err
		}
		ids = append(ids, syscall.SysProcIDMap{ContainerID: first, HostID: first, Size: count})
	}
	return ids, lines.Err()
}
