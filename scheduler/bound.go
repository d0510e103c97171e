package scheduler

import "math"

// tooMuch is a cost too great to be summed safely, with a margin for those who
// round or bound a little higher.
const tooMuch = Cost(math.MaxInt64 / 64)

// plus and times stop at tooMuch. Nothing below zero comes in.
func plus(costs ...Cost) Cost {
	total := Cost(0)
	for _, c := range costs {
		total += min(c, tooMuch-total)
	}
	return total
}

func times(a, b Cost) Cost {
	if a > 0 && b > tooMuch/a {
		return tooMuch
	}
	return a * b
}

// byHour is no less than the price of a length of time.
func byHour(s Seconds, hour Cost) Cost { return times(Cost(s), hour)/3600 + 1 }

// percent is a share of a cost, rounded up.
func percent(c Cost, share int) Cost { return (times(c, Cost(share)) + 99) / 100 }

// bound is more than any plan costs that leaves out no mandatory visit, or
// tooMuch. It decides only what is refused, in sums that cannot overflow: once a
// problem is accepted, nobody else needs to take such care.
func (x *index) bound() Cost {
	p := x.p
	stops := Cost(len(p.Visits) + 2*len(p.Shifts)) // a depot and the way back
	total := plus(1, times(stops, x.dearest()))
	price := Cost(0)
	for i := range p.Shifts {
		s := &p.Shifts[i]
		total = plus(total, x.shiftBound(s))
		price = max(price, s.VisitCost)
	}
	for i := range p.Visits {
		total = plus(total, price, x.visitBound(&p.Visits[i]))
	}
	for i := range p.Technicians {
		total = plus(total, x.technicianBound(int32(i)))
	}
	return total
}

// dearest is the greatest cost of a leg by any mode, at any hour.
func (x *index) dearest() Cost {
	dearest := Cost(0)
	for i := range x.p.Travel {
		t := &x.p.Travel[i]
		rates := x.greatestRates(t)
		for from := range t.Seconds {
			slowest := x.slowest(t, from)
			for to := range t.Seconds[from] {
				dearest = max(dearest, rates.leg(t, from, to, slowest))
			}
		}
	}
	return dearest
}

// greatestRates are the most that any shift pays for travel by a mode.
func (x *index) greatestRates(t *Travel) rates {
	r := rates{x.p.Weights.TravelHour, x.p.Weights.Kilometre}
	for i := range x.p.Shifts {
		s := &x.p.Shifts[i]
		if x.travelOf(s) != t {
			continue
		}
		if s.TravelHour != nil {
			r.hour = max(r.hour, min(*s.TravelHour, MaxWeight))
		}
		if s.Kilometre != nil {
			r.kilometre = max(r.kilometre, min(*s.Kilometre, MaxWeight))
		}
	}
	return r
}

// leg is the most that a leg costs when it takes a percentage of its time.
func (r rates) leg(t *Travel, from, to int, slowest Cost) Cost {
	if t.Seconds[from][to] == Unreachable {
		return 0
	}
	if t.Costs != nil {
		return t.Costs[from][to]
	}
	total := (times(Cost(t.Seconds[from][to])*slowest, r.hour) + 180_000) / 360_000
	if t.Metres != nil {
		total = plus(total, (times(Cost(t.Metres[from][to]), r.kilometre)+500)/1000)
	}
	return total
}

func (x *index) shiftBound(s *Shift) Cost {
	long := 2 * x.p.Length // overtime is no longer than the horizon
	total := plus(s.Cost, byHour(long, x.p.Weights.WaitingHour), byHour(long, s.WorkHour), byHour(long, s.OvertimeHour))
	for _, b := range s.Breaks {
		total = plus(total, b.SkipCost)
	}
	return total
}

// visitBound bounds what a visit costs, planned or left out.
func (x *index) visitBound(v *Visit) Cost {
	w, reach := &x.p.Weights, 2*x.p.Length
	skills := len(v.Skills)
	for _, list := range v.AnyOf {
		skills += len(list)
	}
	total := plus(v.DropCost, x.mostScarcity, w.NotPreferred, w.SpareTerritory,
		times(w.Overqualification, Cost((MaxLevel-MinLevel)*skills)), byHour(reach, v.LateHour))
	if v.Prefer != nil {
		total = plus(total, byHour(reach, w.PreferHour))
	}
	if v.Told != nil {
		total = plus(total, percent(w.OtherTechnician, v.Told.Percent), byHour(reach, percent(w.ToldHour, v.Told.Percent)))
	}
	return total
}

func (x *index) technicianBound(t int32) Cost {
	w, person := &x.p.Weights, &x.p.Technicians[t]
	// Hours are squared in minutes, and that must not overflow either.
	minutes, begun := (Cost(person.Hours)+2*Cost(x.p.Length))/60+1, Cost(person.Unpleasant+len(x.p.Visits))
	return plus(times(w.Fairness, times(minutes, minutes)), times(w.Unpleasant, times(begun, begun)))
}
