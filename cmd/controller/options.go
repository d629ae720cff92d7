package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/reconciler/queue"
)

// Defaults that suit an API server with priority and fairness: it tells clients itself when they are too fast, so the
// limits here only keep a runaway controller in check.
const (
	defaultQPS     = 500
	defaultBurst   = 1000
	defaultThreads = 16
	defaultResync  = 10 * time.Hour
)

// threadsEnv sets the workers of each queue; the flag wins.
const threadsEnv = "THREADS_PER_CONTROLLER"

// options are the flags of the controller (contract 4 §7.3).
type options struct {
	entrypointImage, entrypointCELImage, nopImage, resultsSidecarImage string

	// lookupAllow and lookupDeny say at which hosts the command of an image may be looked up, besides what is the default.
	lookupAllow, lookupDeny reach.Hosts

	namespace string
	// ignored are namespaces that another installation looks after.
	ignored   sets.Set[string]
	resync    time.Duration
	threads   int
	disableHA bool
}

func newOptions(flags *flag.FlagSet) *options {
	o := &options{}
	flags.StringVar(&o.entrypointImage, "entrypoint-image", "", "Image with the step runner.")
	flags.StringVar(&o.entrypointCELImage, "entrypoint-cel-image", "", "Image with the step runner that evaluates CEL in steps; if empty, the entrypoint image is used and such steps fail.")
	flags.StringVar(&o.nopImage, "nop-image", "", "Image that ends sidecars and stands in for affinity assistants. It must have its program at /ko-app/nop, by which a sidecar's script knows that it is to end.")
	flags.StringVar(&o.resultsSidecarImage, "sidecarlogresults-image", "", "Image of the sidecar that reports results in its log.")
	for _, name := range []string{"workingdirinit-image", "shell-image", "shell-image-win"} {
		flags.String(name, "", "Accepted and not used: the entrypoint image does this work.")
	}
	flags.Func("image-lookup-allow", "Hosts, addresses and networks, separated by commas, at which the controller looks up the command of an image although they are refused by default (itself, link-local addresses, metadata of clouds) or by image-lookup-deny.", hosts(&o.lookupAllow))
	flags.Func("image-lookup-deny", "Hosts, addresses and networks, separated by commas, at which the controller does not look up the command of an image, such as the cluster's services.", hosts(&o.lookupDeny))
	flags.StringVar(&o.namespace, "namespace", "", "Namespace to watch; all if empty.")
	o.ignored = queue.IgnoreFlag(flags)
	flags.DurationVar(&o.resync, "resync-period", defaultResync, "How often every object is looked at although nothing changed.")
	flags.IntVar(&o.threads, "threads-per-controller", envInt(threadsEnv, defaultThreads), "Workers of each kind; the environment variable "+threadsEnv+" sets the default.")
	flags.BoolVar(&o.disableHA, "disable-ha", false, "Work without leader election. With more than one replica the same work is then done twice.")
	return o
}

// hosts reads a list of hosts.
func hosts(into *reach.Hosts) func(string) error {
	return func(text string) (err error) {
		*into, err = reach.ParseHosts(text)
		return err
	}
}

// check returns an error that lists every image that is missing.
func (o *options) check() error {
	var unset []string
	for _, f := range []struct{ name, value string }{
		{"entrypoint-image", o.entrypointImage}, {"nop-image", o.nopImage}, {"sidecarlogresults-image", o.resultsSidecarImage},
	} {
		if f.value == "" {
			unset = append(unset, f.name)
		}
	}
	if len(unset) > 0 {
		return fmt.Errorf("found unset image flags: %v", unset)
	}
	if o.ignored.Has(o.namespace) {
		return fmt.Errorf("namespace and ignore-namespaces both name %s, so no run would be looked at: take it out of ignore-namespaces", o.namespace)
	}
	if o.threads < 1 {
		return fmt.Errorf("threads-per-controller is %d, it has to be at least 1", o.threads)
	}
	if o.entrypointCELImage == "" {
		o.entrypointCELImage = o.entrypointImage
	}
	return nil
}

// limits returns the rate limits of the client. Given values are per second and doubled, as operators know them from
// Tekton (contract 4 §9).
func limits(qps float32, burst int) (float32, int) {
	if qps == 0 {
		qps = defaultQPS
	} else {
		qps *= 2
	}
	if burst == 0 {
		burst = defaultBurst
	} else {
		burst *= 2
	}
	return qps, burst
}

func envInt(key string, fallback int) int {
	if n, err := strconv.Atoi(os.Getenv(key)); err == nil {
		return n
	}
	return fallback
}
