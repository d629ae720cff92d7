package registry

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// TestResolvedAddress checks the address that a name turns out to have: the operator's list has the name, or it must not
// be this machine.
func TestResolvedAddress(t *testing.T) {
	t.Parallel()
	o := Options{}.withDefaults()
	_, err := newTransport(o).DialContext(t.Context(), "tcp", "127.0.0.1:1")
	var refused *refusedError
	if !errors.As(err, &refused) {
		t.Errorf("error %v, want a refusal", err)
	}
	if o.Allow, err = ParseHosts("127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	if _, err = newTransport(o).DialContext(t.Context(), "tcp", "127.0.0.1:1"); err == nil || errors.As(err, &refused) {
		t.Errorf("error %v, want one of the network", err)
	}
	if o.Allow, err = ParseHosts("127.0.0.0/8"); err != nil {
		t.Fatal(err)
	}
	if _, err = newTransport(o).DialContext(t.Context(), "tcp", "127.0.0.1:1"); err == nil || errors.As(err, &refused) {
		t.Errorf("error %v, want one of the network", err)
	}
}

func TestDeniedHosts(t *testing.T) {
	t.Parallel()
	deny, err := ParseHosts("registry.example:5000,evil.example,10.96.0.0/12")
	if err != nil {
		t.Fatal(err)
	}
	for host, ok := range map[string]bool{
		"registry.example:5000": false, "registry.example": true, "Evil.Example.:99": false, "10.97.1.1:80": false, "10.1.1.1": true,
	} {
		if err := checkHost(host, Hosts{}, deny); (err == nil) != ok {
			t.Errorf("%s: error %v, want none: %t", host, err, ok)
		}
		if err := checkHost(host, deny, deny); err != nil {
			t.Errorf("%s is allowed as well, error %v", host, err)
		}
	}
}

func TestRedirectToPlainHTTP(t *testing.T) {
	t.Parallel()
	from := &http.Response{Request: &http.Request{URL: &url.URL{Scheme: "https", Host: "registry.example"}}}
	req := &http.Request{URL: &url.URL{Scheme: "http", Host: "registry.example"}, Response: from}
	if err := (&checkedTransport{}).check(req); !errors.Is(err, errDowngrade) {
		t.Errorf("error %v", err)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	p := newPlaces(bounds{all: 3, tenant: 2, host: 1})
	take := func(tenant, host string) func() {
		t.Helper()
		leave, err := p.take(t.Context(), tenant, host)
		if err != nil {
			t.Fatal(err)
		}
		return leave
	}
	full := func(tenant, host string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := p.take(ctx, tenant, host); err == nil {
			t.Errorf("a place for %s at %s", tenant, host)
		}
	}
	one := take("a", "one")
	full("b", "one")
	two := take("a", "two")
	full("a", "three")
	three := take("b", "three")
	full("c", "four")
	one()
	again := take("c", "one")
	for _, leave := range []func(){again, two, three} {
		leave()
	}
	if p.taken != 0 || len(p.tenants)+len(p.hosts)+len(p.queue) != 0 {
		t.Errorf("left behind: %+v", p)
	}
}

func TestPlacesGoToWhoCameFirst(t *testing.T) {
	t.Parallel()
	p := newPlaces(bounds{all: 1, tenant: 1, host: 1})
	leave, err := p.take(t.Context(), "a", "one")
	if err != nil {
		t.Fatal(err)
	}
	first, second := &waiting{"b", "two", make(chan struct{})}, &waiting{"c", "three", make(chan struct{})}
	p.queue = append(p.queue, first, second)
	leave()
	select {
	case <-first.admitted:
	default:
		t.Error("the first one waits on")
	}
	select {
	case <-second.admitted:
		t.Error("the second one has a place as well")
	default:
	}
	p.abandon(first)
	p.abandon(second)
}
