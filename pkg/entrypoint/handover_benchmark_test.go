//go:build unix

package entrypoint

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/entrypoint/watch"
)

// BenchmarkHandOver measures from the hand-over file of one step to the start of the next step's process, which is when
// the kernel has been asked for it. The runner that waits is in this process.
func BenchmarkHandOver(b *testing.B) {
	for name, w := range map[string]watch.Watcher{"notified": {}, "polled": {NoNotify: true}} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for range b.N {
				took = append(took, handOverOnce(b, w))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func handOverOnce(b *testing.B, w watch.Watcher) time.Duration {
	b.Helper()
	root := b.TempDir()
	layout := Layout{Root: root}
	for _, dir := range []string{protocol.StepRunDir(0), protocol.StepRunDir(1)} {
		if err := os.MkdirAll(layout.Path(dir), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	s := &step{Runner: &Runner{Layout: layout, Stderr: os.Stderr, Watch: w}, Step: protocol.Step{Index: 1}}
	first := &step{Runner: s.Runner, Step: protocol.Step{Index: 0, Container: "step-" + strconv.Itoa(0)}}
	hold, err := handover.Hold(0, layout.Path)
	if err != nil {
		b.Fatal(err)
	}
	first.hold = hold
	done := make(chan time.Time)
	waiting := make(chan struct{})
	go func() {
		close(waiting)
		_, ok := s.waitForTurn(b.Context())
		now := time.Now()
		if !ok {
			b.Error("the step may not start")
		}
		done <- now
	}()
	<-waiting
	// Long enough for the wait to be set up, which is not what is measured.
	time.Sleep(2 * time.Millisecond)
	begin := time.Now()
	first.handOver(false)
	return (<-done).Sub(begin)
}
