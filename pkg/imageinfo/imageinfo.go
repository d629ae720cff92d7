// Package imageinfo holds what pod building needs to know of a container image: the reference that pins it and the
// command lines in its configuration. It is plain data; package imageinfo/registry finds it out.
package imageinfo

import (
	"slices"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// Image is an image as it was found in its registry.
type Image struct {
	// Ref is the reference that pins what was inspected: <repository>@<digest>. For an index it is the index's digest.
	Ref string
	// Platforms are the image's platforms, sorted by name. An image that is no index has exactly one.
	Platforms []Platform
}

// Platform is the configured command line for one platform.
type Platform struct {
	// Name is os/architecture or os/architecture/variant, such as linux/arm64.
	Name string
	// Entrypoint and Cmd are the members of that name in the image's configuration.
	Entrypoint []string
	Cmd        []string
}

// argv is the part of the command line that comes from the image (contract 2 §2.7): Entrypoint, and Cmd where the step
// has no arguments or there is no Entrypoint.
func (p Platform) argv(stepHasArgs bool) []string {
	if len(p.Entrypoint) == 0 {
		return slices.Clone(p.Cmd)
	}
	if stepHasArgs {
		return slices.Clone(p.Entrypoint)
	}
	return slices.Concat(p.Entrypoint, p.Cmd)
}

// Command returns the words that the image puts before a step's arguments, if they are the same on every platform.
func (i Image) Command(stepHasArgs bool) ([]string, bool) {
	var common []string
	for n, p := range i.Platforms {
		argv := p.argv(stepHasArgs)
		if n > 0 && !slices.Equal(common, argv) {
			return nil, false
		}
		common = argv
	}
	return common, true
}

// Commands returns those words per platform.
func (i Image) Commands(stepHasArgs bool) []protocol.Command {
	commands := make([]protocol.Command, 0, len(i.Platforms))
	for _, p := range i.Platforms {
		commands = append(commands, protocol.Command{Platform: p.Name, Argv: p.argv(stepHasArgs)})
	}
	return commands
}
