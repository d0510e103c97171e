package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// statement is one SQL statement as PostgreSQL logged it, with the values of its parameters as text.
type statement struct {
	sql    string
	params []param
}

type param struct {
	text string
	null bool
}

// logPrefix is how the program marks PostgreSQL's messages in its own log.
const logPrefix = "PostgreSQL: "

var executed = regexp.MustCompile(`^LOG:  (?:statement|execute [^:]*): `)

// readStatements reads the statements, in order, from the program's JSON log of a time when log_statement was "all". A message's further
// lines begin with a tab.
func readStatements(log io.Reader) ([]statement, error) {
	var found []statement
	current := (*string)(nil) // where a line that goes on belongs
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return found, nil // a line that is still being written is left for later
		}
		if err != nil {
			return nil, err
		}
		var entry struct{ Msg string }
		if json.Unmarshal(line, &entry) != nil {
			continue
		}
		text, ok := strings.CutPrefix(entry.Msg, logPrefix)
		if !ok {
			continue
		}
		switch start := executed.FindString(text); {
		case start != "":
			found = append(found, statement{sql: text[len(start):]})
			current = &found[len(found)-1].sql
		case strings.HasPrefix(text, "\t") && current != nil:
			*current += "\n" + text[1:]
		case strings.HasPrefix(text, "DETAIL:  parameters: ") && len(found) > 0:
			found[len(found)-1].params = readParams(strings.TrimPrefix(text, "DETAIL:  parameters: "))
			current = nil
		default:
			current = nil
		}
	}
}

var parameter = regexp.MustCompile(`\$\d+ = (?:(NULL)|'((?:[^']|'')*)')`)

func readParams(text string) []param {
	var params []param
	for _, m := range parameter.FindAllStringSubmatch(text, -1) {
		params = append(params, param{text: strings.ReplaceAll(m[2], "''", "'"), null: m[1] != ""})
	}
	return params
}

// transactionWith is the last transaction, from BEGIN to COMMIT, with a parameter of that value; nil if there is none yet.
func transactionWith(all []statement, value string) []statement {
	begin := 0
	var last []statement
	for i, s := range all {
		switch {
		case strings.HasPrefix(strings.ToUpper(s.sql), "BEGIN"):
			begin = i
		case strings.EqualFold(s.sql, "COMMIT"):
			whole := all[begin : i+1]
			if slices.ContainsFunc(whole, func(s statement) bool { return slices.Contains(s.params, param{text: value}) }) {
				last = whole
			}
		}
	}
	return last
}

// script is a transaction for pgbench: the statements' own text, with variables where the parameters were.
type script struct {
	text      string
	variables []string // name=value, for pgbench's -D
}

var (
	placeholder = regexp.MustCompile(`\$(\d+)`)
	comment     = regexp.MustCompile(`--[^\n]*`)
	constant    = regexp.MustCompile(`'[^']*'`)
	uuid        = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	whole       = regexp.MustCompile(`^-?[0-9]+$`)
)

// maxSerial keeps a text that must be new in each call (the key, the reference) apart from one that may as well stay (an answer's body).
const maxSerial = 64

// newScript makes the script of a creation from two of them: a parameter that both have alike is a constant of the script, and an id, a
// number or a short text that differs is new in each transaction, made from the variable n. Longer texts and instants keep the value of the
// first: their size is what matters.
//
// An id is written lpad(:n, 32, '0')::uuid, since pgbench makes numbers only; everything else is the statement as it was.
func newScript(first, second []statement) (script, error) {
	if len(first) != len(second) {
		return script{}, fmt.Errorf("two creations ran %d and %d statements: cannot tell which is usual", len(first), len(second))
	}
	var s script
	var body strings.Builder
	serials := map[string]int{} // a value that is new in each call -> its place
	for i, a := range first {
		b := second[i] //nolint:gosec // both are as long, see above
		if a.sql != b.sql && len(a.params) > 0 || len(a.params) != len(b.params) {
			return script{}, fmt.Errorf("statement %d differs between two creations:\n%s\n%s", i+1, a.sql, b.sql)
		}
		if strings.HasPrefix(strings.ToUpper(a.sql), "COPY") {
			return script{}, fmt.Errorf("statement %d is a COPY, which pgbench cannot replay", i+1)
		}
		text := comment.ReplaceAllString(a.sql, "")
		text = constant.ReplaceAllStringFunc(text, func(c string) string {
			if strings.Contains(c, ":") { // pgbench would take what follows the colon for a variable
				return s.variable(strings.Trim(c, "'"))
			}
			return c
		})
		text = placeholder.ReplaceAllStringFunc(text, func(p string) string {
			var n int
			if _, err := fmt.Sscanf(p, "$%d", &n); err != nil || n > len(a.params) {
				return p
			}
			return s.value(a.params[n-1], b.params[n-1], serials)
		})
		fmt.Fprintf(&body, "%s;\n", text)
	}
	var head strings.Builder
	head.WriteString("\\set i :i + 1\n\\set n :base + (:client_id * 1000000 + :i) * 100\n")
	for place := range len(serials) {
		fmt.Fprintf(&head, "\\set n%d :n + %d\n", place+1, place+1)
	}
	s.text = head.String() + body.String()
	return s, nil
}

// variable makes a variable of that value and gives how the script names it; pgbench takes no empty one.
func (s *script) variable(value string) string {
	if value == "" {
		return "''"
	}
	s.variables = append(s.variables, fmt.Sprintf("v%d=%s", len(s.variables)+1, value))
	return fmt.Sprintf(":v%d", len(s.variables))
}

func (s *script) value(a, b param, serials map[string]int) string {
	if a.null {
		return "NULL"
	}
	isID := uuid.MatchString(a.text)
	if a == b || (!isID && !whole.MatchString(a.text) && (len(a.text) > maxSerial || strings.ContainsAny(a.text, " :\\{"))) {
		return s.variable(a.text)
	}
	place, known := serials[a.text]
	if !known {
		place = len(serials) + 1
		serials[a.text] = place
	}
	if isID {
		return fmt.Sprintf("lpad(:n%d::text, 32, '0')::uuid", place)
	}
	return fmt.Sprintf(":n%d", place)
}
