package kubelet

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// minMemory is how much room a folder in memory has to have in bytes.
const minMemory = 256 << 20

// MemoryPlace returns a folder in memory that belongs to this user, for folders of runs, and makes it if it is not there. It is empty if
// the machine has no place in memory from which programs can be executed.
func MemoryPlace() string {
	for _, place := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/dev/shm"} {
		if place == "" || !isMemory(place) {
			continue
		}
		dir := filepath.Join(place, fmt.Sprintf("tenon-%d", os.Getuid()))
		if err := os.Mkdir(dir, privateDir); err != nil && !os.IsExist(err) {
			continue
		}
		// In a place that all users share another one may have been there first.
		if isOwn(dir) {
			return dir
		}
	}
	return ""
}

func isMemory(dir string) bool {
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) != nil {
		return false
	}
	room := fs.Bavail * uint64(fs.Bsize) //nolint:gosec // never negative
	return fs.Type == unix.TMPFS_MAGIC && fs.Flags&unix.ST_NOEXEC == 0 && fs.Flags&unix.ST_RDONLY == 0 && room >= minMemory
}

func isOwn(dir string) bool {
	var stat unix.Stat_t
	return unix.Lstat(dir, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFDIR && int(stat.Uid) == os.Getuid() && stat.Mode&0o077 == 0
}
