package runner

import "embed"

//go:embed programs/arm64
var embedded embed.FS
