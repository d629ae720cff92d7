//go:build !linux

package folders

import (
	"io/fs"
	"os"
)

func share(_, _ *os.File) bool { return false }

func own(string, fs.FileInfo) {}
