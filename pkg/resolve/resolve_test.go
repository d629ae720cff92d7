package resolve

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgotesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	resolutionv1beta1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned/fake"
	listers "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1"
	betalisters "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1beta1"
	resolutionfake "github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned/fake"
	requestlisters "github.com/tenon-ci/tenon/pkg/client/resolution/listers/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// world is a cluster: what the informers show, and what the API holds.
type world struct {
	*Resolver
	client   *fake.Clientset
	requests *resolutionfake.Clientset
	// cache has the ResolutionRequests.
	cache cache.Indexer
}

func newWorld(t *testing.T, inCache []runtime.Object, inAPI ...runtime.Object) world {
	t.Helper()
	indexer := func() cache.Indexer {
		return cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	}
	tasks, pipelines, actions, requests := indexer(), indexer(), indexer(), indexer()
	for _, o := range inCache {
		var into cache.Indexer
		switch o.(type) {
		case *v1.Task:
			into = tasks
		case *v1.Pipeline:
			into = pipelines
		case *v1beta1.StepAction:
			into = actions
		case *resolutionv1beta1.ResolutionRequest:
			into = requests
		}
		if err := into.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	w := world{client: fake.NewSimpleClientset(inAPI...), requests: resolutionfake.NewSimpleClientset(), cache: requests}
	w.Resolver = &Resolver{
		Client: w.client, Tasks: listers.NewTaskLister(tasks), Pipelines: listers.NewPipelineLister(pipelines), StepActions: betalisters.NewStepActionLister(actions),
		RequestClient: w.requests, Requests: requestlisters.NewResolutionRequestLister(requests),
	}
	return w
}

func task(image string) *v1.Task {
	return &v1.Task{ObjectMeta: metav1.ObjectMeta{Name: "t", Namespace: "default"}, Spec: v1.TaskSpec{Steps: []v1.Step{{Name: "s", Image: image}}}}
}

var run = &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "cluster-demo", Namespace: "default", UID: "u"}}

func local(name string) Request { return Request{Owner: run, Base: run.Name, Name: name} }

// remote is the request of the published name vector.
func remote() Request {
	return Request{Owner: run, Base: run.Name, ResolverRef: v1.ResolverRef{Resolver: "cluster", Params: v1.Params{
		{Name: "kind", Value: *v1.NewString("task")}, {Name: "name", Value: *v1.NewString("a-simple-task")}, {Name: "namespace", Value: *v1.NewString("default")},
	}}}
}

const requestName = "cluster-1afb56c4785105fdeebe09be0d59c6ed"

func ownedBy(uid types.UID) []metav1.OwnerReference {
	yes := true
	return []metav1.OwnerReference{{APIVersion: "tekton.dev/v1", Kind: "TaskRun", Name: "cluster-demo", UID: uid, Controller: &yes}}
}

func answered(fetchedTask string, cond *apis.Condition) *resolutionv1beta1.ResolutionRequest {
	rr := &resolutionv1beta1.ResolutionRequest{ObjectMeta: metav1.ObjectMeta{
		Name: requestName, Namespace: "default", UID: "rr", OwnerReferences: ownedBy("u"),
	}}
	rr.Status.Data = base64.StdEncoding.EncodeToString([]byte(fetchedTask))
	rr.Status.RefSource = &v1.RefSource{URI: "there"}
	if cond != nil {
		rr.Status.Conditions = duckv1.Conditions{*cond}
	}
	return rr
}

const fetchedTask = `
apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: a-simple-task
  labels: {l: v}
  ownerReferences: [{apiVersion: v1, kind: Pod, name: p, uid: u}]
spec:
  steps: [{name: s, image: i}]
`

func TestLocal(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("from the cache, as a copy", func(t *testing.T) {
		t.Parallel()
		cached := task("i")
		w := newWorld(t, []runtime.Object{cached})
		doc, err := w.Task(ctx, local("t"))
		if err != nil {
			t.Fatal(err)
		}
		doc.Object.Spec.Steps[0].Image = "changed"
		if cached.Spec.Steps[0].Image != "i" {
			t.Error("the cached object was changed")
		}
		if n := len(w.client.Actions()); n != 0 {
			t.Errorf("%d calls, want none", n)
		}
	})
	t.Run("newer than the cache", func(t *testing.T) {
		t.Parallel()
		doc, err := newWorld(t, nil, task("i")).Task(ctx, local("t"))
		if err != nil || doc.Object.Name != "t" {
			t.Errorf("got %v, %v", doc, err)
		}
	})
	for name, get := range map[string]func(world) error{
		`tasks.tekton.dev "x" not found`:       func(w world) error { _, err := w.Task(ctx, local("x")); return err },
		`pipelines.tekton.dev "x" not found`:   func(w world) error { _, err := w.Pipeline(ctx, local("x")); return err },
		`stepactions.tekton.dev "x" not found`: func(w world) error { _, err := w.StepAction(ctx, local("x")); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := get(newWorld(t, nil))
			if failure.ClassOf(err) != failure.NotFound || err.Error() != name {
				t.Errorf("error %v (%v)", err, failure.ClassOf(err))
			}
		})
	}
}

func TestRemoteAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, err := w.Task(context.Background(), remote())
	if failure.ClassOf(err) != failure.Waiting {
		t.Fatalf("error %v, want waiting", err)
	}
	got, err := w.requests.ResolutionV1beta1().ResolutionRequests("default").Get(context.Background(), requestName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	want := metav1.ObjectMeta{
		Name: requestName, Namespace: "default", Labels: map[string]string{"resolution.tekton.dev/type": "cluster"},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "tekton.dev/v1", Kind: "TaskRun", Name: "cluster-demo", UID: "u", Controller: &yes, BlockOwnerDeletion: &yes}},
	}
	if diff := cmp.Diff(want, got.ObjectMeta); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(remote().Params, got.Spec.Params); diff != "" {
		t.Errorf("params (-want +got):\n%s", diff)
	}
	// Somebody else was faster.
	if _, err := w.Task(context.Background(), remote()); failure.ClassOf(err) != failure.Waiting {
		t.Errorf("error %v, want waiting", err)
	}
}

func TestRemoteAnswers(t *testing.T) {
	t.Parallel()
	failed := &apis.Condition{Type: "Succeeded", Status: corev1.ConditionFalse, Message: "no such branch"}
	broken := answered(fetchedTask, nil)
	broken.Status.Data += "!"
	for name, tc := range map[string]struct {
		rr     *resolutionv1beta1.ResolutionRequest
		refuse error
		class  failure.Class
		reason string
		text   string
	}{
		"usable":          {rr: answered(fetchedTask, nil)},
		"not yet":         {rr: answered("", &apis.Condition{Type: "Succeeded", Status: corev1.ConditionUnknown}), class: failure.Waiting, text: "awaiting remote resource"},
		"failed":          {rr: answered("", failed), text: "error requesting remote resource: no such branch"},
		"no base64":       {rr: broken, text: "error accessing data from remote resource"},
		"no object":       {rr: answered("hello", nil), text: "invalid runtime object: "},
		"unknown kind":    {rr: answered("apiVersion: v1\nkind: Pod\n", nil), text: "invalid runtime object: "},
		"unknown field":   {rr: answered(strings.Replace(fetchedTask, "image:", "picture:", 1), nil), text: "invalid runtime object: "},
		"duplicate field": {rr: answered(strings.Replace(fetchedTask, "{name: s", "{name: s, name: t", 1), nil), text: "invalid runtime object: "},
		"wrong kind":      {rr: answered("apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec: {}\n", nil), text: "resource is not a task"},
		"refused": {
			rr: answered(fetchedTask, nil), refuse: apierrors.NewBadRequest("no"), reason: "TaskValidationFailed",
			text: `Task "a-simple-task" was refused: no`,
		},
		"not checked": {rr: answered(fetchedTask, nil), refuse: apierrors.NewTooManyRequests("slow down", 1), class: failure.Transient, text: `checking Task "a-simple-task": slow down`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, []runtime.Object{tc.rr})
			w.client.PrependReactor("create", "tasks", func(a clientgotesting.Action) (bool, runtime.Object, error) {
				if tc.refuse != nil {
					return true, nil, tc.refuse
				}
				create, _ := a.(clientgotesting.CreateActionImpl)
				probe, _ := create.Object.(*v1.Task)
				if probe.Name == "a-simple-task" || probe.Namespace != "default" || len(create.CreateOptions.DryRun) != 1 {
					t.Errorf("dry run of %s/%s with %v", probe.Namespace, probe.Name, create.CreateOptions)
				}
				mutated := probe.DeepCopy()
				mutated.Spec.Steps[0].Image = "mutated"
				mutated.Labels = map[string]string{"by": "webhook"}
				return true, mutated, nil
			})
			doc, err := w.Task(context.Background(), remote())
			if tc.text == "" {
				if err != nil {
					t.Fatal(err)
				}
				want := &Document[*v1.Task]{Source: &v1.RefSource{URI: "there"}, Object: &v1.Task{
					TypeMeta:   metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "Task"},
					ObjectMeta: metav1.ObjectMeta{Name: "a-simple-task", Labels: map[string]string{"l": "v"}},
					Spec:       v1.TaskSpec{Steps: []v1.Step{{Name: "s", Image: "mutated"}}},
				}}
				if diff := cmp.Diff(want, doc); diff != "" {
					t.Errorf("document (-want +got):\n%s", diff)
				}
				return
			}
			f, ok := failure.As(err)
			if !ok || f.Class != tc.class || f.Reason != tc.reason || !strings.HasPrefix(f.Text, tc.text) {
				t.Errorf("error %#v, want %v %q %q", err, tc.class, tc.reason, tc.text)
			}
		})
	}
}

type verifier func(*trust.Resource) (*Verification, error)

func (v verifier) Verify(_ context.Context, _ string, r *trust.Resource, _ *v1.RefSource) (*Verification, error) {
	return v(r)
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, []runtime.Object{answered(fetchedTask, nil)})
	w.Verifier = verifier(func(r *trust.Resource) (*Verification, error) {
		if r.GetNamespace() != "" {
			t.Error("the object was changed before it was verified")
		}
		return nil, errors.New("does not verify")
	})
	_, err := w.Task(context.Background(), remote())
	if f, ok := failure.As(err); !ok || f.Reason != "ResourceVerificationFailed" || !f.Final() {
		t.Errorf("error %v", err)
	}
	for _, a := range w.client.Actions() {
		if a.GetResource().Resource == pipeline.TaskResource.Resource {
			t.Error("an unverified object was sent to the cluster")
		}
	}
}

// TestVerifiedLater has what an API server that is away for a moment, or a slow key management service, must not decide for good.
func TestVerifiedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, []runtime.Object{answered(fetchedTask, nil)})
	w.Verifier = verifier(func(*trust.Resource) (*Verification, error) {
		return nil, failure.Transientf("", "the key is not known yet")
	})
	doc, err := w.Task(context.Background(), remote())
	if f, ok := failure.As(err); !ok || f.Class != failure.Transient || f.Reason != "" || doc != nil {
		t.Errorf("document %v, error %#v", doc, err)
	}
	if got := len(w.client.Actions()); got != 0 {
		t.Errorf("%d requests were made for what is not verified", got)
	}
}

func TestDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		strings.Repeat("[", 200) + strings.Repeat("]", 200): "invalid runtime object: its values lie more than 100 deep in each other",
		fetchedTask + "\n---\n" + fetchedTask:               "invalid runtime object: it has more than one YAML document: keep the one that is meant",
	} {
		w := newWorld(t, []runtime.Object{answered(text, nil)})
		_, err := w.Task(context.Background(), remote())
		if f, ok := failure.As(err); !ok || !f.Final() || f.Text != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(fetchedTask))
	f.Add([]byte("apiVersion: tekton.dev/v1beta1\nkind: Pipeline\nmetadata: {name: p}\nspec: {tasks: [{name: a, taskRef: {name: t}}]}\n"))
	f.Add([]byte(`{"apiVersion":"tekton.dev/v1","kind":"Task","metadata":{"name":"t"},"spec":{"params":[{"name":"p","default":["a"]}],"steps":[{"name":"s"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := definition.DecodeAny(context.Background(), data)
		if err != nil {
			return
		}
		// Only the kinds that are signed have a sum, but none may panic.
		if _, err := trust.NewResource(o).Sum(); err != nil && o.GetObjectKind().GroupVersionKind().Kind == "Task" {
			t.Errorf("a Task has no checksum: %v", err)
		}
	})
}
