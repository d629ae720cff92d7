package places

import (
	"context"
	"testing"
	"time"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	p := New(Bounds{All: 3, Tenant: 2, Host: 1})
	take := func(tenant, host string) func() {
		t.Helper()
		leave, err := p.Take(t.Context(), tenant, host)
		if err != nil {
			t.Fatal(err)
		}
		return leave
	}
	full := func(tenant, host string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := p.Take(ctx, tenant, host); err == nil {
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
	p := New(Bounds{All: 1, Tenant: 1, Host: 1})
	leave, err := p.Take(t.Context(), "a", "one")
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
