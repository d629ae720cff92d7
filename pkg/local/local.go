// Package local runs a TaskRun or PipelineRun on this machine, without a cluster. What decides is the same as there: the planners
// (packages plan and taskplan), the admission of the API types, and what packages passes and definition make of both. This package only
// keeps the objects and carries out what was decided:
//
//	local.go        options, and the engine's methods for others
//	loop.go         the loop: a queue of runs to look at, times at which to look again, and what others report
//	store.go        the objects that change: runs, pods and claims; files.go those that do not
//	taskrun.go      a pass over a TaskRun, pods.go its pods, parts.go what they are made of
//	pipelinerun.go  a pass over a PipelineRun, children.go what it creates
//	definitions.go  the Tasks, Pipelines and StepActions that runs refer to, remote.go those that resolvers fetch
//	clients.go      what resolvers and signature checks see of the API
//	warnings.go     what means nothing here
//
// One goroutine owns the store and makes all passes. Pods, resolvers and look-ups of images run beside it and report to it. There is no
// polling: without news it waits for the next time that a planner asked for.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/local/kubelet"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// defaultNamespace is that of objects that name none.
const defaultNamespace = "default"

// Options are what an engine works with.
type Options struct {
	// Objects are the admitted objects that runs may refer to. Runs among them are left out.
	Objects []runtime.Object
	// Run is the TaskRun or PipelineRun, of version v1, to run. Without a name it gets one from its generateName.
	Run metav1.Object
	// Namespace is that of objects that name none; that of Run if empty, and "default" if that is empty too.
	Namespace string
	// Pods carries out pods.
	Pods Pods
	// Folders keeps what is in claims; nil means that there are no claims.
	Folders Folders
	// Images tells about an image whose step names no command; nil means that the commands of images are not known.
	Images func(ctx context.Context, ref string, secrets []corev1.Secret) (imageinfo.Image, error)
	// Resolvers fetch remote definitions, by type. One for type cluster, which reads Objects, is added unless there is one.
	Resolvers map[string]framework.Resolver
	// Verifier checks signatures; nil means one for the VerificationPolicies among Objects, without key management services.
	Verifier definition.Verifier
	// Release is the build of the program, for the annotation of that purpose.
	Release string
	// Clock is the time; nil means the real one.
	Clock clock.Clock
	// Logger hears of defects; nil means nobody.
	Logger *zap.SugaredLogger
}

// Engine runs one run. Its methods are for use by many goroutines.
type Engine struct {
	options Options
	// ctx is that of passes; look-ups end with it.
	ctx    context.Context
	stop   context.CancelFunc
	config *config.Config
	files  *files
	store  *store
	root   key
	loop   *loop
	notes  *notes

	source   definition.Source
	remote   *remote
	images   *images
	claims   *claims
	warnings *warnings
	cel      lazyCEL

	// pods are those that are there, by UID. Only the loop uses it.
	pods map[types.UID]*livePod
	// logs has all pods that were started, the latest of each name.
	logsMu sync.Mutex
	logs   map[string]kubelet.Pod
	// assistants are the affinity assistants that a cluster would have; nothing runs for them here.
	assistants map[key]types.UID
}

// ErrKilled is the error of a run that was ended by Kill.
var ErrKilled = errors.New("the run was killed")

// New checks the run and returns an engine that has not begun yet.
func New(o Options) (*Engine, error) {
	o = withDefaults(o)
	found, err := newFiles(o.Objects, o.Namespace)
	if err != nil {
		return nil, err
	}
	cfg, err := readConfig(found)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(logging.WithLogger(context.Background(), o.Logger))
	ctx = config.WithRelease(config.ToContext(ctx, cfg), o.Release)
	e := &Engine{
		options: o, ctx: ctx, stop: stop, config: config.FromContext(ctx), files: found,
		store: newStore(o.Clock), loop: newLoop(o.Clock), notes: newNotes(),
		warnings: newWarnings(), pods: map[types.UID]*livePod{}, logs: map[string]kubelet.Pod{}, assistants: map[key]types.UID{},
	}
	e.claims = newClaims(o.Folders, found)
	e.images = newImages(e)
	e.warnings.ofFiles(found.others)
	verifier := o.Verifier
	if verifier == nil {
		verifier = trust.New(trust.Options{Policies: found.policies(), Kube: kube{found}})
	}
	e.remote = newRemote(e, verifier)
	e.source = definitions{e}
	if e.root, err = e.begin(o.Run); err != nil {
		stop()
		return nil, err
	}
	return e, nil
}

func withDefaults(o Options) Options {
	if o.Namespace == "" && o.Run != nil {
		o.Namespace = o.Run.GetNamespace()
	}
	if o.Namespace == "" {
		o.Namespace = defaultNamespace
	}
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop().Sugar()
	}
	return o
}

// helperImages are the images that pods get beside those of the Task.
func helperImages() podbuild.Images {
	return podbuild.Images{Entrypoint: kubelet.EntrypointImage, EntrypointCEL: kubelet.EntrypointCELImage, ResultsSidecar: kubelet.ResultsImage}
}

// Cancel asks the run to end, by that value of spec.status. Without one it is that which stops everything: Cancelled, or TaskRunCancelled
// for a TaskRun.
func (e *Engine) Cancel(status string) { e.loop.post(func() { e.cancel(status) }) }

// Kill ends everything at once: pods are killed, and Run returns ErrKilled. Statuses stay as they are.
func (e *Engine) Kill() { e.loop.kill() }

// Subscribe has f called for each change of an object and each Kubernetes event, in order, from one goroutine. It is called before Run.
func (e *Engine) Subscribe(f func(Event)) { e.notes.subscribe(f) }

// Warnings returns what the run asks for and what means nothing on this machine, each once.
func (e *Engine) Warnings() []string { return e.warnings.list() }

// Log opens the log of a container; pod is the name of the pod, which may have ended.
func (e *Engine) Log(pod, container string) (io.ReadCloser, error) {
	e.logsMu.Lock()
	handle := e.logs[pod]
	e.logsMu.Unlock()
	if handle == nil {
		return nil, fmt.Errorf("opening the log of container %s: there is no pod %s", container, pod)
	}
	return handle.Log(container)
}
