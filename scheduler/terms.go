package scheduler

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Term is one part of what a plan costs. The list below is the one list that a
// priced rule adds its term to, with its name.
type Term int

// The terms, in the order in which they are told.
const (
	TermTravel            Term = iota // Weights.TravelHour or Shift.TravelHour
	TermDistance                      // Weights.Kilometre or Shift.Kilometre
	TermWaiting                       // Weights.WaitingHour
	TermShifts                        // Shift.Cost
	TermWork                          // Shift.WorkHour
	TermOvertime                      // Shift.OvertimeHour
	TermVisitPrice                    // Shift.VisitCost
	TermOverqualification             // Weights.Overqualification
	TermScarcity                      // Weights.Scarcity
	TermNotPreferred                  // Weights.NotPreferred
	TermSpareTerritory                // Weights.SpareTerritory
	TermOtherTechnician               // Weights.OtherTechnician
	TermPreferLate                    // Weights.PreferHour
	TermLate                          // Visit.LateHour
	TermToldLate                      // Weights.ToldHour
	TermSkippedBreaks                 // Break.SkipCost
	TermFairness                      // Weights.Fairness
	TermUnpleasant                    // Weights.Unpleasant
	TermUnassigned                    // Visit.DropCost
	numTerms
)

var termNames = [numTerms]string{
	"travel", "distance", "waiting", "shifts", "work", "overtime", "visit_price",
	"overqualification", "scarcity", "not_preferred", "spare_territory", "other_technician",
	"prefer_late", "late", "told_late", "skipped_breaks", "fairness", "unpleasant", "unassigned",
}

// String is the term's name in JSON and in the message catalogue.
func (t Term) String() string { return termNames[t] }

// Terms lists every term in order.
func Terms() []Term {
	out := make([]Term, numTerms)
	for i := range out {
		out[i] = Term(i)
	}
	return out
}

// Breakdown says what a plan, a route or a stop costs, term by term. The
// routes' and the unassigned visits' terms add up exactly to the plan's.
type Breakdown [numTerms]Cost

// Total is the sum of all terms.
func (b Breakdown) Total() Cost {
	total := Cost(0)
	for _, c := range b {
		total += c
	}
	return total
}

// Add adds the terms of o to those of b.
func (b *Breakdown) Add(o Breakdown) {
	for t := range b {
		b[t] += o[t]
	}
}

// String names the total and the terms that are not zero.
func (b Breakdown) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "total %d", b.Total())
	for t, c := range b {
		if c != 0 {
			fmt.Fprintf(&out, ", %s %d", Term(t), c)
		}
	}
	return out.String()
}

// MarshalJSON writes an object of the total and every term by its name, zeros
// too.
func (b Breakdown) MarshalJSON() ([]byte, error) {
	var out strings.Builder
	fmt.Fprintf(&out, `{"total":%d`, b.Total())
	for t, c := range b {
		fmt.Fprintf(&out, `,"%s":%d`, Term(t), c)
	}
	out.WriteByte('}')
	return []byte(out.String()), nil
}

// UnmarshalJSON reads what MarshalJSON writes. The terms must add up to the
// total, and a name that is no term is refused.
func (b *Breakdown) UnmarshalJSON(raw []byte) error {
	var named map[string]Cost
	if err := json.Unmarshal(raw, &named); err != nil {
		return fmt.Errorf("read cost: %w", err)
	}
	total := named["total"]
	delete(named, "total")
	var out Breakdown
	for t, name := range termNames {
		out[t] = named[name]
		delete(named, name)
	}
	for name := range named {
		return fmt.Errorf("read cost: there is no term %q", name)
	}
	if out.Total() != total {
		return fmt.Errorf("read cost: the terms add up to %d, the total is %d", out.Total(), total)
	}
	*b = out
	return nil
}
