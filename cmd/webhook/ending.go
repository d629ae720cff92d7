package main

import (
	"context"
	"net/http"
	"time"
)

// linger is how long the webhook serves after it was told to end. Until everybody has heard that the pod is about to go, API
// servers send requests to it, and one that is not answered is a write that fails for a user.
const linger = 10 * time.Second

// quiet is how long no request may have come before the server is closed. Under load such a moment never comes, so there is
// no waiting for it: requests that are under way are answered in any case.
const quiet = time.Millisecond

// lingering returns a context that ends some time after another one.
func lingering(ctx context.Context, d time.Duration) context.Context {
	later, end := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(d, end) })
	return later
}

// until answers a readiness probe as another handler does until the context ends, and with no from then on.
func until(ctx context.Context, ready http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() != nil {
			http.Error(w, "ending", http.StatusServiceUnavailable)
			return
		}
		ready(w, r)
	}
}
