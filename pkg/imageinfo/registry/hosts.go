package registry

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Hosts is a list of hosts as operators write it: names, names with a port, addresses and networks. The zero value is
// the empty list.
type Hosts struct {
	names    []string
	networks []netip.Prefix
}

// ParseHosts reads a list with commas, such as "localhost:5000, 127.0.0.1, 10.96.0.0/12". A name without a port is that
// host at every port; an address or a network is also every host with such an address.
func ParseHosts(list string) (Hosts, error) {
	var h Hosts
	for item := range strings.SplitSeq(list, ",") {
		item = strings.ToLower(strings.TrimSpace(item))
		if item == "" {
			continue
		}
		if addr, err := netip.ParseAddr(strings.Trim(item, "[]")); err == nil {
			h.networks = append(h.networks, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
			continue
		}
		if strings.Contains(item, "/") {
			network, err := netip.ParsePrefix(item)
			if err != nil {
				return Hosts{}, fmt.Errorf("%q is no host, address or network: %w", item, err)
			}
			h.networks = append(h.networks, network.Masked())
			continue
		}
		h.names = append(h.names, item)
	}
	return h, nil
}

// hasName reports whether the list has a host by the name, with or without port, by which it is asked for.
func (h Hosts) hasName(host string) bool {
	host = strings.ToLower(host)
	return slices.Contains(h.names, host) || slices.Contains(h.names, hostname(host))
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

// refusedError says why a host is not asked.
type refusedError struct {
	why string
	// host is the one that the request was for, where there was one.
	host string
}

func (e *refusedError) Error() string { return e.why }

// checkHost refuses hosts by the name they are asked for.
func checkHost(host string, allow, deny Hosts) error {
	name := strings.ToLower(hostname(host))
	switch {
	case allow.hasName(host):
		return nil
	case deny.hasName(host):
		return &refusedError{why: "the operator denies it"}
	case name == "localhost", strings.HasSuffix(name, ".localhost"):
		return &refusedError{why: "it is the controller's own host"}
	}
	// A zone names an interface of the controller's, which only local addresses have.
	bare, _, _ := strings.Cut(name, "%")
	if addr, err := netip.ParseAddr(bare); err == nil {
		return checkAddr(addr, allow, deny)
	}
	return nil
}

// metadata are the addresses, beyond link-local ones, at which clouds tell a machine about itself or give it credentials.
var metadata = []netip.Addr{
	netip.MustParseAddr("100.100.100.200"), // Alibaba
	netip.MustParseAddr("168.63.129.16"),   // Azure
	netip.MustParseAddr("192.0.0.192"),     // Oracle
	netip.MustParseAddr("fd00:ec2::254"),   // Amazon
	netip.MustParseAddr("fd20:ce::254"),    // Google
}

// nat64 is the network of addresses that stand for the IPv4 address in their last four bytes.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// checkAddr refuses hosts by their address.
func checkAddr(addr netip.Addr, allow, deny Hosts) error {
	addr = addr.Unmap().WithZone("")
	if nat64.Contains(addr) {
		bytes := addr.As16()
		addr = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	switch {
	case allow.hasAddr(addr):
		return nil
	case deny.hasAddr(addr):
		return &refusedError{why: "the operator denies its address"}
	case addr.IsLoopback(), addr.IsUnspecified():
		return &refusedError{why: "its address is a loopback address"}
	case addr.IsLinkLocalUnicast(), addr.IsMulticast():
		return &refusedError{why: "its address is a link-local or multicast address"}
	case slices.Contains(metadata, addr):
		return &refusedError{why: "its address is that of a cloud's metadata"}
	}
	return nil
}
