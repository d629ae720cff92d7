package docker

import "context"

// Empty lets a container empty a folder, whoever the files belong to.
func Empty(ctx context.Context, r *Runtime, dir string) error { return r.empty(ctx, dir) }
