package docker

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// startTime is when the process began, in ticks since the system did; 0 if there is none.
func startTime(pid int) int64 {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// The name, in parentheses, may have anything in it. The start time is the 20th field after it.
	_, rest, _ := bytes.Cut(content[max(bytes.LastIndexByte(content, ')'), 0):], []byte(" "))
	fields := bytes.Fields(rest)
	if len(fields) < 20 {
		return 0
	}
	ticks, err := strconv.ParseInt(string(fields[19]), 10, 64)
	if err != nil {
		return 0
	}
	return ticks
}

// hostID names what the number of a process belongs to: this start of the system, and the namespace.
func hostID() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "linux"
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		namespace = ""
	}
	return strings.TrimSpace(string(boot)) + "/" + namespace
}
