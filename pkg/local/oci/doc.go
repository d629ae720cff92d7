// Package oci carries out the containers of pods with an OCI runtime, crun or runc, on this machine and without a daemon.
//
// A container costs one run of the runtime: it starts the container, stays with it in the foreground, and ends with its exit code. Its
// root is an overlay over the unpacked image. All mounts are made in a mount namespace of this process's own, so that nobody else sees
// them and they vanish when the process dies, however it dies. Runtimes are killed by the kernel then; what they leave is ended by
// [Clean].
//
// What differs from a cluster's containers: there is no seccomp profile, CAP_MKNOD is not given unless it is asked for, since nothing
// here limits which devices may be opened, and limits of memory and processors hold only where the control groups of this machine
// (version 2) can be written; see [Options.Warn].
package oci
