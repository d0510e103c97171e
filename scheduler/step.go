package scheduler

import "slices"

// step is one change of a relaxation: a typed change of the problem or, to move
// a visit, of the plan.
type step struct {
	code         string
	visit, shift string // that are to fit
	person       string
	name         string // of the skill, territory, break or visit concerned
	index        int    // of the window or load dimension
	amount, most int    // minutes, kilometres, units or a level
	told         int    // what else the sentence tells
}

// effort weighs steps against one another, in minutes or their like.
func effort(steps []step) (sum int) {
	for _, s := range steps {
		switch s.code {
		case "relax_move":
			sum += 30
		case "relax_break", "relax_pin", "relax_max_visits":
			sum += 60
		case "relax_skill", "relax_skill_level", "relax_skill_excluded", "relax_territory", "relax_required", "relax_forbidden":
			sum += 240
		default:
			sum += s.amount
		}
	}
	return sum
}

// reason tells the step. Times of day are seconds from the horizon's start.
func (s step) reason() Reason {
	switch s.code {
	case "relax_skill":
		return Reason{"relax_skill", map[string]any{"skill": s.name, "level": s.told}}
	case "relax_skill_level":
		return Reason{"relax_skill_level", map[string]any{"skill": s.name, "level": s.told}}
	case "relax_skill_excluded":
		return Reason{"relax_skill_excluded", map[string]any{"skill": s.name}}
	case "relax_territory":
		return Reason{"relax_territory", map[string]any{"territory": s.name}}
	case "relax_required":
		return Reason{"relax_required", map[string]any{"technician": s.person}}
	case "relax_forbidden":
		return Reason{"relax_forbidden", map[string]any{"technician": s.person}}
	case "relax_pin":
		return Reason{"relax_pin", map[string]any{}}
	case "relax_break":
		return Reason{"relax_break", map[string]any{"break": s.name}}
	case "relax_move":
		return Reason{"relax_move", map[string]any{"visit": s.name}}
	case "relax_load":
		return Reason{"relax_load", map[string]any{"dimension": s.index + 1, "amount": s.amount}}
	case "relax_max_visits":
		return Reason{"relax_max_visits", map[string]any{"amount": s.amount}}
	case "relax_max_distance":
		return Reason{"relax_max_distance", map[string]any{"kilometres": s.amount}}
	case "relax_max_travel":
		return Reason{"relax_max_travel", map[string]any{"minutes": s.amount}}
	case "relax_shift_start":
		return Reason{"relax_shift_start", map[string]any{"minutes": s.amount}}
	case "relax_shift_end":
		return Reason{"relax_shift_end", map[string]any{"minutes": s.amount}}
	case "relax_window_open":
		return Reason{"relax_window_open", map[string]any{"minutes": s.amount}}
	default:
		return Reason{"relax_window_close", map[string]any{"minutes": s.amount}}
	}
}

// apply makes the step in copies; what it does not change is shared.
func (s step) apply(p *Problem, plan *Plan) (*Problem, *Plan) {
	q := *p
	q.Technicians, q.Shifts, q.Visits, q.Pins = slices.Clone(p.Technicians), slices.Clone(p.Shifts), slices.Clone(p.Visits), slices.Clone(p.Pins)
	visit := &q.Visits[slices.IndexFunc(q.Visits, func(v Visit) bool { return v.ID == s.visit })]
	shift := &q.Shifts[slices.IndexFunc(q.Shifts, func(o Shift) bool { return o.ID == s.shift })]
	person := &q.Technicians[slices.IndexFunc(q.Technicians, func(t Technician) bool { return t.ID == s.person })]
	seconds := Time(60 * s.amount)
	switch s.code {
	case "relax_skill":
		person.Skills = slices.DeleteFunc(slices.Clone(person.Skills), func(o SkillLevel) bool { return o.Skill == s.name })
		person.Skills = append(person.Skills, SkillLevel{s.name, s.told})
	case "relax_skill_level":
		visit.Skills = slices.Clone(visit.Skills)
		for i := range visit.Skills {
			if visit.Skills[i].Skill == s.name {
				visit.Skills[i].Level = s.told
			}
		}
	case "relax_skill_excluded":
		visit.NoneOf = slices.DeleteFunc(slices.Clone(visit.NoneOf), func(o SkillLevel) bool { return o.Skill == s.name })
	case "relax_territory":
		person.Territories = append(slices.Clip(person.Territories), s.name)
	case "relax_required":
		visit.Required = append(slices.Clip(visit.Required), s.person)
	case "relax_forbidden":
		visit.Forbidden = slices.DeleteFunc(slices.Clone(visit.Forbidden), func(id string) bool { return id == s.person })
	case "relax_pin":
		unpin(&q, s.visit)
	case "relax_break":
		shift.Breaks = slices.DeleteFunc(slices.Clone(shift.Breaks), func(b Break) bool { return b.ID == s.name })
		plan = less(plan, s.shift, func(o *Stop) bool { return o.Break == s.name })
	case "relax_move":
		unpin(&q, s.name)
		plan = less(plan, s.shift, func(o *Stop) bool { return o.Visit == s.name })
	case "relax_load":
		shift.Capacity = slices.Clone(shift.Capacity)
		shift.Capacity[s.index] += s.amount
	case "relax_max_visits":
		shift.MaxVisits += s.amount
	case "relax_max_distance":
		shift.MaxDistance += Metres(1000 * s.amount)
	case "relax_max_travel":
		shift.MaxTravel += Seconds(seconds)
	case "relax_shift_start":
		shift.Start = max(0, shift.Start-seconds)
	case "relax_shift_end":
		shift.End = min(Time(p.Length), shift.End+seconds)
	case "relax_window_open":
		visit.Windows = slices.Clone(visit.Windows)
		visit.Windows[s.index].Open = max(0, visit.Windows[s.index].Open-seconds)
	case "relax_window_close":
		visit.Windows = slices.Clone(visit.Windows)
		visit.Windows[s.index].Close = min(Time(p.Length), visit.Windows[s.index].Close+seconds)
	}
	return &q, plan
}

func unpin(p *Problem, visit string) {
	p.Pins = slices.DeleteFunc(p.Pins, func(pin Pin) bool { return pin.Visit == visit })
}

// less is a plan without some stops of one shift.
func less(plan *Plan, shift string, gone func(*Stop) bool) *Plan {
	out := *plan
	out.Routes = slices.Clone(plan.Routes)
	for i := range out.Routes {
		if r := &out.Routes[i]; r.Shift == shift {
			r.Stops = slices.DeleteFunc(slices.Clone(r.Stops), func(s Stop) bool { return gone(&s) })
		}
	}
	return &out
}

// step is a change of the trial's visit, shift and person.
func (t *trial) step(code, name string) step {
	return step{code: code, visit: t.visit, shift: t.shift, person: t.person, name: name, amount: 1, most: 1}
}

// allowed mends what stands between the visit and the person, or reports false
// where nothing here does.
func (t *trial) allowed() (*trial, bool) {
	m, err := Compile(t.p)
	if err != nil {
		return t, false
	}
	x := m.x
	v, s := x.visits[t.visit], x.shifts[t.shift]
	if x.frozen[v] >= 0 {
		return t, false
	}
	var reasons []Reason
	x.allows(v, x.technicians[t.person], &reasons)
	if _, past := x.positionPast(v, s); past || x.pinnedElsewhere(v, s) {
		reasons = append(reasons, Reason{Code: "pinned_to_technician"})
	}
	for _, r := range reasons {
		name, level := "", 0
		if id, ok := r.Params["skill"].(string); ok {
			name = id
		}
		if id, ok := r.Params["territory"].(string); ok {
			name = id
		}
		made := t.step("", name)
		switch r.Code {
		case "skill_missing":
			made.code, level = "relax_skill", r.Params["needs"].(int)
		case "skill_level_too_low":
			made.code, level = "relax_skill_level", r.Params["has"].(int)
		case "skill_excluded":
			made.code = "relax_skill_excluded"
		case "territory":
			made.code = "relax_territory"
		case "not_required_technician":
			made.code = "relax_required"
		case "forbidden":
			made.code = "relax_forbidden"
		case "pinned_to_technician":
			made.code = "relax_pin"
		default:
			return t, false
		}
		made.told = level
		if made.code != "relax_pin" || !slices.ContainsFunc(t.steps, func(o step) bool { return o.code == "relax_pin" }) {
			t = t.with(made)
		}
	}
	return t, true
}

// kinds lists the changes of the day that may make room, each at its greatest;
// those with most 1 are made or not.
func (t *trial) kinds() (out []step) {
	shift := &t.p.Shifts[slices.IndexFunc(t.p.Shifts, func(s Shift) bool { return s.ID == t.shift })]
	visit := &t.p.Visits[slices.IndexFunc(t.p.Visits, func(v Visit) bool { return v.ID == t.visit })]
	add := func(code, name string, index, most int) {
		if most > 0 {
			s := t.step(code, name)
			s.index, s.most = index, most
			out = append(out, s)
		}
	}
	before, after := Time(0), Time(t.p.Length)
	for i := range t.p.Shifts {
		if o := &t.p.Shifts[i]; o.Technician == shift.Technician && o.ID != shift.ID {
			if o.End <= shift.Start {
				before = max(before, o.End)
			}
			if o.Start >= shift.End {
				after = min(after, o.Start)
			}
		}
	}
	add("relax_shift_end", "", 0, int(after-shift.End)/60)
	add("relax_shift_start", "", 0, int(shift.Start-before)/60)
	for i, w := range visit.Windows {
		add("relax_window_close", "", i, (int(t.p.Length)-int(w.Close))/60)
		add("relax_window_open", "", i, int(w.Open)/60)
	}
	if slices.ContainsFunc(t.p.Pins, func(pin Pin) bool { return pin.Visit == t.visit }) {
		add("relax_pin", "", 0, 1)
	}
	frozen := map[string]bool{}
	for _, stop := range shift.Frozen {
		frozen[stop.Break], frozen[stop.Visit] = true, true
	}
	for _, b := range shift.Breaks {
		if !frozen[b.ID] {
			add("relax_break", b.ID, 0, 1)
		}
	}
	for _, r := range t.plan.Routes {
		for _, stop := range r.Stops {
			if r.Shift == t.shift && stop.Visit != "" && !frozen[stop.Visit] {
				add("relax_move", stop.Visit, 0, 1)
			}
		}
	}
	for d, l := range visit.Loads {
		if len(shift.Capacity) > 0 {
			add("relax_load", "", d, l)
		}
	}
	if shift.MaxVisits > 0 {
		add("relax_max_visits", "", 0, 1)
	}
	if shift.MaxDistance > 0 {
		add("relax_max_distance", "", 0, 1000)
	}
	if shift.MaxTravel > 0 {
		add("relax_max_travel", "", 0, int(shift.End-shift.Start)/60)
	}
	return out
}
