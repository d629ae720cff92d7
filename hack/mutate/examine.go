package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

//go:embed switches.txt
var switches string

var errFailsAnyway = errors.New("the test fails without a mutant")

// unchanged is the number of no mutant.
const unchanged = 0

// every returns one mutant in n.
func every(n int, mutants []mutant) []mutant {
	var some []mutant
	for i := 0; i < len(mutants); i += max(1, n) {
		some = append(some, mutants[i])
	}
	return some
}

// examine makes the mutants of a folder and runs the tests against them.
func examine(ctx context.Context, dir string, opt options) (result, error) {
	packages, err := list(ctx, dir)
	if err != nil {
		return result{}, err
	}
	work, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return result{}, fmt.Errorf("making a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	r := result{dir: dir}
	overlay, err := r.overlay(packages, work)
	if err != nil {
		return r, err
	}
	var tests []test
	for i, p := range packages {
		if p.DepOnly || len(p.TestGoFiles)+len(p.XTestGoFiles) == 0 {
			continue
		}
		found, err := compile(ctx, p, overlay, filepath.Join(work, strconv.Itoa(i)+".test"))
		if err != nil {
			return r, err
		}
		tests = append(tests, found...)
	}
	fmt.Fprintf(os.Stderr, "%s: %d mutants, %d tests\n", dir, len(r.mutants), len(tests))
	r.mutants = every(opt.every, r.mutants)
	for i := range tests {
		if err := tests[i].trace(ctx, work); err != nil {
			return r, err
		}
	}
	// The code as it is has to live: else what kills the mutants is something else.
	for _, t := range tests {
		if runOne(ctx, unchanged, t.binary, t.dir, "^"+t.name+"$", t.takes) != lives {
			return r, fmt.Errorf("%s: %w", t.name, errFailsAnyway)
		}
	}
	r.fates = runAll(ctx, r.mutants, tests, opt.workers)
	return r, nil
}

// overlay writes the files with mutants, and the file that tells `go test` to take them in place of the real ones.
func (r *result) overlay(packages []listed, work string) (string, error) {
	exports := map[string]string{}
	for _, p := range packages {
		exports[p.ImportPath] = p.Export
	}
	replaced := map[string]string{}
	write := func(original, text string) error {
		path := filepath.Join(work, fmt.Sprintf("%d.go", len(replaced)))
		replaced[original] = path
		return os.WriteFile(path, []byte(text), 0o600)
	}
	root, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working directory: %w", err)
	}
	for _, p := range packages {
		if p.DepOnly || len(p.GoFiles) == 0 {
			continue
		}
		src, err := load(p, exports)
		if err != nil {
			return "", err
		}
		for i, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			shown, err := filepath.Rel(root, path)
			if err != nil {
				shown = path
			}
			found, text := mutate(src, i, len(r.mutants)+1, shown)
			r.mutants = append(r.mutants, found...)
			if err := write(path, text); err != nil {
				return "", fmt.Errorf("writing mutants: %w", err)
			}
		}
		if err := write(filepath.Join(p.Dir, "zz_mutants.go"), strings.Replace(switches, "PACKAGE", p.Name, 1)); err != nil {
			return "", fmt.Errorf("writing switches: %w", err)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", fmt.Errorf("writing the overlay: %w", err)
	}
	path := filepath.Join(work, "overlay.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return "", fmt.Errorf("writing the overlay: %w", err)
	}
	return path, nil
}

// test is one test of a compiled package.
type test struct {
	binary, dir, name string
	// reaches are the mutants that it comes across, takes what it takes without any.
	reaches map[int]bool
	takes   time.Duration
}

// compile compiles the tests of a package with all mutants.
func compile(ctx context.Context, p listed, overlay, binary string) ([]test, error) {
	build := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", overlay, "-o", binary, p.ImportPath)
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compiling mutants: %w\n%s", err, out)
	}
	names := exec.CommandContext(ctx, binary, "-test.list", "^(Test|Fuzz)")
	names.Dir = p.Dir
	out, err := names.Output()
	if err != nil {
		return nil, fmt.Errorf("listing tests: %w", err)
	}
	var tests []test
	for _, name := range strings.Fields(string(out)) {
		tests = append(tests, test{binary: binary, dir: p.Dir, name: name})
	}
	return tests, nil
}

// trace runs a test without a mutant and notes which ones it comes across.
func (t *test) trace(ctx context.Context, work string) error {
	path := filepath.Join(work, "trace")
	defer func() { _ = os.Remove(path) }()
	cmd := exec.CommandContext(ctx, t.binary, "-test.run", "^"+t.name+"$")
	cmd.Dir, cmd.Env = t.dir, append(os.Environ(), "MUTANT_TRACE="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s fails without a mutant: %w\n%s", t.name, err, out)
	}
	t.takes = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	t.reaches = map[int]bool{}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("reading what %s reached: %w", t.name, err)
	}
	for _, number := range strings.Fields(string(text)) {
		id, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("reading what %s reached: %w", t.name, err)
		}
		t.reaches[id] = true
	}
	return nil
}

// runAll runs every mutant against the tests that reach it, and tells of those that live as they are found.
func runAll(ctx context.Context, mutants []mutant, tests []test, workers int) []fate {
	fates := make([]fate, len(mutants))
	todo := make(chan int)
	var running sync.WaitGroup
	for range max(1, workers) {
		running.Go(func() {
			for i := range todo {
				if fates[i] = fateOf(ctx, mutants[i].id, tests); fates[i] == lives {
					fmt.Fprintf(os.Stderr, "%d of %d: lives: %s\n", i+1, len(mutants), mutants[i])
				}
			}
		})
	}
	for i := range mutants {
		todo <- i
	}
	close(todo)
	running.Wait()
	return fates
}

// quick is what a test may take to be run together with others; slow ones are run only if no quick one notices the mutant.
const quick = 300 * time.Millisecond

// fateOf runs the tests that reach a mutant, those of a package together.
func fateOf(ctx context.Context, id int, tests []test) fate {
	type batch struct {
		dir, binary string
		slow        bool
	}
	names := map[batch][]string{}
	takes := map[batch]time.Duration{}
	var batches []batch
	for _, t := range tests {
		if !t.reaches[id] {
			continue
		}
		b := batch{dir: t.dir, binary: t.binary, slow: t.takes > quick}
		if names[b] == nil {
			batches = append(batches, b)
		}
		names[b] = append(names[b], regexp.QuoteMeta(t.name))
		takes[b] += t.takes
	}
	if len(batches) == 0 {
		return unreached
	}
	slices.SortStableFunc(batches, func(a, b batch) int {
		switch {
		case a.slow == b.slow:
			return 0
		case b.slow:
			return -1
		}
		return 1
	})
	for _, b := range batches {
		if f := runOne(ctx, id, b.binary, b.dir, "^("+strings.Join(names[b], "|")+")$", takes[b]); f != lives {
			return f
		}
	}
	return lives
}

// runOne runs tests against a mutant. It may use ten times the processor time that the tests use without: a busy machine is
// no reason to take it for hanging. One that waits for ever is ended by the clock, one that collects memory by a limit.
func runOne(ctx context.Context, id int, binary, dir, run string, takes time.Duration) fate {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	limits := fmt.Sprintf(`ulimit -t %d && ulimit -v %d && exec "$0" "$@"`, 5+int(10*takes.Seconds()), 8<<20)
	cmd := exec.CommandContext(ctx, "sh", "-c", limits, binary, "-test.failfast", "-test.run", run)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "MUTANT="+strconv.Itoa(id))
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return lives
	case ctx.Err() != nil:
		return timedOut
	case errors.As(err, &exit):
		if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() && (s.Signal() == syscall.SIGXCPU || s.Signal() == syscall.SIGKILL) {
			return timedOut
		}
	}
	return killed
}
