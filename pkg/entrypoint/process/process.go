// Package process starts the user's process of a step, signals the whole group it leads and waits for its end. It
// neither reads pipes nor waits for anything but the process itself, so that nothing it left behind can hold a step up.
// It depends on the standard library and x/sys only.
package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Spec says what to start.
type Spec struct {
	// Argv is the command line; its first word is looked up in the PATH of Env.
	Argv []string
	// Env is the whole environment.
	Env []string
	// Stdout and Stderr are inherited; the standard input is the null device.
	Stdout, Stderr *os.File
	// Hermetic starts the process in network, mount, process and user namespaces of its own, so without network.
	Hermetic bool
	// Reap also collects ended processes that were left to this one, as the first process of a container has to. There
	// must be no other child then.
	Reap bool
}

// Exit is how a process ended.
type Exit struct {
	// Code is the exit code; it has no meaning if Signaled.
	Code int
	// Signaled says that a signal ended the process.
	Signaled bool
}

// defaultPath is what container runtimes set where an image says nothing.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// lookPath finds the file for the first word of a command line as a shell would, in the PATH of env.
func lookPath(name string, env []string) (string, error) {
	if name == "" {
		return "", fmt.Errorf("the command is empty")
	}
	if strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator) {
		return name, nil
	}
	path, ok := lookUp("PATH", env)
	if !ok {
		path = defaultPath
	}
	for _, dir := range filepath.SplitList(path) {
		if dir == "" {
			dir = "."
		}
		file := dir + string(filepath.Separator) + name
		if isExecutable(file) {
			return file, nil
		}
	}
	return "", fmt.Errorf("%s: executable file not found in PATH %s: %w", name, path, os.ErrNotExist)
}

func lookUp(name string, env []string) (string, bool) {
	for i := len(env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(env[i], name+"="); ok {
			return value, true
		}
	}
	return "", false
}
