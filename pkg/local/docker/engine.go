package docker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/moby/moby/client"
)

// pingTimeout is how long an engine may take to answer; one that is started by its socket needs a moment. A socket that nobody listens
// on refuses at once.
const pingTimeout = 15 * time.Second

// engine is a connection to an engine that answers.
type engine struct {
	api    *client.Client
	podman atomic.Bool
}

// Available says why there is no engine to use: which places were tried and what each of them said. It is nil if there is one.
func Available(ctx context.Context) error {
	found, err := find(ctx, "")
	if err != nil {
		return err
	}
	return found.api.Close()
}

// find connects to the engine at host, or to the first that answers in the usual places.
func find(ctx context.Context, host string) (*engine, error) {
	hosts, err := candidates(host)
	if err != nil {
		return nil, err
	}
	var missing, failed []string
	for _, h := range hosts {
		found, err := connect(ctx, h)
		switch {
		case err == nil:
			return found, nil
		case errors.Is(err, errNotThere):
			missing = append(missing, strings.TrimPrefix(h, "unix://"))
		default:
			failed = append(failed, h+" says: "+err.Error())
		}
	}
	if len(missing) > 0 {
		failed = append(failed, "there is no "+strings.Join(missing, ", "))
	}
	return nil, fmt.Errorf("no container engine answers (%s); start Docker or Podman (podman system service --time=0), or set DOCKER_HOST",
		strings.Join(failed, "; "))
}

// errNotThere says that there is no such socket.
var errNotThere = errors.New("not there")

// connect asks the engine at host who it is.
func connect(ctx context.Context, host string) (*engine, error) {
	if path, ok := strings.CutPrefix(host, "unix://"); ok {
		if _, err := os.Stat(path); err != nil {
			return nil, short(err)
		}
	}
	if strings.HasPrefix(host, "ssh://") {
		return nil, errors.New("engines of other machines cannot see the files of this one")
	}
	found := &engine{}
	api, err := client.New(client.FromEnv, client.WithHost(host), client.WithUserAgent("tenon"), client.WithHTTPResponseHook(found.hear))
	if err != nil {
		return nil, err
	}
	found.api = api
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	// What Podman says of its version takes it a fifth of a second; the answer to a ping is enough.
	ping, err := api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
	if err != nil {
		_ = api.Close()
		return nil, short(err)
	}
	if ping.OSType != "" && ping.OSType != "linux" {
		_ = api.Close()
		return nil, fmt.Errorf("it runs containers of %s, and Linux is needed", ping.OSType)
	}
	return found, nil
}

// hear notices by a header that the engine is Podman's.
func (e *engine) hear(answer *http.Response) {
	if answer.Header.Get("Libpod-API-Version") != "" {
		e.podman.Store(true)
	}
}

// short leaves the path out of what the system said, since the list of places has it.
func short(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errNotThere
	case errors.Is(err, fs.ErrPermission):
		return errors.New("permission denied")
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("no answer")
	case strings.Contains(err.Error(), "connection refused"):
		return errors.New("nobody listens")
	}
	return err
}

// candidates are the addresses to try, in order. What the user has chosen is the only one.
func candidates(host string) ([]string, error) {
	if host == "" {
		host = os.Getenv(client.EnvOverrideHost)
	}
	if host != "" {
		return []string{host}, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	chosen, err := contextHost(home)
	if err != nil {
		return nil, err
	}
	if chosen != "" {
		return []string{chosen}, nil
	}
	if runtime.GOOS == "windows" {
		return []string{"npipe:////./pipe/docker_engine", "npipe:////./pipe/podman-machine-default"}, nil
	}
	return unixSockets(home), nil
}

// unixSockets are where engines listen.
func unixSockets(home string) []string {
	paths := []string{"/var/run/docker.sock"}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		paths = append(paths, filepath.Join(dir, "docker.sock"), filepath.Join(dir, "podman", "podman.sock"))
	} else if runtime.GOOS == "linux" && os.Getuid() != 0 {
		paths = append(paths, "/run/user/"+strconv.Itoa(os.Getuid())+"/podman/podman.sock")
	}
	if runtime.GOOS == "linux" {
		paths = append(paths, "/run/podman/podman.sock")
	}
	if home != "" {
		for _, place := range []string{
			".docker/run/docker.sock", ".docker/desktop/docker.sock", ".colima/default/docker.sock", ".colima/docker.sock",
			".rd/docker.sock", ".orbstack/run/docker.sock", ".local/share/containers/podman/machine/podman.sock",
		} {
			paths = append(paths, filepath.Join(home, place))
		}
	}
	hosts := make([]string, len(paths))
	for i, path := range paths {
		hosts[i] = "unix://" + path
	}
	return hosts
}

// contextHost is the address of the context that the user of the docker command has chosen; "" if it is the default one.
func contextHost(home string) (string, error) {
	dir := os.Getenv("DOCKER_CONFIG")
	if dir == "" {
		dir = filepath.Join(home, ".docker")
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		var config struct {
			CurrentContext string `json:"currentContext"`
		}
		if content, err := os.ReadFile(filepath.Join(dir, "config.json")); err == nil {
			// What is wrong with the file is told by whoever needs more of it.
			_ = json.Unmarshal(content, &config)
		}
		name = config.CurrentContext
	}
	if name == "" || name == "default" {
		return "", nil
	}
	sum := sha256.Sum256([]byte(name))
	content, err := os.ReadFile(filepath.Join(dir, "contexts", "meta", hex.EncodeToString(sum[:]), "meta.json"))
	if err != nil {
		return "", fmt.Errorf("reading the docker context %q: %w", name, err)
	}
	var meta struct {
		Endpoints map[string]struct{ Host string }
	}
	if err := json.Unmarshal(content, &meta); err != nil {
		return "", fmt.Errorf("reading the docker context %q: %w", name, err)
	}
	return meta.Endpoints["docker"].Host, nil
}
