package kubelet

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// Defaults of probes, as an API server fills them in.
const (
	defaultPeriod    = 10
	defaultTimeout   = 1
	defaultSuccesses = 1
	defaultFailures  = 3
)

func orDefault(n, otherwise int32) int32 {
	if n <= 0 {
		return otherwise
	}
	return n
}

// watchProbes begins to look whether a container has started, is ready and lives.
func (w *worker) watchProbes(proc *process) {
	if proc.spec.StartupProbe == nil {
		w.markStarted(proc)
	}
	if proc.spec.StartupProbe == nil && proc.spec.ReadinessProbe == nil && proc.spec.LivenessProbe == nil {
		return
	}
	ctx, cancel := context.WithCancel(w.p.ctx)
	proc.stopProbing = cancel
	go func() {
		if probe := proc.spec.StartupProbe; probe != nil && !w.awaitStartup(ctx, proc, probe) {
			return
		}
		if probe := proc.spec.ReadinessProbe; probe != nil {
			go w.watchReadiness(ctx, proc, probe)
		}
		if probe := proc.spec.LivenessProbe; probe != nil {
			w.watchLiveness(ctx, proc, probe)
		}
	}()
}

// markStarted is for a container whose startup probe, if it has one, has succeeded.
func (w *worker) markStarted(proc *process) {
	w.p.mu.Lock()
	if w.isRunning {
		w.started = true
		w.ready = proc.spec.ReadinessProbe == nil
	}
	select {
	case <-w.running:
	default:
		close(w.running)
	}
	w.p.mu.Unlock()
	w.p.touch()
}

func (w *worker) awaitStartup(ctx context.Context, proc *process, probe *corev1.Probe) bool {
	ok := false
	w.repeat(ctx, proc, probe, func(healthy bool) bool {
		if !healthy {
			w.kill(killing{probe.TerminationGracePeriodSeconds})
			return false
		}
		ok = true
		w.markStarted(proc)
		return false
	})
	return ok
}

func (w *worker) watchReadiness(ctx context.Context, proc *process, probe *corev1.Probe) {
	w.repeat(ctx, proc, probe, func(healthy bool) bool {
		w.p.mu.Lock()
		changed := w.isRunning && ctx.Err() == nil && w.ready != healthy
		if changed {
			w.ready = healthy
		}
		w.p.mu.Unlock()
		if changed {
			w.p.touch()
		}
		return true
	})
}

func (w *worker) watchLiveness(ctx context.Context, proc *process, probe *corev1.Probe) {
	w.repeat(ctx, proc, probe, func(healthy bool) bool {
		if !healthy {
			w.kill(killing{probe.TerminationGracePeriodSeconds})
		}
		return healthy
	})
}

// repeat probes until ctx ends or judged returns false. judged hears of what holds after as many results as the thresholds say.
func (w *worker) repeat(ctx context.Context, proc *process, probe *corev1.Probe, judged func(healthy bool) bool) {
	successes, failures := orDefault(probe.SuccessThreshold, defaultSuccesses), orDefault(probe.FailureThreshold, defaultFailures)
	if !pause(ctx, time.Duration(probe.InitialDelaySeconds)*time.Second) {
		return
	}
	var good, bad int32
	for {
		err := w.probe(ctx, proc, probe)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			good, bad = good+1, 0
		} else {
			good, bad = 0, bad+1
			w.p.o.Logger.Debug("a probe failed", "pod", proc.pod.Name, "container", w.name, "error", err)
		}
		if good >= successes && !judged(true) || bad >= failures && !judged(false) {
			return
		}
		if !pause(ctx, time.Duration(orDefault(probe.PeriodSeconds, defaultPeriod))*time.Second) {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// probe looks once.
func (w *worker) probe(ctx context.Context, proc *process, probe *corev1.Probe) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(orDefault(probe.TimeoutSeconds, defaultTimeout))*time.Second)
	defer cancel()
	switch {
	case probe.Exec != nil:
		return execute(ctx, proc, probe.Exec.Command)
	case probe.HTTPGet != nil:
		return w.httpGet(ctx, proc, probe.HTTPGet)
	case probe.TCPSocket != nil:
		host, err := w.host(proc, probe.TCPSocket.Host, probe.TCPSocket.Port)
		if err != nil {
			return err
		}
		conn, err := w.dial(ctx, "tcp", host)
		if err != nil {
			return err
		}
		return conn.Close()
	case probe.GRPC != nil:
		return w.grpcHealth(ctx, proc, probe.GRPC)
	}
	return errors.New("the probe has no handler")
}

// dial connects from where the pod's network can be reached.
func (w *worker) dial(ctx context.Context, network, address string) (net.Conn, error) {
	sandbox, err := w.p.sandboxIfMade()
	if err != nil {
		return nil, err
	}
	if d, ok := sandbox.(container.Dialer); ok {
		return d.Dial(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// client does not follow redirects to other hosts, nor does it check certificates, as kubelets do.
func (w *worker) client(scheme string) *http.Client {
	transport := &http.Transport{DisableKeepAlives: true, DialContext: w.dial}
	if scheme == "https" {
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // containers have certificates of their own making
	}
	return &http.Client{Transport: transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if req.URL.Hostname() != via[0].URL.Hostname() || len(via) >= 10 {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}
