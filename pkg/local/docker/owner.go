package docker

import (
	"maps"
	"os"
	"strconv"
	"strings"
)

// Labels of all containers that are made here.
const (
	labelRun   = "tenon.dev/run"
	labelOwner = "tenon.dev/owner" // pid and start time of the program
	labelHost  = "tenon.dev/host"  // what the pid is a number in
	labelPod   = "tenon.dev/pod"
	labelName  = "tenon.dev/container"
	labelRole  = "tenon.dev/role"
)

// Roles of containers.
const (
	roleSandbox   = "sandbox"
	roleContainer = "container"
	roleCopy      = "copy" // never started; an image is copied out of it
)

// ownLabels mark what this program makes, so that it can be found when the program is gone.
func ownLabels(run string) map[string]string {
	pid := os.Getpid()
	return map[string]string{
		labelRun: run, labelOwner: strconv.Itoa(pid) + "." + strconv.FormatInt(startTime(pid), 10), labelHost: hostID(),
	}
}

// labelled are the runtime's labels and those of one container.
func (r *Runtime) labelled(pod, name, role string) map[string]string {
	labels := maps.Clone(r.labels)
	labels[labelPod], labels[labelName], labels[labelRole] = pod, name, role
	return labels
}

// abandoned says whether the program that made something with these labels is gone for certain. A program of another machine, or of
// another container that shares the engine, cannot be seen from here.
func abandoned(labels map[string]string) bool {
	if labels[labelHost] != hostID() {
		return false
	}
	number, began, ok := strings.Cut(labels[labelOwner], ".")
	pid, err := strconv.Atoi(number)
	if !ok || err != nil {
		return false
	}
	then, err := strconv.ParseInt(began, 10, 64)
	return err == nil && startTime(pid) != then
}
