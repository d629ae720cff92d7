// Command release does the parts of a release that no public tool does. hack/release.sh calls it:
//
//	release registry -dir DIR -address-file FILE        serves a registry on loopback until it is ended
//	release base -registry HOST:PORT -name NAME ...     makes or copies a base image and prints its digest
//	release spdx -binary FILE | -packages FILE ...      writes an SPDX document
//	release assemble ...                                makes layout, manifests, image list and provenance
//	release sign ...                                    signs files, provenance and images
//	release push ...                                    copies a layout to a registry
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

var commands = map[string]func(context.Context, []string) error{
	"registry": runRegistry,
	"base":     runBase,
	"spdx":     runSPDX,
	"assemble": runAssemble,
	"sign":     runSign,
	"push":     runPush,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "release: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("the first argument must be registry, base, spdx, assemble, sign or push")
	}
	if err := commands[args[0]](ctx, args[1:]); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}
