// Package reach limits whom Tenon talks to on behalf of its users, who choose the hosts: programs of the cluster can reach more than
// their users can. Hosts are checked by the name they are asked for, and by the address that the name turns out to have at the
// moment of the connection, so that no name can change its meaning in between.
package reach

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Hosts is a list of hosts as operators write it: names, names with a port, domains, addresses and networks. The zero value is
// the empty list.
type Hosts struct {
	all      bool
	names    []string
	domains  []string // with the dot they begin with
	networks []netip.Prefix
}

// ParseHosts reads a list with commas, such as "localhost:5000, *.example.com, 127.0.0.1, 10.96.0.0/12". A name without a port is
// that host at every port; "*." before a name stands for every host below it, "*" alone for every host; an address or a
// network is also every host with such an address.
func ParseHosts(list string) (Hosts, error) {
	var h Hosts
	for item := range strings.SplitSeq(list, ",") {
		item = strings.ToLower(strings.TrimSpace(item))
		if item == "" {
			continue
		}
		if err := h.add(item); err != nil {
			return Hosts{}, err
		}
	}
	return h, nil
}

func (h *Hosts) add(item string) error {
	domain, isDomain := strings.CutPrefix(item, "*")
	switch {
	case item == "*":
		h.all = true
		return nil
	case isDomain && (len(domain) < 2 || domain[0] != '.'), strings.Contains(domain, "*"):
		return fmt.Errorf("%q is no host: * stands for all hosts, or before a dot for all below a name", item)
	case isDomain:
		h.domains = append(h.domains, domain)
		return nil
	}
	if addr, err := netip.ParseAddr(strings.Trim(item, "[]")); err == nil {
		h.networks = append(h.networks, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
		return nil
	}
	if strings.Contains(item, "/") {
		network, err := netip.ParsePrefix(item)
		if err != nil {
			return fmt.Errorf("%q is no host, address or network: %w", item, err)
		}
		h.networks = append(h.networks, network.Masked())
		return nil
	}
	h.names = append(h.names, item)
	return nil
}

// hasName reports whether the list has a host by the name, with or without port, by which it is asked for.
func (h Hosts) hasName(host string) bool {
	host = strings.ToLower(host)
	name := hostname(host)
	return h.all || slices.Contains(h.names, host) || slices.Contains(h.names, name) ||
		slices.ContainsFunc(h.domains, func(domain string) bool { return strings.HasSuffix(name, domain) })
}

func (h Hosts) hasAddr(addr netip.Addr) bool {
	return slices.ContainsFunc(h.networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// hostname is a host without its port and the dot that ends a full name.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.Trim(host, "[]"), ".")
}
