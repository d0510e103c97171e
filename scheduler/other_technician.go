package scheduler

// Rule: a visit whose client was told a technician costs
// Weights.OtherTechnician with another, times Told.Percent, rounded to the
// nearest unit.

func (x *index) otherTechnician(v *Visit, t int32) Cost {
	if v.Told == nil || v.Told.Technician == "" || v.Told.Technician == x.p.Technicians[t].ID {
		return 0
	}
	return x.mostOtherTechnician(v)
}

// mostOtherTechnician is what any other technician than was told costs.
func (x *index) mostOtherTechnician(v *Visit) Cost {
	if v.Told == nil {
		return 0
	}
	return (x.p.Weights.OtherTechnician*Cost(v.Told.Percent) + 50) / 100
}
