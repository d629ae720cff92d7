package main

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	terminationFile = "/tekton/termination"
	cancelFile      = "/tekton/downward/cancel"
)

// Types of entries of a termination message (contract 2 §4.3).
const (
	taskResult    = 1
	internal      = 3
	stepResult    = 4
	stepArtifacts = 5
)

type entry struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Type  int    `json:"type"`
}

// settings are the flags of a step.
type settings struct {
	index                int
	container, wait      string
	content              bool
	results, stepResults string
	onError              string
	timeout              time.Duration
	compress, silent     bool
}

func parse(args []string) (settings, []string, error) {
	var s settings
	f := flag.NewFlagSet("step", flag.ContinueOnError)
	f.IntVar(&s.index, "index", 0, "position of the step")
	f.StringVar(&s.container, "container", "", "name of its container")
	f.StringVar(&s.wait, "wait", "", "file to wait for")
	f.BoolVar(&s.content, "content", false, "wait for content of the file")
	f.StringVar(&s.results, "results", "", "names of results of the task, with commas")
	f.StringVar(&s.stepResults, "step-results", "", "names of results of the step, with commas")
	f.StringVar(&s.onError, "on-error", "", "continue, or nothing")
	f.DurationVar(&s.timeout, "timeout", 0, "time limit of the step")
	f.BoolVar(&s.compress, "compress", false, "compress the message")
	f.BoolVar(&s.silent, "silent-results", false, "leave results to the log of a sidecar")
	if err := f.Parse(args); err != nil {
		return s, nil, err
	}
	if f.NArg() == 0 {
		return s, nil, errors.New("step needs a command")
	}
	return s, f.Args(), nil
}

// step waits for its turn, runs the command, hands over and says how it ended.
func step(args []string) (int, error) {
	s, command, err := parse(args)
	if err != nil {
		return 0, err
	}
	if s.wait != "" && !await(s.wait, s.content, cancelFile) {
		return 1, errors.Join(s.say(entry{"Reason", "Skipped", internal}), s.handOver(false))
	}
	started := entry{"StartedAt", time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00"), internal}
	code, reason := s.execute(command)
	entries := []entry{started}
	switch {
	case reason != "":
		entries = append(entries, entry{"Reason", reason, internal})
	case code != 0 && s.onError == "continue":
		entries = append(entries, entry{"ExitCode", strconv.Itoa(code), internal}, entry{"Reason", "Continued", internal})
		err := os.WriteFile(filepath.Join(stepsDir, s.container, "exitCode"), []byte(strconv.Itoa(code)), 0o644) //nolint:gosec // later steps read it
		if err != nil {
			return 0, err
		}
		code = 0
	}
	entries = append(entries, s.collect()...)
	return code, errors.Join(s.say(entries...), s.handOver(code == 0))
}

// execute runs the command. The reason says what ended it, if it was not itself.
func (s settings) execute(command []string) (code int, reason string) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if s.timeout > 0 {
		ctx, stop = context.WithTimeout(ctx, s.timeout)
		defer stop()
	}
	cancelled := make(chan struct{})
	go func() {
		for ctx.Err() == nil {
			if size(cancelFile) > 0 {
				close(cancelled)
				stop()
				return
			}
			time.Sleep(poll)
		}
	}()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // that is its purpose
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	select {
	case <-cancelled:
		return 9, "Cancelled"
	default:
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return 1, "TimeoutExceeded"
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() < 0:
		return 255, ""
	case errors.As(err, &exit):
		return exit.ExitCode(), ""
	case err != nil:
		fmt.Fprintln(os.Stderr, "runner:", err)
		return 1, ""
	}
	return 0, ""
}

// collect reads what the command has left.
func (s settings) collect() []entry {
	var out []entry
	read := func(file, key string, kind int) {
		if text, err := os.ReadFile(file); err == nil { //nolint:gosec // files of this pod
			out = append(out, entry{key, string(text), kind})
		}
	}
	if !s.silent {
		for _, name := range split(s.results) {
			read(filepath.Join(resultsDir, name), name, taskResult)
		}
	}
	dir := filepath.Join(stepsDir, s.container)
	for _, name := range split(s.stepResults) {
		read(filepath.Join(dir, "results", name), name, stepResult)
	}
	artifacts := filepath.Join(dir, "artifacts", "provenance.json")
	read(artifacts, artifacts, stepArtifacts)
	return out
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// say writes the termination message.
func (s settings) say(entries ...entry) error {
	text, err := json.Marshal(entries)
	if err != nil {
		return err
	}
	if s.compress {
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, flate.BestCompression)
		if err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		text = []byte("tknz:" + base64.RawStdEncoding.EncodeToString(packed.Bytes()))
	}
	return os.WriteFile(terminationFile, text, 0o644) //nolint:gosec // the kubelet reads it
}

// handOver lets the next step go on, or skip.
func (s settings) handOver(well bool) error {
	file := filepath.Join(runDir, strconv.Itoa(s.index), "out")
	if !well {
		file += ".err"
	}
	return os.WriteFile(file, nil, 0o644) //nolint:gosec // other steps look for it
}
