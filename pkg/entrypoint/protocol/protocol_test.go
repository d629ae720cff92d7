package protocol_test

import (
	"encoding/json"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

func fullStep() protocol.Step {
	return protocol.Step{
		Index:           3,
		Container:       "step-build",
		WaitReady:       true,
		OnErrorContinue: true,
		Timeout:         90 * time.Second,
		When:            []protocol.When{{Input: "$(steps.a.results.b)", Operator: "in", Values: []string{"$(HOME)", ""}}, {CEL: "'a' <= \"b\" && true"}},
		StepResults:     []protocol.Result{{Name: "s", Type: "object"}},
		TaskResults:     []protocol.Result{{Name: "t"}},
		ResultsFrom:     protocol.ResultsFromSidecarLogs,
		Compress:        true,
		MessageLimit:    1234,
		Stdout:          "/workspace/$(x)",
		Stderr:          "relative",
		PauseOnFailure:  true,
		PauseBefore:     true,
		WatchCancel:     true,
		Hermetic:        true,
		Artifacts:       true,
		Credentials:     []protocol.Credential{{Kind: protocol.CredentialGitBasic, Secret: "s", URL: "https://u$r@h\\"}},
		Commands:        []protocol.Command{{Platform: "linux/amd64", Argv: []string{"/bin/x", "$$", "\u2028\x00"}}},
		Script:          true,
	}
}

// noDollar fails the test if the kubelet could expand something in an argument.
func noDollar(t *testing.T, args ...string) {
	t.Helper()
	for _, arg := range args {
		if strings.Contains(arg, "$") {
			t.Errorf("argument has a dollar sign: %s", arg)
		}
		if len(arg) >= 128<<10 {
			t.Errorf("argument has %d bytes, more than the kernel takes", len(arg))
		}
	}
}

func TestStepRoundTrip(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]protocol.Step{"zero": {}, "full": fullStep()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := protocol.EncodeStep(want)
			if err != nil {
				t.Fatal(err)
			}
			noDollar(t, text)
			got, err := protocol.DecodeStep(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("step (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSidecarRoundTrip(t *testing.T) {
	t.Parallel()
	want := protocol.ResultsSidecar{
		Containers:     []string{"step-a", "step-b"},
		TaskResults:    []protocol.Result{{Name: "t", Type: "array"}},
		StepResults:    map[string][]protocol.Result{"step-a": {{Name: "$"}}},
		Artifacts:      true,
		PauseOnFailure: true,
		PollInterval:   time.Second,
		Native:         true,
	}
	text, err := protocol.EncodeResultsSidecar(want)
	if err != nil {
		t.Fatal(err)
	}
	noDollar(t, text)
	got, err := protocol.DecodeResultsSidecar(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sidecar (-want +got):\n%s", diff)
	}
}

func TestInitRoundTrip(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewSource(1))
	noise := make([]byte, 600_000)
	for i := range noise {
		noise[i] = byte(' ' + rnd.Intn(95))
	}
	for name, tc := range map[string]struct {
		in   protocol.Init
		most int
	}{
		"empty":      {protocol.Init{}, 1},
		"small":      {protocol.Init{Containers: []string{"step-a"}, Scripts: []protocol.Script{{Path: "a", Content: "#!/bin/sh\necho $HOME $(date) $$\n"}}, WorkingDirs: []string{"b"}, DebugOnFailure: true, DebugBeforeStep: true}, 1},
		"repetitive": {protocol.Init{Scripts: []protocol.Script{{Path: "a", Content: strings.Repeat("echo $X\n", 100_000)}}}, 1},
		"noise":      {protocol.Init{Scripts: []protocol.Script{{Path: "a", Content: string(noise)}}}, 12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args, err := protocol.EncodeInit(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			noDollar(t, args...)
			if len(args) > tc.most {
				t.Errorf("%d arguments, want at most %d", len(args), tc.most)
			}
			got, err := protocol.DecodeInit(args)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.in, got); diff != "" {
				t.Errorf("init (-want +got):\n%.2000s", diff)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"nothing": "", "no JSON": "x", "unknown member": `{"index":0,"container":"a","more":1}`, "wrong type": `{"index":"0"}`} {
		if _, err := protocol.DecodeStep(text); err == nil {
			t.Errorf("step, %s: no error", name)
		}
		if _, err := protocol.DecodeInit([]string{text}); err == nil {
			t.Errorf("init, %s: no error", name)
		}
		if _, err := protocol.DecodeResultsSidecar(text); err == nil {
			t.Errorf("sidecar, %s: no error", name)
		}
	}
	args, err := protocol.EncodeInit(protocol.Init{Scripts: []protocol.Script{{Content: strings.Repeat("echo $X\n", 100_000)}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := protocol.DecodeInit([]string{args[0][:len(args[0])/2]}); err == nil {
		t.Error("half of a compressed form: no error")
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		protocol.DoneFile(2):                      "/tekton/run/2/out",
		protocol.FailedFile(2):                    "/tekton/run/2/out.err",
		protocol.StepStatusDir(2):                 "/tekton/run/2/status",
		protocol.StepResultFile("step-a", "r"):    "/tekton/steps/step-a/results/r",
		protocol.StepExitCodeFile("step-a"):       "/tekton/steps/step-a/exitCode",
		protocol.StepArtifactsFile("step-a"):      "/tekton/steps/step-a/artifacts/provenance.json",
		protocol.TaskArtifactsFile():              "/tekton/artifacts/provenance.json",
		protocol.StepResultsDir("step-unnamed-0"): "/tekton/steps/step-unnamed-0/results",
	} {
		if got != want {
			t.Errorf("path %s, want %s", got, want)
		}
	}
}

func FuzzStep(f *testing.F) {
	f.Add("step-a", "$(steps.a.results.b)", "/bin/sh", "https://x")
	f.Add("", "$$\\u0024\\", "\x00\xff", "\u2028")
	f.Fuzz(func(t *testing.T, container, input, word, url string) {
		want := protocol.Step{
			Container:   container,
			When:        []protocol.When{{Input: input, Values: []string{word}}},
			Commands:    []protocol.Command{{Platform: "p", Argv: []string{word}}},
			Credentials: []protocol.Credential{{URL: url}},
		}
		text, err := protocol.EncodeStep(want)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "$") {
			t.Fatalf("dollar sign in %s", text)
		}
		got, err := protocol.DecodeStep(text)
		if err != nil {
			t.Fatal(err)
		}
		// Text that is not valid UTF-8 can't come from the API and is mended as JSON does.
		var mended protocol.Step
		plain, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(plain, &mended); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(mended, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzDecodeInit(f *testing.F) {
	f.Add("{}", "")
	f.Add("H4sIAAAAAAAA/6quBQQAAP//Q7+mowIAAAA=", "")
	f.Fuzz(func(t *testing.T, first, second string) {
		in, err := protocol.DecodeInit([]string{first, second})
		if err != nil {
			return
		}
		args, err := protocol.EncodeInit(in)
		if err != nil {
			t.Fatal(err)
		}
		again, err := protocol.DecodeInit(args)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(in, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
