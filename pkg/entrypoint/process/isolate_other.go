//go:build unix && !linux

package process

import (
	"errors"
	"syscall"
)

func isolate(*syscall.SysProcAttr) error { return errors.ErrUnsupported }
