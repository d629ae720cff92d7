package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// Kinds of objects, as git calls them.
const (
	kindCommit = "commit"
	kindTree   = "tree"
	kindBlob   = "blob"
)

// Errors of reading objects.
var (
	// errEnded says that git ended before it answered.
	errEnded = errors.New("git ended early")
	// errMissing says that the repository does not have an object.
	errMissing = fmt.Errorf("an object is missing: %w", errNoPart)
)

// sizeError says that an object is larger than what is read.
type sizeError struct{ size, limit int64 }

func (e *sizeError) Error() string {
	return fmt.Sprintf("an object has %d bytes, more than %d", e.size, e.limit)
}

// object is a commit, tree or file.
type object struct {
	id, kind string
	data     []byte
}

// store has objects.
type store interface {
	// get returns an object by its hash, or by another name that no user has chosen. It fails with a sizeError before it reads more
	// than limit bytes.
	get(name string, limit int64) (object, error)
}

// objects is the store of a repository: git reads them, one after the other, in a single process.
type objects struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	pipe io.Closer
	out  *bufio.Reader
	said *tail
}

// open starts the process.
func (r *repository) open(ctx context.Context) (*objects, error) {
	cmd := r.command(ctx, r.dir, "cat-file", "--batch")
	o := &objects{cmd: cmd, said: &tail{}}
	cmd.Stderr = o.said
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting git: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting git: %w", err)
	}
	o.in, o.pipe, o.out = in, out, bufio.NewReader(out)
	if err := r.start(cmd); err != nil {
		return nil, err
	}
	return o, nil
}

// close ends the process.
func (o *objects) close() error {
	_ = o.in.Close()
	// It may be in the middle of an object that is too large, and ends when nobody reads on.
	_ = o.pipe.Close()
	return wait(o.cmd)
}

// get implements store.
func (o *objects) get(name string, limit int64) (object, error) {
	if _, err := io.WriteString(o.in, name+"\n"); err != nil {
		return object{}, errEnded
	}
	header, err := o.out.ReadString('\n')
	if err != nil {
		return object{}, errEnded
	}
	fields := strings.Fields(header)
	if len(fields) != 3 {
		return object{}, errMissing
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || size < 0 {
		return object{}, errEnded
	}
	if size > limit {
		return object{}, &sizeError{size, limit}
	}
	data := make([]byte, size+1) // the object and the end of the line
	if _, err := io.ReadFull(o.out, data); err != nil {
		return object{}, errEnded
	}
	return object{id: fields[0], kind: fields[1], data: data[:size]}, nil
}
