// Command resolvers fetches the Tasks, Pipelines and StepActions that runs refer to through a resolver. Each resolver is a controller of
// its own; another one is another line in main.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"strconv"

	"k8s.io/client-go/kubernetes"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	kncontroller "knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/injection/sharedmain"
	"knative.dev/pkg/signals"

	pipelineclient "github.com/tenon-ci/tenon/pkg/client/injection/client"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry/cloud"
	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
	"github.com/tenon-ci/tenon/pkg/leases"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/reconciler/queue"
	"github.com/tenon-ci/tenon/pkg/resolver/bundle"
	"github.com/tenon-ci/tenon/pkg/resolver/cluster"
	"github.com/tenon-ci/tenon/pkg/resolver/cluster/clients"
	"github.com/tenon-ci/tenon/pkg/resolver/controller"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/git"
	"github.com/tenon-ci/tenon/pkg/resolver/git/helper"
	"github.com/tenon-ci/tenon/pkg/resolver/git/scmapi"
	"github.com/tenon-ci/tenon/pkg/resolver/hub"
	"github.com/tenon-ci/tenon/pkg/resolver/web"
)

// component names the resolvers in logs, metrics and leases (contract 4 §7.7).
const component = "controller"

// app is the label of the pods of the resolvers.
const app = "tekton-pipelines-resolvers"

// threadsEnv sets the workers of each queue; the flag wins.
const threadsEnv = "THREADS_PER_CONTROLLER"

// Defaults that suit an API server with priority and fairness.
const (
	defaultQPS     = 500
	defaultBurst   = 1000
	defaultThreads = 8
)

// clientFactor multiplies given rate limits of the client, as operators know them (contract 4 §9).
const clientFactor = 5

func main() {
	// git runs this program for what it must not do itself.
	helper.Run()
	threads := flag.Int("threads-per-controller", envInt(threadsEnv, defaultThreads), "Workers of each resolver; the environment variable "+threadsEnv+" sets the default.")
	namespace := flag.String("namespace", "", "Namespace to watch; all if empty.")
	ignored := queue.IgnoreFlag(flag.CommandLine)
	cfg := injection.ParseAndGetRESTConfigOrDie()
	if *threads < 1 {
		log.Fatalf("threads-per-controller is %d, it has to be at least 1", *threads)
	}
	kncontroller.DefaultThreadsPerController = *threads
	cfg.QPS, cfg.Burst = limit(cfg.QPS, defaultQPS), limit(cfg.Burst, defaultBurst)
	ctx, err := leases.Keep(queue.Ignore(injection.WithNamespaceScope(signals.NewContext(), *namespace), ignored), kubernetes.NewForConfigOrDie(cfg), component, app)
	if err != nil {
		log.Fatal(err)
	}
	sharedmain.MainWithConfig(ctx, component, cfg, resolvers(controller.NewProcess())...)
}

// resolvers returns the constructors of all controllers.
func resolvers(p *controller.Process) []injection.ControllerConstructor {
	return []injection.ControllerConstructor{
		p.NewController(func(ctx context.Context, _ func() reach.Policy) framework.Resolver {
			return cluster.New(clients.New(pipelineclient.Get(ctx)))
		}),
		p.NewController(func(ctx context.Context, policy func() reach.Policy) framework.Resolver {
			return git.New(clusterreader.New(kubeclient.Get(ctx)), policy, scmapi.New(policy))
		}),
		p.NewController(func(ctx context.Context, policy func() reach.Policy) framework.Resolver {
			return bundle.New(clusterreader.New(kubeclient.Get(ctx)), policy, cloud.Keychain())
		}),
		p.NewController(func(ctx context.Context, policy func() reach.Policy) framework.Resolver {
			return web.New(clusterreader.New(kubeclient.Get(ctx)), policy)
		}),
		p.NewController(func(_ context.Context, policy func() reach.Policy) framework.Resolver {
			return hub.New(policy, os.Getenv)
		}),
	}
}

func limit[T int | float32](given, fallback T) T {
	if given == 0 {
		return fallback
	}
	return given * clientFactor
}

func envInt(key string, fallback int) int {
	if n, err := strconv.Atoi(os.Getenv(key)); err == nil {
		return n
	}
	return fallback
}
