package scheduler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tournee/scheduler"
)

// TestEveryReasonIsTrue explains each visit of many small plans and holds each
// reason against the brute-force walk, or against what happens once the
// reason is taken away.
func TestEveryReasonIsTrue(t *testing.T) {
	t.Parallel()
	met := map[string]int{}
	for seed := range uint64(400) {
		p := tiny(seed, seed%4 == 3)
		plan := solve(t, p, scheduler.Options{Seed: seed, Iterations: 50})
		for _, u := range plan.Unassigned {
			for _, w := range u.Why {
				wantTrue(t, p, plan, u.Visit, w, met)
			}
		}
		for _, v := range p.Visits {
			why, err := scheduler.Explain(p, plan, v.ID)
			if err != nil {
				t.Fatal(err)
			}
			rest := load(t, p, without(plan, v.ID))
			if len(rest.Broken) > 0 {
				continue
			}
			for _, w := range why {
				wantTrue(t, p, rest.Plan(), v.ID, w, met)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	for _, code := range []string{
		"skill_missing", "skill_level_too_low", "territory", "not_required_technician", "forbidden", "pinned_to_technician",
		"pinned_to_shift", "under_way", "window_outside_shift", "window_closed", "too_far", "shift_end",
		"unreachable", "load", "break_in_the_way", "blocked_by", "dropped_for_cost", "feasible",
	} {
		if met[code] == 0 {
			t.Errorf("no example of %s was met", code)
		}
	}
	t.Log(met)
}

func wantTrue(t *testing.T, p *scheduler.Problem, plan *scheduler.Plan, visit string, w scheduler.Why, met map[string]int) {
	t.Helper()
	if w.Feasible {
		met["feasible"]++
		if !fitsInOrder(p, plan, w.Shift, visit, nil) {
			t.Errorf("%s is said to fit in %s", visit, w.Shift)
		}
	} else if len(w.Reasons) == 0 {
		t.Errorf("%s and %s: no reason", visit, w.Technician)
	}
	for _, r := range w.Reasons {
		met[r.Code]++
		if !reasonHolds(t, p, plan, visit, w, r) {
			t.Errorf("%s and %s, shift %q: reason %+v is not true", visit, w.Technician, w.Shift, r)
		}
	}
}

// reasonHolds judges one reason by what its code promises.
func reasonHolds(t *testing.T, p *scheduler.Problem, plan *scheduler.Plan, visit string, w scheduler.Why, r scheduler.Reason) bool {
	t.Helper()
	stillSaid := func(change func(q *scheduler.Problem, v *scheduler.Visit, tech *scheduler.Technician)) bool {
		return said(t, changed(p, visit, w.Technician, change), plan, visit, w, r.Code)
	}
	shift := shiftNamed(p, w.Shift)
	switch r.Code {
	case "skill_missing", "skill_level_too_low":
		return !stillSaid(func(_ *scheduler.Problem, _ *scheduler.Visit, tech *scheduler.Technician) {
			for _, need := range p.Visits[visitIndex(p, visit)].Skills {
				tech.Skills = slices.DeleteFunc(slices.Clone(tech.Skills), func(s scheduler.SkillLevel) bool { return s.Skill == need.Skill })
				tech.Skills = append(tech.Skills, need)
			}
		}) && r.Params["needs"].(int) > levelOf(p, w.Technician, r.Params["skill"].(string))
	case "territory":
		return !stillSaid(func(_ *scheduler.Problem, v *scheduler.Visit, tech *scheduler.Technician) {
			tech.Territories = []string{v.Territory}
		})
	case "not_required_technician":
		return !stillSaid(func(_ *scheduler.Problem, v *scheduler.Visit, tech *scheduler.Technician) {
			v.Required = []string{tech.ID}
		})
	case "forbidden":
		return !stillSaid(func(_ *scheduler.Problem, v *scheduler.Visit, _ *scheduler.Technician) { v.Forbidden = nil })
	case "pinned_to_technician", "pinned_to_shift":
		return !stillSaid(func(q *scheduler.Problem, _ *scheduler.Visit, _ *scheduler.Technician) {
			q.Pins = slices.DeleteFunc(slices.Clone(q.Pins), func(x scheduler.Pin) bool { return x.Visit == visit })
		})
	case "pinned_to_position":
		return r.Params["before"].(int) >= r.Params["position"].(int) && len(shift.Frozen) == r.Params["before"].(int)
	case "under_way":
		return frozen(p, visit)
	case "no_shift":
		return !slices.ContainsFunc(p.Shifts, func(s scheduler.Shift) bool { return s.Technician == w.Technician })
	case "unreachable", "break", "window_outside_shift":
		return !fitsAlone(p, w.Shift, visit)
	case "window_closed", "too_far", "shift_end", "shift_too_short":
		return !fitsAlone(p, w.Shift, visit) && fitsRelaxed(p, visit, w)
	case "load":
		with := func(loads int64) bool {
			return stillSaid(func(_ *scheduler.Problem, v *scheduler.Visit, _ *scheduler.Technician) {
				v.Loads = []int{0, 0}
				v.Loads[r.Params["dimension"].(int64)-1] = int(loads)
			})
		}
		room := r.Params["room"].(int64)
		return r.Params["load"].(int64) > room && with(room+1) && !with(room)
	case "break_in_the_way":
		return fitsInOrder(p, plan, w.Shift, visit, nil)
	case "blocked_by":
		set := strings.Split(r.Params["visits"].(string), ", ")
		for _, u := range set {
			if fitsInOrder(p, plan, w.Shift, visit, slices.DeleteFunc(slices.Clone(set), func(x string) bool { return x == u })) {
				return false
			}
		}
		return fitsInOrder(p, plan, w.Shift, visit, set)
	case "dropped_for_cost":
		return w.Feasible && r.Params["cost"].(int64)-r.Params["drop_cost"].(int64) == r.Params["difference"].(int64) &&
			r.Params["difference"].(int64) > 0 && scheduler.Cost(r.Params["cost"].(int64)) == w.Cost && shift != nil
	}
	t.Errorf("unknown code %s", r.Code)
	return false
}

// changed is a copy of the problem with a change to one visit and technician.
func changed(p *scheduler.Problem, visit, technician string, change func(*scheduler.Problem, *scheduler.Visit, *scheduler.Technician)) *scheduler.Problem {
	q := *p
	q.Visits = slices.Clone(p.Visits)
	q.Technicians = slices.Clone(p.Technicians)
	for i := range q.Technicians {
		if q.Technicians[i].ID == technician {
			change(&q, &q.Visits[visitIndex(p, visit)], &q.Technicians[i])
		}
	}
	return &q
}

// said says whether Explain gives a reason again.
func said(t *testing.T, p *scheduler.Problem, plan *scheduler.Plan, visit string, about scheduler.Why, code string) bool {
	t.Helper()
	why, err := scheduler.Explain(p, plan, visit)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range why {
		if w.Technician != about.Technician || about.Shift != "" && w.Shift != about.Shift {
			continue
		}
		if slices.ContainsFunc(w.Reasons, func(r scheduler.Reason) bool { return r.Code == code }) {
			return true
		}
	}
	return false
}

func levelOf(p *scheduler.Problem, technician, skill string) int {
	for _, t := range p.Technicians {
		for _, s := range t.Skills {
			if t.ID == technician && s.Skill == skill {
				return s.Level
			}
		}
	}
	return 0
}

func shiftNamed(p *scheduler.Problem, id string) *scheduler.Shift {
	for i := range p.Shifts {
		if p.Shifts[i].ID == id {
			return &p.Shifts[i]
		}
	}
	return nil
}

// fitsInOrder says whether a visit fits somewhere among the planned ones in
// their order, breaks anywhere, without some of them.
func fitsInOrder(p *scheduler.Problem, plan *scheduler.Plan, shift, visit string, gone []string) bool {
	var order []int
	for _, r := range plan.Routes {
		for _, s := range r.Stops {
			if r.Shift == shift && s.Visit != "" && !s.Frozen && s.Visit != visit && !slices.Contains(gone, s.Visit) {
				order = append(order, visitIndex(p, s.Visit))
			}
		}
	}
	w := newWalk(p, shiftNamed(p, shift))
	for i := range len(order) + 1 {
		if _, ok := w.price(slices.Insert(slices.Clone(order), i, visitIndex(p, visit))); ok {
			return true
		}
	}
	return false
}

func fitsAlone(p *scheduler.Problem, shift, visit string) bool {
	_, ok := newWalk(p, shiftNamed(p, shift)).price([]int{visitIndex(p, visit)})
	return ok
}

// fitsRelaxed gives the visit and the shift all the time that the reasons ask
// for, and a second less: only the first is enough.
func fitsRelaxed(p *scheduler.Problem, visit string, w scheduler.Why) bool {
	relaxed := func(less scheduler.Time) bool {
		q := *p
		q.Visits, q.Shifts, q.Pins = slices.Clone(p.Visits), slices.Clone(p.Shifts), slices.Clone(p.Pins)
		v := &q.Visits[visitIndex(p, visit)]
		for _, r := range w.Reasons {
			more := scheduler.Time(r.Params["seconds"].(int64)) - less
			switch r.Code {
			case "window_closed", "too_far":
				for i := range q.Pins {
					if q.Pins[i].Visit == visit && q.Pins[i].Begin != nil {
						v.Windows = []scheduler.Window{{Open: *q.Pins[i].Begin, Close: *q.Pins[i].Begin}}
						q.Pins[i].Begin = nil
					}
				}
				v.Windows = slices.Clone(v.Windows)
				last := 0
				for i := range v.Windows {
					if v.Windows[i].Close > v.Windows[last].Close {
						last = i
					}
				}
				if len(v.Windows) > 0 {
					v.Windows[last].Close += more
				}
			case "shift_end", "shift_too_short":
				shiftNamed(&q, w.Shift).End += more
			}
		}
		return fitsAlone(&q, w.Shift, visit)
	}
	return relaxed(0) && (len(w.Reasons) > 1 || !relaxed(1))
}

func TestATechnicianWithoutAShiftIsSaidToHaveNone(t *testing.T) {
	t.Parallel()
	p := example(t)
	p.Technicians = append(p.Technicians, scheduler.Technician{ID: "chloe", Mode: "car", Skills: []scheduler.SkillLevel{{Skill: "network", Level: 4}}})
	plan := solve(t, p, scheduler.Options{Seed: 1, Iterations: 200})
	why, err := scheduler.Explain(p, plan, "core-switch")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, w := range why {
		for _, r := range w.Reasons {
			got[w.Technician] += r.Code + fmt.Sprint(r.Params) + " "
		}
	}
	want := map[string]string{
		"alice": "skill_level_too_lowmap[has:3 needs:4 skill:network] ",
		"bruno": "skill_level_too_lowmap[has:1 needs:4 skill:network] ",
		"chloe": "not_required_technicianmap[required:alice, bruno] no_shiftmap[] ",
	}
	for tech, reasons := range want {
		if got[tech] != reasons {
			t.Errorf("%s: %q, want %q", tech, got[tech], reasons)
		}
	}
	_, err = scheduler.Explain(p, plan, "nobody")
	wantFaults(t, err, "/visit unknown")
}
