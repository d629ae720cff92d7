// Command runner works in pods as the step runner of the engine does that Tenon takes over from (contract 2 §2, §3): it polls for
// files once a second, hands over by files, and says in a termination message how a step ended.
//
//	runner prepare CONTAINER...        installs itself and makes the folders of the steps
//	runner place FILE CONTENT...       writes scripts
//	runner mkdir FOLDER...             makes working directories
//	runner step FLAGS -- COMMAND...    runs a step
//	runner results STEPS RESULT...     prints results when the last step is over
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// poll is the pause between two looks for a file.
const poll = time.Second

// Places in the pod.
const (
	binary     = "/tekton/bin/entrypoint"
	stepsDir   = "/tekton/steps"
	resultsDir = "/tekton/results"
	runDir     = "/tekton/run"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "runner:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func run(args []string) (code int, err error) {
	if len(args) == 0 {
		return 0, errors.New("the first argument must be prepare, place, mkdir, step or results")
	}
	switch args[0] {
	case "prepare":
		return 0, prepare(args[1:])
	case "place":
		return 0, place(args[1:])
	case "mkdir":
		for _, dir := range args[1:] {
			err = errors.Join(err, os.MkdirAll(dir, 0o755)) //nolint:gosec // steps may be other users
		}
		return 0, err
	case "step":
		return step(args[1:])
	case "results":
		return 0, report(args[1:])
	default:
		return 0, fmt.Errorf("unknown subcommand %q", args[0])
	}
}

func prepare(containers []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	in, err := os.Open(self)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // nothing was written
	out, err := os.OpenFile(binary, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	for i, name := range containers {
		dir := filepath.Join(stepsDir, name)
		err := os.MkdirAll(filepath.Join(dir, "results"), 0o777)
		// Steps may be other users, whatever the umask is.
		err = errors.Join(err, os.Chmod(dir, 0o777), os.Chmod(filepath.Join(dir, "results"), 0o777), //nolint:gosec // see above
			os.Symlink(dir, filepath.Join(stepsDir, strconv.Itoa(i))))
		if err != nil {
			return errors.Join(err, out.Close())
		}
	}
	return out.Close()
}

func place(pairs []string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := os.WriteFile(pairs[i], []byte(pairs[i+1]), 0o755); err != nil { //nolint:gosec // scripts are executed
			return err
		}
	}
	return nil
}

// await waits for a file, or for any content of it. It returns false if one with the suffix .err is there in its place, or if the
// other one, which may be empty, has content.
func await(file string, content bool, cancel string) (went bool) {
	for ; ; time.Sleep(poll) {
		if cancel != "" && size(cancel) > 0 {
			return false
		}
		if n := size(file); n > 0 || n == 0 && !content {
			return true
		}
		if size(file+".err") >= 0 {
			return false
		}
	}
}

// size returns that of a file, -1 if there is none.
func size(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return -1
	}
	return info.Size()
}

// report prints the results when the last of so many steps is over, or one has failed.
func report(args []string) error {
	if len(args) == 0 {
		return errors.New("results needs the number of steps")
	}
	steps, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	for !over(steps) {
		time.Sleep(poll)
	}
	for _, name := range args[1:] {
		text, err := os.ReadFile(filepath.Join(resultsDir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		line, err := json.Marshal(map[string]string{"name": name, "value": string(text), "type": "task"})
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}

func over(steps int) bool {
	for i := range steps {
		out := filepath.Join(runDir, strconv.Itoa(i), "out")
		if size(out+".err") >= 0 {
			return true
		}
		if size(out) < 0 {
			return false
		}
	}
	return true
}
