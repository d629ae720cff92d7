package kubelet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// postStart runs the hook of a container that has just been started. The container is ended if it fails.
func (w *worker) postStart(proc *process) {
	if proc.spec.Lifecycle == nil || proc.spec.Lifecycle.PostStart == nil {
		return
	}
	ctx, cancel := whileRunning(w.ctx, proc)
	defer cancel()
	if err := w.hook(ctx, proc, proc.spec.Lifecycle.PostStart); err != nil && ctx.Err() == nil {
		w.p.o.Logger.Info("a postStart hook failed", "pod", proc.pod.Name, "container", w.name, "error", err)
		w.kill(killing{})
	}
}

// preStop runs the hook of a container that is to be stopped, for as long as its grace period at most.
func (w *worker) preStop(proc *process, grace time.Duration) {
	if proc.spec.Lifecycle == nil || proc.spec.Lifecycle.PreStop == nil {
		return
	}
	ctx, cancel := whileRunning(w.p.ctx, proc)
	defer cancel()
	ctx, cancelTimeout := context.WithTimeout(ctx, grace)
	defer cancelTimeout()
	if err := w.hook(ctx, proc, proc.spec.Lifecycle.PreStop); err != nil {
		w.p.o.Logger.Info("a preStop hook failed", "pod", proc.pod.Name, "container", w.name, "error", err)
	}
}

// whileRunning returns a context that ends with the process.
func whileRunning(ctx context.Context, proc *process) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-proc.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// kill has the container ended; once is enough.
func (w *worker) kill(why killing) {
	select {
	case w.killed <- why:
	default:
	}
}

func (w *worker) hook(ctx context.Context, proc *process, h *corev1.LifecycleHandler) error {
	switch {
	case h.Exec != nil:
		return execute(ctx, proc, h.Exec.Command)
	case h.HTTPGet != nil:
		return w.httpGet(ctx, proc, h.HTTPGet)
	case h.Sleep != nil:
		select {
		case <-time.After(time.Duration(h.Sleep.Seconds) * time.Second):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	case h.TCPSocket != nil:
		return errors.New("hooks cannot open sockets (tcpSocket)")
	}
	return nil
}

// maxOutput is how much of a command's output an error repeats.
const maxOutput = 1024

func execute(ctx context.Context, proc *process, command []string) error {
	code, output, err := proc.Exec(ctx, command)
	if err != nil {
		return fmt.Errorf("running %q: %w", command, err)
	}
	if code != 0 {
		return fmt.Errorf("command %q exited with %d: %s", command, code, head(strings.TrimSpace(string(output)), maxOutput))
	}
	return nil
}

func (w *worker) httpGet(ctx context.Context, proc *process, get *corev1.HTTPGetAction) error {
	host, err := w.host(proc, get.Host, get.Port)
	if err != nil {
		return err
	}
	scheme := strings.ToLower(string(get.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	path := get.Path
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+host+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "kube-probe/tenon")
	req.Header.Set("Accept", "*/*")
	for _, h := range get.HTTPHeaders {
		if strings.EqualFold(h.Name, "Host") {
			req.Host = h.Value
			continue
		}
		req.Header.Add(h.Name, h.Value)
	}
	res, err := w.client(scheme).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // it was read
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxMessage))
	if res.StatusCode < 200 || res.StatusCode >= 400 {
		return fmt.Errorf("HTTP probe failed with statuscode: %d", res.StatusCode)
	}
	return nil
}

// host is the address that a probe goes to: the pod's, unless it names one.
func (w *worker) host(proc *process, host string, port intstr.IntOrString) (string, error) {
	number, err := portNumber(proc.spec, port)
	if err != nil {
		return "", err
	}
	if host == "" {
		w.p.mu.Lock()
		host = w.p.ip
		w.p.mu.Unlock()
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.Itoa(number)), nil
}

func portNumber(c *corev1.Container, port intstr.IntOrString) (int, error) {
	if port.Type == intstr.Int {
		return port.IntValue(), nil
	}
	for _, p := range c.Ports {
		if p.Name == port.StrVal {
			return int(p.ContainerPort), nil
		}
	}
	if number, err := strconv.Atoi(port.StrVal); err == nil {
		return number, nil
	}
	return 0, fmt.Errorf("container %s has no port %q", c.Name, port.StrVal)
}
