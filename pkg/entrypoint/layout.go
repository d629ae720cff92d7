package entrypoint

import "path/filepath"

// Layout says where the runner's directories lie.
type Layout struct {
	// Root is put before every path of the protocol. It is empty in a container.
	Root string
	// Place, if it is not nil, takes the place of Root: it tells where a path of a container lies for this process, which prepares the
	// pod from outside of its containers. What is written into files and links for containers to read are their own paths then.
	Place func(path string) string
}

// Path returns the place of a path of the protocol.
func (l Layout) Path(p string) string {
	if l.Place != nil {
		return l.Place(p)
	}
	if l.Root == "" {
		return p
	}
	return filepath.Join(l.Root, filepath.FromSlash(p))
}

// target is what a link to a path of the protocol says.
func (l Layout) target(p string) string {
	if l.Place != nil {
		return p
	}
	return l.Path(p)
}
