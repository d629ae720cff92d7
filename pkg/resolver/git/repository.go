package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"

	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// Names in the repository. No user chooses a name that git sees, but that of the revision at the server.
const (
	remote    = "origin"
	wantedRef = "refs/tenon/wanted"
)

// repository is a bare one with a single commit, or its history if the server gives nothing less.
type repository struct {
	*box
	dir  string
	want wanted
	way  variant
}

// read fetches the revision and reads the file.
func (r *repository) read(ctx context.Context) (found, error) {
	if err := r.init(ctx); err != nil {
		return found{}, err
	}
	if err := r.fetch(ctx); err != nil {
		return found{}, err
	}
	objects, err := r.open(ctx)
	if err != nil {
		return found{}, err
	}
	out, err := readFile(objects, r.want.path)
	// What git said when it ended early says more than that it ended.
	if end := objects.close(); errors.Is(err, errEnded) {
		err = r.explain(ctx, objects.said, end)
	}
	if errors.Is(err, errMissing) && !r.way.partial {
		return found{}, fmt.Errorf("clone error: the server did not send all of the revision")
	}
	return out, err
}

// init makes an empty repository.
func (r *repository) init(ctx context.Context) error {
	format := "sha1"
	if r.way.sha256 {
		format = "sha256"
	}
	return r.run(ctx, "", r.command(ctx, r.dir, "init", "--quiet", "--bare", "--template=", "--object-format="+format, "--", r.dir))
}

// fetch fetches the revision, and nothing but it. The name of the revision is no argument.
func (r *repository) fetch(ctx context.Context) error {
	args := []string{"fetch", "--stdin", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--no-write-fetch-head", "--no-show-forced-updates"}
	if r.way.shallow {
		args = append(args, "--depth=1")
	}
	if r.way.partial {
		args = append(args, "--filter=blob:none")
	}
	const open = "\n"
	return r.run(ctx, open+"+"+r.want.revision+":"+wantedRef+"\n", r.gated(ctx, r.dir, append(args, "--", remote)...))
}

// run runs git to its end with a text to read.
func (r *repository) run(ctx context.Context, input string, cmd *exec.Cmd) error {
	said := &tail{}
	cmd.Stderr = said
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("starting git: %w", err)
	}
	if err := r.start(cmd); err != nil {
		return err
	}
	// Git may end without reading; then it says why.
	_, _ = io.WriteString(in, input)
	_ = in.Close()
	if err := wait(cmd); err != nil {
		return r.explain(ctx, said, err)
	}
	return nil
}

// explain says why git failed. Its own words may be those of a foreign server: they are for the log.
func (r *repository) explain(ctx context.Context, said *tail, err error) error {
	text := said.String()
	logging.FromContext(ctx).Debugw("git failed", "error", err, "output", redact(text, r.secrets))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failed := r.net.failure(); failed != nil {
		return failed
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("clone error: running git: %w", err)
	}
	return classify(text, exit, r.want)
}

// maxDocument is the largest file that is read.
const maxDocument = framework.MaxDocument
