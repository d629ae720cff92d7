package oci

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// forwarder is the address under which slirp4netns and pasta answer questions for names.
const forwarder = "10.0.2.3"

// writeFiles writes /etc/hosts, /etc/hostname and /etc/resolv.conf of the pod.
func (s *sandbox) writeFiles(req container.SandboxRequest, network Network) error {
	resolv := resolvConf(network, req.DNS, os.ReadFile)
	for name, content := range map[string]string{
		"hosts": s.hosts(req.Hosts, network), "hostname": s.hostname + "\n", "resolv.conf": resolv,
	} {
		path := filepath.Join(s.dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
		// Whatever the umask of the user is: every user of the containers reads them.
		if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // no secrets
			return err
		}
	}
	return nil
}

// hosts is /etc/hosts. On the network of the machine, its names are known.
func (s *sandbox) hosts(lines []string, network Network) string {
	var b strings.Builder
	if data, err := os.ReadFile("/etc/hosts"); err == nil && network == NetworkHost {
		b.Write(bytes.TrimRight(data, "\n"))
		b.WriteString("\n")
	} else {
		b.WriteString("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
	}
	fmt.Fprintf(&b, "%s\t%s\n", s.ip, s.hostname)
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// resolvConf is /etc/resolv.conf: the machine's, with what the pod says. A resolver on localhost can't be reached from a private network.
func resolvConf(network Network, dns *corev1.PodDNSConfig, read func(string) ([]byte, error)) string {
	var servers, searches, options []string
	files := []string{"/etc/resolv.conf"}
	if network == NetworkPrivate {
		// What systemd's resolver on localhost asks itself.
		files = append(files, "/run/systemd/resolve/resolv.conf")
	}
	for _, file := range files {
		data, err := read(file)
		if err != nil || len(servers) > 0 {
			continue
		}
		searches, options = nil, nil
		for line := range strings.Lines(string(data)) {
			switch fields := strings.Fields(line); {
			case len(fields) < 2:
			case fields[0] == "nameserver" && (network == NetworkHost || reachable(fields[1])):
				servers = append(servers, fields[1])
			case fields[0] == "search" || fields[0] == "domain":
				searches = fields[1:]
			case fields[0] == "options":
				options = append(options, fields[1:]...)
			}
		}
	}
	switch {
	case network == NetworkNone:
		servers = nil
	case network == NetworkPrivate && len(servers) == 0:
		servers = []string{forwarder}
	}
	if dns != nil {
		servers = append(servers, dns.Nameservers...)
		searches = append(searches, dns.Searches...)
		for _, option := range dns.Options {
			text := option.Name
			if option.Value != nil {
				text += ":" + *option.Value
			}
			options = append(options, text)
		}
	}
	var b strings.Builder
	for _, server := range servers {
		b.WriteString("nameserver " + server + "\n")
	}
	if len(searches) > 0 {
		b.WriteString("search " + strings.Join(searches, " ") + "\n")
	}
	if len(options) > 0 {
		b.WriteString("options " + strings.Join(options, " ") + "\n")
	}
	return b.String()
}

func reachable(server string) bool {
	address, err := netip.ParseAddr(server)
	return err == nil && !address.IsLoopback()
}

// setSysctls keeps the settings of the kernel that can be those of the pod alone.
func (s *sandbox) setSysctls(settings map[string]string) {
	s.sysctls = map[string]string{}
	for name, value := range settings {
		if strings.HasPrefix(name, "net.") && !s.ownNetwork {
			s.runtime.warn("sysctl "+name, fmt.Sprintf("setting %s of pods is left out, since they share the network of this machine", name))
			continue
		}
		s.sysctls[name] = value
	}
}
