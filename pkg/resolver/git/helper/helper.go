// Package helper is what the git program starts while it fetches: the program that runs git starts itself again, under a name that an
// environment variable has. So nothing but git has to be in the image, and secrets are handed over in the environment instead of in
// arguments, which every process can read.
package helper

import (
	"encoding/json"
	"fmt"
	"os"
)

// Variables that say what to do. The environment of git's children is that of git, so a job is the same for all of them.
const (
	varHelper = "TENON_GIT_HELPER"
	varJob    = "TENON_GIT_HELPER_JOB"
	varNext   = "TENON_GIT_HELPER_NEXT"
)

// Kind is what git needs somebody for.
type Kind string

// The kinds of jobs.
const (
	// Askpass answers git's questions for a user name and a password.
	Askpass Kind = "askpass"
	// SSH is the ssh client.
	SSH Kind = "ssh"
	// Connect makes connections for the git protocol, which knows no proxies.
	Connect Kind = "connect"
)

// gate is the job that starts git.
const gate Kind = "limit"

// failed is the exit code of a helper that could not do its job.
const failed = 1

// Job is what to do when git asks.
type Job struct {
	Kind Kind `json:"-"`
	// Origin is the scheme, host and port, as they are in the URL, of whom the secret is for. For Askpass only.
	Origin string `json:"origin,omitempty"`
	// Address is the host and port to connect to. For SSH and Connect.
	Address string `json:"address,omitempty"`
	// User and Secret authenticate; the secret is a password for Askpass, and a private key for SSH.
	User   string `json:"user,omitempty"`
	Secret string `json:"secret,omitempty"`
	// KnownHosts is the path of a file with the keys of hosts. For SSH.
	KnownHosts string `json:"knownHosts,omitempty"`
	// Proxy is the host and port of the SOCKS5 proxy that is connected through, ProxyUser and ProxyPassword are known to it. For SSH
	// and Connect.
	Proxy         string `json:"proxy,omitempty"`
	ProxyUser     string `json:"proxyUser,omitempty"`
	ProxyPassword string `json:"proxyPassword,omitempty"`
}

// Env returns the variables that make this program do the job when git starts it. A job of no kind needs none.
func (j Job) Env() ([]string, error) {
	if j.Kind == "" {
		return nil, nil
	}
	data, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	return []string{varHelper + "=" + string(j.Kind), varJob + "=" + string(data)}, nil
}

// Run does the job and ends the process if the process was started as a helper; otherwise it returns. A program that runs git calls
// it before anything else.
func Run() {
	kind := Kind(os.Getenv(varHelper))
	if kind == "" {
		return
	}
	code, err := run(kind, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(failed)
	}
	os.Exit(code)
}

// run returns the code to exit with.
func run(kind Kind, args []string) (int, error) {
	if kind == gate {
		return failed, become(args, os.Stdin)
	}
	var job Job
	if err := json.Unmarshal([]byte(os.Getenv(varJob)), &job); err != nil {
		return failed, fmt.Errorf("%s cannot be read", varJob)
	}
	switch kind {
	case Askpass:
		return 0, job.answer(args, os.Stdout)
	case SSH:
		return job.ssh(args, stdio())
	case Connect:
		return 0, job.connect(args, stdio())
	default:
		return failed, fmt.Errorf("%s is %q, which is no helper", varHelper, kind)
	}
}
