package oci_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/oci"
)

func TestNetwork(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello\n")) }))
	t.Cleanup(server.Close)
	script := sh("wget -q -O - " + server.URL + " 2>/dev/null || echo refused; ls /sys/class/net | head -n 9; ping -c 1 127.0.0.1 >/dev/null && echo local")
	interfaces, err := net.Interfaces()
	must(t, err)
	for _, tc := range []struct {
		network oci.Network
		host    bool
		check   func(output string) bool
	}{
		{oci.NetworkHost, false, func(output string) bool {
			return strings.HasPrefix(output, "hello\n") && strings.Contains(output, interfaces[0].Name)
		}},
		{oci.NetworkNone, false, func(output string) bool { return output == "refused\nlo\nlocal\n" }},
		{oci.NetworkNone, true, func(output string) bool { return strings.HasPrefix(output, "hello\n") }},
		{oci.NetworkPrivate, false, func(output string) bool {
			return strings.HasPrefix(output, "refused\n") && strings.Count(output, "\n") == 4
		}},
	} {
		if tc.network == oci.NetworkPrivate {
			_, err := exec.LookPath("slirp4netns")
			if _, other := exec.LookPath("pasta"); err != nil && other != nil {
				continue
			}
		}
		w := newWorld(t, func(o *oci.Options) { o.Network = tc.network })
		s := w.sandbox(t, func(req *container.SandboxRequest) {
			req.HostNetwork = tc.host
			req.Sysctls = map[string]string{"net.ipv4.ip_unprivileged_port_start": "0", "kernel.shm_rmid_forced": "1"}
		})
		got, exit := w.run(t, s, container.Spec{Args: script})
		if !tc.check(got) || exit.Code != 0 {
			t.Errorf("network %s: exit code %d, output %s", tc.network, exit.Code, got)
		}
		got, _ = w.run(t, s, container.Spec{Args: sh("cat /proc/sys/kernel/shm_rmid_forced /proc/sys/net/ipv4/ip_unprivileged_port_start")})
		want := "1\n0\n"
		if tc.network == oci.NetworkHost || tc.host {
			want = "1\n1024\n"
		}
		if got != want {
			t.Errorf("network %s: settings %q, want %q", tc.network, got, want)
		}
	}
}

func TestPrivileged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := w.sandbox(t, func(req *container.SandboxRequest) { req.HostPID = true })
	got, exit := w.run(t, s, container.Spec{
		Args: sh("mount -t tmpfs x /tmp && df /tmp | tail -n 1 | grep -c x; test $$ != 1 && echo other; ls -d /proc/2 /dev/null"), Privileged: true, Memory: 1 << 30,
	})
	if want := "1\nother\n/dev/null\n/proc/2\n"; got != want || exit.Code != 0 {
		t.Errorf("exit code %d, output %q, want %q", exit.Code, got, want)
	}
}
