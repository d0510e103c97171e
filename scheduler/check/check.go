// Package check judges a plan against its problem, rule by rule, and prices it
// again. It shares no code with the solver: it reads the raw Problem and Plan
// and trusts no number in the plan. Each rule of package scheduler has its twin
// here, in the file of the same name.
package check

import (
	"fmt"

	"tournee/scheduler"
)

// Violation is one rule broken by a plan.
type Violation struct {
	Rule    string // the file's name: "skill", "window", ...
	Shift   string // empty when no route is concerned
	Stop    string // visit or break, or empty
	Message string
}

func (v Violation) String() string {
	return fmt.Sprintf("%s: shift %q, stop %q: %s", v.Rule, v.Shift, v.Stop, v.Message)
}

// rules is the list a new rule is added to.
var rules = []struct {
	name  string
	check func(*sheet, report)
}{
	{"structure", structure},
	{"alternative", alternative},
	{"skill", skill},
	{"territory", territory},
	{"technician", technician},
	{"window", window},
	{"shift", shift},
	{"load", load},
	{"pickup", pickup},
	{"breaks", breaks},
	{"pin", pin},
	{"frozen", frozen},
	{"travel", travel},
	{"duration", duration},
	{"pool", pool},
	{"parts", parts},
	{"connection", connection},
	{"limits", limits},
	{"lateness", lateness},
	{"rest", rest},
	{"link", link},
	{"resource", resource},
	{"worktime", worktime},
	{"cost", cost},
}

// Plan lists every violation of a plan and computes its cost. A plan that is
// not well formed (unknown ids, a visit twice) is judged on its form alone.
// The problem must be one that scheduler.Validate accepts.
func Plan(p *scheduler.Problem, plan *scheduler.Plan) ([]Violation, scheduler.Breakdown) {
	s := newSheet(p, plan)
	var out []Violation
	for _, r := range rules {
		r.check(s, func(shift, stop, format string, args ...any) {
			out = append(out, Violation{r.name, shift, stop, fmt.Sprintf(format, args...)})
		})
		if r.name == "structure" && len(out) > 0 {
			return out, scheduler.Breakdown{}
		}
	}
	return out, s.price()
}

type report func(shift, stop, format string, args ...any)

// sheet is a plan with its ids resolved.
type sheet struct {
	p      *scheduler.Problem
	plan   *scheduler.Plan
	visits map[string]*scheduler.Visit
	people map[string]*scheduler.Technician
	modes  map[string]*scheduler.Travel
	shifts map[string]*scheduler.Shift
	pins   map[string]*scheduler.Pin

	rarity   map[string]scheduler.Cost // of each skill, where it is not asked for
	money    scheduler.Cost            // more than any plan costs without weights of priorities
	optional int                       // visits that are not mandatory
	ceiling  scheduler.Cost            // of leaving out a mandatory visit
}

func newSheet(p *scheduler.Problem, plan *scheduler.Plan) *sheet {
	s := &sheet{
		p: p, plan: plan,
		visits: map[string]*scheduler.Visit{}, people: map[string]*scheduler.Technician{},
		modes: map[string]*scheduler.Travel{}, shifts: map[string]*scheduler.Shift{}, pins: map[string]*scheduler.Pin{},
	}
	for i := range p.Visits {
		s.visits[p.Visits[i].ID] = &p.Visits[i]
	}
	for i := range p.Technicians {
		s.people[p.Technicians[i].ID] = &p.Technicians[i]
	}
	for i := range p.Travel {
		s.modes[p.Travel[i].Mode] = &p.Travel[i]
	}
	for i := range p.Shifts {
		s.shifts[p.Shifts[i].ID] = &p.Shifts[i]
	}
	for i := range p.Pins {
		s.pins[p.Pins[i].Visit] = &p.Pins[i]
	}
	s.rarity = rarities(p)
	s.scale()
	return s
}

// eachVisit calls f for every visit stop that is not frozen.
func (s *sheet) eachVisit(f func(r *scheduler.Route, stop *scheduler.Stop, v *scheduler.Visit, t *scheduler.Technician)) {
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		for j := range r.Stops {
			if stop := &r.Stops[j]; stop.Visit != "" && !stop.Frozen {
				f(r, stop, s.visits[stop.Visit], s.people[s.shifts[r.Shift].Technician])
			}
		}
	}
}
