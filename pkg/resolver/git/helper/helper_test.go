package helper

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAnswer has git ask for what the secret is for, and for what it is not.
func TestAnswer(t *testing.T) {
	t.Parallel()
	job := Job{Origin: "https://git.example:8443", User: "git", Secret: "pw"}
	for question, want := range map[string]string{
		"Username for 'https://git.example:8443': ":          "git\n",
		"Password for 'https://git@git.example:8443': ":      "pw\n",
		"Password for 'https://git.example:8443': ":          "pw\n",
		"Password for 'https://git@GIT.example:8443': ":      "pw\n",
		"Password for 'https://other@git.example:8443': ":    "",
		"Password for 'http://git@git.example:8443': ":       "",
		"Password for 'https://git@git.example': ":           "",
		"Password for 'https://git@git.example:443': ":       "",
		"Password for 'https://git@evil.example:8443': ":     "",
		"Password for 'https://git@git.example:8443.evil': ": "",
		"Password for 'https://git@git.example:8443/x': ":    "",
		"Password for 'https://git:x@git.example:8443': ":    "",
		"Password for 'https://git@git.example:8443?x': ":    "",
		"Password for 'https://git@git.example:8443'":        "",
		"Are you sure? ": "",
		"":               "",
	} {
		var out strings.Builder
		err := job.answer([]string{question}, &out)
		if diff := cmp.Diff(want, out.String()); diff != "" || (err == nil) != (want != "") {
			t.Errorf("%q: error %v, answer (-want +got):\n%s", question, err, diff)
		}
	}
	for _, args := range [][]string{nil, {"Username for 'https://': ", "x"}} {
		if err := (Job{}).answer(args, &strings.Builder{}); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

func TestRemoteCommand(t *testing.T) {
	t.Parallel()
	const fetch = "git-upload-pack '/r'"
	for args, want := range map[string]string{
		"h|" + fetch: fetch,
		"-o|SendEnv=GIT_PROTOCOL|-p|22|u@h|" + fetch: fetch,
		"-4|h|" + fetch:           fetch,
		"-F|x|h|" + fetch:         "",
		"h|git-receive-pack '/r'": "",
		"h|sh":                    "",
		"h":                       "",
		"-o":                      "",
		"":                        "",
	} {
		got, err := remoteCommand(strings.Split(args, "|"))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: command %q, error %v", args, got, err)
		}
	}
}

func TestEnv(t *testing.T) {
	t.Parallel()
	env, err := Job{Kind: SSH, User: "u"}.Env()
	want := []string{"TENON_GIT_HELPER=ssh", `TENON_GIT_HELPER_JOB={"user":"u"}`}
	if diff := cmp.Diff(want, env); diff != "" || err != nil {
		t.Errorf("error %v, environment (-want +got):\n%s", err, diff)
	}
	if env, err := (Job{User: "u"}).Env(); env != nil || err != nil {
		t.Errorf("error %v, environment %q", err, env)
	}
}

// TestLimited starts a program through the gate, which must leave the children the job alone.
func TestLimited(t *testing.T) {
	t.Parallel()
	limited := Limited([]string{"A=b", "TENON_GIT_HELPER=ssh"})
	if diff := cmp.Diff([]string{"A=b", "TENON_GIT_HELPER_NEXT=ssh", "TENON_GIT_HELPER=limit"}, limited); diff != "" {
		t.Errorf("gate (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A=b", "TENON_GIT_HELPER=ssh"}, next(limited)); diff != "" {
		t.Errorf("program (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A=b"}, next(Limited([]string{"A=b"}))); diff != "" {
		t.Errorf("program without a job (-want +got):\n%s", diff)
	}
	if err := become([]string{"/nothing"}, strings.NewReader("no line")); err == nil {
		t.Error("started before it was let")
	}
}
