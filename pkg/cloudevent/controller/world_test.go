package controller

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"
	clocktesting "k8s.io/utils/clock/testing"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"
	"knative.dev/pkg/reconciler"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	pipelinefake "github.com/tenon-ci/tenon/pkg/client/clientset/versioned/fake"
	"github.com/tenon-ci/tenon/pkg/client/informers/externalversions"
	"github.com/tenon-ci/tenon/pkg/cloudevent"
)

func TestMain(m *testing.M) {
	// Marks are kept there.
	if err := os.Setenv("SYSTEM_NAMESPACE", "tenon"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a cluster with a sink. Processes of the controller come and go in it.
type world struct {
	t     *testing.T
	kube  *fake.Clientset
	clock *clocktesting.FakeClock
	sink  *sinkServer
	// runs are those in the cluster, by kind and name, and version is that of the last one written.
	runs    map[string]cloudevent.Object
	version int
	// settings of the ConfigMaps config-events and feature-flags.
	events, flags map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, kube: fake.NewClientset(), clock: clocktesting.NewFakeClock(noon), sink: newSink(t), runs: map[string]cloudevent.Object{}, flags: map[string]string{}}
	w.events = map[string]string{"sink": w.sink.address()}
	return w
}

// process starts a process that sees the runs there are. It leads for nothing yet, and delivers when it is told to.
func (w *world) process() *process {
	w.t.Helper()
	c, err := New(Options{Clock: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	c.logger = zap.NewNop().Sugar()
	factory := externalversions.NewSharedInformerFactory(pipelinefake.NewSimpleClientset(), 0)
	c.use(w.kube, map[cloudevent.Kind]cache.SharedIndexInformer{
		cloudevent.TaskRun:     factory.Tekton().V1().TaskRuns().Informer(),
		cloudevent.PipelineRun: factory.Tekton().V1().PipelineRuns().Informer(),
		cloudevent.CustomRun:   factory.Tekton().V1beta1().CustomRuns().Informer(),
	})
	c.store = config.NewStore(c.logger)
	p := &process{w, c}
	p.configure()
	for _, run := range w.runs {
		p.cache(run)
	}
	w.t.Cleanup(c.abandon)
	return p
}

// process is one process of the controller.
type process struct {
	*world
	*Controller
}

// configure reads the ConfigMaps.
func (p *process) configure() {
	p.store.OnConfigChanged(configMap("config-events", p.events))
	p.store.OnConfigChanged(configMap("feature-flags", p.flags))
	p.store.OnConfigChanged(configMap("config-defaults", nil))
	p.Controller.configure()
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "tenon"}, Data: data}
}

// lead takes a bucket over and returns when it has.
func (p *process) lead(share reconciler.Bucket) {
	b := p.bucketFor(share)
	p.mu.Lock()
	p.buckets[share.Name()] = b
	run := p.begin(b, false)
	p.mu.Unlock()
	run()
}

// leadAll makes the process the only one.
func (p *process) leadAll() { p.lead(reconciler.UniversalBucket()) }

func (p *process) cache(run cloudevent.Object) {
	kind, _ := cloudevent.VersionOf(run)
	if err := p.caches[kind].GetStore().Update(run); err != nil {
		p.t.Fatal(err)
	}
}

// show lets a process see a state, as a watch does.
func (p *process) show(run cloudevent.Object) {
	p.cache(run)
	p.handler().OnUpdate(nil, run)
}

// deliverAll works until nothing is waiting.
func (p *process) deliverAll() {
	for p.queue.Len() > 0 {
		item, ok := p.queue.Get()
		if !ok {
			return
		}
		p.deliver(item)
	}
}

// write stores a run, and shows it to processes.
func (w *world) write(run cloudevent.Object, seenBy ...*process) {
	w.version++
	run.SetResourceVersion(strconv.Itoa(w.version))
	w.runs[run.GetObjectKind().GroupVersionKind().Kind+string(run.GetUID())] = run
	for _, p := range seenBy {
		p.show(run)
	}
}

// taskRun returns a TaskRun in a phase that begins now.
func (w *world) taskRun(name, phase string) *v1.TaskRun {
	now := metav1.NewTime(w.clock.Now())
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, UID: types.UID("uid-" + name), CreationTimestamp: now}}
	tr.Status.Status = status(phase, now)
	if phase != "queued" {
		tr.Status.StartTime = &now
	}
	return tr
}

func (w *world) customRun(phase string) *v1beta1.CustomRun {
	now := metav1.NewTime(w.clock.Now())
	cr := &v1beta1.CustomRun{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "c", UID: "uid-c", CreationTimestamp: now}}
	cr.Status.Status = status(phase, now)
	return cr
}

func status(phase string, now metav1.Time) duckv1.Status {
	c := apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionUnknown, Reason: phase, LastTransitionTime: apis.VolatileTime{Inner: now}}
	switch phase {
	case "queued":
		return duckv1.Status{}
	case "successful":
		c.Status = corev1.ConditionTrue
	case "failed":
		c.Status = corev1.ConditionFalse
	}
	return duckv1.Status{Conditions: duckv1.Conditions{c}}
}

// expire makes Kubernetes forget its events.
func (w *world) expire() {
	w.t.Helper()
	for _, e := range w.kubeEvents() {
		if err := w.kube.CoreV1().Events(e.Namespace).Delete(context.Background(), e.Name, metav1.DeleteOptions{}); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) kubeEvents() []corev1.Event {
	w.t.Helper()
	list, err := w.kube.CoreV1().Events("").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return list.Items
}

// sinkServer receives events. It has answers for the next ones, and accepts those after them.
type sinkServer struct {
	server *httptest.Server
	mu     sync.Mutex
	// got are the run and what an event tells of it, such as "run successful", and ids and sequences of these.
	got, ids, sequences []string
	answers             []int
	arrived             chan string
}

func newSink(t *testing.T) *sinkServer {
	t.Helper()
	s := &sinkServer{arrived: make(chan string, 1000)}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// address is that of the sink, with a secret in it.
func (s *sinkServer) address() string {
	return strings.Replace(s.server.URL, "http://", "http://secret-user:secret-password@", 1) + "/?token=secret-token"
}

// ServeHTTP implements http.Handler.
func (s *sinkServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || !json.Valid(body) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if len(s.answers) > 0 {
		status := s.answers[0]
		s.answers = s.answers[1:]
		if status >= 300 {
			w.WriteHeader(status)
			return
		}
	}
	what := r.Header.Get("Ce-Subject") + " " + strings.Split(r.Header.Get("Ce-Type"), ".")[4]
	s.got, s.ids, s.sequences = append(s.got, what), append(s.ids, r.Header.Get("Ce-Id")), append(s.sequences, r.Header.Get("Ce-Sequence"))
	s.arrived <- what
}

// take returns what was received since the last time.
func (s *sinkServer) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}
