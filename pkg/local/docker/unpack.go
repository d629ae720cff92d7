package docker

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// unpack writes the files of an archive below dir. Nothing in it can reach out of there. Devices and other things that are no
// content are left out. Owners are kept for root only.
func unpack(dir string, from io.Reader) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	archive := tar.NewReader(from)
	var folders []*tar.Header
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		header.Name = strings.TrimPrefix(path.Clean("/"+header.Name), "/")
		if header.Name == "" {
			continue
		}
		if err := unpackOne(root, header, archive); err != nil {
			return fmt.Errorf("writing %s: %w", header.Name, err)
		}
		if header.Typeflag == tar.TypeDir {
			folders = append(folders, header)
		}
	}
	// Folders that cannot be written to must be filled before.
	for _, header := range folders {
		if err := root.Chmod(header.Name, fs.FileMode(header.Mode)&fs.ModePerm); err != nil {
			return fmt.Errorf("writing %s: %w", header.Name, err)
		}
	}
	return nil
}

func unpackOne(root *os.Root, header *tar.Header, content io.Reader) error {
	if parent := path.Dir(header.Name); parent != "." {
		if err := root.MkdirAll(parent, 0o755); err != nil {
			return err
		}
	}
	switch header.Typeflag {
	case tar.TypeDir:
		if err := root.MkdirAll(header.Name, 0o755); err != nil {
			return err
		}
	case tar.TypeReg:
		if err := writeFile(root, header, content); err != nil {
			return err
		}
	case tar.TypeSymlink:
		if err := root.Symlink(header.Linkname, header.Name); err != nil {
			return err
		}
	case tar.TypeLink:
		return root.Link(strings.TrimPrefix(path.Clean("/"+header.Linkname), "/"), header.Name)
	default:
		return nil
	}
	if os.Geteuid() == 0 {
		if err := root.Lchown(header.Name, header.Uid, header.Gid); err != nil {
			return err
		}
	}
	// The mode is last, since a change of the owner takes some of its bits away.
	if header.Typeflag != tar.TypeReg {
		return nil
	}
	return root.Chmod(header.Name, header.FileInfo().Mode()&(fs.ModePerm|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky))
}

func writeFile(root *os.Root, header *tar.Header, content io.Reader) error {
	file, err := root.OpenFile(header.Name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, content); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
