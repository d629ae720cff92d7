package docker

import (
	"context"
	"errors"
	"fmt"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// Clean removes the containers of programs that are gone, and returns how many there were. No engine means that there are none.
// With all, those of programs that still run, or that ran elsewhere, go too.
func Clean(ctx context.Context, host string, all bool) (int, error) {
	found, err := find(ctx, host)
	if err != nil {
		return 0, nil //nolint:nilerr // without an engine there is nothing to clean
	}
	defer func() { _ = found.api.Close() }()
	list, err := found.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: client.Filters{}.Add("label", labelOwner)})
	if err != nil {
		return 0, fmt.Errorf("listing the containers that were left behind: %w", err)
	}
	var members, holders []string
	for _, item := range list.Items {
		switch {
		case !all && !abandoned(item.Labels):
		case item.Labels[labelRole] == roleSandbox:
			holders = append(holders, item.ID)
		default:
			members = append(members, item.ID)
		}
	}
	var errs []error
	// Podman does not remove what others still depend on.
	for _, id := range append(members, holders...) {
		errs = append(errs, remove(ctx, found.api, id))
	}
	return len(members) + len(holders), errors.Join(errs...)
}

// remove ends a container at once and takes it away with its volumes. It is no error if there is none.
func remove(ctx context.Context, api *client.Client, id string) error {
	_, err := api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err == nil || cerrdefs.IsNotFound(err) {
		return nil
	}
	if cerrdefs.IsConflict(err) && strings.Contains(err.Error(), "in progress") {
		return nil // somebody else is removing it
	}
	return fmt.Errorf("removing container %.12s: %w", id, err)
}
