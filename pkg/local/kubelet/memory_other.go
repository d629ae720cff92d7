//go:build !linux

package kubelet

// MemoryPlace returns an empty path: there is no common place for files in memory.
func MemoryPlace() string { return "" }
