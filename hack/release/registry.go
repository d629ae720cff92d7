package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
)

// runRegistry serves a registry that keeps its blobs in a folder. It answers under any host name, so that it can stand behind
// a name that is the same in every build: the name of a base image is in the images that are made of it.
func runRegistry(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("registry", flag.ContinueOnError)
	dir := flags.String("dir", "", "`FOLDER` of the blobs")
	addressFile := flags.String("address-file", "", "`FILE` that is written with the address once it answers")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" || *addressFile == "" {
		return errors.New("-dir and -address-file are needed")
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening on loopback: %w", err)
	}
	if err := os.WriteFile(*addressFile+".new", []byte(listener.Addr().String()), 0o600); err != nil {
		return err
	}
	if err := os.Rename(*addressFile+".new", *addressFile); err != nil {
		return err
	}
	return serve(ctx, listener, *dir)
}

func serve(ctx context.Context, listener net.Listener, dir string) error {
	images := registry.New(registry.WithBlobHandler(registry.NewDiskBlobHandler(dir)), registry.Logger(log.New(io.Discard, "", 0)))
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodConnect { // it is a proxy for itself only
			http.Error(w, "no connections to others", http.StatusMethodNotAllowed)
			return
		}
		images.ServeHTTP(w, req)
	})}
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
