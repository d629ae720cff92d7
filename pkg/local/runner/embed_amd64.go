package runner

import "embed"

//go:embed programs/amd64
var embedded embed.FS
