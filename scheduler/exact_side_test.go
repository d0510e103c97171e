package scheduler_test

import (
	"math"
	"slices"

	"tournee/scheduler"
	"tournee/scheduler/check"
)

// step is one stop to be made: a visit at one of its places, or else a break of
// the shift.
type step struct{ visit, pause, place int }

// side is a shift as it is read from the problem alone: the reference of the
// brute-force tests, which shares no code with the scheduler.
type side struct {
	p      *scheduler.Problem
	shift  *scheduler.Shift
	tech   *scheduler.Technician
	mode   *scheduler.Travel
	most   scheduler.Time       // ends by then
	assign []scheduler.Cost     // per visit, who does it; below zero: must not
	pins   []*scheduler.Pin     // per visit
	open   [][]scheduler.Window // per visit, when it may begin
	bound  []bool               // per visit, tied to others
	pauses [][]scheduler.Window // per break, when it may begin
	owed   []int                // breaks that must be taken
	extra  []int                // breaks that may be
	van    van
}

// trip is a technician under way: where, when, and what it cost so far.
type trip struct {
	at, visits, free, bad int
	start, now            scheduler.Time
	arrive, begin, depart scheduler.Time // of the last stop
	finish                scheduler.Time
	waited, slack, travel scheduler.Seconds
	metres                scheduler.Metres
	cost, timed, rested   scheduler.Cost // timed: of cost, what may fall with the time
	load                  [2]int
	stops                 int
	lacks                 kinds             // what is to be picked up
	pickups               *[]scheduler.Stop // where it was, if anybody asks
}

func newSide(p *scheduler.Problem, s int) *side {
	d := &side{p: p, shift: &p.Shifts[s]}
	d.tech = &p.Technicians[slices.IndexFunc(p.Technicians, func(t scheduler.Technician) bool { return t.ID == d.shift.Technician })]
	mode := d.shift.Mode
	if mode == "" {
		mode = d.tech.Mode
	}
	d.mode = &p.Travel[slices.IndexFunc(p.Travel, func(t scheduler.Travel) bool { return t.Mode == mode })]
	d.most = d.shift.End + scheduler.Time(d.shift.Overtime)
	for _, o := range p.Shifts {
		if o.Technician == d.tech.ID && o.ID != d.shift.ID && o.Start >= d.shift.End {
			d.most = min(d.most, o.Start)
		}
	}
	for v := range p.Visits {
		d.assign = append(d.assign, d.assigned(v))
		d.open = append(d.open, openings(p, v))
		d.bound = append(d.bound, bound(p, v))
		d.pins = append(d.pins, pinOf(p, p.Visits[v].ID))
	}
	for i := range d.shift.Breaks {
		d.pauses = append(d.pauses, d.pauseWindows(&d.shift.Breaks[i]))
	}
	d.owe()
	d.van = newVan(p, d.shift)
	return d
}

// assigned asks the checker what it costs that this shift does a visit, or
// whether it must not.
func (d *side) assigned(v int) scheduler.Cost {
	id := d.p.Visits[v].ID
	frozen := slices.ContainsFunc(d.shift.Frozen, func(f scheduler.FrozenStop) bool { return f.Visit == id })
	plan := &scheduler.Plan{Routes: []scheduler.Route{{Shift: d.shift.ID, Technician: d.tech.ID, Stops: []scheduler.Stop{{Visit: id, Frozen: frozen}}}}}
	for _, u := range d.p.Visits {
		if u.ID != id {
			plan.Unassigned = append(plan.Unassigned, scheduler.Unassigned{Visit: u.ID})
		}
	}
	violations, cost := check.Plan(d.p, plan)
	for _, x := range violations {
		if x.Stop == id && slices.Contains([]string{"skill", "territory", "technician"}, x.Rule) {
			return -1
		}
	}
	if pin := pinOf(d.p, id); !frozen && pin != nil && (pin.Technician != "" && pin.Technician != d.tech.ID || pin.Shift != "" && pin.Shift != d.shift.ID) {
		return -1
	}
	return cost[scheduler.TermVisitPrice] + cost[scheduler.TermOverqualification] + cost[scheduler.TermScarcity] +
		cost[scheduler.TermNotPreferred] + cost[scheduler.TermSpareTerritory] + cost[scheduler.TermOtherTechnician]
}

func pinOf(p *scheduler.Problem, visit string) *scheduler.Pin {
	for i := range p.Pins {
		if p.Pins[i].Visit == visit {
			return &p.Pins[i]
		}
	}
	return nil
}

// openings are when a visit may begin, in order and apart.
func openings(p *scheduler.Problem, v int) []scheduler.Window {
	visit := &p.Visits[v]
	if pin := pinOf(p, visit.ID); pin != nil && pin.Begin != nil {
		return []scheduler.Window{{Open: *pin.Begin, Close: *pin.Begin}}
	}
	ws := visit.Windows
	if len(ws) == 0 {
		ws = []scheduler.Window{{Close: scheduler.Time(p.Length)}}
	}
	var out []scheduler.Window
	for _, w := range ws {
		if visit.Prefer != nil {
			w.Open = max(w.Open, visit.Prefer.Open)
		}
		if visit.Told != nil && visit.Told.Window != nil {
			w.Open = max(w.Open, visit.Told.Window.Open)
		}
		out = append(out, w)
	}
	return apart(out)
}

// apart joins windows that meet and leaves out those that never open.
func apart(ws []scheduler.Window) []scheduler.Window {
	slices.SortFunc(ws, func(a, b scheduler.Window) int { return int(a.Open - b.Open) })
	var out []scheduler.Window
	for _, w := range ws {
		switch last := len(out) - 1; {
		case w.Close < w.Open:
		case last >= 0 && w.Open <= out[last].Close+1:
			out[last].Close = max(out[last].Close, w.Close)
		default:
			out = append(out, w)
		}
	}
	return out
}

// bound says whether a visit is tied to others.
func bound(p *scheduler.Problem, v int) bool {
	id := p.Visits[v].ID
	return len(p.Visits[v].Resources) > 0 || slices.ContainsFunc(p.Links, func(l scheduler.Link) bool { return slices.Contains(l.Visits, id) })
}

func (d *side) pauseWindows(b *scheduler.Break) []scheduler.Window {
	ws := append([]scheduler.Window{{Open: b.Earliest, Close: b.Latest}}, b.Windows...)
	if b.FromStart {
		for i := range ws {
			ws[i].Open, ws[i].Close = ws[i].Open+d.shift.Start, ws[i].Close+d.shift.Start
		}
	}
	return apart(ws)
}

// owe finds the breaks that are owed: one after the other, the one that may
// begin last at the end, each that finds room between those owed already.
func (d *side) owe() {
	now := d.shift.Start
	var order []int
	for _, f := range d.shift.Frozen {
		now = f.Depart
	}
	for i := range d.shift.Breaks {
		if d.shift.Breaks[i].Optional {
			d.extra = append(d.extra, i)
		} else {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return int(d.pauses[a][len(d.pauses[a])-1].Close - d.pauses[b][len(d.pauses[b])-1].Close)
	})
	fits := func(row []int) bool {
		at := now
		for _, i := range row {
			begin, _, ok := opens(d.pauses[i], at)
			if !ok {
				return false
			}
			at = begin + scheduler.Time(d.shift.Breaks[i].Duration)
		}
		return true
	}
	for _, i := range order {
		for at := len(d.owed); at >= 0; at-- {
			if row := slices.Insert(slices.Clone(d.owed), at, i); fits(row) {
				d.owed = row
				break
			}
		}
	}
}

// opens is the first moment from t on that lies in a window, and for how much
// longer it stays open.
func opens(ws []scheduler.Window, t scheduler.Time) (begin scheduler.Time, room scheduler.Seconds, ok bool) {
	for _, w := range ws {
		if t <= w.Close {
			begin = max(t, w.Open)
			return begin, scheduler.Seconds(w.Close - begin), true
		}
	}
	return 0, 0, false
}

// set is a technician who starts the shift, what is frozen behind, and has so
// much to pick up.
func (d *side) set(lacks kinds) trip {
	m := trip{at: d.shift.StartPlace, start: d.shift.Start, now: d.shift.Start, slack: math.MaxInt32, cost: d.shift.Cost, lacks: lacks}
	for _, f := range d.shift.Frozen {
		v := visitIndex(d.p, f.Visit)
		d.travel(&m, placeOf(&d.p.Visits[v], f.Alternative))
		m.waited += scheduler.Seconds(f.Begin - f.Arrive)
		m.slack = 0
		m.arrive, m.begin, m.depart, m.now = f.Arrive, f.Begin, f.Depart, f.Depart
		d.serve(&m, v)
		m.free--
	}
	return m
}

// placeOf is the place of a visit, or another where it may be done instead.
func placeOf(v *scheduler.Visit, alternative int) int {
	if alternative == 0 {
		return v.Place
	}
	return v.Places[alternative-1]
}

// travel goes to a place and says whether there is a way.
func (d *side) travel(m *trip, to int) bool {
	from := m.at
	if to == scheduler.NoPlace {
		return true
	}
	if m.at = to; from == scheduler.NoPlace {
		return true
	}
	takes := d.takes(from, to, m.now)
	if takes < 0 {
		return false
	}
	m.now += scheduler.Time(takes)
	m.travel += takes
	fare := d.fare(from, to, takes)
	m.cost += fare
	if len(d.mode.Curves) > 0 {
		m.timed += fare
	}
	if d.mode.Metres != nil {
		m.metres += d.mode.Metres[from][to]
	}
	return true
}

// takes is how long a leg takes that is left at a moment.
func (d *side) takes(from, to int, leave scheduler.Time) scheduler.Seconds {
	base := d.mode.Seconds[from][to]
	if base < 0 || len(d.mode.Curves) == 0 {
		return base
	}
	curve := d.mode.Curves[d.p.Places[from].Zone]
	a := curve[0]
	for _, b := range curve[1:] {
		if leave > a.At && leave < b.At {
			share := float64(leave-a.At) / float64(b.At-a.At)
			return scheduler.Seconds(math.Floor(float64(base)*(float64(a.Percent)+share*float64(b.Percent-a.Percent))/100 + 0.5 + 1e-9))
		}
		if leave >= b.At {
			a = b
		}
	}
	return (base*scheduler.Seconds(a.Percent) + 50) / 100
}

func (d *side) fare(from, to int, takes scheduler.Seconds) scheduler.Cost {
	if d.mode.Costs != nil {
		return d.mode.Costs[from][to]
	}
	hour, kilometre := d.p.Weights.TravelHour, d.p.Weights.Kilometre
	if d.shift.TravelHour != nil {
		hour = *d.shift.TravelHour
	}
	if d.shift.Kilometre != nil {
		kilometre = *d.shift.Kilometre
	}
	cost := anHour(takes, hour)
	if d.mode.Metres != nil {
		cost += (scheduler.Cost(d.mode.Metres[from][to])*kilometre + 500) / 1000
	}
	return cost
}

// anHour prices a time by the hour, to the nearest unit; none below zero.
func anHour(t scheduler.Seconds, price scheduler.Cost) scheduler.Cost {
	return (scheduler.Cost(max(0, t))*price + 1800) / 3600
}
