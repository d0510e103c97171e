package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tournee/dispatch"
)

const nameMax = 200 // characters

// checkName notes a name that is empty, too long, or holds control characters (a line break in a name could forge a mail header or a log line).
func checkName(f *dispatch.Faults, path, name string) {
	f.Check(utf8.ValidString(name) && strings.TrimSpace(name) != "" && utf8.RuneCountInString(name) <= nameMax &&
		!strings.ContainsFunc(name, unicode.IsControl), path, "name_invalid")
}
