package local

import (
	"context"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// parts looks up what the pod of an attempt is made of.
func (e *Engine) parts(ctx context.Context, seen *taskplan.Seen, order *taskplan.PartsOrder) *taskplan.Parts {
	parts := &taskplan.Parts{}
	k := keyOf(seen.TaskRun)
	passes.Parts(ctx, passes.Sources{
		Accounts:       accounts{e.files},
		Images:         func(refs []string, secrets []corev1.Secret) passes.ImageAnswer { return e.images.ask(k, refs, secrets) },
		LimitRanges:    func() ([]*corev1.LimitRange, error) { return e.files.limits(k.namespace), nil },
		NativeSidecars: func() bool { return true },
	}, seen, order, parts)
	if _, err := get(e.files.serviceAccounts, corev1.Resource("serviceaccounts"), k.namespace, order.ServiceAccount); err != nil {
		e.warnings.ofAccount(order.ServiceAccount)
	}
	return parts
}

// accounts implements credentials.Getter.
type accounts struct{ files *files }

// ServiceAccount implements credentials.Getter.
func (a accounts) ServiceAccount(_ context.Context, namespace, name string) (*corev1.ServiceAccount, error) {
	return a.files.serviceAccount(namespace, name), nil
}

// Secret implements credentials.Getter.
func (a accounts) Secret(_ context.Context, namespace, name string) (*corev1.Secret, error) {
	return a.files.secret(namespace, name)
}

// images remembers what is known of images.
type images struct {
	engine *Engine

	mu    sync.Mutex
	known map[string]*imageLookUp // by reference and pull secrets
}

// imageLookUp is a look-up of one image.
type imageLookUp struct {
	done    bool
	image   imageinfo.Image
	err     error
	waiting map[key]bool
}

func newImages(e *Engine) *images { return &images{engine: e, known: map[string]*imageLookUp{}} }

// ask tells about images for a TaskRun, as far as they are known, and begins to look up the others.
func (i *images) ask(k key, refs []string, secrets []corev1.Secret) passes.ImageAnswer {
	answer := passes.ImageAnswer{Images: make(map[string]imageinfo.Image, len(refs))}
	if i.engine.options.Images == nil {
		answer.Err = failure.Invalidf("", "the commands of images are not known here: give each step a command or a script")
		return answer
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var names strings.Builder
	for _, s := range secrets {
		names.WriteString("\x00" + s.Namespace + "/" + s.Name)
	}
	for _, ref := range refs {
		id := ref + names.String()
		l := i.known[id]
		switch {
		case l == nil:
			l = &imageLookUp{waiting: map[key]bool{k: true}}
			i.known[id] = l
			go i.lookUp(l, ref, secrets)
			answer.Pending = true
		case !l.done:
			l.waiting[k] = true
			answer.Pending = true
		case l.err != nil:
			answer.Err = l.err
			if f, ok := failure.As(l.err); ok && !f.Final() {
				// The next pass asks again.
				delete(i.known, id)
				answer.AskAgain = i.engine.options.Clock.Now().Add(lastPause)
			}
		default:
			answer.Images[ref] = l.image
		}
	}
	return answer
}

func (i *images) lookUp(l *imageLookUp, ref string, secrets []corev1.Secret) {
	image, err := i.engine.options.Images(i.engine.ctx, ref, secrets)
	i.mu.Lock()
	l.done, l.image, l.err = true, image, err
	waiting := l.waiting
	i.mu.Unlock()
	i.engine.loop.post(func() {
		for k := range waiting {
			i.engine.loop.enqueue(k)
		}
	})
}

// claims are the PersistentVolumeClaims. It implements Objects for pods.
type claims struct {
	files   *files
	folders Folders

	mu   sync.Mutex
	made map[name]*corev1.PersistentVolumeClaim
	// doomed are those that are to go when no pod uses them any more.
	doomed map[name]bool
}

func newClaims(folders Folders, files *files) *claims {
	return &claims{files: files, folders: folders, made: map[name]*corev1.PersistentVolumeClaim{}, doomed: map[name]bool{}}
}

// create takes in a claim that a run makes. One that is there already stays.
func (c *claims) create(claim *corev1.PersistentVolumeClaim) {
	n := name{claim.Namespace, claim.Name}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.files.claims[n]; !ok && c.made[n] == nil {
		c.made[n] = claim.DeepCopy()
	}
	delete(c.doomed, n)
}

func (c *claims) exists(namespace, called string) bool {
	n := name{namespace, called}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, given := c.files.claims[n]
	return given || c.made[n] != nil && !c.doomed[n]
}

// remove takes away a claim that a run made. Its folder goes in the end: pods that have ended may not be tidied up yet.
func (c *claims) remove(namespace, called string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doomed[name{namespace, called}] = true
}

// cleanUp removes the folders of the claims that runs made.
func (c *claims) cleanUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.folders == nil {
		return
	}
	for n := range c.made {
		// What is left is found by the next cleaning; the run has ended already.
		_ = c.folders.Remove(n.namespace, n.name)
	}
}

// ConfigMap implements Objects.
func (c *claims) ConfigMap(namespace, name string) (*corev1.ConfigMap, error) {
	return c.files.configMap(namespace, name)
}

// Secret implements Objects.
func (c *claims) Secret(namespace, name string) (*corev1.Secret, error) {
	return c.files.secret(namespace, name)
}

// Claim implements Objects.
func (c *claims) Claim(namespace, called string) (string, error) {
	n := name{namespace, called}
	c.mu.Lock()
	claim, owned := c.made[n]
	c.mu.Unlock()
	if !owned {
		claim = c.files.claims[n]
	}
	if claim == nil {
		claim = &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: called}}
	}
	if c.folders == nil {
		return "", missingClaim(called)
	}
	return c.folders.Claim(claim, owned)
}
