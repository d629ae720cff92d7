package helper

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Limited returns the environment that makes this program wait for a line on its standard input, and then become the program in its
// arguments, with the environment env. Who starts it limits it in between, so that nothing the program starts is without limits.
func Limited(env []string) []string {
	out := make([]string, 0, len(env)+2)
	for _, v := range env {
		if kind, ok := strings.CutPrefix(v, varHelper+"="); ok {
			v = varNext + "=" + kind
		}
		out = append(out, v)
	}
	return append(out, varHelper+"="+string(gate))
}

// become waits for a line, which has to be read byte by byte as the rest is the program's, and turns into the program.
func become(args []string, in interface{ Read([]byte) (int, error) }) error {
	if len(args) == 0 {
		return errors.New("no program to start")
	}
	for b := make([]byte, 1); b[0] != '\n'; {
		if _, err := in.Read(b); err != nil {
			return errors.New("nobody let the program start")
		}
	}
	// After Exec everything is the program's.
	return fmt.Errorf("starting %s: %w", args[0], syscall.Exec(args[0], args, next(os.Environ())))
}

// next is the environment of a program whose children do the job.
func next(env []string) []string {
	out := make([]string, 0, len(env))
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		switch name {
		case varHelper:
		case varNext:
			out = append(out, varHelper+"="+value)
		default:
			out = append(out, v)
		}
	}
	return out
}
