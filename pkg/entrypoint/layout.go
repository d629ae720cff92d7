package entrypoint

import "path/filepath"

// Layout says where the runner's directories lie.
type Layout struct {
	// Root is put before every path of the protocol. It is empty in a container.
	Root string
}

// Path returns the place of a path of the protocol.
func (l Layout) Path(p string) string {
	if l.Root == "" {
		return p
	}
	return filepath.Join(l.Root, filepath.FromSlash(p))
}
