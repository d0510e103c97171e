package check

import "tournee/scheduler"

// rates are the prices of an hour of travel and of a kilometre in a shift.
func (s *sheet) rates(sh *scheduler.Shift) (hour, kilometre scheduler.Cost) {
	hour, kilometre = s.p.Weights.TravelHour, s.p.Weights.Kilometre
	if sh.TravelHour != nil {
		hour = *sh.TravelHour
	}
	if sh.Kilometre != nil {
		kilometre = *sh.Kilometre
	}
	return hour, kilometre
}

// dearestLeg is the dearest leg that any shift could make.
func (s *sheet) dearestLeg() scheduler.Cost {
	type fare struct {
		mode            *scheduler.Travel
		hour, kilometre scheduler.Cost
	}
	fares := map[fare]bool{}
	for i := range s.p.Shifts {
		hour, kilometre := s.rates(&s.p.Shifts[i])
		fares[fare{s.mode(&s.p.Shifts[i]), hour, kilometre}] = true
	}
	dearest := scheduler.Cost(0)
	for f := range fares {
		for i, row := range f.mode.Seconds {
			for j, seconds := range row {
				if seconds < 0 {
					continue
				}
				leg := nearest(scheduler.Cost(s.worst(f.mode, i, j))*f.hour, 3600)
				if f.mode.Costs != nil {
					leg = f.mode.Costs[i][j]
				} else if f.mode.Metres != nil {
					leg += nearest(scheduler.Cost(f.mode.Metres[i][j])*f.kilometre, 1000)
				}
				if leg > dearest {
					dearest = leg
				}
			}
		}
	}
	return dearest
}
