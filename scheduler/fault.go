package scheduler

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong with a problem or a plan.
type Fault struct {
	Path    string // JSON pointer into the problem, such as /visits/3/skills/0/level
	Code    string // stable, without the catalogue's "scheduler." prefix
	Message string // English, for the author of the input
}

// Invalid is the error for refused input: every fault found.
type Invalid struct{ Faults []Fault }

func (e *Invalid) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.Path + ": " + f.Message
	}
	return "invalid input: " + strings.Join(lines, "; ")
}

type faults []Fault

func (f *faults) addf(path, code, format string, args ...any) {
	*f = append(*f, Fault{path, code, fmt.Sprintf(format, args...)})
}

func (f *faults) err() error {
	if len(*f) == 0 {
		return nil
	}
	return &Invalid{*f}
}

func at(path string, i int) string { return fmt.Sprintf("%s/%d", path, i) }
