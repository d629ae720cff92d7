package oci

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// capabilityNames are in the order of the kernel's numbers.
func capabilityNames() []string {
	return strings.Fields(`CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP
CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER CAP_SYS_MODULE
CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME
CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG
CAP_WAKE_ALARM CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE`)
}

// capabilities are those of a container: containerd's, without CAP_MKNOD, and what its security context says. Those that this process
// does not have itself can't be given.
func capabilities(spec *container.Spec, own uint64) ([]string, error) {
	all := capabilityNames()
	set := map[string]bool{}
	for _, name := range strings.Fields(`CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_NET_RAW CAP_SETGID CAP_SETUID CAP_SETFCAP
CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_KILL CAP_AUDIT_WRITE`) {
		set[name] = true
	}
	change := func(names []string, have bool) error {
		for _, name := range names {
			name = strings.ToUpper(name)
			if name == "ALL" {
				for _, name := range all {
					set[name] = have
				}
				continue
			}
			if !strings.HasPrefix(name, "CAP_") {
				name = "CAP_" + name
			}
			if !slices.Contains(all, name) {
				return fmt.Errorf("unknown capability %q", name)
			}
			set[name] = have
		}
		return nil
	}
	add, drop := spec.AddCapabilities, spec.DropCapabilities
	if spec.Privileged {
		add, drop = []string{"ALL"}, nil
	}
	// ALL comes first, so that single names are exceptions from it.
	for _, step := range []struct {
		names []string
		have  bool
	}{{only(add, true), true}, {only(drop, true), false}, {only(add, false), true}, {only(drop, false), false}} {
		if err := change(step.names, step.have); err != nil {
			return nil, err
		}
	}
	var names []string
	for number, name := range all {
		if set[name] && own&(1<<number) != 0 {
			names = append(names, name)
		}
	}
	return names, nil
}

// only returns the names that are ALL, or those that are not.
func only(names []string, all bool) []string {
	var found []string
	for _, name := range names {
		if strings.EqualFold(name, "ALL") == all {
			found = append(found, name)
		}
	}
	return found
}

// boundingSet has a bit for each capability that this process can give.
func boundingSet() (uint64, error) {
	data, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, "CapPrm:"); ok {
			return strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		}
	}
	return 0, fmt.Errorf("the kernel does not say which capabilities this process has")
}
