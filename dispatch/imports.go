package dispatch

import (
	"context"
	"errors"
	"io"
	"slices"
)

// ImportKind is what a CSV file holds.
type ImportKind string

// The kinds of import.
const (
	ImportTechnicians ImportKind = "technicians"
	ImportSkills      ImportKind = "skills"
	ImportShifts      ImportKind = "shifts"
	ImportClients     ImportKind = "clients"
)

// The bounds of one file.
const (
	MaxImportBytes    = 5 << 20
	maxImportLines    = 20_000
	maxImportProblems = 1000
)

// ImportProblem is one thing wrong with a file.
type ImportProblem struct {
	Line   int    // 1 is the header
	Column string // "": the whole line
	Code   string // a key of the message catalogue
	Params map[string]any
}

// ImportReport is what an import did, or would do.
type ImportReport struct {
	Kind      ImportKind
	DryRun    bool
	Applied   bool // the file was taken over
	Lines     int  // of data
	Created   int
	Updated   int
	Unchanged int
	Rejected  int             // lines with a problem
	Problems  []ImportProblem // the first 1000, by line
}

// outcome is what a line did.
type outcome uint8

const (
	unchanged outcome = iota
	updated
	createdNew
)

// importer takes the lines of one kind of file over.
type importer struct {
	key      string   // the column that names the record
	required []string // must be in the header
	optional []string
	prepare  func(ctx context.Context, p Principal, lines []csvLine) error // before the transaction; may be nil
	take     func(ctx context.Context, p Principal, line csvLine) (outcome, error)
}

func (s *Service) importer(kind ImportKind) (importer, bool) {
	switch kind {
	case ImportTechnicians:
		return s.technicianImporter(), true
	case ImportSkills:
		return s.skillImporter(), true
	case ImportShifts:
		return s.shiftImporter(), true
	case ImportClients:
		return s.clientImporter(), true
	}
	return importer{}, false
}

// errUndone takes an import back that was only tried, or that had a problem.
var errUndone = errors.New("dispatch: the import is taken back")

// Import takes a CSV file over (RFC 4180, UTF-8 with or without byte order mark, a comma or a semicolon between the fields, a header first).
// Lines are matched by external id, skills by code; columns that the file does not have stay as they are. It is all or nothing: with one
// problem nothing is written, and the report names every problem of every line. A dry run writes nothing.
func (s *Service) Import(ctx context.Context, p Principal, kind ImportKind, file io.Reader, dryRun bool) (ImportReport, error) {
	if p.Role != RoleAdministrator {
		return ImportReport{}, Forbidden()
	}
	im, ok := s.importer(kind)
	if !ok {
		return ImportReport{}, NotFound("import")
	}
	report := ImportReport{Kind: kind, DryRun: dryRun}
	lines, problems, err := readCSV(file, im)
	if err != nil {
		return ImportReport{}, err
	}
	report.Lines = len(lines)
	for _, problem := range problems { // of lines that could not be read at all
		if problem.Line > 1 {
			report.Lines++
		}
	}
	if im.prepare != nil {
		if err := im.prepare(ctx, p, lines); err != nil {
			return ImportReport{}, err
		}
	}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		found, err := s.takeLines(ctx, p, im, lines, &report)
		if err != nil {
			return err
		}
		problems = append(problems, found...)
		if dryRun || len(problems) > 0 {
			return errUndone
		}
		return nil
	})
	if err != nil && !errors.Is(err, errUndone) {
		return ImportReport{}, err
	}
	report.Applied = err == nil
	report.add(problems)
	return report, nil
}

// add notes the problems in the order of the file.
func (r *ImportReport) add(problems []ImportProblem) {
	slices.SortStableFunc(problems, func(a, b ImportProblem) int { return a.Line - b.Line })
	last := 1
	for _, p := range problems {
		if p.Line > last {
			r.Rejected, last = r.Rejected+1, p.Line
		}
	}
	if len(problems) > 0 && !r.DryRun {
		r.Created, r.Updated, r.Unchanged = 0, 0, 0
	}
	r.Problems = problems[:min(len(problems), maxImportProblems)]
}

// takeLines takes each line over in a part of the transaction of its own, so that one that is refused leaves no trace and the next is looked
// at all the same.
func (s *Service) takeLines(ctx context.Context, p Principal, im importer, lines []csvLine, report *ImportReport) (problems []ImportProblem, err error) {
	named := map[string]int{}
	for _, line := range lines {
		key := line.text(im.key)
		if before, twice := named[key]; twice && key != "" {
			line.faults.Add("/"+im.key, "import.repeated", map[string]any{"line": before})
		}
		named[key] = line.number
		var did outcome
		err := s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
			did, err = im.take(ctx, p, line)
			return withMore(*line.faults, err)
		})
		found, err := line.problems(err)
		if err != nil {
			return nil, err
		}
		problems = append(problems, found...)
		switch {
		case len(found) > 0:
		case did == createdNew:
			report.Created++
		case did == updated:
			report.Updated++
		default:
			report.Unchanged++
		}
	}
	return problems, nil
}

// withMore joins faults found while reading a line with those that the business finds.
func withMore(faults Faults, err error) error {
	var known *Error
	if errors.As(err, &known) && known.Kind == KindInvalid {
		return append(slices.Clone(faults), known.Faults...).Err()
	}
	if err == nil || (len(faults) > 0 && known != nil && known.Kind == KindConflict) {
		return faults.Err()
	}
	return err
}

// did says what an upsert made of a record.
func did(created bool, before, after int) outcome {
	switch {
	case created:
		return createdNew
	case before == after:
		return unchanged
	}
	return updated
}
