// Command events sends CloudEvents about TaskRuns, PipelineRuns and CustomRuns to the sink of the ConfigMap config-events. It only
// watches runs, and writes nothing but Kubernetes events about deliveries.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"strconv"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/kubernetes"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/injection/sharedmain"
	"knative.dev/pkg/signals"

	"github.com/tenon-ci/tenon/pkg/cloudevent/controller"
	"github.com/tenon-ci/tenon/pkg/kubeproto"
	"github.com/tenon-ci/tenon/pkg/leases"
	"github.com/tenon-ci/tenon/pkg/reconciler/queue"
)

// component names the controller in logs, metrics and leases (contract 4 §7.5).
const component = "events-controller"

// app is the label of its pods.
const app = "tekton-events-controller"

// threadsEnv sets how many runs events are delivered about at the same time (contract 4 §7.3).
const threadsEnv = "K_THREADS_PER_CONTROLLER"

// Defaults that suit an API server with priority and fairness.
const (
	defaultQPS   = 500
	defaultBurst = 1000
)

func init() { kubeproto.Register() }

func main() {
	disableHA := flag.Bool("disable-ha", false, "Work without leader election. With more than one replica every event is then sent by each of them.")
	namespace := flag.String("namespace", "", "Namespace to watch; all if empty.")
	ignored := queue.IgnoreFlag(flag.CommandLine)
	cfg := injection.ParseAndGetRESTConfigOrDie()
	lanes, err := lanesOf(os.Getenv(threadsEnv))
	if err != nil {
		log.Fatal(err)
	}
	if cfg.QPS == 0 {
		cfg.QPS = defaultQPS
	}
	if cfg.Burst == 0 {
		cfg.Burst = defaultBurst
	}
	events, err := controller.New(controller.Options{Lanes: lanes})
	if err != nil {
		log.Fatal(err)
	}
	ctx, err := elect(after(scoped(signals.NewContext(), *namespace, ignored), events.Drain), kubernetes.NewForConfigOrDie(cfg), *disableHA)
	if err != nil {
		log.Fatal(err)
	}
	sharedmain.MainWithConfig(ctx, component, cfg, events.Construct)
}

// scoped returns a context that limits what is watched to a namespace, unless it is empty, and what is told of to others than the ignored.
func scoped(ctx context.Context, namespace string, ignored sets.Set[string]) context.Context {
	return queue.Ignore(injection.WithNamespaceScope(ctx, namespace), ignored)
}

// after returns a context that ends when something was done after the end of another one. So the leases are given back when that is done.
func after(ctx context.Context, do func()) context.Context {
	later, end := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		defer end()
		do()
	})
	return later
}

// elect lets the controller take part in leader election, or work for itself.
func elect(ctx context.Context, kube kubernetes.Interface, disabled bool) (context.Context, error) {
	if disabled {
		return sharedmain.WithHADisabled(ctx), nil
	}
	return leases.Keep(ctx, kube, component, app)
}

// lanesOf reads the setting of threads; without it there is a default.
func lanesOf(text string) (int, error) {
	if text == "" {
		return controller.DefaultLanes, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s is %q, it has to be a number of at least 1", threadsEnv, text)
	}
	return n, nil
}
