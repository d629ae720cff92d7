package podbuild

import (
	"path"
	"strconv"
	"strings"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// scripts are the script files of a Pod.
type scripts struct {
	files []protocol.Script
	// steps and sidecars hold, by index, the words that run the script; none where there is no script.
	steps, sidecars [][]string
}

// preamble is put before scripts that do not choose an interpreter.
const preamble = "#!/bin/sh\nset -e\n"

// windowsMark starts the first line of a script for Windows: #!win <interpreter> <args>.
const windowsMark = "#!win"

func (f *facts) gatherScripts() scripts {
	s := scripts{steps: make([][]string, len(f.steps)), sidecars: make([][]string, len(f.in.Task.Sidecars))}
	for i, step := range f.steps {
		s.steps[i] = s.add("script-"+strconv.Itoa(i), step.Script)
	}
	for i, sidecar := range f.in.Task.Sidecars {
		s.sidecars[i] = s.add("sidecar-script-"+strconv.Itoa(i), sidecar.Script)
	}
	return s
}

// add puts a script into a file and returns the words that run it.
func (s *scripts) add(name, text string) []string {
	if text == "" {
		return nil
	}
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(trimmed, windowsMark) {
		return s.addWindows(name, trimmed)
	}
	if !strings.HasPrefix(trimmed, "#!") {
		text = preamble + text
	}
	file := path.Join(protocol.ScriptsDir, name)
	s.files = append(s.files, protocol.Script{Path: file, Content: text})
	return []string{file}
}

// addWindows handles #!win: with an interpreter the file is its last argument, without one it is a batch file.
func (s *scripts) addWindows(name, text string) []string {
	first, rest, _ := strings.Cut(text, "\n")
	interpreter := strings.Fields(strings.TrimPrefix(first, windowsMark))
	switch {
	case len(interpreter) == 0:
		name += ".cmd"
	case strings.HasPrefix(interpreter[0], "powershell"):
		name += ".ps1"
	}
	s.files = append(s.files, protocol.Script{Path: path.Join(protocol.ScriptsDir, name), Content: rest})
	file := strings.ReplaceAll(path.Join(protocol.ScriptsDir, name), "/", `\`)
	return append(interpreter, file)
}
