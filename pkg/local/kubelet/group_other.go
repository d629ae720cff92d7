//go:build !unix

package kubelet

import "io/fs"

// chgrp does nothing where files have no groups.
func chgrp(string, int, fs.DirEntry) error { return nil }
