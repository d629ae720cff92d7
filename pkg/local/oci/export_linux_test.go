package oci

// CopyRoots makes roots copies, as on a machine without overlays.
func (r *Runtime) CopyRoots() { r.noOverlay.Store(true) }
