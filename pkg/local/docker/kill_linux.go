package docker

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// killProcess kills a process of a container. The engine may run in another place, where its numbers mean other processes than here.
func killProcess(pid int, id string) {
	groups, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if err == nil && strings.Contains(string(groups), id) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}
