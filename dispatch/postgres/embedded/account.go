package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is the operating system's account that PostgreSQL runs as.
// PostgreSQL refuses to run as root.
type account struct {
	name     string
	uid, gid int
	switched bool // it is another account than this program's
}

// accountFor chooses the account: this program's own or, as root, the owner of
// the cluster if there is one, else postgres, else nobody.
func accountFor(clusterDir string) (account, error) {
	owner, ownerGroup, exists, err := ownerOf(clusterDir)
	if err != nil {
		return account{}, err
	}
	me := os.Geteuid()
	switch {
	case exists && owner == 0:
		return account{}, fmt.Errorf("%s belongs to root, as whom PostgreSQL refuses to run: give it to the account postgres or nobody (chown -R)", clusterDir)
	case exists && me == 0:
		return account{name: accountName(owner), uid: owner, gid: ownerGroup, switched: true}, nil
	case exists && owner != me:
		return account{}, fmt.Errorf("%s belongs to %s: run as that account or as root, or choose another data folder", clusterDir, accountName(owner))
	case me != 0:
		return account{name: accountName(me), uid: me, gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if a, err := lookUp(name); err == nil {
			return a, nil
		}
	}
	return account{}, errors.New("PostgreSQL refuses to run as root, and this machine has neither an account postgres nor nobody to run it as: run as a normal user")
}

func lookUp(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return account{}, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return account{}, err
	}
	return account{name: name, uid: uid, gid: gid, switched: true}, nil
}

func accountName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return "uid " + strconv.Itoa(uid)
}

// ownerOf returns the owner and group of a path, which need not exist.
func ownerOf(path string) (uid, gid int, exists bool, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, 0, false, nil
	}
	if err != nil {
		return 0, 0, false, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false, fmt.Errorf("%s: its owner is unknown on this system", path)
	}
	return int(st.Uid), int(st.Gid), true, nil
}

// own gives a path of this program's to the account.
func (a account) own(path string) error {
	if !a.switched {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// checkReach tells why the account could not reach a folder of this program's:
// some folder above it is closed to others.
func (a account) checkReach(dir string) error {
	if !a.switched {
		return nil
	}
	step := "/"
	for name := range strings.SplitSeq(filepath.Clean(dir), "/") {
		step = filepath.Join(step, name)
		info, err := os.Stat(step)
		if err != nil {
			return err
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return fmt.Errorf("%s: its owner is unknown on this system", step)
		}
		var search os.FileMode
		switch {
		case int(st.Uid) == a.uid:
			search = 0o100
		case int(st.Gid) == a.gid:
			search = 0o010
		default:
			search = 0o001
		}
		if info.Mode().Perm()&search == 0 {
			return fmt.Errorf("PostgreSQL runs as the account %s here, which may not enter %s: choose a folder it can reach, such as one in /var/lib", a.name, step)
		}
	}
	return nil
}
