package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// oldest is the oldest major version that the schema works with.
const oldest = 15

// binaries is a folder of PostgreSQL programs.
type binaries struct {
	dir     string
	major   int
	version string // as "15.14"
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// installations are where systems put PostgreSQL, in order of preference; of
// one pattern's folders the highest version is taken.
var installations = []string{
	"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
	"/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew on Apple silicon
	"/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew on Linux
	"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
}

// findBinaries looks in BinDir; else, for the version of the cluster if there
// is one, among the installations and then in the package from npm, which it
// installs if npm is there.
func findBinaries(ctx context.Context, o Options, f folder) (binaries, error) {
	major, err := f.clusterVersion()
	if err != nil {
		return binaries{}, err
	}
	if o.BinDir != "" {
		return given(ctx, o.BinDir, major, f)
	}
	rejected := missing(f, major)
	for _, pattern := range installations {
		b, err := newest(ctx, pattern, major, f.account)
		if err == nil && b.dir != "" {
			return b, nil
		}
		rejected = errors.Join(rejected, err)
	}
	if major == 0 || major == npmMajor {
		b, err := fromNPM(ctx, o, f.account)
		if err == nil {
			return b, nil
		}
		rejected = errors.Join(rejected, err)
	}
	return binaries{}, rejected
}

// missing says what is not to be found, and the remedies.
func missing(f folder, major int) error {
	if major != 0 {
		return fmt.Errorf("the data in %s was made by PostgreSQL %d, of which no binaries were found: install it (on Debian: apt-get install postgresql-%d) or name its folder of binaries in PG_BIN", f.clusterDir, major, major)
	}
	return fmt.Errorf("no PostgreSQL %d or later was found. Do one of: install it (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17); name its folder of binaries in PG_BIN; install npm, from which it is then had; or name a database of yours in DATABASE_URL", oldest)
}

func given(ctx context.Context, dir string, major int, f folder) (binaries, error) {
	b, err := inspect(ctx, dir, f.account)
	switch {
	case err != nil:
		return binaries{}, fmt.Errorf("PG_BIN: %w", err)
	case major != 0 && b.major != major:
		return binaries{}, fmt.Errorf("PG_BIN names PostgreSQL %d, but the data in %s was made by PostgreSQL %d: name binaries of that version, or back up with them and restore into a new data folder", b.major, f.clusterDir, major)
	}
	return b, nil
}

// newest returns the newest usable binaries of a pattern's folders, of one major
// version unless that is 0; a zero value if there are none. The error tells what
// is wrong with those it could not use.
func newest(ctx context.Context, pattern string, major int, a account) (binaries, error) {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		return binaries{}, err
	}
	var usable []binaries
	var rejected error
	for _, dir := range dirs {
		b, err := inspect(ctx, dir, a)
		if err != nil {
			rejected = errors.Join(rejected, err)
		} else if major == 0 || b.major == major {
			usable = append(usable, b)
		}
	}
	if len(usable) == 0 {
		return binaries{}, rejected
	}
	return slices.MaxFunc(usable, func(x, y binaries) int { return x.major - y.major }), nil
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// inspect asks the programs in a folder for their version, run as the account
// that will run them.
func inspect(ctx context.Context, dir string, a account) (binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return binaries{}, err
	}
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			return binaries{}, err
		}
	}
	text, err := output(a.command(ctx, syscall.SIGKILL, filepath.Join(dir, "postgres"), "--version"))
	if err != nil {
		return binaries{}, fmt.Errorf("%s/postgres does not run as %s: %w %s", dir, a.name, err, strings.TrimSpace(string(text)))
	}
	match := versionPattern.FindStringSubmatch(string(text))
	if match == nil {
		return binaries{}, fmt.Errorf("%s/postgres is no PostgreSQL: it says %q", dir, strings.TrimSpace(string(text)))
	}
	major, err := strconv.Atoi(match[2])
	if err != nil {
		return binaries{}, err
	}
	if major < oldest {
		return binaries{}, fmt.Errorf("%s has PostgreSQL %d, which is too old: %d or later is needed", dir, major, oldest)
	}
	return binaries{dir: dir, major: major, version: match[1]}, nil
}
