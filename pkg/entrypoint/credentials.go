package entrypoint

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tenon-ci/tenon/pkg/entrypoint/creds"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// credentials writes the step's credentials and copies them to the home (contract 2 §6.2). The error is about Secrets
// that only their owner can mend; everything else is a warning, because the step may not need them.
func (s *step) credentials() error {
	if len(s.Credentials) == 0 {
		return nil
	}
	dir := s.Layout.Path(protocol.CredsDir)
	set, err := creds.Files(s.Credentials, protocol.CredsDir, creds.FromDir(s.Layout.Path(protocol.CredsSecretsDir)))
	if errors.Is(err, creds.ErrInvalid) {
		return err
	}
	if err == nil {
		err = creds.Write(dir, set.Files)
	}
	for _, err := range append(set.Skipped, err) {
		if err != nil {
			s.logf("Error initializing credentials: %v", err)
		}
	}
	if err != nil {
		return nil //nolint:nilerr // a warning, see above
	}
	home := s.home()
	if filepath.Clean(home) == filepath.Clean(dir) {
		return nil
	}
	for _, failed := range creds.Copy(home, set.Files) {
		s.logf("warning: unsuccessful cred copy: %q from %q to %q: %v", failed.Item, protocol.CredsDir, home, failed.Err)
	}
	return nil
}

// home is the step user's home: the variable, else what the image's list of users says, else the root directory.
func (s *step) home() string {
	if home := getenv(s.Env, "HOME"); home != "" {
		return home
	}
	if home := homeOf(s.Layout.Path("/etc/passwd"), os.Getuid()); home != "" {
		return home
	}
	return s.Layout.Path("/")
}

// homeOf looks a user's home up in a list of users. Packages that can do more cost more than they give here.
func homeOf(passwd string, uid int) string {
	f, err := os.Open(passwd)
	if err != nil {
		return ""
	}
	defer f.Close() //nolint:errcheck // nothing was written
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) >= 6 && fields[2] == strconv.Itoa(uid) {
			return fields[5]
		}
	}
	return ""
}

func getenv(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(env[i], name+"="); ok {
			return value
		}
	}
	return ""
}
