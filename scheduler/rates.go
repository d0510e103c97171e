package scheduler

// Rule: a shift with rates of its own for an hour of travel or a kilometre is
// priced by them instead of by the weights.

// rates are what travel costs.
type rates struct{ hour, kilometre Cost }

// fare is a transport mode at its rates. Shifts of one fare share one matrix.
type fare struct {
	mode int32
	rates
}

func checkRates(f *faults, path string, s *Shift) {
	if s.TravelHour != nil {
		cost(f, path+"/travel_hour", *s.TravelHour, MaxWeight)
	}
	if s.Kilometre != nil {
		cost(f, path+"/kilometre", *s.Kilometre, MaxWeight)
	}
}

func (x *index) fare(s *Shift) fare {
	f := fare{x.modes[x.travelOf(s).Mode], rates{x.p.Weights.TravelHour, x.p.Weights.Kilometre}}
	if s.TravelHour != nil {
		f.hour = *s.TravelHour
	}
	if s.Kilometre != nil {
		f.kilometre = *s.Kilometre
	}
	return f
}

// listFares lists how the shifts travel, each fare once, in the order of the
// first shift that has it.
func (x *index) listFares() {
	seen := map[fare]int32{}
	x.fareOf = make([]int32, len(x.p.Shifts))
	for i := range x.p.Shifts {
		f := x.fare(&x.p.Shifts[i])
		if _, ok := seen[f]; !ok {
			seen[f] = int32(len(x.fares))
			x.fares = append(x.fares, f)
		}
		x.fareOf[i] = seen[f]
	}
}

// dearestLeg is the dearest leg that any shift could travel.
func (x *index) dearestLeg() Cost {
	dearest := Cost(0)
	for _, f := range x.fares {
		t := &x.p.Travel[f.mode]
		for from := range t.Seconds {
			for to := range t.Seconds[from] {
				time, way := t.price(f.rates, from, to, x.takesAt(t, from, to, x.slowest(t, from)))
				dearest = max(dearest, time+way)
			}
		}
	}
	return dearest
}
