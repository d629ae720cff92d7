package credentials_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/credentials"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// secret makes a Secret with annotations given as pairs and all the keys its type needs.
func secret(name string, kind corev1.SecretType, annotations ...string) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{}}, Type: kind, Data: map[string][]byte{}}
	for i := 0; i < len(annotations); i += 2 {
		s.Annotations[annotations[i]] = annotations[i+1]
	}
	for _, key := range map[corev1.SecretType][]string{
		corev1.SecretTypeBasicAuth:        {"username", "password"},
		corev1.SecretTypeSSHAuth:          {"ssh-privatekey"},
		corev1.SecretTypeDockercfg:        {".dockercfg"},
		corev1.SecretTypeDockerConfigJson: {".dockerconfigjson"},
	}[kind] {
		s.Data[key] = []byte("x")
	}
	return s
}

func without(s *corev1.Secret, key string) *corev1.Secret {
	delete(s.Data, key)
	return s
}

func TestSelect(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		secrets []*corev1.Secret
		want    credentials.Set
	}{
		"none": {},
		"git and registry of one secret, values sorted": {
			secrets: []*corev1.Secret{secret("basic", corev1.SecretTypeBasicAuth,
				"tekton.dev/docker-0", "https://registry.example",
				"tekton.dev/git-0", "https://z.example", "tekton.dev/git-1", "https://a.example", "unrelated", "https://no.example")},
			want: credentials.Set{
				Secrets: []string{"basic"},
				Credentials: []protocol.Credential{
					{Kind: protocol.CredentialGitBasic, Secret: "basic", URL: "https://a.example"},
					{Kind: protocol.CredentialGitBasic, Secret: "basic", URL: "https://z.example"},
					{Kind: protocol.CredentialDockerBasic, Secret: "basic", URL: "https://registry.example"},
				},
			},
		},
		"ssh, the same host twice": {
			secrets: []*corev1.Secret{
				secret("one", corev1.SecretTypeSSHAuth, "tekton.dev/git-0", "git.example"),
				secret("two", corev1.SecretTypeSSHAuth, "tekton.dev/git-0", "git.example"),
			},
			want: credentials.Set{
				Secrets: []string{"one", "two"},
				Credentials: []protocol.Credential{
					{Kind: protocol.CredentialGitSSH, Secret: "one", URL: "git.example"},
					{Kind: protocol.CredentialGitSSH, Secret: "two", URL: "git.example"},
				},
			},
		},
		"registry configuration needs no annotation": {
			secrets: []*corev1.Secret{secret("cfg", corev1.SecretTypeDockercfg), secret("json", corev1.SecretTypeDockerConfigJson)},
			want: credentials.Set{
				Secrets: []string{"cfg", "json"},
				Credentials: []protocol.Credential{
					{Kind: protocol.CredentialDockerCfg, Secret: "cfg"},
					{Kind: protocol.CredentialDockerConfigJSON, Secret: "json"},
				},
			},
		},
		"without annotation or of another type": {
			secrets: []*corev1.Secret{
				secret("basic", corev1.SecretTypeBasicAuth),
				without(secret("ssh", corev1.SecretTypeSSHAuth), "ssh-privatekey"),
				secret("opaque", corev1.SecretTypeOpaque, "tekton.dev/git-0", "https://a.example"),
				secret("ssh2", corev1.SecretTypeSSHAuth, "tekton.dev/docker-0", "https://a.example"),
			},
		},
		"equal urls of different kinds, and with an equals sign": {
			secrets: []*corev1.Secret{secret("basic", corev1.SecretTypeBasicAuth,
				"tekton.dev/docker-0", "https://a.example?x=y", "tekton.dev/git-0", "https://a.example?x=y")},
			want: credentials.Set{
				Secrets: []string{"basic"},
				Credentials: []protocol.Credential{
					{Kind: protocol.CredentialGitBasic, Secret: "basic", URL: "https://a.example?x=y"},
					{Kind: protocol.CredentialDockerBasic, Secret: "basic", URL: "https://a.example?x=y"},
				},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := credentials.Select(tc.secrets, false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Select() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSelectRefuses(t *testing.T) {
	t.Parallel()
	git := func(name string) *corev1.Secret {
		return secret(name, corev1.SecretTypeBasicAuth, "tekton.dev/git-0", "https://a.example")
	}
	for name, tc := range map[string]struct {
		secrets    []*corev1.Secret
		knownHosts bool
		want       string
	}{
		"one url in two secrets": {
			secrets: []*corev1.Secret{git("one"), git("two")},
			want:    `[User error] multiple entries for url: https://a.example; both secret "one" and secret "two" of the ServiceAccount are annotated with it, remove one`,
		},
		"one url twice in one secret": {
			secrets: []*corev1.Secret{secret("one", corev1.SecretTypeBasicAuth, "tekton.dev/docker-0", "r", "tekton.dev/docker-1", "r")},
			want:    `[User error] multiple entries for url: r; both secret "one" and secret "one" of the ServiceAccount are annotated with it, remove one`,
		},
		"missing key": {
			secrets: []*corev1.Secret{without(git("one"), "password")},
			want:    `[User error] secret "one" of type kubernetes.io/basic-auth, listed in the ServiceAccount, has no entry "password"; add it`,
		},
		"known hosts are required, even without annotation": {
			secrets:    []*corev1.Secret{secret("ssh", corev1.SecretTypeSSHAuth)},
			knownHosts: true,
			want:       `translating TaskSpec to Pod: TaskRun validation failed. Git SSH Secret must have "known_hosts" included when feature flag "require-git-ssh-secret-known-hosts" is set to true`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := credentials.Select(tc.secrets, tc.knownHosts)
			f, ok := failure.As(err)
			if !ok || f.Reason != "TaskRunValidationFailed" {
				t.Fatalf("Select() error = %v, want a TaskRunValidationFailed", err)
			}
			if diff := cmp.Diff(tc.want, f.Message()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
	ssh := secret("ssh", corev1.SecretTypeSSHAuth)
	ssh.Data["known_hosts"] = []byte("git.example ssh-ed25519 AAAA")
	if _, err := credentials.Select([]*corev1.Secret{ssh}, true); err != nil {
		t.Errorf("with known_hosts: %v", err)
	}
}

func TestVolumesAndMounts(t *testing.T) {
	t.Parallel()
	set := credentials.Set{Secrets: []string{"one", strings.Repeat("long.", 50) + "name"}}
	volumes, mounts := set.Volumes(), set.Mounts()
	if len(volumes) != 2 || len(mounts) != 2 {
		t.Fatalf("%d volumes, %d mounts, want 2 of each", len(volumes), len(mounts))
	}
	for i, name := range set.Secrets {
		if got := volumes[i].Secret.SecretName; got != name {
			t.Errorf("volume %d is of secret %q, want %q", i, got, name)
		}
		want := corev1.VolumeMount{Name: volumes[i].Name, MountPath: "/tekton/creds-secrets/" + name, ReadOnly: true}
		if diff := cmp.Diff(want, mounts[i]); diff != "" {
			t.Errorf("mount %d (-want +got):\n%s", i, diff)
		}
		if len(volumes[i].Name) != len("tekton-creds-")+8 {
			t.Errorf("volume name %q, want 8 hexadecimal digits after the prefix", volumes[i].Name)
		}
	}
	if volumes[0].Name == volumes[1].Name {
		t.Errorf("two volumes are called %q", volumes[0].Name)
	}
}

// objects is a Getter over maps.
type objects struct {
	accounts map[string]*corev1.ServiceAccount
	secrets  map[string]*corev1.Secret
	err      error
}

func (o objects) ServiceAccount(_ context.Context, _, name string) (*corev1.ServiceAccount, error) {
	if sa, ok := o.accounts[name]; ok {
		return sa, nil
	}
	return nil, apierrors.NewNotFound(corev1.Resource("serviceaccounts"), name)
}

func (o objects) Secret(_ context.Context, _, name string) (*corev1.Secret, error) {
	if o.err != nil {
		return nil, o.err
	}
	if s, ok := o.secrets[name]; ok {
		return s, nil
	}
	return nil, apierrors.NewNotFound(corev1.Resource("secrets"), name)
}

func TestGather(t *testing.T) {
	t.Parallel()
	get := objects{
		accounts: map[string]*corev1.ServiceAccount{"builder": {
			Secrets:          []corev1.ObjectReference{{Name: "b"}, {Name: ""}, {Name: "gone"}, {Name: "a"}, {Name: "b"}},
			ImagePullSecrets: []corev1.LocalObjectReference{{Name: "a"}, {Name: "gone"}},
		}},
		secrets: map[string]*corev1.Secret{"a": secret("a", corev1.SecretTypeOpaque), "b": secret("b", corev1.SecretTypeOpaque)},
	}
	got, err := credentials.Gather(t.Context(), get, "ns", "builder")
	if err != nil {
		t.Fatal(err)
	}
	want := credentials.Gathered{Secrets: []*corev1.Secret{get.secrets["b"], get.secrets["a"]}, Missing: []string{"gone"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Gather() (-want +got):\n%s", diff)
	}

	pull, err := credentials.PullSecrets(t.Context(), get, "ns", "builder", []corev1.LocalObjectReference{{Name: "b"}, {Name: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]corev1.Secret{*get.secrets["b"], *get.secrets["a"]}, pull); diff != "" {
		t.Errorf("PullSecrets() (-want +got):\n%s", diff)
	}

	if _, err := credentials.Gather(t.Context(), get, "ns", "nobody"); !apierrors.IsNotFound(err) {
		t.Errorf("missing service account: error = %v, want not found", err)
	}
	get.err = errors.New("no connection")
	if _, err := credentials.Gather(t.Context(), get, "ns", "builder"); !errors.Is(err, get.err) {
		t.Errorf("unreadable secret: error = %v, want %v", err, get.err)
	}
}
