package oci_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/oci"
)

// BenchmarkContainer is the time of a container that does nothing: until its process runs, until it has ended, and with a pod around it.
func BenchmarkContainer(b *testing.B) {
	for _, program := range programs(b) {
		w := newWorld(b, func(o *oci.Options) { o.Program = program })
		b.Run(program+"/container", func(b *testing.B) {
			s := w.sandbox(b, nil)
			var start time.Duration
			used := childTime(b)
			for b.Loop() {
				begin := time.Now()
				c, err := s.Start(b.Context(), container.Spec{Name: "step", Image: w.image, Args: []string{"true"}})
				must(b, err)
				start += c.Started().Sub(begin)
				<-c.Done()
			}
			b.ReportMetric(float64((childTime(b)-used).Microseconds())/1000/float64(b.N), "cpu-ms")
			b.ReportMetric(float64(start.Microseconds())/1000/float64(b.N), "start-ms")
		})
		b.Run(program+"/pod", func(b *testing.B) {
			for b.Loop() {
				s := w.sandbox(b, nil)
				w.run(b, s, container.Spec{Args: []string{"true"}})
				must(b, s.Remove(b.Context()))
			}
		})
	}
}

// childTime is the processor time of runtimes and containers, which says more than the clock on a machine that has other things to do.
func childTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
