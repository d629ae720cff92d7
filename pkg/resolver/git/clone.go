package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// Keys of Secrets of type kubernetes.io/ssh-auth.
const (
	keyPrivateKey = "ssh-privatekey"
	keyKnownHosts = "known_hosts"
)

// tokenUser is the user that tokens are sent with.
const tokenUser = "git"

// gitTokenPurpose says what the token is for, in errors.
const gitTokenPurpose = "cannot get git token"

// login is what a repository is fetched with. Without a secret there is none.
type login struct{ user, secret, knownHosts string }

// login reads the credentials that a reference names: by gitToken, else in its URL.
func (r *Resolver) login(ctx context.Context, req framework.Request, at location) (login, error) {
	name, key := req.Params[paramGitToken], req.Params[paramGitTokenKey]
	switch {
	case name == "" && at.overHTTP():
		return login{user: at.user, secret: at.password}, nil
	case name == "":
		return login{}, nil
	case at.scheme == schemeSSH:
		return r.sshLogin(ctx, req.Namespace, name, orDefault(key, keyPrivateKey), at)
	case !at.overHTTP():
		return login{}, fmt.Errorf("gitToken cannot be sent over %s, only over http, https and ssh", at.scheme)
	}
	token, err := framework.Secret(ctx, r.kube, gitTokenPurpose, req.Namespace, name, orDefault(key, defaultTokenKey))
	return login{user: tokenUser, secret: token}, err
}

func (r *Resolver) sshLogin(ctx context.Context, namespace, name, key string, at location) (login, error) {
	private, err := framework.Secret(ctx, r.kube, gitTokenPurpose, namespace, name, key)
	if err != nil {
		return login{}, err
	}
	known, err := framework.Secret(ctx, r.kube, "cannot know the ssh host by its key", namespace, name, keyKnownHosts)
	if err != nil {
		return login{}, err
	}
	return login{user: orDefault(at.user, sshUser), secret: private, knownHosts: known}, nil
}

// clone fetches the file from the repository, once.
func (r *Resolver) clone(ctx context.Context, want wanted, with login) (*framework.Answer, error) {
	found, err := r.fetchFile(ctx, want, with)
	switch {
	case err == nil:
		return answer(want, found.data, found.commit, want.url.text), nil
	case ctx.Err() != nil:
		// The text of the context's error is what says that trying again can help (contract 4 §1.3).
		return nil, fmt.Errorf("error resolving repository: fetching %s took too long: %w", want.url.text, ctx.Err())
	default:
		return nil, fmt.Errorf("error resolving repository: %w", err)
	}
}

// found is a file.
type found struct {
	data   []byte
	commit string
}

// variant is a way to fetch. Servers do not tell what they can do before they are asked.
type variant struct {
	// shallow fetches one commit instead of the history.
	shallow bool
	// partial fetches files only when they are read.
	partial bool
	// sha256 is the format of the repository.
	sha256 bool
}

// maxVariants is how many ways are tried: each of the three can be changed once.
const maxVariants = 4

// next returns the way to try after an error that another way can help.
func (v variant) next(err error) (variant, bool) {
	switch {
	case errors.Is(err, errDumb) && v.shallow:
		v.shallow, v.partial = false, false
	case errors.Is(err, errNoPart) && v.partial:
		v.partial = false
	case errors.Is(err, errFormat):
		v.sha256 = !v.sha256
	default:
		return v, false
	}
	return v, true
}

// fetchFile makes repositories in a directory of their own until a way to fetch works.
func (r *Resolver) fetchFile(ctx context.Context, want wanted, with login) (found, error) {
	if want.url.scheme == schemeSSH && with.secret == "" {
		return found{}, failure.Invalidf("", "clone error: authentication required: over ssh, gitToken has to name a secret with %s and %s", keyPrivateKey, keyKnownHosts)
	}
	dir, err := os.MkdirTemp("", "git-")
	if err != nil {
		return found{}, fmt.Errorf("making room for the repository: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // nothing of use is left in it
	net, err := r.connect(ctx, want)
	if err != nil {
		return found{}, err
	}
	defer net.close()
	box, err := r.newBox(dir, want, with, net)
	if err != nil {
		return found{}, err
	}
	dumb := want.url.scheme == schemeFTP || want.url.scheme == schemeFTPS
	way := variant{shallow: !dumb, partial: !dumb, sha256: len(want.revision) == sha256Digits && isHash(want.revision)}
	for i := range maxVariants {
		repo := repository{box: box, dir: filepath.Join(dir, strconv.Itoa(i)), want: want, way: way}
		out, err := repo.read(ctx)
		if err == nil {
			return out, nil
		}
		next, ok := way.next(err)
		if !ok || ctx.Err() != nil {
			return found{}, err
		}
		way = next
	}
	return found{}, errors.New("clone error: no way to fetch works with this server")
}
