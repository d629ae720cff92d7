package oci

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// lookUpUser finds the numbers of the user of a container in the files of its image.
func lookUpUser(spec *container.Spec) (specs.User, error) {
	passwd := accounts(spec.Image.Root, "/etc/passwd", 7)
	groups := accounts(spec.Image.Root, "/etc/group", 4)
	name, group, hasGroup := strings.Cut(spec.User, ":")
	if spec.UID != nil {
		name = strconv.FormatInt(*spec.UID, 10)
	}
	if name == "" {
		name = "0"
	}
	entry, uid, err := find(passwd, name)
	if err != nil {
		return specs.User{}, fmt.Errorf("the image has no user %q", name)
	}
	user := specs.User{UID: uid}
	if entry != nil {
		if gid, err := parseID(entry[3]); err == nil {
			user.GID = gid
		}
	}
	switch {
	case spec.GID != nil:
		if user.GID, err = parseID(strconv.FormatInt(*spec.GID, 10)); err != nil {
			return specs.User{}, err
		}
	case hasGroup && spec.UID == nil:
		if _, user.GID, err = find(groups, group); err != nil {
			return specs.User{}, fmt.Errorf("the image has no group %q", group)
		}
	}
	user.AdditionalGids = additional(spec, groups, entry)
	return user, nil
}

// additional are the groups of the container, and those in which the image has its user.
func additional(spec *container.Spec, groups [][]string, user []string) []uint32 {
	var ids []uint32
	for _, gid := range spec.Groups {
		if gid >= 0 && gid < 1<<32-1 {
			ids = append(ids, uint32(gid))
		}
	}
	for _, group := range groups {
		if user == nil || !slices.Contains(strings.Split(group[3], ","), user[0]) {
			continue
		}
		if gid, err := parseID(group[2]); err == nil && !slices.Contains(ids, gid) {
			ids = append(ids, gid)
		}
	}
	return ids
}

// accounts are the lines of a file such as /etc/passwd, split. An image without the file has none.
func accounts(root, name string, fields int) [][]string {
	data, err := readInRoot(root, name)
	if err != nil {
		return nil
	}
	var lines [][]string
	for scanner := bufio.NewScanner(bytes.NewReader(data)); scanner.Scan(); {
		if line := strings.Split(strings.TrimSpace(scanner.Text()), ":"); len(line) >= fields {
			lines = append(lines, line)
		}
	}
	return lines
}

// find returns the account of a name or number. A number needs no account.
func find(lines [][]string, name string) (entry []string, id uint32, err error) {
	number, notNumber := parseID(name)
	for _, line := range lines {
		id, err := parseID(line[2])
		if err != nil {
			continue
		}
		if line[0] == name || notNumber == nil && id == number {
			return line, id, nil
		}
	}
	return nil, number, notNumber
}

func parseID(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 1<<32-1 {
		return 0, fmt.Errorf("%q is not the number of a user or group", s)
	}
	return uint32(n), nil
}

// idMap says which users and groups exist in the user namespace of this process.
type idMap struct {
	// own says that it is not that of the machine.
	own      bool
	uid, gid []idRange
}

type idRange struct{ first, count uint64 }

func readIDMap() (idMap, error) {
	uids, err := readRanges("/proc/self/uid_map")
	if err != nil {
		return idMap{}, err
	}
	gids, err := readRanges("/proc/self/gid_map")
	if err != nil {
		return idMap{}, err
	}
	return idMap{own: len(uids) != 1 || uids[0] != idRange{0, 1<<32 - 1}, uid: uids, gid: gids}, nil
}

func readRanges(path string) ([]idRange, error) {
	data, err := os.ReadFile(path) //nolint:gosec // one of two files of the kernel
	if err != nil {
		return nil, err
	}
	var ranges []idRange
	for line := range strings.Lines(string(data)) {
		var first, outside, count uint64
		if _, err := fmt.Sscan(line, &first, &outside, &count); err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		ranges = append(ranges, idRange{first, count})
	}
	return ranges, nil
}

func has(ranges []idRange, id uint32) bool {
	return slices.ContainsFunc(ranges, func(r idRange) bool { return uint64(id) >= r.first && uint64(id) < r.first+r.count })
}

// errIDs says how ordinary users get more than one id.
var errIDs = errors.New(`give your user a range of ids: apt-get install uidmap, then sudo usermod --add-subuids 100000-165535 ` +
	`--add-subgids 100000-165535 "$USER"; or run as root`)

// check says which user or group of a container does not exist here. Groups beyond its own are left out where they can't be had.
func (m idMap) check(user *specs.User) error {
	if !m.own {
		return nil
	}
	if !has(m.uid, user.UID) {
		return fmt.Errorf("the container runs as user %d, which does not exist in the user namespace of an ordinary user: %w", user.UID, errIDs)
	}
	if !has(m.gid, user.GID) {
		return fmt.Errorf("the container runs as group %d, which does not exist in the user namespace of an ordinary user: %w", user.GID, errIDs)
	}
	user.AdditionalGids = slices.DeleteFunc(user.AdditionalGids, func(gid uint32) bool { return !has(m.gid, gid) })
	return nil
}
