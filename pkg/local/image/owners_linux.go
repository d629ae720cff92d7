package image

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// ownership gives files to owners.
type ownership struct {
	keep bool
	// mode is the part of a root's name that says how it was unpacked.
	mode string
}

// ownershipOf finds out what is possible here. Roots of different user namespaces are different, because the same owner is another there.
func ownershipOf(o Owners) (ownership, error) {
	switch o {
	case OwnersMine:
		return ownership{mode: "mine"}, nil
	case OwnersAuto:
		if os.Geteuid() != 0 {
			return ownership{mode: "mine"}, nil
		}
	case OwnersKeep:
	default:
		return ownership{}, fmt.Errorf("%q is not a way to give files to owners", o)
	}
	var maps []string
	for _, file := range []string{"uid_map", "gid_map"} {
		raw, err := os.ReadFile("/proc/self/" + file)
		if err != nil {
			return ownership{keep: true, mode: "keep"}, nil
		}
		maps = append(maps, strings.Join(strings.Fields(string(raw)), " "))
	}
	if maps[0] == "0 0 4294967295" && maps[1] == maps[0] {
		return ownership{keep: true, mode: "keep"}, nil
	}
	if o == OwnersAuto && onlyOne(maps[0]) && onlyOne(maps[1]) {
		return ownership{mode: "mine"}, nil
	}
	sum := sha256.Sum256([]byte(strings.Join(maps, "\n")))
	return ownership{keep: true, mode: fmt.Sprintf("ns%x", sum[:6])}, nil
}

// onlyOne reports whether a user namespace has no other user than its root.
func onlyOne(ids string) bool {
	fields := strings.Fields(ids)
	return len(fields) == 3 && fields[2] == "1"
}

func (o ownership) chown(dir int, base string, uid, gid int) error {
	if !o.keep {
		return nil
	}
	return tolerate(unix.Fchownat(dir, base, uid, gid, unix.AT_SYMLINK_NOFOLLOW))
}

func (o ownership) fchown(fd, uid, gid int) error {
	if !o.keep {
		return nil
	}
	return tolerate(unix.Fchown(fd, uid, gid))
}

// tolerate lets files be this user's whose owner does not exist in the user namespace, or who may not be given files.
func tolerate(err error) error {
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EOVERFLOW) {
		return nil
	}
	return err
}
