// Package cmd_test walks the imports of every package and fails when an arrow
// between rooms turns round. It stands in cmd because cmd is the one room that
// may know all the others. The drawing it enforces is in docs/architecture.md.
package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "tournee"

// A room is a folder, and everything under it that has no room of its own.
type room struct {
	path string
	// own are the rooms it may import besides itself, "*" for all. The room dispatch is the business only: the
	// adapters under it are rooms of their own.
	own []string
	// never are the import paths of others, with all that is under them, that it may not import.
	never []string
	// only, if set, are the only imports outside the standard library and this module.
	only []string
	// standard: nothing outside the standard library and this module, but for only.
	standard bool
}

var (
	// stores are what only an adapter may speak to.
	stores = []string{
		"database/sql", "github.com/jackc", "github.com/pressly/goose", "github.com/riverqueue",
		"firebase.google.com", "google.golang.org/api",
	}
	counters = []string{"github.com/redis", "github.com/go-redis", "github.com/alicebob"}
	web      = []string{"github.com/labstack", "github.com/getkin", "github.com/oapi-codegen"}
	outside  = []string{
		"context", "crypto/rand", "log", "net", "os", "plugin", "runtime", "syscall",
	}

	engine   = []string{"scheduler", "geo", "geo/cell"}
	business = slices.Concat([]string{"dispatch"}, engine)
)

// rooms is the drawing. The longest path that fits a package is its room, so a
// new folder under dispatch is business until it is listed as an adapter.
var rooms = []room{
	{path: "cmd", own: []string{"*"}},
	{path: "api", own: slices.Concat(business, []string{"openapi"}), never: stores},
	{path: "dispatch", own: engine, never: slices.Concat(stores, counters, web)},
	{path: "scheduler", own: []string{"geo"}, never: outside, standard: true},
	{path: "geo", standard: true},
	{path: "geo/road", own: []string{"geo"}, standard: true},
	{path: "geo/cell", own: []string{"geo"}, standard: true, only: []string{"github.com/uber/h3-go"}},
	{path: "migrations", never: slices.Concat(counters, web)},
	{path: "openapi", standard: true},

	// Adapters hang under dispatch and never know one another.
	{path: "dispatch/postgres", own: slices.Concat(business, []string{"migrations"}), never: slices.Concat(counters, web)},
	{path: "dispatch/push", own: business, never: slices.Concat(web, counters, []string{"github.com/jackc"})},
	{path: "dispatch/mail", own: business, never: slices.Concat(stores, counters, web)},
	{path: "dispatch/identity/oidc", own: business, never: slices.Concat(stores, counters, web)},
	{path: "dispatch/geocode", own: business, never: slices.Concat(stores, counters, web)},
	{path: "dispatch/identity/firebaseauth", own: business, never: slices.Concat(counters, web, []string{"github.com/jackc"})},

	// What tests are built on: the business on a real PostgreSQL.
	{path: "dispatch/dispatchtest", own: slices.Concat(business, []string{"dispatch/postgres", "migrations"}), never: slices.Concat(counters, web)},
}

// crossings are the imports that a package's tests, and only they, may make against an arrow.
var crossings = map[string][]string{
	// The HTTP side is tested whole: over a real PostgreSQL, and with a real issuer.
	"api": {"dispatch/dispatchtest", "dispatch/identity/oidc", "dispatch/identity/oidc/oidctest", "dispatch/postgres"},
	// The business is tested in a real PostgreSQL, and what it stored there is audited.
	"dispatch":           {"dispatch/dispatchtest", "dispatch/postgres/audit"},
	"dispatch/demo":      {"dispatch/dispatchtest"},
	"dispatch/directory": {"dispatch/dispatchtest"},
	"dispatch/postgres":  {"dispatch/dispatchtest"},
	// An audit is tried on what the business has stored.
	"dispatch/postgres/audit": {"dispatch/dispatchtest"},
	// So are the migrations, by a test of the catalogue.
	"migrations": {"dispatch/postgres/pgtest"},
	// Accounts are too.
	"dispatch/identity": {"dispatch/postgres", "dispatch/postgres/pgtest", "migrations"},
}

// pkg is one package as the go command lists it.
type pkg struct {
	ImportPath, Dir                    string
	Standard                           bool
	GoFiles, CgoFiles                  []string
	Imports, TestImports, XTestImports []string
}

func TestEveryArrowPointsTheSameWay(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, r := range rooms {
		if strings.Contains(r.path, "/") {
			continue // a sub-room may come later
		}
		if !slices.ContainsFunc(packages, func(p pkg) bool { return inside(short(p.ImportPath), r.path) }) {
			t.Errorf("the room %s is empty: nothing was checked there", r.path)
		}
	}
	for _, fault := range check(packages, crossings) {
		t.Error(fault)
	}
}

func TestTheSchedulerSeesNoClockAndTakesNoChance(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		if !inside(short(p.ImportPath), "scheduler") {
			continue
		}
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
			faults, err := impurities(filepath.Join(p.Dir, name), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range faults {
				t.Error(fault)
			}
		}
	}
}

// The checker must be able to fail: each of these graphs breaks one rule.
func TestTheCheckerFindsAnArrowThatTurnsRound(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]struct {
		packages []pkg
		want     string
	}{
		"geo asks the scheduler":           {graph("geo", "tournee/scheduler"), "geo may not import scheduler"},
		"the scheduler asks the business":  {graph("scheduler", "tournee/dispatch"), "scheduler may not import dispatch"},
		"the business asks the API":        {graph("dispatch", "tournee/api"), "dispatch may not import api"},
		"the business asks its store":      {graph("dispatch", "tournee/dispatch/postgres"), "dispatch may not import dispatch/postgres"},
		"the business speaks SQL":          {graph("dispatch/identity", "github.com/jackc/pgx/v5"), "dispatch/identity may not import github.com/jackc/pgx/v5"},
		"the business speaks HTTP's echo":  {graph("dispatch", "github.com/labstack/echo/v4"), "dispatch may not import github.com/labstack/echo/v4"},
		"the API sees SQL":                 {graph("api", "github.com/jackc/pgx/v5/pgxpool"), "api may not import github.com/jackc/pgx/v5/pgxpool"},
		"the API sees the store":           {graph("api/session", "tournee/dispatch/postgres"), "api/session may not import dispatch/postgres"},
		"one adapter knows another":        {graph("dispatch/push", "tournee/dispatch/postgres"), "dispatch/push may not import dispatch/postgres"},
		"an unlisted adapter":              {graph("dispatch/fax", "github.com/riverqueue/river"), "dispatch/fax may not import github.com/riverqueue/river"},
		"geo takes a module":               {graph("geo", "github.com/google/uuid"), "geo may not import github.com/google/uuid"},
		"h3 outside geo/cell":              {graph("scheduler", "github.com/uber/h3-go/v4"), "scheduler may not import github.com/uber/h3-go/v4"},
		"h3 in the business":               {graph("dispatch", "github.com/uber/h3-go/v4"), "h3-go belongs to geo/cell"},
		"the scheduler is given a context": {graph("scheduler/core", "context"), "scheduler/core may not import context"},
		"the scheduler opens a connection": {graph("scheduler", "net/http"), "scheduler may not import net/http"},
		"a room that nobody drew":          {graph("billing", "fmt"), "billing stands in no room"},
		"a bag of structs":                 {graph("dispatch/models", "fmt"), "says nothing of what it holds"},
		"a test against an arrow": {
			[]pkg{{ImportPath: "tournee/geo", TestImports: []string{"tournee/dispatch"}}},
			"geo's tests may not import dispatch",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := check(broken.packages, nil)
			if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, broken.want) }) {
				t.Errorf("found %q, want one that says %q", faults, broken.want)
			}
		})
	}
}

func TestTheCheckerAllowsTheDrawing(t *testing.T) {
	t.Parallel()
	allowed := []pkg{
		{ImportPath: "tournee/cmd/tournee", Imports: []string{"tournee/api", "tournee/dispatch/postgres", "tournee/dispatch/push"}},
		{ImportPath: "tournee/api", Imports: []string{"net/http", "tournee/api/internal/oapi", "tournee/dispatch", "github.com/labstack/echo/v4"}},
		{ImportPath: "tournee/dispatch", Imports: []string{"context", "tournee/scheduler", "tournee/geo/cell", "github.com/google/uuid"}},
		{ImportPath: "tournee/dispatch/postgres", Imports: []string{"tournee/dispatch", "tournee/migrations", "github.com/jackc/pgx/v5"}},
		{ImportPath: "tournee/dispatch/postgres/embedded", Imports: []string{"tournee/dispatch/postgres", "github.com/jackc/pgx/v5"}},
		{ImportPath: "tournee/scheduler", Imports: []string{"slices", "time", "tournee/geo"}, TestImports: []string{"pgregory.net/rapid", "os"}},
		{ImportPath: "tournee/geo/cell", Imports: []string{"github.com/uber/h3-go/v4", "tournee/geo"}},
	}
	if faults := check(allowed, nil); len(faults) != 0 {
		t.Errorf("found %q in a graph that follows the drawing", faults)
	}
}

func TestACrossingIsListedByNameAndUsed(t *testing.T) {
	t.Parallel()
	packages := []pkg{{ImportPath: "tournee/dispatch", XTestImports: []string{"tournee/dispatch/postgres"}}}
	if faults := check(packages, map[string][]string{"dispatch": {"dispatch/postgres"}}); len(faults) != 0 {
		t.Errorf("found %q, though the crossing is listed", faults)
	}
	faults := check(packages, map[string][]string{"dispatch": {"dispatch/postgres", "dispatch/push"}})
	if len(faults) != 1 || !strings.Contains(faults[0], "dispatch/push") {
		t.Errorf("found %q, want one about the crossing to dispatch/push that no test makes", faults)
	}
}

func TestAReadingOfTheClockOrOfUnseededChanceIsFound(t *testing.T) {
	t.Parallel()
	const source = `package core
import clock "time"
import "math/rand/v2"
func late(d clock.Duration, r *rand.Rand) bool { return clock.Since(clock.Now()) > d || r.IntN(2) == rand.IntN(2) }
func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }`
	faults, err := impurities("core.go", source)
	if err != nil {
		t.Fatal(err)
	}
	if len(faults) != 3 {
		t.Errorf("found %q, want Since, Now and the unseeded IntN only", faults)
	}
}

// check returns a sentence for each import that the drawing does not allow, in the order of packages.
func check(packages []pkg, crossings map[string][]string) []string {
	var faults []string
	used := map[string]bool{}
	for _, p := range packages {
		path := short(p.ImportPath)
		faults = append(faults, nameFaults(path)...)
		r, ok := roomOf(path)
		if !ok {
			faults = append(faults, path+" stands in no room: draw it in docs/architecture.md and list it in cmd/arrows_test.go")
			continue
		}
		for _, imported := range p.Imports {
			if why := r.refusal(imported); why != "" {
				faults = append(faults, fmt.Sprintf("%s may not import %s: %s", path, short(imported), why))
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if !own(imported) || imported == p.ImportPath || r.refusal(imported) == "" {
				continue // what tests take from other modules is their affair
			}
			if slices.Contains(crossings[path], short(imported)) {
				used[path+" "+short(imported)] = true
				continue
			}
			faults = append(faults, fmt.Sprintf("%s's tests may not import %s: list it in crossings if a fake needs it", path, short(imported)))
		}
	}
	for from, to := range crossings {
		for _, imported := range to {
			if !used[from+" "+imported] {
				faults = append(faults, fmt.Sprintf("the crossing %s -> %s is listed, but no test makes it", from, imported))
			}
		}
	}
	return faults
}

// refusal says why the room may not import the package; empty if it may.
func (r room) refusal(imported string) string {
	switch path := short(imported); {
	case own(imported):
		target, ok := roomOf(path)
		if ok && (target.path == r.path || slices.Contains(r.own, target.path) || slices.Contains(r.own, "*")) {
			return ""
		}
		return "the arrow is cmd -> api -> dispatch -> scheduler -> geo, and adapters hang apart"
	case slices.ContainsFunc(r.only, under(imported)):
		return ""
	case under(imported)("github.com/uber/h3-go"):
		return "h3-go belongs to geo/cell"
	case slices.ContainsFunc(r.never, under(imported)):
		return "it belongs to another room"
	case r.standard && strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
		return "this room takes the standard library only"
	}
	return ""
}

// nameFaults: a package is named after what it holds.
func nameFaults(path string) []string {
	for _, bag := range []string{"models", "model", "common", "util", "utils", "helper", "helpers", "types", "misc", "shared", "base"} {
		if slices.Contains(strings.Split(path, "/"), bag) {
			return []string{fmt.Sprintf("the package %s says nothing of what it holds: name it after that", path)}
		}
	}
	return nil
}

// roomOf returns the room whose path fits the package's longest.
func roomOf(path string) (room, bool) {
	var found room
	for _, r := range rooms {
		if inside(path, r.path) && len(r.path) > len(found.path) {
			found = r
		}
	}
	return found, found.path != ""
}

// impure lists what of a package gives another answer each time it is asked.
var impure = map[string]func(name string) bool{
	"time": func(name string) bool {
		return slices.Contains([]string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTicker", "NewTimer"}, name)
	},
	"math/rand": func(string) bool { return true }, // v2 has the generators whose sequence is promised
	"math/rand/v2": func(name string) bool { // the package's own functions draw from an unseeded source
		return !slices.Contains([]string{"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "PCG", "ChaCha8", "Zipf", "Source"}, name)
	},
}

// impurities returns where a file reads the clock, waits for it or draws from
// an unseeded source. The source may be given instead of read, as for go/parser.
func impurities(name string, source any) ([]string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	suspects := map[string]func(string) bool{}
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		called := strings.TrimSuffix(path, "/v2")
		called = called[strings.LastIndex(called, "/")+1:]
		if spec.Name != nil {
			called = spec.Name.Name
		}
		if isImpure, ok := impure[path]; ok {
			suspects[called] = isImpure
		}
	}
	var faults []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok && suspects[x.Name] != nil && suspects[x.Name](selector.Sel.Name) {
			faults = append(faults, fmt.Sprintf("%s: %s.%s: same input and seed, same plan", files.Position(selector.Pos()), x.Name, selector.Sel.Name))
		}
		return true
	})
	return faults, nil
}

// list asks the go command for every package of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Dir,Standard,GoFiles,CgoFiles,Imports,TestImports,XTestImports", "./...")
	command.Dir = ".."
	var faults bytes.Buffer
	command.Stderr = &faults
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, faults.String())
	}
	var packages []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// graph is one package with one import.
func graph(path, imported string) []pkg {
	return []pkg{{ImportPath: module + "/" + path, Imports: []string{imported}}}
}

func own(path string) bool { return inside(path, module) }

// short is the path inside the module; other paths stay as they are.
func short(path string) string { return strings.TrimPrefix(path, module+"/") }

// inside: the path is the folder or stands in it.
func inside(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// under is inside with its arguments turned, for slices.ContainsFunc.
func under(path string) func(string) bool {
	return func(folder string) bool { return inside(path, folder) }
}
