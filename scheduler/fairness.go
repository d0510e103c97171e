package scheduler

import "tournee/scheduler/internal/core"

// Rule: hours are shared out. What a technician works costs by its square, what
// was worked before counted in.

func (x *index) checkHours(f *faults, path string, t *Technician) {
	duration(f, path+"/hours", t.Hours, MaxHorizon)
}

// compileShares prepares what technicians share out: hours and unpleasant
// visits.
func (m *Model) compileShares() (used bool) {
	p, c := m.x.p, m.core
	if p.Weights.Fairness == 0 && (p.Weights.Unpleasant == 0 || len(p.Unpleasant) == 0) {
		return false
	}
	c.Shares.Hours, c.Shares.Unpleasant = int64(p.Weights.Fairness), int64(p.Weights.Unpleasant)
	for i := range p.Technicians {
		c.Shares.Before = append(c.Shares.Before, core.Person{Hours: int64(p.Technicians[i].Hours), Unpleasant: int32(p.Technicians[i].Unpleasant)})
	}
	for _, w := range p.Unpleasant {
		c.Shares.Stretches = append(c.Shares.Stretches, core.Window{Open: int32(w.Open), Close: int32(w.Close)})
	}
	c.Ties = true
	return true
}

// share prices a technician's hours and unpleasant visits: the square of the
// full minutes, by the square hour, and the square of the visits.
func (x *index) share(hours int64, unpleasant int) (fair, pleasant Cost) {
	minutes, n := Cost(hours/60), Cost(unpleasant)
	return (minutes*minutes*x.p.Weights.Fairness + 1800) / 3600, n * n * x.p.Weights.Unpleasant
}

// dearestShares lets every technician work two horizons and begin every visit
// at a bad time.
func (x *index) dearestShares() (total Cost) {
	for i := range x.p.Technicians {
		t := &x.p.Technicians[i]
		fair, pleasant := x.share(int64(t.Hours)+2*int64(x.p.Length), t.Unpleasant+len(x.p.Visits))
		total += fair + pleasant
	}
	return total
}

// sharer tells routes, one technician's after another's, what each adds to the
// technician's share.
type sharer struct {
	x    *index
	done map[int32]core.Person
}

func (s *sharer) add(t int32, own core.Person, b *Breakdown) {
	p, seen := s.done[t]
	if !seen {
		who := &s.x.p.Technicians[t]
		p = core.Person{Hours: int64(who.Hours), Unpleasant: int32(who.Unpleasant)}
	}
	fair, pleasant := s.x.share(p.Hours, int(p.Unpleasant))
	p.Hours += own.Hours
	p.Unpleasant += own.Unpleasant
	s.done[t] = p
	more, worse := s.x.share(p.Hours, int(p.Unpleasant))
	b[TermFairness] += more - fair
	b[TermUnpleasant] += worse - pleasant
}
