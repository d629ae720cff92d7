package creds_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/entrypoint/creds"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// secrets maps "secret/key" to content.
type secrets map[string]string

func (s secrets) read(secret, key string) ([]byte, error) {
	if content, ok := s[secret+"/"+key]; ok {
		return []byte(content), nil
	}
	return nil, creds.ErrNoKey
}

func basic(name, user, password string) secrets {
	return secrets{name + "/username": user, name + "/password": password}
}

func (s secrets) and(other secrets) secrets {
	for k, v := range other {
		s[k] = v
	}
	return s
}

func use(kind, secret, url string) protocol.Credential {
	return protocol.Credential{Kind: kind, Secret: secret, URL: url}
}

const (
	gitBasic    = protocol.CredentialGitBasic
	gitSSH      = protocol.CredentialGitSSH
	dockerBasic = protocol.CredentialDockerBasic
	dockerJSON  = protocol.CredentialDockerConfigJSON
	dockerCfg   = protocol.CredentialDockerCfg
)

func TestFiles(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		secrets     secrets
		credentials []protocol.Credential
		want        map[string]string
	}{
		"nothing": {want: map[string]string{}},
		"git over HTTP": {
			secrets: basic("a", `dom\me`, "p@ss/word").and(basic("b", "you\n", "x y")),
			credentials: []protocol.Credential{
				use(gitBasic, "b", "https://github.com/org/repo"),
				use(gitBasic, "a", "https://github.com"),
				use(gitBasic, "a", "http://git.example.com:8080/?q=1"),
			},
			want: map[string]string{
				".gitconfig": "[credential]\n\thelper = store\n" +
					"[credential \"https://github.com/org/repo\"]\n\tusername = you\n\tuseHttpPath = true\n" +
					"[credential \"https://github.com\"]\n\tusername = dom\\\\me\n" +
					"[credential \"http://git.example.com:8080/?q=1\"]\n\tusername = dom\\\\me\n",
				".git-credentials": "https://dom%5Cme:p%40ss%2Fword@github.com\n" +
					"http://dom%5Cme:p%40ss%2Fword@git.example.com:8080/?q=1\n" +
					"https://you:x%20y@github.com/org/repo\n",
			},
		},
		"git over SSH": {
			secrets: secrets{
				"a/ssh-privatekey": "KEY A\n", "a/known_hosts": "github.com ssh-rsa A\n",
				"b/ssh-privatekey": "KEY B", "b/known_hosts": "github.com ssh-rsa B",
				"c/ssh-privatekey": "KEY C",
			},
			credentials: []protocol.Credential{
				use(gitSSH, "b", "github.com:2222/org/repo.git"),
				use(gitSSH, "a", "github.com"),
				use(gitSSH, "b", "github.com"),
				use(gitSSH, "c", "gitlab.com/group/sub/project"),
			},
			want: map[string]string{
				".ssh/id_a": "KEY A\n", ".ssh/id_b": "KEY B", ".ssh/id_c": "KEY C",
				".ssh/known_hosts": "github.com ssh-rsa B\ngithub.com ssh-rsa A\n",
				".ssh/config": "Host github.com\n    HostName github.com\n    Port 22\n" +
					"    IdentityFile /tekton/creds/.ssh/id_a\n    IdentityFile /tekton/creds/.ssh/id_b\n" +
					"Host github.com--org--repo\n    HostName github.com\n    Port 2222\n    IdentityFile /tekton/creds/.ssh/id_b\n" +
					"Host gitlab.com--group--sub--project\n    HostName gitlab.com\n    Port 22\n    IdentityFile /tekton/creds/.ssh/id_c\n",
				".gitconfig": "[url \"git@github.com--org--repo:org/repo.git\"]\n\tinsteadOf = git@github.com:org/repo.git\n" +
					"[url \"ssh://github.com--org--repo/org/repo.git\"]\n\tinsteadOf = ssh://github.com:2222/org/repo.git\n" +
					"[url \"git@gitlab.com--group--sub--project:group/sub/project.git\"]\n\tinsteadOf = git@gitlab.com:group/sub/project.git\n" +
					"[url \"ssh://gitlab.com--group--sub--project/group/sub/project.git\"]\n\tinsteadOf = ssh://gitlab.com/group/sub/project.git\n",
			},
		},
		"registry login": {
			secrets:     basic("a", "me", "secret"),
			credentials: []protocol.Credential{use(dockerBasic, "a", "https://gcr.io")},
			want: map[string]string{
				".docker/config.json": `{"auths":{"https://gcr.io":{"auth":"bWU6c2VjcmV0","email":"not@val.id","password":"secret","username":"me"}}}`,
			},
		},
		"registry files are merged": {
			secrets: basic("login", "me", "secret").and(secrets{
				"old/.dockercfg":       `{"one":{"auth":"old"},"two":{"auth":"old"},"three":{"auth":"old"}}`,
				"f1/.dockerconfigjson": `{"auths":{"two":{"auth":"first"},"three":{"identitytoken":"first"},"four":{"auth":"first"}},"credHelpers":{"ecr":"ecr-login","three":"x","f2":"a"},"credsStore":"desktop","HttpHeaders":{"A":"1"}}`,
				"f2/.dockerconfigjson": `{"auths":{"four":{"auth":"second","identitytoken":"t"}},"credHelpers":{"f2":"b"}}`,
			}),
			credentials: []protocol.Credential{
				use(dockerBasic, "login", "three"),
				use(dockerJSON, "f1", ""),
				use(dockerJSON, "f2", ""),
				use(dockerCfg, "old", ""),
			},
			want: map[string]string{
				".docker/config.json": `{"HttpHeaders":{"A":"1"},"auths":{"four":{"auth":"second","identitytoken":"t"},"one":{"auth":"old"},` +
					`"three":{"auth":"bWU6c2VjcmV0","email":"not@val.id","password":"secret","username":"me"},"two":{"auth":"first"}},` +
					`"credHelpers":{"ecr":"ecr-login","f2":"b"}}`,
			},
		},
		"a helper does not win over an entry by URL": {
			secrets:     secrets{"f/.dockerconfigjson": `{"auths":{"https://index.docker.io/v1/":{}},"credHelpers":{"index.docker.io":"x"}}`},
			credentials: []protocol.Credential{use(dockerJSON, "f", "")},
			want:        map[string]string{".docker/config.json": `{"auths":{"https://index.docker.io/v1/":{}}}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, err := creds.Files(tc.credentials, "/tekton/creds", tc.secrets.read)
			if err != nil || len(set.Skipped) > 0 {
				t.Fatalf("error %v, skipped %v", err, set.Skipped)
			}
			got := map[string]string{}
			for _, f := range set.Files {
				got[f.Name] = string(f.Content)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		secrets     secrets
		credentials []protocol.Credential
		text        string
	}{
		"one git URL twice": {
			secrets:     basic("a", "me", "x").and(basic("b", "you", "y")),
			credentials: []protocol.Credential{use(gitBasic, "a", "https://github.com"), use(gitBasic, "b", "https://github.com")},
			text:        "multiple entries for url: https://github.com",
		},
		"one registry twice": {
			secrets:     basic("a", "me", "x"),
			credentials: []protocol.Credential{use(dockerBasic, "a", "gcr.io"), use(dockerBasic, "a", "gcr.io")},
			text:        "multiple entries for url: gcr.io",
		},
		"no password": {
			secrets:     secrets{"a/username": "me"},
			credentials: []protocol.Credential{use(gitBasic, "a", "https://github.com")},
			text:        "secret a has no key password",
		},
		"no user": {
			secrets:     secrets{"a/password": "x"},
			credentials: []protocol.Credential{use(dockerBasic, "a", "gcr.io")},
			text:        "secret a has no key username",
		},
		"no SSH key":  {credentials: []protocol.Credential{use(gitSSH, "a", "github.com")}, text: "secret a has no key ssh-privatekey"},
		"no document": {credentials: []protocol.Credential{use(dockerJSON, "a", "")}, text: "secret a has no key .dockerconfigjson"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := creds.Files(tc.credentials, "/tekton/creds", tc.secrets.read)
			if !errors.Is(err, creds.ErrInvalid) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("error %v, want %q", err, tc.text)
			}
		})
	}
}

func TestUnusableCredentialsAreSkipped(t *testing.T) {
	t.Parallel()
	all := basic("good", "me", "TOPSECRET").and(basic("bad", "a\nb", "TOPSECRET")).and(secrets{
		"key/ssh-privatekey": "TOPSECRET", "json/.dockerconfigjson": `{"auths": TOPSECRET`, "list/.dockerconfigjson": `{"auths":["TOPSECRET"]}`,
	})
	for name, c := range map[string]protocol.Credential{
		"URL without scheme": use(gitBasic, "good", "github.com"),
		"no URL":             use(gitBasic, "good", "https://git hub.com\n"),
		"user name":          use(gitBasic, "bad", "https://gitlab.com"),
		"SSH host":           use(gitSSH, "key", "a b"),
		"no SSH host":        use(gitSSH, "key", "/path"),
		"no JSON":            use(dockerJSON, "json", ""),
		"list":               use(dockerJSON, "list", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, err := creds.Files([]protocol.Credential{c, use(gitBasic, "good", "https://github.com")}, "/tekton/creds", all.read)
			if err != nil {
				t.Fatal(err)
			}
			if len(set.Skipped) != 1 || len(set.Files) != 2 {
				t.Errorf("skipped %v, files %v", set.Skipped, set.Files)
			}
			for _, err := range set.Skipped {
				if strings.Contains(err.Error(), "TOPSECRET") || !strings.Contains(err.Error(), "secret "+c.Secret) {
					t.Errorf("error %q must name the secret and not what is in it", err)
				}
			}
		})
	}
}

func TestReadErrorsAreNotTheOwnersFault(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk is gone")
	for _, kind := range []string{gitBasic, gitSSH, dockerBasic, dockerJSON, dockerCfg} {
		_, err := creds.Files([]protocol.Credential{use(kind, "a", "https://github.com")}, "", func(string, string) ([]byte, error) { return nil, broken })
		if kind == gitSSH {
			_, err = creds.Files([]protocol.Credential{use(kind, "a", "github.com")}, "", func(string, string) ([]byte, error) { return nil, broken })
		}
		if !errors.Is(err, broken) || errors.Is(err, creds.ErrInvalid) {
			t.Errorf("%s: error %v", kind, err)
		}
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

func TestWrite(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "home")
	other := filepath.Join(t.TempDir(), "other")
	files := []creds.File{{Name: ".gitconfig", Content: []byte("new")}, {Name: ".ssh/config", Content: []byte("hosts")}}
	for _, err := range []error{
		os.Mkdir(home, 0o755), os.Mkdir(filepath.Join(home, ".ssh"), 0o755),
		os.WriteFile(filepath.Join(home, ".ssh", "config"), []byte("old and longer"), 0o644),
		os.WriteFile(other, []byte("untouched"), 0o644),
		os.Symlink(other, filepath.Join(home, ".gitconfig")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if failed := creds.Copy(home, files); len(failed) > 0 {
			t.Fatal(failed)
		}
	}
	if got := content(t, filepath.Join(home, ".gitconfig")); got != "new" {
		t.Errorf(".gitconfig %q", got)
	}
	if got := content(t, other); got != "untouched" {
		t.Errorf("a link was followed: %q", got)
	}
	if got := content(t, filepath.Join(home, ".ssh", "config")); got != "hosts" {
		t.Errorf(".ssh/config %q", got)
	}
	if got := mode(t, filepath.Join(home, ".ssh", "config")); got != 0o600 {
		t.Errorf("mode of file %v", got)
	}
	if got := mode(t, filepath.Join(home, ".ssh")); got.Perm() != 0o700 {
		t.Errorf("mode of directory %v", got)
	}
	if got := mode(t, home); got.Perm() != 0o755 {
		t.Errorf("mode of the home %v", got)
	}
	if left, _ := filepath.Glob(filepath.Join(home, ".tmp*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// TestLinksLeadNowhere is about a home that an earlier step could write to.
func TestLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	home, other := t.TempDir(), t.TempDir()
	for _, err := range []error{
		os.Chmod(other, 0o750),
		os.WriteFile(filepath.Join(other, "config"), []byte("untouched"), 0o644),
		os.Symlink(other, filepath.Join(home, ".ssh")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	failed := creds.Copy(home, []creds.File{{Name: ".ssh/config", Content: []byte("new")}, {Name: ".ssh/id_a", Content: []byte("key")}})
	if len(failed) != 1 || failed[0].Item != ".ssh" {
		t.Errorf("failed %v", failed)
	}
	if got := content(t, filepath.Join(other, "config")); got != "untouched" {
		t.Errorf("a link was followed: %q", got)
	}
	if got := mode(t, other); got.Perm() != 0o750 {
		t.Errorf("the directory behind a link has mode %v", got)
	}
	if left, err := os.ReadDir(other); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestCopyReportsEachItemOnce(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".ssh"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	failed := creds.Copy(home, []creds.File{{Name: ".ssh/a"}, {Name: ".ssh/b"}, {Name: ".gitconfig", Content: []byte("x")}})
	if len(failed) != 1 || failed[0].Item != ".ssh" {
		t.Errorf("failed %v", failed)
	}
	if got := content(t, filepath.Join(home, ".gitconfig")); got != "x" {
		t.Errorf("the rest was not copied: %q", got)
	}
}

func TestFromDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "a"), 0o755), os.WriteFile(filepath.Join(dir, "a", "username"), []byte("me"), 0o600)); err != nil {
		t.Fatal(err)
	}
	read := creds.FromDir(dir)
	if got, err := read("a", "username"); err != nil || string(got) != "me" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := read("a", "password"); !errors.Is(err, creds.ErrNoKey) {
		t.Errorf("error %v, want ErrNoKey", err)
	}
	for _, name := range []string{"..", "../a", "", "a/b"} {
		if _, err := read(name, "username"); err == nil || errors.Is(err, creds.ErrNoKey) {
			t.Errorf("secret %q: error %v", name, err)
		}
	}
}
