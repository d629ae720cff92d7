package trust

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clientgotesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	listers "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/failure"
	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
)

const (
	fails   = "resource verification failed: resource t in namespace ns fails verification: VerificationPolicy "
	noKey   = " applies to it, but its signature is by none of the policy's keys, or it was changed after it was signed"
	noSign  = " applies to it, but it has no annotation tekton.dev/signature"
	nothing = "failed to get matched policies: no policies are matched: no matching policies are found for resource: t against source: https://h/r.git"
)

// pair is a key of one type.
type pair struct {
	private crypto.PrivateKey
	public  string
}

func newPair(private crypto.Signer) pair {
	public, err := cryptoutils.MarshalPublicKeyToPEM(private.Public())
	if err != nil {
		panic(err)
	}
	return pair{private, string(public)}
}

// pairs are made once: RSA takes its time.
var pairs = func() map[string]pair {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p224, _ := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	long, _ := rsa.GenerateKey(rand.Reader, 2048)
	short, _ := rsa.GenerateKey(rand.Reader, 1024)
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	return map[string]pair{
		"ecdsa": newPair(p256), "rsa": newPair(long), "ed25519": newPair(edwards), "other": newPair(other), "p224": newPair(p224), "rsa1024": newPair(short),
	}
}()

func privatePEM(p pair) string {
	text, err := cryptoutils.MarshalPrivateKeyToPEM(p.private)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// signed puts a signature on a definition.
func signed[T Object](t testing.TB, o T, by pair, hash crypto.Hash) T {
	t.Helper()
	sum, err := NewResource(o).Sum()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := signature.LoadSigner(by.private, hash)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signer.SignMessage(bytes.NewReader(sum[:]))
	if err != nil {
		t.Fatal(err)
	}
	o.SetAnnotations(map[string]string{"tekton.dev/signature": base64.StdEncoding.EncodeToString(text)})
	return o
}

func task() *v1.Task {
	return &v1.Task{
		TypeMeta:   metav1.TypeMeta{Kind: "Task", APIVersion: "tekton.dev/v1"},
		ObjectMeta: metav1.ObjectMeta{Name: "t", Namespace: "there"}, Spec: v1.TaskSpec{Steps: []v1.Step{{Name: "a", Image: "b"}}},
	}
}

func changed[T Object](o T) T {
	o.SetLabels(map[string]string{"changed": "yes"})
	return o
}

// definitions are all kinds that are signed.
func definitions() map[string]Object {
	meta := metav1.ObjectMeta{Name: "t"}
	return map[string]Object{
		"task":     task(),
		"pipeline": &v1.Pipeline{TypeMeta: metav1.TypeMeta{Kind: "Pipeline", APIVersion: "tekton.dev/v1"}, ObjectMeta: meta},
		"task v1beta1": &v1beta1.Task{
			TypeMeta: metav1.TypeMeta{Kind: "Task", APIVersion: "tekton.dev/v1beta1"}, ObjectMeta: meta,
			Spec: v1beta1.TaskSpec{Steps: []v1beta1.Step{{Name: "a", Image: "b"}}},
		},
		"pipeline v1beta1": &v1beta1.Pipeline{TypeMeta: metav1.TypeMeta{Kind: "Pipeline", APIVersion: "tekton.dev/v1beta1"}, ObjectMeta: meta},
	}
}

func authority(name string, key *v1alpha1.KeyRef) v1alpha1.Authority {
	return v1alpha1.Authority{Name: name, Key: key}
}

func data(text string) v1alpha1.Authority { return authority("a", &v1alpha1.KeyRef{Data: text}) }

func inSecret(namespace, name string) v1alpha1.Authority {
	return authority("a", &v1alpha1.KeyRef{SecretRef: &corev1.SecretReference{Namespace: namespace, Name: name}})
}

func policy(name string, mode v1alpha1.ModeType, authorities ...v1alpha1.Authority) *v1alpha1.VerificationPolicy {
	return policyFor("ns", name, mode, []string{".*"}, authorities...)
}

func policyFor(namespace, name string, mode v1alpha1.ModeType, patterns []string, authorities ...v1alpha1.Authority) *v1alpha1.VerificationPolicy {
	p := &v1alpha1.VerificationPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1alpha1.VerificationPolicySpec{Mode: mode, Authorities: authorities},
	}
	for _, pattern := range patterns {
		p.Spec.Resources = append(p.Spec.Resources, v1alpha1.ResourcePattern{Pattern: pattern})
	}
	return p
}

// world is a Verifier with what it asks.
type world struct {
	*Verifier
	kube  *fake.Clientset
	clock *clocktesting.FakePassiveClock
}

func newWorld(t testing.TB, kms KMS, policies []*v1alpha1.VerificationPolicy, secrets ...runtime.Object) world {
	t.Helper()
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, p := range policies {
		if err := indexer.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	w := world{kube: fake.NewSimpleClientset(secrets...), clock: clocktesting.NewFakePassiveClock(time.Unix(0, 0))}
	w.Verifier = New(Options{Policies: listers.NewVerificationPolicyLister(indexer), Kube: clusterreader.New(w.kube), KMS: kms, Clock: w.clock})
	return w
}

// verdict is the outcome as a text: "passed", "warned: ", "refused: ", "later: " or empty.
func (w world) verdict(ctx context.Context, o Object) string {
	got, err := w.Verify(ctx, "ns", NewResource(o), &v1.RefSource{URI: " git+https://h/r.git"})
	switch {
	case err != nil && isPassing(err):
		return "later: " + err.Error()
	case err != nil:
		return "refused: " + err.Error()
	case got == nil:
		return ""
	case got.Passed:
		return "passed" + got.Message
	default:
		return "warned: " + got.Message
	}
}

// TestEveryKeyAndHash has each kind of definition, signed by each kind of key, before and after a change.
func TestEveryKeyAndHash(t *testing.T) {
	t.Parallel()
	for name, hash := range map[string]crypto.Hash{"": crypto.SHA256, "sha224": crypto.SHA224, "SHA256": crypto.SHA256, "sha384": crypto.SHA384, "Sha512": crypto.SHA512} {
		for _, by := range []string{"ecdsa", "rsa", "ed25519"} {
			for kind, o := range definitions() {
				w := newWorld(t, nil, []*v1alpha1.VerificationPolicy{
					policy("p", "", authority("a", &v1alpha1.KeyRef{Data: pairs[by].public, HashAlgorithm: v1alpha1.HashAlgorithm(name)})),
				})
				what := fmt.Sprintf("%s by %s with %q", kind, by, name)
				if by == "rsa" && hash == crypto.SHA224 {
					if got := w.verdict(context.Background(), o); !strings.HasSuffix(got, "it cannot be used with SHA-224: use another hashAlgorithm") {
						t.Errorf("%s: %s", what, got)
					}
					continue
				}
				signed(t, o, pairs[by], hash)
				for range 2 { // computed, and remembered
					if got := w.verdict(context.Background(), o); got != "passed" {
						t.Errorf("%s: %s", what, got)
					}
				}
				if got, want := w.verdict(context.Background(), changed(o)), "refused: "+fails+"p"+noKey; got != want {
					t.Errorf("%s, changed: %s", what, got)
				}
			}
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	good, stranger := pairs["ecdsa"], pairs["other"]
	ours := func(o *v1.Task) *v1.Task { return signed(t, o, good, crypto.SHA256) }
	annotated := func(text string) *v1.Task {
		o := task()
		o.Annotations = map[string]string{"tekton.dev/signature": text}
		return o
	}
	type policies = []*v1alpha1.VerificationPolicy
	for name, tc := range map[string]struct {
		policies policies
		task     *v1.Task
		flag     string
		want     string
	}{
		"no policy":                 {want: ""},
		"no policy, warning":        {flag: config.WarnNoMatchPolicy, want: "warned: " + nothing},
		"no policy, failing":        {flag: config.FailNoMatchPolicy, want: "refused: " + nothing},
		"of another namespace":      {policies: policies{policyFor("other", "p", "", []string{".*"}, data(good.public))}},
		"of another source":         {policies: policies{policyFor("ns", "p", "", []string{"https://h/r", "h/r.git"}, data(good.public))}},
		"second pattern":            {policies: policies{policyFor("ns", "p", "", []string{"x", "https://h/.*"}, data(good.public))}, want: "refused: " + fails + "p" + noSign},
		"pattern with both ends":    {policies: policies{policyFor("ns", "p", "", []string{"^https://.*$"}, data(good.public))}, task: ours(task()), want: "passed"},
		"bad pattern":               {policies: policies{policyFor("ns", "p", "warn", []string{".*", "("}, data(good.public))}, task: ours(task()), want: "refused: failed to get matched policies: pattern of VerificationPolicy p: "},
		"signed":                    {policies: policies{policy("p", "enforce", data(good.public))}, task: ours(task()), want: "passed"},
		"unsigned":                  {policies: policies{policy("p", "", data(good.public))}, want: "refused: " + fails + "p" + noSign},
		"by a stranger":             {policies: policies{policy("p", "", data(good.public))}, task: signed(t, task(), stranger, crypto.SHA256), want: "refused: " + fails + "p" + noKey},
		"with another hash":         {policies: policies{policy("p", "", data(good.public))}, task: signed(t, task(), good, crypto.SHA512), want: "refused: " + fails + "p" + noKey},
		"changed":                   {policies: policies{policy("p", "", data(good.public))}, task: changed(ours(task())), want: "refused: " + fails + "p" + noKey},
		"no base64":                 {policies: policies{policy("p", "", data(good.public))}, task: annotated("%%%"), want: "refused: " + fails + "p applies to it, but its annotation tekton.dev/signature is not valid base64"},
		"too long":                  {policies: policies{policy("p", "", data(good.public))}, task: annotated(strings.Repeat("A", 8000)), want: "refused: " + fails + "p applies to it, but its annotation tekton.dev/signature is too long for a signature"},
		"no signature":              {policies: policies{policy("p", "", data(good.public))}, task: annotated("AAAA"), want: "refused: " + fails + "p" + noKey},
		"any key":                   {policies: policies{policy("p", "", data(stranger.public), data(good.public))}, task: ours(task()), want: "passed"},
		"all policies":              {policies: policies{policy("a", "", data(good.public)), policy("b", "", data(stranger.public))}, task: ours(task()), want: "refused: " + fails + "b" + noKey},
		"warned":                    {policies: policies{policy("p", "warn", data(good.public))}, want: "warned: " + fails + "p" + noSign},
		"passes what warns":         {policies: policies{policy("p", "warn", data(good.public))}, task: ours(task()), want: "passed"},
		"enforced beside a warning": {policies: policies{policy("a", "warn", data(good.public)), policy("b", "", data(stranger.public))}, task: ours(task()), want: "refused: " + fails + "b" + noKey},
		"a warning beside enforced": {policies: policies{policy("a", "warn", data(stranger.public)), policy("b", "", data(good.public))}, task: ours(task()), want: "warned: " + fails + "a" + noKey},
		"the first of two warnings": {policies: policies{policy("b", "warn", data(stranger.public)), policy("a", "warn", data(stranger.public))}, task: ours(task()), want: "warned: " + fails + "a" + noKey},
		"no key":                    {policies: policies{policy("p", "", authority("a", nil))}, task: ours(task()), want: "refused: failed to get verifiers from policy: VerificationPolicy p, authority a: it has no key: "},
		"no key, warning":           {policies: policies{policy("p", "warn", authority("a", nil))}, task: ours(task()), want: "warned: failed to get verifiers from policy: VerificationPolicy p, authority a: it has no key: "},
		"no key beside a good one":  {policies: policies{policy("p", "", data(good.public), authority("b", nil))}, task: ours(task()), want: "refused: failed to get verifiers from policy: VerificationPolicy p, authority b: it has no key: "},
		"empty key":                 {policies: policies{policy("p", "", authority("a", &v1alpha1.KeyRef{}))}, want: "refused: failed to get verifiers from policy: VerificationPolicy p, authority a: its key is empty: "},
		"no authorities":            {policies: policies{policy("p", "")}, want: "refused: failed to get verifiers from policy: VerificationPolicy p: it has no authorities"},
		"unknown hash":              {policies: policies{policy("p", "", authority("a", &v1alpha1.KeyRef{Data: good.public, HashAlgorithm: "md5"}))}, want: `refused: failed to get verifiers from policy: VerificationPolicy p, authority a: hashAlgorithm "md5" is not known: `},
		"kms without services":      {policies: policies{policy("p", "", authority("a", &v1alpha1.KeyRef{KMS: "gcpkms://x"}))}, want: "refused: failed to get verifiers from policy: VerificationPolicy p, authority a: key management services cannot be used here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config.NewConfig(nil, nil)
			if tc.flag != "" {
				cfg.FeatureFlags.VerificationNoMatchPolicy = tc.flag
			}
			if tc.task == nil {
				tc.task = task()
			}
			got := newWorld(t, nil, tc.policies).verdict(config.ToContext(context.Background(), cfg), tc.task)
			if tc.want == "" && got != "" || !strings.HasPrefix(got, tc.want) {
				t.Errorf("verdict\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestNoSourceMatchesTheEmptyAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, []*v1alpha1.VerificationPolicy{policyFor("ns", "p", "", []string{"https://.*"}, data("x"))})
	if got, err := w.Verify(context.Background(), "ns", NewResource(task()), nil); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	w = newWorld(t, nil, []*v1alpha1.VerificationPolicy{policyFor("ns", "p", "", []string{""}, data("x"))})
	if _, err := w.Verify(context.Background(), "ns", NewResource(task()), nil); err == nil {
		t.Error("a policy for everything without a source was passed by")
	}
}

func TestStepActionsHaveNoSum(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, []*v1alpha1.VerificationPolicy{policy("p", "", data("x"))})
	if got := w.verdict(context.Background(), &v1beta1.StepAction{}); !strings.HasSuffix(got, "only Tasks and Pipelines are signed") {
		t.Error(got)
	}
}

// TestKeysThatAreNone shows that errors say what to do, and nothing of the text.
func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	good := pairs["ecdsa"].public
	for name, tc := range map[string]struct{ text, want string }{
		"empty lines":     {"\n\n", "it is not in PEM form"},
		"no pem":          {"secret-words", "it is not in PEM form"},
		"half":            {good[:len(good)/2], "its PEM block cannot be read"},
		"half, and whole": {good[:len(good)/2] + "\n" + good, "its PEM block cannot be read"},
		"two":             {good + pairs["rsa"].public, "it has more than one PEM block"},
		"trailing":        {good + "secret-words", "there is something behind its PEM block"},
		"private":         {privatePEM(pairs["ecdsa"]), "it is a private key"},
		"certificate":     {strings.ReplaceAll(good, "PUBLIC KEY", "CERTIFICATE"), "it is a certificate"},
		"other block":     {strings.ReplaceAll(good, "PUBLIC KEY", "SECRET-WORDS"), "it is not a public key that can be read"},
		"no key inside":   {"-----BEGIN PUBLIC KEY-----\nc2VjcmV0LXdvcmRz\n-----END PUBLIC KEY-----\n", "it is not a public key that can be read"},
		"P-224":           {pairs["p224"].public, "it is an ECDSA key of curve P-224"},
		"short RSA":       {pairs["rsa1024"].public, "it is an RSA key of 1024 bits"},
	} {
		w := newWorld(t, nil, []*v1alpha1.VerificationPolicy{policy("p", "", data(tc.text))})
		got := w.verdict(context.Background(), task())
		if want := "refused: failed to get verifiers from policy: VerificationPolicy p, authority a: its data is no usable key: " + tc.want; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if strings.Contains(strings.ToLower(got), "secret-words") || len(tc.text) > 90 && strings.Contains(got, tc.text[60:80]) {
			t.Errorf("%s: the text is shown: %s", name, got)
		}
	}
	w := newWorld(t, nil, []*v1alpha1.VerificationPolicy{policy("p", "", data("# ours\n"+good+"\n \n"))})
	if got := w.verdict(context.Background(), signed(t, task(), pairs["ecdsa"], crypto.SHA256)); got != "passed" {
		t.Errorf("with a comment before it: %s", got)
	}
}

func secret(namespace, name string, entries ...string) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string][]byte{}}
	for i, e := range entries {
		s.Data[fmt.Sprintf("k%d", i)] = []byte(e)
	}
	return s
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	good := pairs["ed25519"]
	const from = "failed to get verifiers from policy: VerificationPolicy p, authority a: "
	for name, tc := range map[string]struct {
		authority v1alpha1.Authority
		answer    error
		want      string
	}{
		"of another namespace": {authority: inSecret("keys", "good"), want: "passed"},
		"of its own namespace": {authority: inSecret("", "near"), want: "passed"},
		"two entries":          {authority: inSecret("keys", "two"), want: "refused: " + from + "secret keys/two has to have exactly one entry"},
		"no entries":           {authority: inSecret("keys", "none"), want: "refused: " + from + "secret keys/none has to have exactly one entry"},
		"no key":               {authority: inSecret("keys", "bad"), want: "refused: " + from + "the only entry of Secret keys/bad is no usable key: it is not in PEM form"},
		"missing":              {authority: inSecret("keys", "x"), want: "refused: " + from + `reading Secret keys/x: secrets "x" not found`},
		"forbidden":            {authority: inSecret("keys", "good"), answer: apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "good", nil), want: "refused: " + from + "reading Secret keys/good: "},
		"server is away":       {authority: inSecret("keys", "good"), answer: apierrors.NewServiceUnavailable("soon"), want: "later: " + from + "reading Secret keys/good: soon"},
		"server is cut off":    {authority: inSecret("keys", "good"), answer: errors.New("dial tcp: connection refused"), want: "later: "},
		"another trouble":      {authority: inSecret("keys", "good"), answer: errors.New("what"), want: "refused: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, []*v1alpha1.VerificationPolicy{policy("p", "", tc.authority)}, secret("keys", "good", good.public),
				secret("ns", "near", good.public), secret("keys", "two", good.public, good.public), secret("keys", "none"), secret("keys", "bad", "no key"))
			if tc.answer != nil {
				w.kube.PrependReactor("get", "secrets", func(clientgotesting.Action) (bool, runtime.Object, error) { return true, nil, tc.answer })
			}
			if got := w.verdict(context.Background(), signed(t, task(), good, crypto.SHA256)); !strings.HasPrefix(got, tc.want) {
				t.Errorf("verdict %s, want %s", got, tc.want)
			}
		})
	}
}

func TestSecretsAreRemembered(t *testing.T) {
	t.Parallel()
	good := pairs["ecdsa"]
	w := newWorld(t, nil, []*v1alpha1.VerificationPolicy{policy("p", "", inSecret("keys", "k"))}, secret("keys", "k", good.public))
	o := signed(t, task(), good, crypto.SHA256)
	for at, want := range []int{1, 1, 2} {
		if got := w.verdict(context.Background(), o); got != "passed" {
			t.Fatal(got)
		}
		if got := len(w.kube.Actions()); got != want {
			t.Errorf("%d requests after look %d, want %d", got, at+1, want)
		}
		w.clock.SetTime(w.clock.Now().Add(20 * time.Second))
	}
	for _, a := range w.kube.Actions() {
		if a.GetVerb() != "get" {
			t.Errorf("request %s: Secrets may only be got", a.GetVerb())
		}
	}
}

// TestFinalGoesFirst shows that a resource that cannot pass is refused although other keys are not known yet, and that nothing passes
// before all that enforce are known.
func TestFinalGoesFirst(t *testing.T) {
	t.Parallel()
	good := pairs["ecdsa"]
	o := signed(t, task(), good, crypto.SHA256)
	for want, policies := range map[string][]*v1alpha1.VerificationPolicy{
		"later: ":   {policy("a", "", inSecret("keys", "away")), policy("b", "", data(good.public))},
		"refused: ": {policy("a", "", inSecret("keys", "away")), policy("b", "", data(pairs["other"].public))},
		"warned: failed to get verifiers from policy: VerificationPolicy a": {policy("a", "warn", inSecret("keys", "away")), policy("b", "", data(good.public))},
	} {
		w := newWorld(t, nil, policies)
		w.kube.PrependReactor("get", "secrets", func(clientgotesting.Action) (bool, runtime.Object, error) {
			return true, nil, &apierrors.StatusError{ErrStatus: metav1.Status{Code: http.StatusServiceUnavailable, Reason: metav1.StatusReasonServiceUnavailable}}
		})
		if got := w.verdict(context.Background(), o); !strings.HasPrefix(got, want) {
			t.Errorf("verdict %s, want %s", got, want)
		}
	}
}

// TestStopping has a controller that is being stopped: that is not the fault of the resource.
func TestStopping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, []*v1alpha1.VerificationPolicy{policy("p", "", inSecret("keys", "k"))})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.kube.PrependReactor("get", "secrets", func(clientgotesting.Action) (bool, runtime.Object, error) { return true, nil, ctx.Err() })
	_, err := w.Verify(ctx, "ns", NewResource(task()), nil)
	if failure.ClassOf(err) != failure.Transient {
		t.Errorf("error %v", err)
	}
}

func FuzzSignature(f *testing.F) {
	f.Add("AAAA", pairs["ecdsa"].public, "sha256")
	f.Add("", pairs["rsa"].public, "SHA512")
	f.Add("MAA=", pairs["ed25519"].public, "")
	f.Add("%", privatePEM(pairs["ecdsa"]), "md5")
	f.Fuzz(func(t *testing.T, annotation, text, hash string) {
		o := task()
		o.Annotations = map[string]string{"tekton.dev/signature": annotation}
		w := newWorld(t, nil, []*v1alpha1.VerificationPolicy{policy("p", "", authority("a", &v1alpha1.KeyRef{Data: text, HashAlgorithm: v1alpha1.HashAlgorithm(hash)}))})
		if got := w.verdict(context.Background(), o); !strings.HasPrefix(got, "refused: ") {
			t.Errorf("verdict %s", got)
		}
	})
}
