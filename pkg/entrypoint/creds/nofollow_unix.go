//go:build unix

package creds

import "syscall"

// noFollow refuses to open a link.
const noFollow = syscall.O_NOFOLLOW
