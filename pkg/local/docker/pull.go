package docker

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/distribution/reference"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// pull lets the engine get an image from its registry, with the credentials of the pod and else those of the user.
func (r *Runtime) pull(ctx context.Context, req container.ImageRequest, named reference.Named) error {
	auth, err := r.credentials(req.Keychain, named)
	if err != nil {
		return err
	}
	if req.Progress != nil {
		req.Progress("pulling")
	}
	response, err := r.api.ImagePull(ctx, named.String(), client.ImagePullOptions{RegistryAuth: auth})
	if err != nil {
		return err
	}
	defer func() { _ = response.Close() }()
	sizes := map[string]*jsonstream.Progress{}
	for message, err := range response.JSONMessages(ctx) {
		if err != nil {
			return err
		}
		if message.Error != nil {
			return errors.New(message.Error.Message)
		}
		if req.Progress != nil && message.Progress != nil && message.ID != "" && message.Status == "Downloading" {
			sizes[message.ID] = message.Progress
			req.Progress(progress(sizes))
		}
	}
	return nil
}

// progress says how much of all layers is there.
func progress(layers map[string]*jsonstream.Progress) string {
	var current, total int64
	for _, layer := range layers {
		current += layer.Current
		total += max(layer.Total, layer.Current)
	}
	const megabyte = 1 << 20
	return fmt.Sprintf("pulling, %d of %d MB", current/megabyte, (total+megabyte-1)/megabyte)
}

// credentials are those for the image's registry, as the engine wants them; "" if there are none.
func (r *Runtime) credentials(pod authn.Keychain, named reference.Named) (string, error) {
	repository, err := name.NewRepository(named.Name())
	if err != nil {
		return "", err
	}
	keys := r.options.Keychain
	if pod != nil {
		keys = authn.NewMultiKeychain(pod, keys)
	}
	found, err := keys.Resolve(repository)
	if err != nil {
		return "", fmt.Errorf("looking for credentials of %s: %w", repository.RegistryStr(), err)
	}
	if found == authn.Anonymous {
		return "", nil
	}
	auth, err := found.Authorization()
	if err != nil {
		return "", fmt.Errorf("looking for credentials of %s: %w", repository.RegistryStr(), err)
	}
	if *auth == (authn.AuthConfig{}) {
		return "", nil
	}
	encoded, err := json.Marshal(registry.AuthConfig{
		Username: auth.Username, Password: auth.Password, Auth: auth.Auth,
		IdentityToken: auth.IdentityToken, RegistryToken: auth.RegistryToken, ServerAddress: repository.RegistryStr(),
	})
	if err != nil {
		return "", err
	}
	return base64.URLEncoding.EncodeToString(encoded), nil
}

// loadArchive gives an archive of images to the engine.
func loadArchive(ctx context.Context, api *client.Client, tar io.Reader) error {
	response, err := api.ImageLoad(ctx, tar, client.ImageLoadWithQuiet(true))
	if err != nil {
		return err
	}
	defer func() { _ = response.Close() }()
	// The answer is a stream of JSON, in which an error can be although the status was good.
	content, err := io.ReadAll(io.LimitReader(response, 1<<20))
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	for {
		var message jsonstream.Message
		if err := decoder.Decode(&message); err != nil {
			return nil //nolint:nilerr // the end, or something that is not said in JSON
		}
		if message.Error != nil {
			return errors.New(message.Error.Message)
		}
	}
}
