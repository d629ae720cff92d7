// Command gitserver serves Git repositories over HTTP, for the demo and for tests. It makes each repository at its start
// from the files of a folder, such as a mounted ConfigMap, in one commit on the branch main:
//
//	gitserver -listen :8080 -root /tmp/repositories -seed app=/seed/app -push
//
// serves http://HOST:8080/app. Programs that fetch may ask for any commit, shallow clones included. Where the environment
// variable GITSERVER_BASIC_AUTH is set, to NAME:PASSWORD, it asks for that name and password.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// seeds maps the name of each repository to the folder of its first commit.
type seeds map[string]string

func (s seeds) String() string { return fmt.Sprint(map[string]string(s)) }

// Set reads NAME=FOLDER.
func (s seeds) Set(text string) error {
	name, folder, found := strings.Cut(text, "=")
	if !found || name == "" || folder == "" {
		return errors.New("want NAME=FOLDER")
	}
	if name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return fmt.Errorf("%q is no name of a repository", name)
	}
	s[name] = folder
	return nil
}

func main() {
	listen := flag.String("listen", ":8080", "address to listen on")
	root := flag.String("root", filepath.Join(os.TempDir(), "repositories"), "folder of the repositories")
	push := flag.Bool("push", false, "let everybody push who may fetch")
	repositories := seeds{}
	flag.Var(repositories, "seed", "`NAME=FOLDER`: make a repository from a folder; may be repeated")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := serve(ctx, *listen, *root, repositories, *push)
	stop()
	if err != nil {
		log.Fatalf("gitserver: %v", err)
	}
}

// serve makes the repositories and answers requests until the context ends.
func serve(ctx context.Context, listen, root string, repositories seeds, push bool) error {
	for name, folder := range repositories {
		if err := makeRepository(ctx, filepath.Join(root, name), folder, push); err != nil {
			return fmt.Errorf("making repository %s: %w", name, err)
		}
	}
	handler, err := newHandler(ctx, root, os.Getenv("GITSERVER_BASIC_AUTH"))
	if err != nil {
		return err
	}
	server := &http.Server{Addr: listen, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	log.Printf("serving %d repositories at %s", len(repositories), listen)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}
