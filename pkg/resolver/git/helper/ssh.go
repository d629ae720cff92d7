package helper

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Texts by which the one who runs git tells the failures of the ssh client.
const (
	// UnknownHost is said of a host whose key is not the expected one.
	UnknownHost = "tenon: the key of the host is not in known_hosts"
	// BadKey is said of a private key that cannot be used.
	BadKey = "tenon: the private key cannot be used"
	// NoAccess is said when the host does not take the key.
	NoAccess = "tenon: the host does not accept the private key"
	// NoSession is said of other failures.
	NoSession = "tenon: no session with the host"
)

// uploadPack begins the only command that is run on a host.
const uploadPack = "git-upload-pack "

// ssh runs the command in args, which are those of OpenSSH's client, and returns its exit code.
func (j Job) ssh(args []string, s streams) (int, error) {
	command, err := remoteCommand(args)
	if err != nil {
		return failed, err
	}
	config, err := j.clientConfig()
	if err != nil {
		return failed, err
	}
	conn, err := j.dial()
	if err != nil {
		return failed, err
	}
	defer conn.Close() //nolint:errcheck // the process ends
	link, channels, requests, err := ssh.NewClientConn(conn, j.Address, config)
	if err != nil {
		return failed, handshakeError(err)
	}
	client := ssh.NewClient(link, channels, requests)
	defer client.Close() //nolint:errcheck // the process ends
	session, err := client.NewSession()
	if err != nil {
		return failed, errors.New(NoSession)
	}
	// A host that does not take the variable speaks an older protocol.
	if v := os.Getenv("GIT_PROTOCOL"); v != "" {
		_ = session.Setenv("GIT_PROTOCOL", v)
	}
	err = runCommand(session, command, s)
	var exit *ssh.ExitError
	switch {
	case errors.As(err, &exit):
		return max(exit.ExitStatus(), failed), nil
	case err != nil:
		return failed, errors.New(NoSession)
	default:
		return 0, nil
	}
}

func runCommand(session *ssh.Session, command string, s streams) error {
	session.Stdout, session.Stderr = s.out, s.err
	// Given as Stdin, the session would wait for git to close it, while git waits for the end of the answer.
	in, err := session.StdinPipe()
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(in, s.in)
		_ = in.Close()
	}()
	return session.Run(command)
}

// remoteCommand returns the command among the arguments of an ssh client. The host among them is not asked: the job has it.
func remoteCommand(args []string) (string, error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-o", "-p":
			args = args[min(2, len(args)):]
		case "-4", "-6":
			args = args[1:]
		default:
			return "", errors.New("an option for ssh that is not known")
		}
	}
	if len(args) != 2 || !strings.HasPrefix(args[1], uploadPack) {
		return "", errors.New("ssh is here to fetch with git, and for nothing else")
	}
	return args[1], nil
}

func (j Job) clientConfig() (*ssh.ClientConfig, error) {
	signer, err := ssh.ParsePrivateKey([]byte(j.Secret))
	if err != nil {
		var locked *ssh.PassphraseMissingError
		if errors.As(err, &locked) {
			return nil, errors.New(BadKey + ": it has a passphrase")
		}
		return nil, errors.New(BadKey)
	}
	check, err := knownhosts.New(j.KnownHosts)
	if err != nil {
		return nil, fmt.Errorf("%s: the list cannot be read", UnknownHost)
	}
	algorithms := keyAlgorithms(check, j.Address)
	if len(algorithms) == 0 {
		return nil, errors.New(UnknownHost)
	}
	return &ssh.ClientConfig{
		User: j.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: check, HostKeyAlgorithms: algorithms,
	}, nil
}

// keyAlgorithms returns the algorithms of the keys that a host is known by. Without them the two ends could agree on a key of the
// host that is not in the list, although another one is.
func keyAlgorithms(check ssh.HostKeyCallback, address string) []string {
	var unknown *knownhosts.KeyError
	if err := check(address, &net.TCPAddr{}, noKey{}); !errors.As(err, &unknown) {
		return nil
	}
	var out []string
	for _, known := range unknown.Want {
		if kind := known.Key.Type(); kind == ssh.KeyAlgoRSA {
			out = append(out, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		} else {
			out = append(out, kind)
		}
	}
	return out
}

// noKey is a key that no host has.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return []byte("none") }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("not a key") }

func handshakeError(err error) error {
	var unknown *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	switch {
	case errors.As(err, &unknown), errors.As(err, &revoked):
		return errors.New(UnknownHost)
	case strings.Contains(err.Error(), "unable to authenticate"):
		return errors.New(NoAccess)
	case strings.Contains(err.Error(), "no common algorithm for host key"):
		return errors.New(UnknownHost)
	default:
		return errors.New(NoSession)
	}
}
