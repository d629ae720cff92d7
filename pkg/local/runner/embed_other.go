//go:build !amd64 && !arm64

package runner

import "embed"

var embedded embed.FS
