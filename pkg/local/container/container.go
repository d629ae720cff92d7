// Package container is what the local runner asks of whatever carries out the containers of pods on this machine. A [Runtime] knows
// images, roots, namespaces and processes; it knows nothing of pods' volumes, probes, order and statuses, which are the business of
// package kubelet.
package container

import (
	"context"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	corev1 "k8s.io/api/core/v1"
)

// Runtime carries out containers. It is used by many goroutines.
type Runtime interface {
	// Name is what --backend calls it.
	Name() string
	// Image makes an image present on this machine and tells what it says. Calls for the same image at the same time share the work.
	// An error that says why an image cannot be had is an [*ImageError].
	Image(ctx context.Context, req ImageRequest) (*Image, error)
	// NewSandbox makes what the containers of one pod share. The caller removes it.
	NewSandbox(ctx context.Context, req SandboxRequest) (Sandbox, error)
	// Close gives back what the runtime holds; sandboxes that are still there are removed with their containers.
	Close() error
}

// ImageRequest asks for an image.
type ImageRequest struct {
	// Ref is the reference as it stands in the pod.
	Ref string
	// Policy says when to ask the registry: PullAlways, PullIfNotPresent or PullNever; never empty.
	Policy corev1.PullPolicy
	// Keychain has the pod's own credentials; nil means only those of the user.
	Keychain authn.Keychain
	// Progress, which may be nil, hears what is being done, such as "pulling, 12 of 40 MB", for people who watch.
	Progress func(string)
}

// Image is an image that is present.
type Image struct {
	// Ref is the reference that was asked for.
	Ref string
	// ID is what the kubelet reports as imageID: the repository with the digest, such as docker.io/library/busybox@sha256:…; or the
	// digest of the configuration of an image that has no repository.
	ID string
	// Entrypoint and Cmd are the image's own command line, Env its environment (NAME=value), WorkingDir and User its settings.
	Entrypoint, Cmd, Env []string
	WorkingDir, User     string
	// Root is where the runtime has unpacked it, if it works so; it must not be changed.
	Root string
}

// ImageError says why an image cannot be had.
type ImageError struct {
	// Reason is the kubelet's: ErrImagePull, ErrImageNeverPull or InvalidImageName.
	Reason string
	// Err is what happened, in words for the author of the Task.
	Err error
}

// Error implements error.
func (e *ImageError) Error() string { return e.Err.Error() }

// Unwrap returns what happened.
func (e *ImageError) Unwrap() error { return e.Err }

// SandboxRequest describes a pod.
type SandboxRequest struct {
	// ID is unique on this machine and fit for the name of a file: it is derived from the UID of the pod.
	ID string
	// Hostname is that of all containers.
	Hostname string
	// Dir is a folder of the pod's own, in which the runtime may keep things; it exists, and the caller removes it after Remove.
	Dir string
	// HostNetwork, HostPID, ShareProcesses are those of the pod.
	HostNetwork, HostPID, ShareProcesses bool
	// Hosts are lines that the pod adds to /etc/hosts.
	Hosts []string
	// DNS is what the pod says about name resolution; nil if nothing.
	DNS *corev1.PodDNSConfig
	// Sysctls are settings of the kernel for the pod, by name.
	Sysctls map[string]string
}

// Sandbox is what the containers of a pod share: the network, the host name, and their end.
type Sandbox interface {
	// IP is the address under which the pod's containers find themselves.
	IP() string
	// Start begins a container. It returns when its process runs. An error that says that there is no process, because the command
	// does not exist for example, is a [*StartError].
	Start(ctx context.Context, spec Spec) (Container, error)
	// Remove ends all containers that are left, and takes the sandbox away.
	Remove(ctx context.Context) error
}

// Dialer is a Sandbox with a network that this machine reaches through it only.
type Dialer interface {
	// Dial connects to an address, which has no names, as a process of the pod would.
	Dial(ctx context.Context, network, address string) (net.Conn, error)
}

// StartError says why a container could not be started.
type StartError struct {
	// Reason is the kubelet's: CreateContainerError (it could not be made), RunContainerError or StartError (its process could not be
	// started), CreateContainerConfigError.
	Reason string
	// ExitCode is that of the terminated state that the kubelet reports: 128 for StartError, 127 if the command was not found.
	ExitCode int32
	Err      error
}

// Error implements error.
func (e *StartError) Error() string { return e.Err.Error() }

// Unwrap returns what happened.
func (e *StartError) Unwrap() error { return e.Err }

// Spec is one container, with everything that Kubernetes leaves open filled in.
type Spec struct {
	// Name is the container's in the pod.
	Name  string
	Image *Image
	// Args is the whole command line; never empty.
	Args []string
	// Env is the whole environment, NAME=value, later ones win; that of the image is in it already.
	Env []string
	// WorkingDir is absolute; the runtime makes it if it is not there.
	WorkingDir string
	// User is the user in the form of images ("", "1000", "1000:1000", "name", "name:group"), which the runtime looks up in the image's
	// /etc/passwd unless UID is set. UID and GID win.
	User     string
	UID, GID *int64
	// Groups are supplementary groups.
	Groups []int64
	// Mounts are in the order in which they have to be made: those above others first.
	Mounts []Mount
	// Privileged, ReadOnlyRoot, NoNewPrivileges, AddCapabilities and DropCapabilities ("ALL", "NET_ADMIN") are those of the security
	// context.
	Privileged, ReadOnlyRoot, NoNewPrivileges bool
	AddCapabilities, DropCapabilities         []string
	// Memory is the limit in bytes and CPU that in thousandths of a processor; 0 means none.
	Memory, CPU int64
	// Output gets what the container writes to both its streams.
	Output io.Writer
	// TTY gives it a terminal. Containers have no input.
	TTY bool
}

// Mount is a file or folder of this machine inside a container.
type Mount struct {
	// Source exists, and is absolute with no link in it that another could change; Target is absolute in the container.
	Source, Target string
	ReadOnly       bool
	// Recursive includes mounts below Source.
	Recursive bool
	// Image, if it is not nil, is mounted in the place of Source, which is a path in its root then ("" is all of it); always read-only.
	Image *Image
}

// Container is a container whose process has been started.
type Container interface {
	// ID is the runtime's name for it, in the form of a pod's status, such as oci://0123.
	ID() string
	// Started is when its process began.
	Started() time.Time
	// Done is closed when its process and everything in it has ended, and its output was written.
	Done() <-chan struct{}
	// Exit is how it ended; only after Done.
	Exit() Exit
	// Signal sends a signal to its first process. It is no error if there is none any more.
	Signal(sig syscall.Signal) error
	// Exec runs a command in it and returns its exit code and what it wrote, at most a few KiB. When ctx ends, the command is killed.
	Exec(ctx context.Context, args []string) (exitCode int, output []byte, err error)
}

// Exit is how a container ended.
type Exit struct {
	// Code is the exit code; 128 and the signal's number if it was killed.
	Code int32
	// OOMKilled says that it had more memory than its limit.
	OOMKilled bool
	At        time.Time
}
