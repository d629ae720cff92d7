// Package credentials turns the Secrets of a ServiceAccount into what pod building needs: volumes, mounts and plain data
// for the step runner (contract 2 §6.1). The decisions are pure; Gather and PullSecrets fetch, through an interface of
// the caller's.
package credentials

import (
	"fmt"
	"hash/fnv"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Prefixes of the annotations that say what a Secret is for; what follows them is free.
const (
	gitAnnotationPrefix    = "tekton.dev/git-"
	dockerAnnotationPrefix = "tekton.dev/docker-"
)

// sshKnownHosts is the key of an ssh-auth Secret with known host keys.
const sshKnownHosts = "known_hosts"

// Set are the credentials of one run.
type Set struct {
	// Credentials are the uses, in the order in which the runner applies them.
	Credentials []protocol.Credential
	// Secrets are the names of the Secrets behind them, each once.
	Secrets []string
}

// Select picks the credentials from the Secrets of a ServiceAccount, in their order. requireKnownHosts is the feature flag
// require-git-ssh-secret-known-hosts. The error is a failure for the run's condition: what is wrong here would make every
// step fail.
func Select(secrets []*corev1.Secret, requireKnownHosts bool) (Set, error) {
	var set Set
	for _, s := range secrets {
		if requireKnownHosts && s.Type == corev1.SecretTypeSSHAuth && len(s.Data[sshKnownHosts]) == 0 {
			return Set{}, failure.Invalidf(v1.TaskRunReasonFailedValidation.String(),
				"translating TaskSpec to Pod: TaskRun validation failed. Git SSH Secret must have \"known_hosts\" included "+
					"when feature flag \"require-git-ssh-secret-known-hosts\" is set to true")
		}
		uses := usesOf(s)
		if len(uses) == 0 {
			continue
		}
		if err := checkKeys(s); err != nil {
			return Set{}, err
		}
		set.Credentials = append(set.Credentials, uses...)
		set.Secrets = append(set.Secrets, s.Name)
	}
	if err := checkURLs(set.Credentials); err != nil {
		return Set{}, err
	}
	return set, nil
}

// usesOf returns the uses of one Secret: the values of its annotations in sorted order, or none for a registry
// configuration, which names its registries itself.
func usesOf(s *corev1.Secret) []protocol.Credential {
	switch s.Type {
	case corev1.SecretTypeBasicAuth:
		return append(annotated(s, gitAnnotationPrefix, protocol.CredentialGitBasic),
			annotated(s, dockerAnnotationPrefix, protocol.CredentialDockerBasic)...)
	case corev1.SecretTypeSSHAuth:
		return annotated(s, gitAnnotationPrefix, protocol.CredentialGitSSH)
	case corev1.SecretTypeDockercfg:
		return []protocol.Credential{{Kind: protocol.CredentialDockerCfg, Secret: s.Name}}
	case corev1.SecretTypeDockerConfigJson:
		return []protocol.Credential{{Kind: protocol.CredentialDockerConfigJSON, Secret: s.Name}}
	}
	return nil
}

func annotated(s *corev1.Secret, prefix, kind string) []protocol.Credential {
	var urls []string
	for key, value := range s.Annotations {
		if strings.HasPrefix(key, prefix) {
			urls = append(urls, value)
		}
	}
	slices.Sort(urls)
	uses := make([]protocol.Credential, 0, len(urls))
	for _, url := range urls {
		uses = append(uses, protocol.Credential{Kind: kind, Secret: s.Name, URL: url})
	}
	return uses
}

// checkKeys refuses Secrets without the entries that the runner reads.
func checkKeys(s *corev1.Secret) error {
	var needed []string
	switch s.Type {
	case corev1.SecretTypeBasicAuth:
		needed = []string{corev1.BasicAuthUsernameKey, corev1.BasicAuthPasswordKey}
	case corev1.SecretTypeSSHAuth:
		needed = []string{corev1.SSHAuthPrivateKey}
	case corev1.SecretTypeDockercfg:
		needed = []string{corev1.DockerConfigKey}
	case corev1.SecretTypeDockerConfigJson:
		needed = []string{corev1.DockerConfigJsonKey}
	}
	for _, key := range needed {
		if _, ok := s.Data[key]; !ok {
			return failure.UserErrorf(v1.TaskRunReasonFailedValidation.String(),
				"secret %q of type %s, listed in the ServiceAccount, has no entry %q; add it", s.Name, s.Type, key)
		}
	}
	return nil
}

// checkURLs refuses two user names and passwords for one URL, because it is not clear which to use.
func checkURLs(all []protocol.Credential) error {
	type use struct{ kind, url string }
	secrets := map[use]string{}
	for _, c := range all {
		if c.Kind != protocol.CredentialGitBasic && c.Kind != protocol.CredentialDockerBasic {
			continue
		}
		u := use{c.Kind, c.URL}
		if other, ok := secrets[u]; ok {
			return failure.UserErrorf(v1.TaskRunReasonFailedValidation.String(),
				"multiple entries for url: %s; both secret %q and secret %q of the ServiceAccount are annotated with it, remove one",
				c.URL, other, c.Secret)
		}
		secrets[u] = c.Secret
	}
	return nil
}

// VolumePrefix starts the names of the Pod's volumes for credentials.
const VolumePrefix = "tekton-creds-"

// Volumes returns the Pod's volumes for the Secrets.
func (s Set) Volumes() []corev1.Volume {
	names := s.volumeNames()
	var volumes []corev1.Volume
	for _, secret := range s.Secrets {
		volumes = append(volumes, corev1.Volume{
			Name:         names[secret],
			VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: secret}},
		})
	}
	return volumes
}

// Mounts returns the mounts of those volumes, for every step.
func (s Set) Mounts() []corev1.VolumeMount {
	names := s.volumeNames()
	var mounts []corev1.VolumeMount
	for _, secret := range s.Secrets {
		mounts = append(mounts, corev1.VolumeMount{
			Name:      names[secret],
			MountPath: path.Join(protocol.CredsSecretsDir, secret),
			ReadOnly:  true,
		})
	}
	return mounts
}

// volumeNames returns the volume of each Secret. Names of Secrets can be too long for volumes, so they are hashed.
func (s Set) volumeNames() map[string]string {
	names := make(map[string]string, len(s.Secrets))
	for _, secret := range s.Secrets {
		name := hashed(secret)
		for salt := 1; slices.Contains(slices.Collect(maps.Values(names)), name); salt++ {
			name = hashed(secret + "\x00" + strconv.Itoa(salt))
		}
		names[secret] = name
	}
	return names
}

func hashed(s string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return fmt.Sprintf("%s%08x", VolumePrefix, h.Sum32())
}
