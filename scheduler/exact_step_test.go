package scheduler_test

import (
	"sort"

	"tournee/scheduler"
)

// step goes on to a stop that begins no sooner than low, and says whether that
// can be.
func (d *side) step(m *trip, st step, low scheduler.Time) bool {
	if st.visit < 0 {
		return d.rest(m, st.pause)
	}
	if d.shift.Pool {
		return d.beside(m, st.visit, low)
	}
	visit := &d.p.Visits[st.visit]
	to := placeOf(visit, st.place)
	if d.assign[st.visit] < 0 || m.lacks&d.van.needs[st.visit] != 0 && !d.pickUp(m, to) {
		return false
	}
	from, left := m.at, *m
	if !d.travel(m, to) || to == scheduler.NoPlace && m.at != scheduler.NoPlace && d.p.Places[m.at].Offline {
		return false
	}
	if pin := d.pins[st.visit]; pin != nil && pin.Position > 0 && m.visits >= pin.Position {
		return false
	}
	begin, room, ok := opens(d.open[st.visit], max(m.now, low))
	if !ok {
		return false
	}
	lasts := d.lasts(visit, to != scheduler.NoPlace && to != from)
	for _, x := range d.deadlines(visit) {
		room = min(room, max(0, scheduler.Seconds(x.at-x.moment(begin, begin+scheduler.Time(lasts)))))
	}
	for _, w := range d.p.Unpleasant {
		if d.p.Weights.Unpleasant > 0 && w.Open <= begin && begin <= w.Close {
			room = min(room, scheduler.Seconds(w.Close-begin))
		} else if d.p.Weights.Unpleasant > 0 && begin < w.Open {
			room = min(room, scheduler.Seconds(w.Open-begin)-1)
		}
	}
	if d.bound[st.visit] {
		room = 0
	}
	d.wait(m, &left, to, begin, room)
	m.now = begin + scheduler.Time(lasts)
	m.depart = m.now
	return d.serve(m, st.visit)
}

// beside does a visit of a pool: when it can begin, whatever else is done.
func (d *side) beside(m *trip, v int, low scheduler.Time) bool {
	visit := &d.p.Visits[v]
	begin, _, ok := opens(d.open[v], max(d.shift.Start, low))
	m.arrive, m.begin = begin, begin
	m.depart = begin + scheduler.Time(d.lasts(visit, visit.Place != scheduler.NoPlace))
	m.now = max(m.now, m.depart)
	return ok && d.assign[v] >= 0 && d.serve(m, v)
}

// rest takes a break.
func (d *side) rest(m *trip, pause int) bool {
	begin, room, ok := opens(d.pauses[pause], m.now)
	if !ok {
		return false
	}
	left := *m
	d.wait(m, &left, scheduler.NoPlace, begin, room)
	m.now = begin + scheduler.Time(d.shift.Breaks[pause].Duration)
	m.depart = m.now
	if d.shift.Breaks[pause].Optional {
		m.rested += d.shift.Breaks[pause].SkipCost
	}
	return true
}

// wait waits for a stop to begin; if it is the first of a shift that may be
// left late and whose legs depend on the hour, at home, before it is left.
func (d *side) wait(m, left *trip, to int, begin scheduler.Time, room scheduler.Seconds) {
	if m.stops++; m.stops == 1 && d.late() && len(d.mode.Curves) > 0 {
		leave := func(i int) trip {
			later := *left
			later.start += scheduler.Time(i)
			later.now = later.start
			d.travel(&later, to)
			later.stops = 1
			return later
		}
		// leaving later never arrives earlier
		*m = leave(sort.Search(int(begin-left.start), func(i int) bool { return leave(i+1).now > begin }))
		room, m.slack = 0, 0
	}
	m.arrive, m.begin = m.now, begin
	m.waited += scheduler.Seconds(begin - m.now)
	m.slack = min(m.slack, m.waited+room)
}

// late says whether the shift may be left late.
func (d *side) late() bool { return d.shift.Free && len(d.shift.Frozen) == 0 }

// serve counts a visit that has begun and been departed from, and says whether
// it fits.
func (d *side) serve(m *trip, v int) bool {
	visit := &d.p.Visits[v]
	m.visits++
	m.free++
	m.cost += max(0, d.assign[v])
	for _, x := range d.deadlines(visit) {
		m.cost += anHour(scheduler.Seconds(x.moment(m.begin, m.depart)-x.at), x.hour)
	}
	for _, w := range d.p.Unpleasant {
		if w.Open <= m.begin && m.begin <= w.Close {
			m.bad++
			break
		}
	}
	ok := true
	for i, l := range visit.Loads {
		m.load[i] += l
		ok = ok && (l == 0 || len(d.shift.Capacity) == 0 || m.load[i] <= d.shift.Capacity[i])
	}
	return ok
}

// lasts is how long a visit takes the shift's technician.
func (d *side) lasts(v *scheduler.Visit, moved bool) scheduler.Seconds {
	length, setup := v.Duration, v.Setup
	for _, x := range v.Durations {
		level := 0
		for _, s := range d.tech.Skills {
			if x.Level > 0 && s.Skill == v.Skills[0].Skill {
				level = s.Level
			}
		}
		if x.Technician == d.tech.ID || x.Kind != "" && x.Kind == d.tech.Kind || x.Level > 0 && level >= x.Level {
			length, setup = x.Duration, x.Setup
			break
		}
	}
	if !moved {
		setup = 0
	}
	return length + setup
}

// deadline is a moment after which each hour costs.
type deadline struct {
	at   scheduler.Time
	hour scheduler.Cost
	done bool // the departure counts, not the beginning
}

func (x deadline) moment(begin, depart scheduler.Time) scheduler.Time {
	if x.done {
		return depart
	}
	return begin
}

func (d *side) deadlines(v *scheduler.Visit) (out []deadline) {
	if v.Prefer != nil && d.p.Weights.PreferHour > 0 {
		out = append(out, deadline{v.Prefer.Close, d.p.Weights.PreferHour, false})
	}
	if v.Told != nil && v.Told.Window != nil {
		if hour := d.p.Weights.ToldHour * scheduler.Cost(v.Told.Percent) / 100; hour > 0 {
			out = append(out, deadline{v.Told.Window.Close, hour, false})
		}
	}
	if v.Due != nil && v.LateHour > 0 {
		out = append(out, deadline{*v.Due, v.LateHour, true})
	}
	return out
}

// home goes to where the shift ends and says whether all limits are kept. What
// is frozen alone may have broken them.
func (d *side) home(m *trip) bool {
	s := d.shift
	ok := (s.Pool || d.travel(m, s.EndPlace)) && m.now <= d.most
	ok = ok && (s.MaxTravel == 0 || m.travel <= s.MaxTravel) && (s.MaxDistance == 0 || m.metres <= s.MaxDistance) &&
		(s.MaxVisits == 0 || m.visits <= s.MaxVisits)
	m.finish = m.now
	paid := scheduler.Seconds(s.End - s.Start)
	if d.late() {
		later := min(m.slack, m.waited)
		m.start += scheduler.Time(later)
		m.waited -= later
	}
	if s.Free {
		paid = scheduler.Seconds(m.finish - m.start)
	}
	m.timed += anHour(paid, s.WorkHour) + anHour(m.waited, d.p.Weights.WaitingHour)
	m.cost += anHour(paid, s.WorkHour) + anHour(scheduler.Seconds(m.finish-s.End), s.OvertimeHour) + anHour(m.waited, d.p.Weights.WaitingHour)
	for _, i := range d.extra {
		m.cost += s.Breaks[i].SkipCost
	}
	m.cost -= m.rested
	return ok || m.free == 0
}
