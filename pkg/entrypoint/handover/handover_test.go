//go:build unix

package handover_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

func in(root string) handover.Place {
	return func(path string) string { return filepath.Join(root, path) }
}

func TestStates(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before func(place handover.Place) error
		want   handover.State
	}{
		"nothing":    {func(handover.Place) error { return nil }, handover.Open},
		"other step": {func(place handover.Place) error { return handover.Give(2, false, place) }, handover.Open},
		"done":       {func(place handover.Place) error { return handover.Give(1, false, place) }, handover.Done},
		"failed":     {func(place handover.Place) error { return handover.Give(1, true, place) }, handover.Failed},
		"given twice": {func(place handover.Place) error {
			return errors.Join(handover.Give(1, true, place), handover.Give(1, true, place))
		}, handover.Failed},
		// As where a lock is not seen from another container, and as if the runner had ended before the tracker came.
		"a lock that nobody holds": {hold, handover.Open},
		"done, then gone":          {func(place handover.Place) error { return errors.Join(hold(place), handover.Give(1, false, place)) }, handover.Done},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := in(t.TempDir())
			if err := tc.before(place); err != nil {
				t.Fatal(err)
			}
			if got := handover.Track(1, place, nil).State(); got != tc.want {
				t.Errorf("state %v, want %v", got, tc.want)
			}
		})
	}
}

// hold lets a runner begin and end.
func hold(place handover.Place) error {
	if err := os.MkdirAll(place(protocol.StepRunDir(1)), 0o755); err != nil {
		return err
	}
	lock, err := handover.Hold(1, place)
	if err != nil {
		return err
	}
	return lock.Close()
}

func TestRunnerThatGoesWithoutAWord(t *testing.T) {
	t.Parallel()
	place := in(t.TempDir())
	if err := os.MkdirAll(place(protocol.StepRunDir(1)), 0o755); err != nil {
		t.Fatal(err)
	}
	wake := make(chan struct{}, 1)
	tracker := handover.Track(1, place, wake)
	if got := tracker.State(); got != handover.Open {
		t.Errorf("state %v before the runner begins", got)
	}
	lock, err := handover.Hold(1, place)
	if err != nil {
		t.Fatal(err)
	}
	if got := tracker.State(); got != handover.Open {
		t.Errorf("state %v while the runner lives", got)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	<-wake
	if got := tracker.State(); got != handover.Failed {
		t.Errorf("state %v after the runner's end", got)
	}
}

// TestLockOfNobody leaves a lock's file that nobody holds, as it looks where containers do not see each other's locks. The
// tracker goes on waiting, and hears of the hand-over.
func TestLockOfNobody(t *testing.T) {
	t.Parallel()
	place := in(t.TempDir())
	if err := hold(place); err != nil {
		t.Fatal(err)
	}
	wake := make(chan struct{}, 1)
	tracker := handover.Track(1, place, wake)
	for range 3 {
		if got := tracker.State(); got != handover.Open {
			t.Fatalf("state %v while nothing is known", got)
		}
	}
	if err := handover.Give(1, false, place); err != nil {
		t.Fatal(err)
	}
	if got := tracker.State(); got != handover.Done {
		t.Errorf("state %v after the hand-over", got)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := handover.Give(0, false, in(file)); err == nil {
		t.Error("Give: no error")
	}
	if _, err := handover.Hold(0, in(file)); err == nil {
		t.Error("Hold: no error")
	}
}
