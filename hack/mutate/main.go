// Command mutate tells how much of a package's behaviour its tests notice. It makes small changes to the code, mutants, and
// runs the tests against each: a mutant that no test notices lives.
//
//	mutate [-least 85] [-every N] [-workers N] [-survivors FILE] DIR...
//
// Each DIR is a folder of the module; the packages below it are changed, too, and their tests count for all of them. All
// mutants are compiled at once, each behind a switch (mutant schemata), so that a folder is compiled once and not once for
// each mutant; a variable of the environment throws one switch. A mutant is run against the tests that reach it.
//
// It prints the mutants that live, then a table, and exits with 1 if less than -least percent of a folder's mutants die.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

var errTooManyLive = errors.New("too many mutants live")

// options say what to do.
type options struct {
	// least is the share of mutants, in percent, that has to die.
	least float64
	// every takes one mutant in so many, for a quick look.
	every int
	// workers is the number of mutants that are run at a time.
	workers int
	// survivors is the file for those that live; empty for none.
	survivors string
}

func main() {
	var opt options
	flag.Float64Var(&opt.least, "least", 85, "share of mutants, in percent, that has to die in each folder")
	flag.IntVar(&opt.every, "every", 1, "look at one mutant in so many")
	flag.IntVar(&opt.workers, "workers", runtime.NumCPU(), "number of mutants that are run at a time")
	flag.StringVar(&opt.survivors, "survivors", "", "file for the mutants that live; empty writes none")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: mutate [-least PERCENT] [-every N] [-workers N] [-survivors FILE] DIR...")
		os.Exit(2)
	}
	if err := run(context.Background(), flag.Args(), opt); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// run examines folders and reports.
func run(ctx context.Context, dirs []string, opt options) error {
	table := []string{"| package | mutants | killed | timed out | lived | share |", "|---|---|---|---|---|---|"}
	var lived []string
	var failed error
	for _, dir := range dirs {
		r, err := examine(ctx, filepath.Clean(dir), opt)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		table = append(table, r.row())
		lived = append(lived, r.lived()...)
		if r.share() < opt.least {
			failed = fmt.Errorf("%w: less than %.0f %% die in %s", errTooManyLive, opt.least, dir)
		}
	}
	text := strings.Join(lived, "\n") + "\n"
	fmt.Print(text, "\n", strings.Join(table, "\n"), "\n")
	if opt.survivors != "" {
		if err := os.WriteFile(opt.survivors, []byte(text), 0o600); err != nil {
			return fmt.Errorf("writing the mutants that live: %w", err)
		}
	}
	return failed
}

// result is what became of the mutants of a folder.
type result struct {
	dir     string
	mutants []mutant
	fates   []fate
}

// fate is what became of a mutant.
type fate int

const (
	lives fate = iota
	unreached
	killed
	timedOut
)

func (r result) count(f fate) int {
	n := 0
	for _, other := range r.fates {
		if other == f {
			n++
		}
	}
	return n
}

// share returns how many mutants die, in percent. One that makes the tests run on for ever is noticed.
func (r result) share() float64 {
	if len(r.mutants) == 0 {
		return 100
	}
	return 100 * float64(r.count(killed)+r.count(timedOut)) / float64(len(r.mutants))
}

func (r result) row() string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %.1f %% |", r.dir, len(r.mutants), r.count(killed), r.count(timedOut),
		r.count(lives)+r.count(unreached), r.share())
}

func (r result) lived() []string {
	var lines []string
	for i, m := range r.mutants {
		switch r.fates[i] {
		case lives:
			lines = append(lines, m.String())
		case unreached:
			lines = append(lines, m.String()+" (no test gets there)")
		}
	}
	return lines
}
