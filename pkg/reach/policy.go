package reach

import (
	"net/netip"
	"slices"
	"strings"
)

// Policy says which hosts may be talked to. The zero value allows every host but those that nobody means who names a remote
// place: this machine, link-local and multicast addresses, and those at which clouds hand out credentials.
type Policy struct {
	// Allow are hosts that may be talked to, whatever else is said.
	Allow Hosts
	// Deny are hosts that may not. With all of them denied, what is allowed is all that remains.
	Deny Hosts
}

// RefusedError says why a host is not talked to.
type RefusedError struct {
	// Host is the one that was asked for; empty where only its address is known.
	Host string
	// Why is a half sentence that ends "host H is refused: ".
	Why string
}

func (e *RefusedError) Error() string {
	if e.Host == "" {
		return e.Why
	}
	return "host " + e.Host + " is refused: " + e.Why
}

// CheckHost refuses hosts by the name, with or without port, that they are asked for. What it lets through has to pass CheckAddr
// unless AllowsName.
func (p Policy) CheckHost(host string) error {
	name := strings.ToLower(hostname(host))
	// A zone names an interface of this machine, which only local addresses have.
	bare, _, _ := strings.Cut(name, "%")
	addr, err := netip.ParseAddr(bare)
	switch {
	case p.AllowsName(host):
		return nil
	case err == nil:
		return named(host, p.CheckAddr(addr))
	case p.Deny.all && len(p.Allow.networks) > 0:
		return nil
	case p.Deny.hasName(host):
		return &RefusedError{Host: host, Why: "the operator denies it"}
	case name == "localhost", strings.HasSuffix(name, ".localhost"):
		return &RefusedError{Host: host, Why: "it is the host that asks"}
	default:
		return nil
	}
}

// AllowsName reports whether a host may be talked to whatever its address is.
func (p Policy) AllowsName(host string) bool { return p.Allow.hasName(host) }

func named(host string, err error) error {
	if refused, ok := err.(*RefusedError); ok { //nolint:errorlint // it is what CheckAddr returns
		refused.Host = host
	}
	return err
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

// CheckAddr refuses hosts by their address.
func (p Policy) CheckAddr(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if nat64.Contains(addr) {
		bytes := addr.As16()
		addr = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	why := ""
	switch {
	case p.Allow.all, p.Allow.hasAddr(addr):
		return nil
	case p.Deny.all, p.Deny.hasAddr(addr):
		why = "the operator denies its address"
	case addr.IsLoopback(), addr.IsUnspecified():
		why = "its address is a loopback address"
	case addr.IsLinkLocalUnicast(), addr.IsMulticast():
		why = "its address is a link-local or multicast address"
	case slices.Contains(metadata, addr):
		why = "its address is that of a cloud's metadata"
	default:
		return nil
	}
	return &RefusedError{Why: why}
}
