package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestLingering(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		told, end := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
		ctx := lingering(told, linger)
		if got, _ := ctx.Value(key{}).(string); got != "kept" {
			t.Errorf("value %q is lost", got)
		}
		time.Sleep(time.Hour)
		end()
		time.Sleep(linger - time.Millisecond)
		synctest.Wait()
		if err := ctx.Err(); err != nil {
			t.Errorf("it ended before the time: %v", err)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if ctx.Err() == nil {
			t.Error("it did not end")
		}
	})
}

func TestAnEndingWebhookIsNotReady(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	probe := until(ctx, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	ask := func() int {
		answer := httptest.NewRecorder()
		probe(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readiness", nil))
		return answer.Code
	}
	if got := ask(); got != http.StatusOK {
		t.Errorf("before: %d, want 200", got)
	}
	end()
	if got := ask(); got != http.StatusServiceUnavailable {
		t.Errorf("after: %d, want 503", got)
	}
}
