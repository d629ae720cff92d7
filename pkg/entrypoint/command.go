package entrypoint

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// work is what the process of a step is started with.
type work struct {
	argv, env []string
}

// plan decides what to start. It returns false with the outcome if the step ends without a process.
func (s *step) plan() (work, outcome, bool) {
	fail := func(err error) (work, outcome, bool) { return work{}, outcome{ending: broken, err: err}, false }
	v := &vars{layout: s.Layout, artifacts: s.Artifacts, logf: s.logf}
	// Guards come first: they may be there to keep a reference from failing.
	holds, err := s.guardsHold(v)
	if err != nil {
		return fail(err)
	}
	if !holds {
		s.logf("Step was skipped due to when expressions were evaluated to false.")
		return work{}, outcome{ending: guardFalse}, false
	}
	argv, err := s.commandLine()
	if err != nil {
		return fail(err)
	}
	if argv, err = v.list(argv); err != nil {
		return fail(fmt.Errorf("command line: %w", err))
	}
	env, err := v.env(s.Env)
	if err != nil {
		return fail(err)
	}
	if s.Script && s.Artifacts && len(argv) > 0 {
		if argv[0], err = s.script(argv[0]); err != nil {
			return fail(err)
		}
	}
	if len(argv) == 0 {
		// Nothing to execute is no mistake (contract 2 §2.7).
		return work{}, outcome{ending: exited}, false
	}
	return work{argv: argv, env: env}, outcome{}, true
}

// commandLine is the user's, or that of the image for this platform with the user's arguments (contract 2 §2.7).
func (s *step) commandLine() ([]string, error) {
	if len(s.Commands) == 0 {
		return s.argv, nil
	}
	platform := s.Platform
	if platform == "" {
		platform = runtime.GOOS + "/" + runtime.GOARCH + variant()
	}
	command, ok := forPlatform(s.Commands, platform)
	if !ok {
		var known []string
		for _, c := range s.Commands {
			known = append(known, c.Platform)
		}
		return nil, fmt.Errorf("the image has no command for platform %s, only for %s", platform, strings.Join(known, ", "))
	}
	return slices.Concat(command.Argv, s.argv), nil
}

// everyMachines are the variants that every machine of an architecture has.
var everyMachines = map[string]string{"amd64": "v1", "arm64": "v8"}

// forPlatform returns the command for exactly that platform, else for one without variant or with the one that every
// machine has, else for the only one of the architecture.
func forPlatform(commands []protocol.Command, platform string) (protocol.Command, bool) {
	find := func(fits func(string) bool) []protocol.Command {
		return slices.DeleteFunc(slices.Clone(commands), func(c protocol.Command) bool { return !fits(c.Platform) })
	}
	if exact := find(func(p string) bool { return p == platform }); len(exact) > 0 {
		return exact[0], true
	}
	parts := strings.SplitN(platform, "/", 3)
	if len(parts) < 2 {
		return protocol.Command{}, false
	}
	base := parts[0] + "/" + parts[1]
	if plain := find(func(p string) bool { return p == base }); len(plain) > 0 {
		return plain[0], true
	}
	if least := find(func(p string) bool { return p == base+"/"+everyMachines[parts[1]] }); len(least) > 0 {
		return least[0], true
	}
	if same := find(func(p string) bool { return strings.HasPrefix(p, base+"/") }); len(same) == 1 {
		return same[0], true
	}
	return protocol.Command{}, false
}

// script returns the file to execute in place of a script: a copy, where it refers to artifacts.
func (s *step) script(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading script: %w", err)
	}
	v := &vars{layout: s.Layout, artifacts: true, logf: s.logf, scripts: true}
	text, err := v.text(string(content))
	if err != nil || text == string(content) {
		return path, err
	}
	dir := s.Layout.Path(protocol.StepRunDir(s.Index))
	replaced := filepath.Join(dir, "script"+filepath.Ext(path))
	return replaced, writeFile(replaced, []byte(text), publicDir)
}
