package scheduler

import "tournee/scheduler/internal/core"

// walked lists the rules that routes are walked through, in the order in which
// they judge: a new one is added here. Use compiles what the rule needs and
// says whether any part of the problem needs it; a problem that needs none is
// searched by constant-time tests alone. Dearest is no less than what the rule
// can ever charge a whole plan; nil for rules that only forbid.
var walked = []struct {
	rule    core.Rule
	use     func(*Model) bool
	dearest func(*index) Cost
}{
	{core.Hours{}, (*Model).compileHours, nil},
	{core.Durations{}, (*Model).compileDurations, nil},
	{core.Breaks{}, (*Model).compileOptionalBreaks, (*index).dearestBreaks},
	{core.Alternatives{}, (*Model).compileAlternatives, nil},
	{core.Parts{}, (*Model).compileParts, nil},
	{core.Pools{}, (*Model).compilePools, nil},
	{core.Connection{}, (*Model).compileConnection, nil},
	{core.Limits{}, (*Model).compileLimits, nil},
	{core.Pickups{}, (*Model).compilePickups, nil},
	{core.Lateness{}, (*Model).compileDeadlines, (*index).dearestLateness},
	{core.Coupling{}, (*Model).compileLinks, nil},
	{core.Rest{}, (*Model).compileRest, nil},
	{core.Share{}, (*Model).compileShares, (*index).dearestShares},
	{core.WorkTime{}, (*Model).compileWorkTime, (*index).dearestWorkTime},
}

// walkedTerms are the terms of what the core charges.
var walkedTerms = [core.Terms]Term{
	core.Work:          TermWork,
	core.Overtime:      TermOvertime,
	core.PreferLate:    TermPreferLate,
	core.Late:          TermLate,
	core.ToldLate:      TermToldLate,
	core.SkippedBreaks: TermSkippedBreaks,
}

// walkedReasons say why a walked rule forbids; nil for what explain tells by
// itself.
var walkedReasons = [core.Codes]func(x *index, v, shift int32, amount int64) Reason{
	core.TooMuchTravel: (*index).tooMuchTravel,
	core.TooFar:        (*index).tooFar,
	core.TooManyVisits: (*index).tooManyVisits,
	core.NoConnection:  (*index).noConnection,
	core.PartMissing:   (*index).partMissing,
	core.NoPickup:      (*index).noPickup,
	core.TooLittleRest: (*index).tooLittleRest,
	core.OutOfGap:      (*index).outOfGap,
	core.Unavailable:   (*index).unavailable,
	core.TooFull:       (*index).tooFull,
}

// walkedWhy says which walked rules keep v out of a shift, if those alone do.
func (l *Live) walkedWhy(v, s int32) (out []Reason) {
	for _, b := range l.s.Breaches(s, v) {
		reason := walkedReasons[b.Code]
		if reason == nil {
			return nil
		}
		out = append(out, reason(l.m.x, v, s, b.Amount))
	}
	return out
}

func (m *Model) compileWalked() {
	for _, w := range walked {
		if w.use(m) {
			m.core.Rules = append(m.core.Rules, w.rule)
		}
	}
}

func (x *index) dearestWalked() Cost {
	total := Cost(0)
	for _, w := range walked {
		if w.dearest != nil {
			total += w.dearest(x)
		}
	}
	return total
}

// hourly prices a time by the hour, rounding halves up; none below zero.
func hourly(t Seconds, hour Cost) Cost {
	if t <= 0 {
		return 0
	}
	return (Cost(t)*hour + 1800) / 3600
}
