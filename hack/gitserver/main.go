// Command gitserver serves Git repositories over HTTP, HTTPS and SSH, for the demo and for tests. It makes each repository at
// its start from the files of a folder, such as a mounted ConfigMap, in one commit on the branch main:
//
//	gitserver -listen :8080 -root /tmp/repositories -seed app=/seed/app -push
//
// serves http://HOST:8080/app. Programs that fetch may ask for any commit; shallow and partial clones work. Where the
// environment variable GITSERVER_BASIC_AUTH is set, to NAME:PASSWORD, it asks for that name and password, for all repositories
// or for those that -private names. Over SSH, where the name of the user does not matter, the keys of a file in the form of
// authorized_keys may fetch; without that file nobody may:
//
//	gitserver -seed app=/seed/app -listen-tls :8443 -tls-cert tls.crt -tls-key tls.key -listen-ssh :2222 -ssh-authorized-keys keys
//
// GET /-/counts returns how often each repository was fetched from, as a JSON object: the git-upload-pack requests over HTTP,
// of which a fetch makes one or more, and the commands over SSH.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
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
	if !isRepositoryName(name) {
		return fmt.Errorf("%q is no name of a repository", name)
	}
	s[name] = folder
	return nil
}

// isRepositoryName reports whether a repository may have the name: it is that of a folder, and no hidden one.
func isRepositoryName(name string) bool {
	return name != "" && name == filepath.Base(name) && !strings.HasPrefix(name, ".") && name != string(filepath.Separator)
}

// names is a set of names of repositories.
type names map[string]bool

func (n names) String() string { return fmt.Sprint(map[string]bool(n)) }

// Set adds a name.
func (n names) Set(text string) error {
	if !isRepositoryName(text) {
		return fmt.Errorf("%q is no name of a repository", text)
	}
	n[text] = true
	return nil
}

// delays maps names of repositories to how long each answer about them is held back; the empty name stands for the others.
type delays map[string]time.Duration

func (d delays) String() string { return fmt.Sprint(map[string]time.Duration(d)) }

// Set reads [NAME=]DURATION.
func (d delays) Set(text string) error {
	name, duration, found := strings.Cut(text, "=")
	if !found {
		name, duration = "", text
	}
	if found && !isRepositoryName(name) {
		return fmt.Errorf("%q is no name of a repository", name)
	}
	value, err := time.ParseDuration(duration)
	if err != nil || value < 0 {
		return fmt.Errorf("%q is no duration such as 5s", duration)
	}
	d[name] = value
	return nil
}

// of is the delay of a repository.
func (d delays) of(name string) time.Duration {
	if delay, ok := d[name]; ok {
		return delay
	}
	return d[""]
}

// options are the flags of the program.
type options struct {
	listen                 string
	listenTLS, certFile    string
	keyFile                string
	listenSSH, hostKeyFile string
	authorizedKeysFile     string
	root                   string
	seeds                  seeds
	push                   bool
	private                names
	delays                 delays
}

func parse() options {
	o := options{seeds: seeds{}, private: names{}, delays: delays{}}
	flag.StringVar(&o.listen, "listen", ":8080", "address to listen on for HTTP")
	flag.StringVar(&o.listenTLS, "listen-tls", "", "address to listen on for HTTPS; none by default")
	flag.StringVar(&o.certFile, "tls-cert", "", "file of the certificate for HTTPS")
	flag.StringVar(&o.keyFile, "tls-key", "", "file of the private key of that certificate")
	flag.StringVar(&o.listenSSH, "listen-ssh", "", "address to listen on for SSH; none by default")
	flag.StringVar(&o.hostKeyFile, "ssh-host-key", "", "file of the private key that the SSH server shows; a new one by default")
	flag.StringVar(&o.authorizedKeysFile, "ssh-authorized-keys", "", "file of the public keys that may fetch over SSH; none may by default")
	flag.StringVar(&o.root, "root", filepath.Join(os.TempDir(), "repositories"), "folder of the repositories")
	flag.BoolVar(&o.push, "push", false, "let everybody push who may fetch")
	flag.Var(o.seeds, "seed", "`NAME=FOLDER`: make a repository from a folder; may be repeated")
	flag.Var(o.private, "private", "`NAME` of a repository that a login is asked for, if not for all; may be repeated")
	flag.Var(o.delays, "delay", "`[NAME=]DURATION` to hold back each answer, about one repository or all; may be repeated")
	flag.Parse()
	return o
}

func main() {
	opts := parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := serve(ctx, opts)
	stop()
	if err != nil {
		log.Fatalf("gitserver: %v", err)
	}
}

// serve makes the repositories and answers requests until the context ends.
func serve(ctx context.Context, opts options) error {
	for name, folder := range opts.seeds {
		if err := makeRepository(ctx, filepath.Join(opts.root, name), folder, opts.push); err != nil {
			return fmt.Errorf("making repository %s: %w", name, err)
		}
	}
	repositories := &repositories{root: opts.root, delays: opts.delays, fetches: map[string]int{}}
	handler, err := newHandler(ctx, repositories, os.Getenv("GITSERVER_BASIC_AUTH"), opts.private)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	log.Printf("serving %d repositories", len(opts.seeds))
	group.Go(func() error { return serveHTTP(ctx, opts.listen, handler, "", "") })
	if opts.listenTLS != "" {
		group.Go(func() error { return serveHTTP(ctx, opts.listenTLS, handler, opts.certFile, opts.keyFile) })
	}
	if opts.listenSSH != "" {
		group.Go(func() error { return serveSSH(ctx, opts, repositories) })
	}
	return group.Wait()
}

// serveHTTP serves HTTPS if there is a certificate.
func serveHTTP(ctx context.Context, listen string, handler http.Handler, certFile, keyFile string) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	log.Printf("listening on %s", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	serve := server.Serve
	if certFile != "" {
		serve = func(l net.Listener) error { return server.ServeTLS(l, certFile, keyFile) }
	}
	if err := serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving at %s: %w", listen, err)
	}
	return nil
}

func serveSSH(ctx context.Context, opts options, repositories *repositories) error {
	server, err := newSSHServer(repositories, opts.hostKeyFile, opts.authorizedKeysFile)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", opts.listenSSH)
	if err != nil {
		return fmt.Errorf("listening for SSH: %w", err)
	}
	return server.serve(ctx, listener)
}
