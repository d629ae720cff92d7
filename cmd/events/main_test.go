package main

import (
	"context"
	"testing"
)

func TestAfter(t *testing.T) {
	t.Parallel()
	type key struct{}
	first, stop := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	began, finish := make(chan struct{}), make(chan struct{})
	later := after(first, func() {
		close(began)
		<-finish
	})
	if later.Err() != nil || later.Value(key{}) != "value" {
		t.Errorf("error %v, value %v", later.Err(), later.Value(key{}))
	}
	stop()
	<-began
	if later.Err() != nil {
		t.Error("the later context has ended while there is something to do")
	}
	close(finish)
	<-later.Done()
}

func TestLanes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 16, "1": 1, "40": 40, "0": 0, "many": 0} {
		n, err := lanesOf(text)
		if n != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v; want %d", text, n, err, want)
		}
	}
}
