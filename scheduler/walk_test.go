package scheduler_test

import "tournee/scheduler"

// walk prices a shift the plain way, stop by stop: the reference of the
// brute-force tests.
type walk struct {
	p     *scheduler.Problem
	shift *scheduler.Shift
	mode  *scheduler.Travel
	tech  *scheduler.Technician
	owed  []scheduler.Break
}

// moment is a technician somewhere at some time, with what it cost so far.
type moment struct {
	at     int
	now    scheduler.Time
	cost   scheduler.Cost
	waited scheduler.Seconds
	visits int
	load   [2]int
}

func newWalk(p *scheduler.Problem, s *scheduler.Shift) *walk {
	w := &walk{p: p, shift: s}
	for i := range p.Technicians {
		if p.Technicians[i].ID == s.Technician {
			w.tech = &p.Technicians[i]
		}
	}
	for i := range p.Travel {
		if p.Travel[i].Mode == w.tech.Mode {
			w.mode = &p.Travel[i]
		}
	}
	now := s.Start
	for _, f := range s.Frozen {
		now = f.Depart
	}
	for _, b := range s.Breaks { // drawn in the order of their latest starts
		if now <= b.Latest {
			w.owed = append(w.owed, b)
			now = max(now, b.Earliest) + scheduler.Time(b.Duration)
		}
	}
	return w
}

func (w *walk) start() moment {
	m := moment{at: w.shift.StartPlace, now: w.shift.Start, cost: w.shift.Cost}
	for _, f := range w.shift.Frozen {
		v := &w.p.Visits[visitIndex(w.p, f.Visit)]
		w.travel(&m, v.Place)
		m.cost += w.wasted(v)
		m.waited += scheduler.Seconds(f.Begin - f.Arrive)
		m.now = f.Depart
		m.visits++
		w.carry(&m, v)
	}
	return m
}

// travel moves a technician and reports whether there is a way.
func (w *walk) travel(m *moment, to int) bool {
	from := m.at
	if to == scheduler.NoPlace {
		return true
	}
	m.at = to
	if from == scheduler.NoPlace {
		return true
	}
	s := w.mode.Seconds[from][to]
	if s == scheduler.Unreachable {
		return false
	}
	m.now += scheduler.Time(s)
	m.cost += (scheduler.Cost(s)*w.p.Weights.TravelHour + 1800) / 3600
	m.cost += (scheduler.Cost(w.mode.Metres[from][to])*w.p.Weights.Kilometre + 500) / 1000
	return true
}

func (w *walk) wasted(v *scheduler.Visit) scheduler.Cost {
	levels := 0
	for _, need := range v.Skills {
		for _, has := range w.tech.Skills {
			if has.Skill == need.Skill {
				levels += max(0, has.Level-need.Level)
			}
		}
	}
	return scheduler.Cost(levels) * w.p.Weights.Overqualification
}

// carry loads a visit and says whether there was room.
func (w *walk) carry(m *moment, v *scheduler.Visit) bool {
	ok := true
	for d, l := range v.Loads {
		m.load[d] += l
		ok = ok && (l == 0 || len(w.shift.Capacity) == 0 || m.load[d] <= w.shift.Capacity[d])
	}
	return ok
}

// idle is the cost of a shift with no visits but the frozen ones.
func (w *walk) idle() scheduler.Cost {
	m := w.start()
	for _, b := range w.owed {
		if m.now < b.Earliest {
			m.waited += scheduler.Seconds(b.Earliest - m.now)
			m.now = b.Earliest
		}
		m.now += scheduler.Time(b.Duration)
	}
	w.travel(&m, w.shift.EndPlace)
	return m.cost + w.waiting(m.waited)
}

func (w *walk) waiting(s scheduler.Seconds) scheduler.Cost {
	return (scheduler.Cost(s)*w.p.Weights.WaitingHour + 1800) / 3600
}

// price is the least cost of visiting in this order, breaks anywhere.
func (w *walk) price(order []int) (scheduler.Cost, bool) {
	taken := make([]bool, len(w.owed))
	return w.from(w.start(), order, taken)
}

func (w *walk) from(m moment, order []int, taken []bool) (best scheduler.Cost, found bool) {
	keep := func(c scheduler.Cost, ok bool) {
		if ok && (!found || c < best) {
			best, found = c, true
		}
	}
	ahead := len(order)
	for i, b := range w.owed {
		if taken[i] {
			continue
		}
		ahead++
		if m.now > b.Latest {
			continue
		}
		next := m
		next.waited += scheduler.Seconds(max(0, b.Earliest-m.now))
		next.now = max(m.now, b.Earliest) + scheduler.Time(b.Duration)
		taken[i] = true
		keep(w.from(next, order, taken))
		taken[i] = false
	}
	if len(order) > 0 {
		if next, ok := w.visit(m, order[0]); ok {
			keep(w.from(next, order[1:], taken))
		}
	}
	if ahead == 0 && w.travel(&m, w.shift.EndPlace) && m.now <= w.shift.End {
		keep(m.cost+w.waiting(m.waited), true)
	}
	return best, found
}

func (w *walk) visit(m moment, v int) (moment, bool) {
	visit := &w.p.Visits[v]
	if !w.travel(&m, visit.Place) || !w.carry(&m, visit) {
		return m, false
	}
	begin, ok := m.now, len(visit.Windows) == 0
	for _, win := range visit.Windows {
		if b := max(m.now, win.Open); b <= win.Close && (!ok || b < begin) {
			begin, ok = b, true
		}
	}
	for _, pin := range w.p.Pins {
		if pin.Visit != visit.ID {
			continue
		}
		if pin.Position > 0 && m.visits >= pin.Position {
			return m, false
		}
		if pin.Begin != nil {
			begin, ok = *pin.Begin, m.now <= *pin.Begin
		}
	}
	m.waited += scheduler.Seconds(begin - m.now)
	m.now = begin + scheduler.Time(visit.Duration)
	m.cost += w.wasted(visit)
	m.visits++
	return m, ok && m.now <= scheduler.Time(w.p.Length)*2
}
