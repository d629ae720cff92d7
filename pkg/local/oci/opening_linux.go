package oci

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// opening keeps back what a runtime says in the place of a program that could not be executed after all, such as a script whose
// interpreter is missing. It comes on the output of the container, since the runtime has given up everything else by then.
type opening struct {
	output  io.Writer
	command string
	begun   bool
	// said is the error.
	said string
}

// Write implements [io.Writer].
func (o *opening) Write(p []byte) (int, error) {
	if !o.begun {
		o.begun = true
		if o.said = execError(p, o.command); o.said != "" {
			return len(p), nil
		}
	}
	return o.output.Write(p)
}

// execError returns the error if that is what the output is: JSON of crun, or a line of runc.
func execError(output []byte, command string) string {
	if prefix := "exec " + command + ": "; bytes.HasPrefix(output, []byte(prefix)) {
		return strings.TrimSpace(string(output))
	}
	var entry struct{ Level, Msg string }
	if !bytes.HasPrefix(output, []byte(`{"msg":"exec `)) || json.Unmarshal(output, &entry) != nil || entry.Level != "error" {
		return ""
	}
	return entry.Msg
}
