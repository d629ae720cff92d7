// Command kubelocal is a whole single-node Kubernetes in one executable: every component is the real one, built from
// its own Go module, and runs as a subcommand. Linking them together keeps the build at one link step and the
// installation at one file.
//
// Started under the name of a component (through a symbolic link called kubectl, for example) it is that component.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	name := filepath.Base(os.Args[0])
	if _, found := components[name]; !found && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	run, found := components[name]
	if !found {
		fmt.Fprintf(os.Stderr, "usage: kubelocal %s [flags]\n", strings.Join(names(), "|"))
		os.Exit(2)
	}
	os.Exit(run())
}

func names() []string {
	all := make([]string, 0, len(components))
	for name := range components {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
