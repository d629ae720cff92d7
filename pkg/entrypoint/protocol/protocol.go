// Package protocol is the wire form between pod building and the step runner: what the runner is told on its
// command line, and where the files lie that both sides agree on. It depends on the standard library only, so that the
// runner stays small. Both sides ship in one release, so the form may change between releases.
package protocol

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"
)

// Directories inside a step's container (contract 2 §2.5, §2.6).
const (
	RunDir          = "/tekton/run"
	BinDir          = RunDir + "/bin"
	StepsDir        = "/tekton/steps"
	ResultsDir      = "/tekton/results"
	ArtifactsDir    = "/tekton/artifacts"
	ScriptsDir      = "/tekton/scripts"
	DownwardDir     = "/tekton/downward"
	CredsDir        = "/tekton/creds"
	CredsSecretsDir = "/tekton/creds-secrets"
	DebugScriptsDir = "/tekton/debug/scripts"
	DebugInfoDir    = "/tekton/debug/info"
	HomeDir         = "/tekton/home"
	WorkspaceDir    = "/workspace"
)

// Files inside a step's container.
const (
	// Runner is where prepare puts the runner and where every step starts it from.
	Runner = BinDir + "/entrypoint"
	// SidecarRunner is a second copy of the runner, for sidecars: of what prepare makes they have the scripts only.
	SidecarRunner = ScriptsDir + "/entrypoint"
	// NopProgram is where ko puts the program of the image that takes the place of a sidecar's to stop it.
	NopProgram = ImageDir + "/nop"
	// PreparedFile appears when everything that CommandInit makes is there. A step that does not find it does nothing.
	PreparedFile = BinDir + "/.prepared"
	// ImageDir is where ko puts the program of an image.
	ImageDir = "/ko-app"
	// TerminationFile is every step's terminationMessagePath.
	TerminationFile = "/tekton/termination"
	// ReadyFile holds the pod annotation tekton.dev/ready; the first step starts when it is not empty.
	ReadyFile = DownwardDir + "/ready"
	// CancelFile holds the pod annotation tekton.dev/cancel; a step is stopped when it says CANCEL.
	CancelFile = DownwardDir + "/cancel"
	// ProvenanceFile is the name of an artifacts file inside a step's or the task's artifacts directory.
	ProvenanceFile = "provenance.json"
)

// Subcommands of the runner.
const (
	// CommandInit prepares the pod's shared directories; its remaining arguments are decoded by DecodeInit.
	CommandInit = "init"
	// CommandAwait, in the same container, returns when CommandInit has prepared everything. As postStart hook it keeps the
	// kubelet from starting the next container before.
	CommandAwait = "await"
	// CommandStep runs one step; its first argument is decoded by DecodeStep, then "--", then the user's command line.
	CommandStep = "step"
	// CommandSidecar becomes the command line after it. In the image that stops a sidecar, which has no interpreter for its
	// script, it ends successfully instead.
	CommandSidecar = "sidecar"
)

// Result transport (feature flag results-from).
const (
	ResultsFromTerminationMessage = "termination-message"
	ResultsFromSidecarLogs        = "sidecar-logs"
)

// MaxTerminationMessage is the most bytes Kubernetes keeps of one container's message; MaxTerminationMessages of all
// containers of one pod together (contract 2 §4.3).
const (
	MaxTerminationMessage  = 4096
	MaxTerminationMessages = 12288
)

// When is a guard of a step, evaluated by the runner just before the step starts (contract 2 §3.5).
type When struct {
	Input    string   `json:"input,omitempty"`
	Operator string   `json:"operator,omitempty"`
	Values   []string `json:"values,omitempty"`
	CEL      string   `json:"cel,omitempty"`
}

// Result is a declared result. Type is string, array or object; empty means that the type is detected from the content
// (contract 2 §4.2).
type Result struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
}

// Credential is one annotated use of a mounted Secret (contract 2 §6.1).
type Credential struct {
	// Kind is one of the Credential* constants.
	Kind string `json:"kind"`
	// Secret is the Secret's name, and the directory below CredsSecretsDir with its keys as files.
	Secret string `json:"secret"`
	// URL is the annotation's value; empty for registry configuration files.
	URL string `json:"url,omitempty"`
}

// Kinds of credentials, in the order in which the runner applies registry entries (later wins).
const (
	CredentialDockerCfg        = "dockercfg"
	CredentialDockerConfigJSON = "dockerconfigjson"
	CredentialDockerBasic      = "docker-basic"
	CredentialGitBasic         = "git-basic"
	CredentialGitSSH           = "git-ssh"
)

// Command is a command line found in an image's configuration, for one platform such as linux/amd64 or linux/arm/v7.
type Command struct {
	Platform string   `json:"platform"`
	Argv     []string `json:"argv"`
}

// Step tells the runner in one step's container what to do. The zero value of every member means "off".
type Step struct {
	// Index is the step's position, from 0. The step waits for the end of step Index-1.
	Index int `json:"index"`
	// Container is the container's name, such as step-build.
	Container string `json:"container"`
	// WaitReady makes the first step wait for ReadyFile.
	WaitReady bool `json:"waitReady,omitempty"`
	// OnErrorContinue lets a failing process not fail the step (onError: continue).
	OnErrorContinue bool `json:"onErrorContinue,omitempty"`
	// Timeout limits the process; 0 means no limit.
	Timeout time.Duration `json:"timeout,omitempty"`
	When    []When        `json:"when,omitempty"`
	// StepResults are read from StepResultsDir(Container), TaskResults from ResultsDir.
	StepResults []Result `json:"stepResults,omitempty"`
	TaskResults []Result `json:"taskResults,omitempty"`
	// ResultsFrom is one of the ResultsFrom* constants; empty means termination-message.
	ResultsFrom string `json:"resultsFrom,omitempty"`
	// Compress allows a compressed termination message.
	Compress bool `json:"compress,omitempty"`
	// MessageLimit is the most bytes of the encoded termination message: the smaller of MaxTerminationMessage and this
	// container's share of MaxTerminationMessages. 0 means MaxTerminationMessage.
	MessageLimit int `json:"messageLimit,omitempty"`
	// Stdout and Stderr are files that get a copy of the stream.
	Stdout string `json:"stdout,omitempty"`
	Stderr string `json:"stderr,omitempty"`
	// PauseOnFailure and PauseBefore are the breakpoints; PauseOnFailure (of any step, so set on all) also lets this step
	// run although the one before failed.
	PauseOnFailure bool `json:"pauseOnFailure,omitempty"`
	PauseBefore    bool `json:"pauseBefore,omitempty"`
	// WatchCancel stops the step when CancelFile says so (keep-pod-on-cancel).
	WatchCancel bool `json:"watchCancel,omitempty"`
	// Hermetic runs the process without network (contract 2 §2.12).
	Hermetic bool `json:"hermetic,omitempty"`
	// Artifacts turns on artifact references and extraction (flag enable-artifacts).
	Artifacts   bool         `json:"artifacts,omitempty"`
	Credentials []Credential `json:"credentials,omitempty"`
	// Commands, if not empty, is used in place of the command line after "--", whose words are then only the arguments.
	Commands []Command `json:"commands,omitempty"`
	// Script says that the first word after "--" is a script file whose content may refer to artifacts.
	Script bool `json:"script,omitempty"`
}

// Script is a file that prepare writes, executable by everyone.
type Script struct {
	Path    string `json:"path"`
	Content string `json:"content"`
}

// Init tells prepare what to do.
type Init struct {
	// Containers are the step containers in order; each gets its directories below StepsDir.
	Containers []string `json:"containers"`
	Scripts    []Script `json:"scripts,omitempty"`
	// SidecarRunner makes the copy of that name.
	SidecarRunner bool `json:"sidecarRunner,omitempty"`
	// WorkingDirs are made below WorkspaceDir or one of Workspaces, for every user to write to.
	WorkingDirs []string `json:"workingDirs,omitempty"`
	// Workspaces are the directories, besides WorkspaceDir, where volumes are mounted that WorkingDirs lie in.
	Workspaces []string `json:"workspaces,omitempty"`
	// DebugOnFailure and DebugBeforeStep write the scripts of that kind of breakpoint into DebugScriptsDir.
	DebugOnFailure  bool `json:"debugOnFailure,omitempty"`
	DebugBeforeStep bool `json:"debugBeforeStep,omitempty"`
	// Hold keeps CommandInit from ending before the first step has: a pod is ready only while all ordinary containers run.
	Hold bool `json:"hold,omitempty"`
}

// ResultsSidecar tells the results sidecar what to report to its log (contract 2 §4.4).
type ResultsSidecar struct {
	// Containers are the step containers in order. The report is written once, when the last one is over or one failed.
	Containers []string `json:"containers"`
	// TaskResults are read from ResultsDir.
	TaskResults []Result `json:"taskResults,omitempty"`
	// StepResults are read from StepResultsDir; the key is the step's container.
	StepResults map[string][]Result `json:"stepResults,omitempty"`
	// Artifacts adds the steps' and the task's artifacts files to the report.
	Artifacts bool `json:"artifacts,omitempty"`
	// PauseOnFailure says that steps go on after a failed one, so only the last step's end counts.
	PauseOnFailure bool `json:"pauseOnFailure,omitempty"`
	// PollInterval is how often to look where the file system gives no notice (default-sidecar-log-polling-interval).
	PollInterval time.Duration `json:"pollInterval,omitempty"`
	// Native says that the container is a native sidecar: it stays after the report until the kubelet stops it.
	Native bool `json:"native,omitempty"`
}

// StepRunDir is where step index tells its successors how it ended; only that step can write it.
func StepRunDir(index int) string { return path.Join(RunDir, strconv.Itoa(index)) }

// DoneFile appears when step index is over and its successor may run.
func DoneFile(index int) string { return path.Join(StepRunDir(index), "out") }

// FailedFile appears in place of DoneFile when step index failed and its successors are to be skipped.
func FailedFile(index int) string { return path.Join(StepRunDir(index), "out.err") }

// StepDir is the public data of a step, read-only for other steps: its exit code, results and artifacts. In the pod it
// is a symbolic link made by prepare to StepStatusDir of the step.
func StepDir(container string) string { return path.Join(StepsDir, container) }

// StepStatusDir is the writable side of StepDir inside the step's own run directory.
func StepStatusDir(index int) string { return path.Join(StepRunDir(index), statusDir) }

const statusDir = "status"

// StepResultsDir is where a step's own results lie.
func StepResultsDir(container string) string { return path.Join(StepDir(container), "results") }

// StepResultFile is the file of one step result.
func StepResultFile(container, result string) string {
	return path.Join(StepResultsDir(container), result)
}

// StepExitCodeFile is the file with a step's exit code.
func StepExitCodeFile(container string) string { return path.Join(StepDir(container), "exitCode") }

// StepArtifactsFile is the file with a step's artifacts.
func StepArtifactsFile(container string) string {
	return path.Join(StepDir(container), "artifacts", ProvenanceFile)
}

// Left is a file that steps may leave, for others to read: Dir is a mount that nobody can replace, Name the path below it,
// all of which is the steps' own to write.
type Left struct{ Dir, Name string }

// File is the whole path.
func (l Left) File() string { return path.Join(l.Dir, l.Name) }

// TaskResult is the file of a task result.
func TaskResult(name string) Left { return Left{ResultsDir, name} }

// StepResult is the file of a result of step index.
func StepResult(index int, name string) Left {
	return Left{StepRunDir(index), statusDir + "/results/" + name}
}

// StepArtifacts is the file with the artifacts of step index.
func StepArtifacts(index int) Left {
	return Left{StepRunDir(index), statusDir + "/artifacts/" + ProvenanceFile}
}

// TaskArtifacts is the file with the task's artifacts.
func TaskArtifacts() Left { return Left{ArtifactsDir, ProvenanceFile} }

// TaskArtifactsFile is the file with the task's artifacts.
func TaskArtifactsFile() string { return path.Join(ArtifactsDir, ProvenanceFile) }

// EncodeStep returns s as one argument. Dollar signs are escaped, so that the kubelet expands nothing in it.
func EncodeStep(s Step) (string, error) { return encode(s) }

// DecodeStep reverses EncodeStep. Unknown members are refused: both sides are of one release.
func DecodeStep(arg string) (Step, error) {
	var s Step
	if err := decode([]byte(arg), &s); err != nil {
		return Step{}, fmt.Errorf("decoding step configuration: %w", err)
	}
	return s, nil
}

// EncodeResultsSidecar returns s as the results sidecar's single argument.
func EncodeResultsSidecar(s ResultsSidecar) (string, error) { return encode(s) }

// DecodeResultsSidecar reverses EncodeResultsSidecar.
func DecodeResultsSidecar(arg string) (ResultsSidecar, error) {
	var s ResultsSidecar
	if err := decode([]byte(arg), &s); err != nil {
		return ResultsSidecar{}, fmt.Errorf("decoding results sidecar configuration: %w", err)
	}
	return s, nil
}

// argLimit keeps every argument below the kernel's limit for a single one, 128 KiB.
const argLimit = 96 << 10

// plainLimit is the size up to which an Init is passed as readable JSON.
const plainLimit = 32 << 10

// EncodeInit returns in as one or more arguments: as JSON when it is short, else compressed and cut into pieces that
// the kernel accepts.
func EncodeInit(in Init) ([]string, error) {
	text, err := encode(in)
	if err != nil {
		return nil, err
	}
	if len(text) <= plainLimit {
		return []string{text}, nil
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.WriteString(w, text); err != nil {
		return nil, fmt.Errorf("compressing init configuration: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing init configuration: %w", err)
	}
	rest := base64.StdEncoding.EncodeToString(packed.Bytes())
	var args []string
	for len(rest) > argLimit {
		args = append(args, rest[:argLimit])
		rest = rest[argLimit:]
	}
	return append(args, rest), nil
}

// DecodeInit reverses EncodeInit.
func DecodeInit(args []string) (Init, error) {
	text := []byte(strings.Join(args, ""))
	if len(text) == 0 {
		return Init{}, errors.New("decoding init configuration: it is empty")
	}
	if text[0] != '{' {
		unpacked, err := unpack(string(text))
		if err != nil {
			return Init{}, fmt.Errorf("decoding init configuration: %w", err)
		}
		text = unpacked
	}
	var in Init
	if err := decode(text, &in); err != nil {
		return Init{}, fmt.Errorf("decoding init configuration: %w", err)
	}
	return in, nil
}

func unpack(text string) ([]byte, error) {
	r, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func encode(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("encoding runner configuration: %w", err)
	}
	// In JSON a dollar sign can only stand inside a string, where this escape means the same.
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "$", `\u0024`), nil
}

func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
