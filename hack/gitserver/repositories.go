package main

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// repositories are those below a folder, as all protocols see them.
type repositories struct {
	root   string
	delays delays

	mu      sync.Mutex
	fetches map[string]int
}

// find returns the folder of a repository, if there is one of that name.
func (rs *repositories) find(name string) (folder string, ok bool) {
	if !isRepositoryName(name) {
		return "", false
	}
	folder = filepath.Join(rs.root, name)
	info, err := os.Stat(folder)
	return folder, err == nil && info.IsDir()
}

// count notes a fetch. Repositories that do not exist are not counted: clients choose their names.
func (rs *repositories) count(name string) {
	if _, ok := rs.find(name); !ok {
		return
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.fetches[name]++
}

// counts returns how often each repository was fetched from.
func (rs *repositories) counts() map[string]int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return maps.Clone(rs.fetches)
}

// wait holds an answer about a repository back.
func (rs *repositories) wait(ctx context.Context, name string) error {
	delay := rs.delays.of(name)
	if delay == 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
