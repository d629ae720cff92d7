// Command remotes serves the places other than Git repositories that definitions come from, for tests: the APIs of source code
// hosts, hubs, an odd web server, and OCI registries. All of them have the documents of a folder, such as a mounted ConfigMap,
// in which each file has one definition:
//
//	remotes -documents /documents
//
//	:8081  GitHub, GitLab and Gitea with the repositories acme/open and acme/private, whose branch main has the files
//	:8082  Artifact Hub and Tekton Hub, with the versions 0.1.0 and 0.2.0 of each definition
//	:8083  package oddserver, with the files; the last of them is the document behind its login
//	:5000  a registry with the bundle documents:latest
//	:5001  the same, with a login
//
// The environment variable REMOTES_BASIC_AUTH, NAME:PASSWORD, is the login; the password is the token of acme/private too. Every
// server answers GET /-/counts with the number of requests that each of them had, as a JSON object.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tenon-ci/tenon/hack/remotes/hubserver"
	"github.com/tenon-ci/tenon/hack/remotes/oddserver"
	"github.com/tenon-ci/tenon/hack/remotes/scmserver"
)

// server is one of the places.
type server struct {
	name, address string
	handler       http.Handler
	requests      atomic.Int64
}

func main() {
	folder := flag.String("documents", "/documents", "folder of the files with definitions")
	host := flag.String("host", "", "address to listen on; all by default")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, *folder, *host)
	stop()
	if err != nil {
		log.Fatalf("remotes: %v", err)
	}
}

func run(ctx context.Context, folder, host string) error {
	user, password, ok := strings.Cut(os.Getenv("REMOTES_BASIC_AUTH"), ":")
	if !ok || user == "" || password == "" {
		return errors.New("the environment variable REMOTES_BASIC_AUTH has to be NAME:PASSWORD")
	}
	documents, err := readDocuments(folder)
	if err != nil {
		return err
	}
	all, err := servers(ctx, documents, user, password)
	if err != nil {
		return err
	}
	for _, s := range all {
		s.address = net.JoinHostPort(host, s.address)
	}
	return serve(ctx, all)
}

// servers makes them. Their addresses are ports.
func servers(ctx context.Context, documents []document, user, password string) ([]*server, error) {
	images, err := newRegistry(ctx, documents)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"login": documents[len(documents)-1].text}
	for _, d := range documents {
		files[d.file] = d.text
	}
	return []*server{
		{name: "scm", address: "8081", handler: scmserver.New(repositories(documents, password)...)},
		{name: "hubs", address: "8082", handler: hubserver.New(resources(documents))},
		{name: "odd", address: "8083", handler: oddserver.New(oddserver.Config{Files: files, User: user, Password: password})},
		{name: "registry", address: "5000", handler: images},
		{name: "private-registry", address: "5001", handler: withLogin(user, password, images)},
	}, nil
}

// serve answers requests until the context ends.
func serve(ctx context.Context, all []*server) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range all {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.address)
		if err != nil {
			return fmt.Errorf("listening for %s: %w", s.name, err)
		}
		log.Printf("serving %s at %s", s.name, listener.Addr())
		web := &http.Server{Handler: s.observed(all), ReadHeaderTimeout: 10 * time.Second}
		context.AfterFunc(ctx, func() { _ = web.Close() })
		group.Go(func() error {
			if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serving %s: %w", s.name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// observed is the handler of a server, which counts its requests and tells the counts of all.
func (s *server) observed(all []*server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/counts", func(w http.ResponseWriter, _ *http.Request) {
		counts := map[string]int64{}
		for _, each := range all {
			counts[each.name] = each.requests.Load()
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(counts) // who asked is gone then
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/-/counts" {
			mux.ServeHTTP(w, r)
			return
		}
		s.requests.Add(1)
		// Not through the mux, which would clean paths that are to arrive as they were sent.
		s.handler.ServeHTTP(w, r)
	})
}
