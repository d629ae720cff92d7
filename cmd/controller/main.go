// Command controller runs TaskRuns and PipelineRuns: it turns the first into pods and the second into the first.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"runtime/debug"

	"k8s.io/client-go/kubernetes"
	"knative.dev/pkg/changeset"
	filteredinformerfactory "knative.dev/pkg/client/injection/kube/informers/factory/filtered"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/injection/sharedmain"
	"knative.dev/pkg/signals"

	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry/cloud"
	"github.com/tenon-ci/tenon/pkg/leases"
	"github.com/tenon-ci/tenon/pkg/metrics"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/reconciler/observer"
	"github.com/tenon-ci/tenon/pkg/reconciler/pipelinerun"
	"github.com/tenon-ci/tenon/pkg/reconciler/queue"
	"github.com/tenon-ci/tenon/pkg/reconciler/resolutionrequest"
	"github.com/tenon-ci/tenon/pkg/reconciler/taskrun"
	"github.com/tenon-ci/tenon/pkg/resolve"
	"github.com/tenon-ci/tenon/pkg/trust"
	"github.com/tenon-ci/tenon/pkg/trust/kms"
)

// component names the controller in logs, metrics and leases.
const component = "tekton-pipelines-controller"

// heapGrowth is how much the heap may grow, in percent, until garbage is collected. What the controller keeps of a cluster with many runs
// is long-lived; at Go's default of 100 it would take as much again. The environment variable GOGC is obeyed.
const heapGrowth = 50

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	opts := newOptions(flag.CommandLine)
	cfg := injection.ParseAndGetRESTConfigOrDie()
	if err := opts.check(); err != nil {
		log.Fatal(err)
	}
	cfg.QPS, cfg.Burst = limits(cfg.QPS, cfg.Burst)
	controller.DefaultThreadsPerController = opts.threads
	ctx := injection.WithNamespaceScope(signals.NewContext(), opts.namespace)
	ctx = queue.Ignore(controller.WithResyncPeriod(ctx, opts.resync), opts.ignored)
	ctx = filteredinformerfactory.WithSelectors(ctx, taskrun.PodSelector)
	kube := kubernetes.NewForConfigOrDie(cfg)
	ctx, err := elect(ctx, kube, opts.disableHA)
	if err != nil {
		log.Fatal(err)
	}
	strip, err := stripCaches(ctx, kube)
	if err != nil {
		log.Fatal(err)
	}
	rights, err := findRights(ctx, kube, opts.namespace)
	if err != nil {
		log.Fatal(err)
	}
	measured := metrics.New()
	documents := resolve.NewMemory()
	verifier := trust.Shared(kms.Services{})
	traces := newTraces(kube)
	defer traces.Close()
	images := registry.New(registry.Options{Ambient: cloud.Keychain(), Reach: reach.Policy{Allow: opts.lookupAllow, Deny: opts.lookupDeny}})
	sharedmain.MainWithConfig(ctx, component, cfg,
		taskrun.NewController(taskrun.Options{
			Images: podbuild.Images{
				Entrypoint:     opts.entrypointImage,
				EntrypointCEL:  opts.entrypointCELImage,
				ResultsSidecar: opts.resultsSidecarImage,
			},
			NopImage:    opts.nopImage,
			Release:     changeset.Get(),
			Registry:    images,
			StripCaches: strip,
			Documents:   documents,
			Verifier:    verifier,
			Traces:      traces,
			Observers:   []observer.TaskRuns{measured},
			LimitRanges: limitRanges(kube, rights),
		}),
		pipelinerun.NewController(pipelinerun.Options{
			NopImage: opts.nopImage, Release: changeset.Get(), StripCaches: strip, Documents: documents, Verifier: verifier,
			Traces: traces, Observers: []observer.PipelineRuns{measured}, Rights: rights,
		}),
		measured.Around(resolutionrequest.NewController(resolutionrequest.Options{StripCaches: strip})),
	)
}

// elect lets the controller take part in leader election, or work for itself.
func elect(ctx context.Context, kube kubernetes.Interface, disabled bool) (context.Context, error) {
	if disabled {
		return sharedmain.WithHADisabled(ctx), nil
	}
	return leases.Keep(ctx, kube, component, component)
}
