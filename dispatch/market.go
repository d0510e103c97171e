package dispatch

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
)

// SaleQuery asks what is known of the sale of slots to such a client.
type SaleQuery struct {
	TerritoryID uuid.UUID
	ClientID    uuid.UUID
	Skill       string // the first that the work needs; "": none
	Since       time.Time
}

// Sales is that knowledge.
type Sales struct {
	Booked   []Sale
	Familiar []uuid.UUID // technicians who have completed a visit of the client, within a year
}

// Sale is one slot that was booked in the territory by work with the skill.
type Sale struct{ Slot, At time.Time }

// market is what a slot is worth beside what it costs the plan.
type market struct {
	organization uuid.UUID
	now          time.Time
	goodFor      time.Duration // how long its offers may be taken
	zone         *time.Location
	policy       SlotPolicy
	visit        Visit
	urgent       bool
	tariff       *Tariff // nil: there is none
	sales        Sales
}

// salesWeeks is over how many weeks demand is counted.
const salesWeeks = 4

func (s *Service) market(ctx context.Context, of subject, now time.Time) (market, error) {
	m := market{organization: of.organization.ID, now: now, policy: of.organization.Policy.Slots, visit: of.visit}
	m.urgent = of.visit.Priority <= 2 || of.request.Severity == Crisis
	var err error
	if m.zone, err = Zone(of.visit.TimeZone); err != nil {
		return m, err
	}
	tariff, err := s.store.TariffAt(ctx, now)
	switch {
	case err == nil:
		m.tariff = &tariff
	case KindOf(err) != KindNotFound:
		return m, err
	}
	q := SaleQuery{TerritoryID: of.visit.TerritoryID, ClientID: of.visit.ClientID, Since: now.AddDate(0, 0, -7*salesWeeks)}
	if len(of.visit.RequiredSkills) > 0 {
		q.Skill = of.visit.RequiredSkills[0].Skill
	}
	m.sales, err = s.store.Sales(ctx, q)
	return m, err
}

// knows reports whether the technician has been with the client.
func (m market) knows(technician uuid.UUID) bool {
	return slices.Contains(m.sales.Familiar, technician)
}

// opportunity is what giving one place of a slot away is expected to cost: the policy's price of having none left, times the chance that as many
// clients still come for such a slot as there are technicians left for it (Littlewood's rule, 1972, with Poisson demand). Demand is counted over the
// last weeks, in the same territory, skill, weekday and hour, of those who came as late as may still come.
func (m market) opportunity(slot Span, choices int) int64 {
	local, left, n := slot.Start.In(m.zone), slot.Start.Sub(m.now), 0
	for _, sale := range m.sales.Booked {
		at := sale.Slot.In(m.zone)
		if at.Weekday() == local.Weekday() && at.Hour() == local.Hour() && sale.Slot.Sub(sale.At) < left {
			n++
		}
	}
	return int64(math.Round(float64(m.policy.Opportunity) * atLeast(choices, float64(n)/salesWeeks)))
}

// atLeast is the chance that a Poisson variable with that mean is k or more.
func atLeast(k int, mean float64) float64 {
	below, term := 0.0, math.Exp(-mean)
	for i := range k {
		below += term
		term *= mean / float64(i+1)
	}
	return max(0, 1-below)
}

// withheld is why a slot in which the work would fit is kept back, or nil.
func (m market) withheld(slot Span, q quoted) *Reason {
	if m.urgent || q.best == nil {
		return nil
	}
	for i, r := range m.policy.Reserves {
		if !m.reserves(r, slot) || q.idle[i]-m.visit.Duration >= time.Duration(r.Time)*time.Second {
			continue
		}
		return &Reason{Code: "slot.reserved", Params: map[string]any{"minutes": int(r.Time) / 60}}
	}
	return nil
}

// reserves reports whether a reserve holds for a slot of this work.
func (m market) reserves(r Reserve, slot Span) bool {
	day := (int(slot.Start.In(m.zone).Weekday())+6)%7 + 1
	return (r.TerritoryID == uuid.Nil || r.TerritoryID == m.visit.TerritoryID) && (len(r.Days) == 0 || slices.Contains(r.Days, day)) &&
		slot.Start.Sub(m.now) > time.Duration(r.Until)*time.Second
}

// idle is, for each reserve, how much time of the technicians it counts is neither work, travel nor break on the board's day.
func (b *board) idle(reserves []Reserve) []time.Duration {
	out := make([]time.Duration, len(reserves))
	if len(reserves) == 0 {
		return out
	}
	taken := map[uuid.UUID]time.Duration{}
	for _, v := range b.t.visits {
		if a := v.Assignment; a != nil {
			taken[a.ShiftID] += a.Depart.Sub(a.Begin) + time.Duration(a.TravelSeconds)*time.Second
		}
	}
	for _, sh := range b.t.Shifts {
		id := uuid.MustParse(sh.ID)
		technician := b.t.view.Technicians[b.t.shifts[id].TechnicianID]
		free := time.Duration(sh.End-sh.Start)*time.Second - taken[id]
		for _, pause := range sh.Breaks {
			free -= time.Duration(pause.Duration) * time.Second
		}
		for i, r := range reserves {
			has := r.Skill == "" || slices.ContainsFunc(technician.Skills, func(s SkillLevel) bool { return s.Skill == r.Skill })
			serves := r.TerritoryID == uuid.Nil || len(technician.TerritoryIDs) == 0 || slices.Contains(technician.TerritoryIDs, r.TerritoryID)
			if has && serves {
				out[i] += max(0, free)
			}
		}
	}
	return out
}

// How far arrivals are from the plan: a normal error that grows with every visit before, in minutes. See TestLateRisk for what it comes to.
const (
	firstError = 8.0
	eachError  = 9.0
)

// lateRisk is the chance, in per cent rounded up to 1, that a technician who is planned so long before the end of the window, after so many other
// visits, arrives after it.
func lateRisk(slack time.Duration, before int) int {
	deviation := math.Sqrt(firstError*firstError + float64(before)*eachError*eachError)
	late := 0.5 * math.Erfc(slack.Minutes()/deviation/math.Sqrt2)
	return max(1, int(math.Ceil(100*late)))
}
