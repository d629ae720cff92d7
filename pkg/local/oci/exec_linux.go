package oci

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// maxExecOutput is how much output of a command is kept.
const maxExecOutput = 16 << 10

// Exec implements [container.Container].
func (p *process) Exec(ctx context.Context, args []string) (int, []byte, error) {
	spec := *p.spec
	spec.Args, spec.Terminal = args, false
	data, err := json.Marshal(&spec)
	if err != nil {
		return 0, nil, err
	}
	base := filepath.Join(p.sandbox.dir, "exec-"+randomID(8))
	files := []string{base + ".json", base + ".pid", base + ".log"}
	defer func() {
		for _, file := range files {
			_ = os.Remove(file)
		}
	}()
	if err := os.WriteFile(files[0], data, 0o600); err != nil {
		return 0, nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return 0, nil, err
	}
	defer read.Close() //nolint:errcheck // nothing was written
	cmd := p.sandbox.runtime.program.command(files[2], "exec", "--process", files[0], "--pid-file", files[1], p.id)
	cmd.Stdout, cmd.Stderr = write, write
	err = p.sandbox.runtime.place.do(cmd.Start)
	_ = write.Close()
	if err != nil {
		return 0, nil, fmt.Errorf("starting a command in container %s: %w", p.name, err)
	}
	var output bytes.Buffer
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.CopyN(&output, read, maxExecOutput)
		_, _ = io.Copy(io.Discard, read)
	}()
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	if err := waitExec(ctx, ended, files[1], cmd.Process.Kill); err != nil {
		return 0, nil, err
	}
	select {
	case <-copied:
	case <-time.After(time.Second): // a child of the command has its output
		_ = read.SetReadDeadline(time.Now())
		<-copied
	}
	if text := lastError(files[2]); text != "" {
		return 126, []byte(text), nil
	}
	return int(exitCode(cmd.ProcessState)), output.Bytes(), nil
}

// waitExec waits for the command, and kills it when ctx ends.
func waitExec(ctx context.Context, ended <-chan struct{}, pidFile string, kill func() error) error {
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	for range 200 {
		if data, err := os.ReadFile(pidFile); err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil {
				_ = unix.Kill(pid, unix.SIGKILL) // a child of the runtime, which has not been waited for
				break
			}
		}
		select {
		case <-ended:
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	select {
	case <-ended:
	case <-time.After(time.Second):
		_ = kill()
		<-ended
	}
	return ctx.Err()
}
