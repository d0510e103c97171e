package dispatch

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// csvLine is one line of data, by the names of its columns.
type csvLine struct {
	number int // in the file; 1 is the header
	cells  map[string]string
	faults *Faults // found while reading its cells
}

// has reports whether the file has the column.
func (l csvLine) has(column string) bool {
	_, ok := l.cells[column]
	return ok
}

// text is the cell; "" where the file has no such column.
func (l csvLine) text(column string) string { return l.cells[column] }

// into writes the cell to a field, if the file has the column.
func (l csvLine) into(column string, field *string) {
	if l.has(column) {
		*field = l.cells[column]
	}
}

// number reads a number, with a decimal point or a French decimal comma.
func (l csvLine) decimal(column string) float64 {
	x, err := strconv.ParseFloat(strings.Replace(l.text(column), ",", ".", 1), 64)
	if err != nil {
		l.faults.Add("/"+column, "import.number", nil)
	}
	return x
}

// list splits a cell at semicolons or bars.
func (l csvLine) list(column string) (parts []string) {
	for _, part := range strings.FieldsFunc(l.text(column), func(r rune) bool { return r == ';' || r == '|' }) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// readCSV reads a file whole. The problems are those of its form; err is KindInvalid for what is no file of this kind at all.
func readCSV(file io.Reader, im importer) ([]csvLine, []ImportProblem, error) {
	raw, err := io.ReadAll(io.LimitReader(file, MaxImportBytes+1))
	if err != nil {
		return nil, nil, err
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if len(raw) > MaxImportBytes {
		return nil, nil, unreadable("import.too_large", map[string]any{"mebibytes": MaxImportBytes >> 20})
	}
	if !utf8.Valid(raw) {
		return nil, nil, unreadable("import.not_utf8", map[string]any{"line": invalidLine(raw)})
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = separator(raw), -1, true
	names, err := r.Read()
	if err != nil {
		return nil, nil, unreadable("import.no_header", nil)
	}
	columns, problems := header(names, im)
	if len(problems) > 0 {
		return nil, problems, nil
	}
	return dataLines(r, columns)
}

func unreadable(code string, params map[string]any) error {
	var faults Faults
	faults.Add("", code, params)
	return faults.Err()
}

// invalidLine is the line of the first byte that is not UTF-8.
func invalidLine(raw []byte) int {
	line := 1
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		raw = raw[size:]
	}
	return line
}

// separator is what stands between the names of the header: a semicolon, as French spreadsheets write it, or a comma.
func separator(raw []byte) rune {
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		return ';'
	}
	return ','
}

// header checks the names of the columns.
func header(names []string, im importer) (columns []string, problems []ImportProblem) {
	wrong := func(column, code string) {
		problems = append(problems, ImportProblem{Line: 1, Column: clipped(column), Code: code, Params: map[string]any{"column": clipped(column)}})
	}
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case slices.Contains(columns, name):
			wrong(name, "import.column_twice")
		case !slices.Contains(im.required, name) && !slices.Contains(im.optional, name):
			wrong(name, "import.column_unknown")
		}
		columns = append(columns, name)
	}
	for _, name := range im.required {
		if !slices.Contains(columns, name) {
			wrong(name, "import.column_missing")
		}
	}
	return columns, problems
}

// clipped keeps a column's name short enough for a report.
func clipped(name string) string {
	if runes := []rune(name); len(runes) > 80 {
		return string(runes[:79]) + "…"
	}
	return name
}

func dataLines(r *csv.Reader, columns []string) (lines []csvLine, problems []ImportProblem, err error) {
	for {
		record, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return lines, problems, nil
		case errors.As(err, &wrong):
			problems = append(problems, ImportProblem{Line: max(2, wrong.StartLine), Code: "import.quotes"})
			if len(problems) > maxImportProblems {
				return lines, problems, nil
			}
			continue
		case err != nil:
			return nil, nil, err
		}
		number, _ := r.FieldPos(0)
		if len(lines) == maxImportLines {
			return nil, nil, unreadable("import.too_many_lines", map[string]any{"most": maxImportLines})
		}
		if len(record) == 1 && strings.TrimSpace(record[0]) == "" && len(columns) > 1 {
			continue // an empty line
		}
		if len(record) != len(columns) {
			problems = append(problems, ImportProblem{Line: number, Code: "import.fields", Params: map[string]any{"has": len(record), "wants": len(columns)}})
			continue
		}
		line := csvLine{number: number, cells: make(map[string]string, len(columns)), faults: &Faults{}}
		for i, name := range columns {
			line.cells[name] = strings.TrimSpace(record[i])
		}
		lines = append(lines, line)
	}
}

// columnOf names the column behind a fault's path, where the two differ.
var columnOf = map[string]string{
	"technician_id": "technician", "territory_ids": "territories", "home": "lat", "address": "street",
}

// problems gives what is wrong with a line, one problem a column and code; err is what is no fault of the line.
func (l csvLine) problems(err error) ([]ImportProblem, error) {
	if err == nil {
		return nil, nil
	}
	var known *Error
	if !errors.As(err, &known) || known.Code == "busy" || known.Code == "plan_moved" {
		return nil, err
	}
	switch known.Kind {
	case KindConflict:
		return []ImportProblem{{Line: l.number, Code: known.Code, Params: known.Params}}, nil
	case KindInvalid:
		var out []ImportProblem
		for _, f := range known.Faults {
			problem := ImportProblem{Line: l.number, Column: column(f.Path), Code: f.Code, Params: f.Params}
			same := func(p ImportProblem) bool { return p.Column == problem.Column && p.Code == problem.Code }
			if !slices.ContainsFunc(out, same) {
				out = append(out, problem)
			}
		}
		return out, nil
	}
	return nil, err
}

func column(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if parts[0] == "address" && len(parts) > 1 {
		return parts[1]
	}
	if name, ok := columnOf[parts[0]]; ok {
		return name
	}
	return parts[0]
}
