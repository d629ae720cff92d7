//go:build !linux

package watch

import "errors"

func notify([]string) (notifier, error) { return notifier{}, errors.ErrUnsupported }
