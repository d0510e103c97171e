package postgres

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What a change writes is decided by the program: a statement that a server repeats, or that is sent to several, writes the same each time.
var (
	changes  = regexp.MustCompile(`(?is)\bUPDATE\b.*?\bSET\b[^;]*`)
	volatile = regexp.MustCompile(`(?i)\b((now|random|random_normal|gen_random_uuid|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|nextval|txid_current|` +
		`pg_current_xact_id|uuid_generate_v[14])\s*\(|current_timestamp\b|current_date\b|current_time\b|localtimestamp\b|localtime\b)`)
)

// volatileChanges lists the UPDATEs of a source text in which a function answers differently each time.
func volatileChanges(t *testing.T, name string, source any) (found []string, changing int) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, ok := literal(e)
		if !ok {
			return true
		}
		for _, statement := range changes.FindAllString(text, -1) {
			changing++
			if f := volatile.FindString(statement); f != "" {
				found = append(found, files.Position(e.Pos()).String()+": "+f)
			}
		}
		return false
	})
	return found, changing
}

// literal is the text of a string, or of several put together, with a question mark for what is not written out.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.ParenExpr:
		return literal(e.X)
	case *ast.BinaryExpr:
		left, is := literal(e.X)
		right, also := literal(e.Y)
		if e.Op != token.ADD || !is && !also {
			return "", false
		}
		if !is {
			left = "?"
		}
		if !also {
			right = "?"
		}
		return left + right, true
	}
	return "", false
}

func TestNoUpdateWritesWhatAVolatileFunctionSays(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		found, changing := volatileChanges(t, name, nil)
		total += changing
		for _, f := range found {
			t.Errorf("%s in an UPDATE", f)
		}
	}
	if total < 20 {
		t.Errorf("only %d UPDATEs were found: the walk misses some", total)
	}
}

func TestAVolatileUpdateIsFoundHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for sql, volatile := range map[string]bool{
		"`UPDATE visits SET updated_at = now() WHERE id = $1`":                                  true,
		"`update visits set updated_at = ` + moment + `, id = gen_random_uuid()`":               true,
		"(`INSERT INTO a VALUES ($1) ON CONFLICT (id) DO UPDATE SET ` + `n = random ( )`)":      true,
		"`UPDATE a SET n = 1 WHERE at < CURRENT_TIMESTAMP`":                                     true,
		"`SELECT now(); UPDATE a SET n = 1; SELECT random()`":                                   false,
		"`SELECT * FROM a WHERE at < now() FOR UPDATE`":                                         false,
		"`INSERT INTO a (at) VALUES (now()) ON CONFLICT (id) DO UPDATE SET at = excluded.at`":   false,
		"`UPDATE a SET known = $1, current_timestamps = 2, b = unknown($2) WHERE nowhere = $3`": false,
	} {
		found, _ := volatileChanges(t, "a.go", "package a\nvar s = "+sql)
		if (len(found) > 0) != volatile {
			t.Errorf("%s: found %v", sql, found)
		}
	}
}
