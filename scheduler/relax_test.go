package scheduler_test

import (
	"slices"
	"testing"

	"tournee/scheduler"
)

// TestEveryRelaxationMakesRoomAndNoSmallerOneDoes relaxes small days: with what
// is told, the visit is inserted and the checker agrees; with a minute less,
// it fits nowhere in that shift.
func TestEveryRelaxationMakesRoomAndNoSmallerOneDoes(t *testing.T) {
	t.Parallel()
	met, pairs := map[string]int{}, 0
	for seed := range uint64(70) {
		p := tiny(seed, false)
		plan := solve(t, p, scheduler.Options{Seed: seed, Iterations: 60})
		live := load(t, p, plan)
		for _, u := range plan.Unassigned {
			for _, person := range p.Technicians {
				relaxations, err := live.Relax(u.Visit, person.ID, 20)
				must(t, err)
				for _, r := range relaxations {
					wantRoom(t, p, plan, u.Visit, r)
					wantTellable(t, r.Changes)
					for _, change := range r.Changes {
						met[change.Code]++
					}
					if len(r.Changes) == 2 {
						pairs++
					}
				}
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	for _, code := range []string{
		"relax_skill", "relax_skill_level", "relax_territory", "relax_required", "relax_forbidden", "relax_shift_end",
		"relax_shift_start", "relax_window_close", "relax_window_open", "relax_break", "relax_move", "relax_load", "relax_pin",
	} {
		if met[code] == 0 {
			t.Errorf("no example of %s was met", code)
		}
	}
	if pairs == 0 {
		t.Error("no pair was met")
	}
	t.Log(met, pairs)
}

func wantRoom(t *testing.T, p *scheduler.Problem, plan *scheduler.Plan, visit string, r scheduler.Relaxation) {
	t.Helper()
	q, rest := r.Apply(p, plan)
	live := load(t, q, rest)
	best, err := live.Insert(visit, 1000)
	must(t, err)
	i := slices.IndexFunc(best, func(at scheduler.Insertion) bool { return at.Shift == r.Shift })
	if i < 0 {
		t.Errorf("with %+v, %s still does not fit in %s", r.Changes, visit, r.Shift)
		return
	}
	must(t, live.Place(visit, best[i], nil))
	wantSound(t, q, live.Plan())
	if less, ok := smaller(p, visit, r); ok && fitsIn(t, less, plan, visit, r.Shift) {
		t.Errorf("a minute less than %+v does for %s in %s", r.Changes, visit, r.Shift)
	}
}

// smaller makes a single change of time by one minute less.
func smaller(p *scheduler.Problem, visit string, r scheduler.Relaxation) (*scheduler.Problem, bool) {
	minutes, ok := r.Changes[0].Params["minutes"].(int)
	if !ok || len(r.Changes) > 1 {
		return nil, false
	}
	less := scheduler.Time(60 * (minutes - 1))
	q := *p
	q.Shifts, q.Visits = slices.Clone(p.Shifts), slices.Clone(p.Visits)
	shift := &q.Shifts[slices.IndexFunc(q.Shifts, func(s scheduler.Shift) bool { return s.ID == r.Shift })]
	v := &q.Visits[visitIndex(p, visit)]
	v.Windows = slices.Clone(v.Windows)
	switch r.Changes[0].Code {
	case "relax_shift_end":
		shift.End += less
	case "relax_shift_start":
		shift.Start -= less
	case "relax_window_close":
		if len(v.Windows) > 1 {
			return nil, false
		}
		v.Windows[0].Close += less
	case "relax_window_open":
		if len(v.Windows) > 1 {
			return nil, false
		}
		v.Windows[0].Open -= less
	}
	return &q, true
}

func fitsIn(t *testing.T, p *scheduler.Problem, plan *scheduler.Plan, visit, shift string) bool {
	t.Helper()
	best, err := load(t, p, plan).Insert(visit, 1000)
	must(t, err)
	return slices.ContainsFunc(best, func(at scheduler.Insertion) bool { return at.Shift == shift })
}

func TestADispatcherIsToldHowLittleIsMissing(t *testing.T) {
	t.Parallel()
	long := job("long", 2)
	long.Duration = 7*hour + 32*60 // 20 minutes there and back: 8 h 12
	p := town(long)
	live := load(t, p, &scheduler.Plan{})
	told, err := live.Relax("long", "alice", 2)
	must(t, err)
	if len(told) == 0 || told[0].Shift != "alice-monday" || told[0].Changes[0].Params["minutes"] != 12 {
		t.Fatalf("told %+v, want twelve minutes", told)
	}
	if told, err := live.Relax("long", "bruno", 2); err != nil || len(told) == 0 || told[0].Changes[0].Params["minutes"] != 12 {
		t.Errorf("told %+v, %v for Bruno", told, err)
	}

	closed := job("closed", 1)
	closed.Windows = []scheduler.Window{{Open: 7 * hour, Close: 8 * hour}}
	closed.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 1}}
	if told, err := load(t, town(closed), &scheduler.Plan{}).Relax("closed", "alice", 1); err != nil || len(told) != 1 || told[0].Changes[0].Params["minutes"] != 10 {
		t.Errorf("told %+v, %v, want ten minutes", told, err)
	}

	hard := job("hard", 3)
	hard.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 2}}
	told, err = load(t, town(hard), &scheduler.Plan{}).Relax("hard", "bruno", 3)
	must(t, err)
	if len(told) != 1 || told[0].Changes[0].Code != "relax_skill_level" || told[0].Changes[0].Params["level"] != 1 {
		t.Errorf("told %+v, want level 1 instead of 2", told)
	}
	if told, err := load(t, town(hard), &scheduler.Plan{}).Relax("hard", "alice", 3); err != nil || told != nil {
		t.Errorf("told %+v, %v for a visit that fits", told, err)
	}
	_, err = live.Relax("nothing", "nobody", 1)
	wantFaults(t, err, "/visit unknown", "/technician unknown")
}
