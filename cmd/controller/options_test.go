package main

import (
	"flag"
	"testing"
)

func TestCheckListsEveryMissingImage(t *testing.T) {
	t.Parallel()
	flags := flag.NewFlagSet("controller", flag.ContinueOnError)
	o := newOptions(flags)
	if err := flags.Parse([]string{"-entrypoint-image=e", "-shell-image=ignored"}); err != nil {
		t.Fatal(err)
	}
	err := o.check()
	if err == nil || err.Error() != "found unset image flags: [nop-image sidecarlogresults-image]" {
		t.Errorf("error = %v", err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	if qps, burst := limits(0, 0); qps != defaultQPS || burst != defaultBurst {
		t.Errorf("defaults = %v, %v", qps, burst)
	}
	if qps, burst := limits(10, 20); qps != 20 || burst != 40 {
		t.Errorf("given values = %v, %v, want them doubled", qps, burst)
	}
}
