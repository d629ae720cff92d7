package reach_test

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/reach"
)

func hosts(t *testing.T, list string) reach.Hosts {
	t.Helper()
	h, err := reach.ParseHosts(list)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestParseHosts(t *testing.T) {
	t.Parallel()
	for list, ok := range map[string]bool{
		"": true, "localhost:5000, 10.0.0.0/8,::1,[::1]": true, "Registry.Example": true, "10.0.0.0/99": false, "a/b": false,
		"*": true, "*.example.com": true, "*example.com": false, "*.": false, "a.*.b": false,
	} {
		if _, err := reach.ParseHosts(list); (err == nil) != ok {
			t.Errorf("%q: error %v, want none: %t", list, err, ok)
		}
	}
}

// TestResolvedAddress checks the address that a name turns out to have: the operator's list has the name, or it must not
// be this machine.
func TestResolvedAddress(t *testing.T) {
	t.Parallel()
	for list, refused := range map[string]bool{"": true, "127.0.0.1:1": false, "127.0.0.0/8": false, "*": false, "10.0.0.0/8": true} {
		policy := reach.Policy{Allow: hosts(t, list)}
		_, err := reach.Dialer{Policy: func() reach.Policy { return policy }, Timeout: time.Second}.DialContext(t.Context(), "tcp", "127.0.0.1:1")
		var refusal *reach.RefusedError
		if err == nil || errors.As(err, &refusal) != refused {
			t.Errorf("%q: error %v, want a refusal: %t", list, err, refused)
		}
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		allow, deny string
		hosts       map[string]bool
	}{
		"nothing said": {"", "", map[string]bool{
			"example.com": true, "10.1.1.1": true, "localhost": false, "a.LOCALHOST:80": false, "127.0.0.1:80": false, "[::1]:80": false,
			"169.254.169.254": false, "[fe80::1%eth0]:80": false, "0.0.0.0": false, "[::ffff:127.0.0.1]:80": false,
			"[64:ff9b::7f00:1]": false, "100.100.100.200": false, "[fd00:ec2::254]": false, "224.0.0.1": false,
		}},
		"denied": {"", "registry.example:5000,evil.example,10.96.0.0/12", map[string]bool{
			"registry.example:5000": false, "registry.example": true, "Evil.Example.:99": false, "10.97.1.1:80": false, "10.1.1.1": true,
		}},
		"allowed all the same": {"evil.example,127.0.0.1", "evil.example,127.0.0.0/8", map[string]bool{
			"evil.example": true, "127.0.0.1:80": true, "127.0.0.2": false,
		}},
		"only what is allowed": {"github.com, *.example.com", "*", map[string]bool{
			"github.com:443": true, "a.example.com": true, "example.com": false, "a.example.com.evil.example": false, "gitlab.com": false, "10.1.1.1": false,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := reach.Policy{Allow: hosts(t, tc.allow), Deny: hosts(t, tc.deny)}
			for host, ok := range tc.hosts {
				if err := policy.CheckHost(host); (err == nil) != ok {
					t.Errorf("%s: error %v, want none: %t", host, err, ok)
				}
			}
		})
	}
}

// TestOnlyNetworks has an operator who allows addresses alone: a name is then known by what it turns out to be.
func TestOnlyNetworks(t *testing.T) {
	t.Parallel()
	policy := reach.Policy{Allow: hosts(t, "10.0.0.0/8"), Deny: hosts(t, "*")}
	if err := policy.CheckHost("git.internal"); err != nil {
		t.Errorf("the name alone: %v", err)
	}
	for addr, ok := range map[string]bool{"10.1.1.1": true, "192.168.1.1": false, "127.0.0.1": false} {
		if err := policy.CheckAddr(netip.MustParseAddr(addr)); (err == nil) != ok {
			t.Errorf("%s: error %v, want none: %t", addr, err, ok)
		}
	}
}

func TestRedirectToPlainHTTP(t *testing.T) {
	t.Parallel()
	from := &http.Response{Request: &http.Request{URL: &url.URL{Scheme: "https", Host: "registry.example"}}}
	req := &http.Request{URL: &url.URL{Scheme: "http", Host: "registry.example"}, Response: from}
	if err := (reach.Policy{}).CheckRequest(req); !errors.Is(err, reach.ErrDowngrade) {
		t.Errorf("error %v", err)
	}
}
