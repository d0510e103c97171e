package check

import "tournee/scheduler"

// otherTechnician prices another technician than the client was told.
func (s *sheet) otherTechnician(v *scheduler.Visit, t *scheduler.Technician) scheduler.Cost {
	if v.Told == nil || v.Told.Technician == "" || v.Told.Technician == t.ID {
		return 0
	}
	return s.mostOtherTechnician(v)
}

func (s *sheet) mostOtherTechnician(v *scheduler.Visit) scheduler.Cost {
	if v.Told == nil {
		return 0
	}
	return nearest(scheduler.Cost(v.Told.Percent)*s.p.Weights.OtherTechnician, 100)
}
