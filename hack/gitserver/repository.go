package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// makeRepository makes a bare repository with one commit of the folder's files. An existing one is left as it is.
func makeRepository(ctx context.Context, repository, folder string, push bool) error {
	if _, err := os.Stat(repository); err == nil {
		return nil
	}
	work, err := os.MkdirTemp("", "seed-")
	if err != nil {
		return fmt.Errorf("making a working folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	if err := copyFiles(folder, work); err != nil {
		return err
	}
	for _, arguments := range [][]string{
		{"init", "-q", "-b", "main", work},
		{"-C", work, "add", "-A"},
		{"-C", work, "commit", "-q", "-m", "Start"},
		{"clone", "-q", "--bare", work, repository},
		{"-C", repository, "config", "uploadpack.allowAnySHA1InWant", "true"},
		{"-C", repository, "config", "uploadpack.allowFilter", "true"},
		{"-C", repository, "config", "http.receivepack", strconv.FormatBool(push)},
	} {
		if err := git(ctx, arguments...); err != nil {
			return err
		}
	}
	return nil
}

// git runs git with an author and without the settings of the machine, so that a commit of the same files made in the
// same second has the same name everywhere.
func git(ctx context.Context, arguments ...string) error {
	command := exec.CommandContext(ctx, "git", arguments...)
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=gitserver", "GIT_AUTHOR_EMAIL=gitserver@example.com",
		"GIT_COMMITTER_NAME=gitserver", "GIT_COMMITTER_EMAIL=gitserver@example.com")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", strings.Join(arguments, " "), err, output)
	}
	return nil
}

// copyFiles copies a tree of files with their modes, reading through symbolic links: the files of a mounted ConfigMap are
// links into a hidden folder, which is left out.
func copyFiles(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("reading the seed: %w", err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "..") {
			continue
		}
		source, target := filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())
		info, err := os.Stat(source)
		if err != nil {
			return fmt.Errorf("reading the seed: %w", err)
		}
		if info.IsDir() {
			if err := os.Mkdir(target, 0o755); err != nil {
				return fmt.Errorf("copying the seed: %w", err)
			}
			err = copyFiles(source, target)
		} else {
			err = copyFile(source, target, info.Mode().Perm())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string, mode fs.FileMode) error {
	source, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("reading the seed: %w", err)
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("copying the seed: %w", err)
	}
	if _, err := io.Copy(target, source); err != nil {
		_ = target.Close()
		return fmt.Errorf("copying %s: %w", from, err)
	}
	if err := target.Close(); err != nil {
		return fmt.Errorf("copying %s: %w", from, err)
	}
	return nil
}
