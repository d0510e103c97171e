package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/scheduler"
)

// secondsText is durationText for a length that may be absent.
func secondsText(s scheduler.Seconds) string {
	if s == 0 {
		return ""
	}
	return durationText(time.Duration(s) * time.Second)
}

// durations reads ISO 8601 durations, every fault noted; the longest that is read fits what they are read into.
type durations struct{ faults dispatch.Faults }

func (d *durations) seconds(path, text string) scheduler.Seconds {
	if text == "" {
		return 0
	}
	length, err := dispatch.ParseDuration(text)
	if err != nil {
		d.faults.Add(path, "duration.malformed", nil)
	}
	return scheduler.Seconds(length / time.Second)
}

func quantitiesOf(list []dispatch.Quantity) []oapi.Quantity {
	return some(list, func(q dispatch.Quantity) oapi.Quantity { return oapi.Quantity{Kind: q.Kind, Quantity: q.Quantity} })
}

func quantities(list []oapi.Quantity) []dispatch.Quantity {
	return some(list, func(q oapi.Quantity) dispatch.Quantity { return dispatch.Quantity{Kind: q.Kind, Quantity: q.Quantity} })
}

// some is each for a list that is left out when it is empty.
func some[A, B any](values []A, turn func(A) B) []B {
	if len(values) == 0 {
		return nil
	}
	return each(values, turn)
}

// technicianRulesOf is shown to dispatchers and administrators.
func technicianRulesOf(p dispatch.Principal, r dispatch.TechnicianRules) *oapi.TechnicianRules {
	if !p.Staff() {
		return nil
	}
	return &oapi.TechnicianRules{Kind: r.Kind, SpareTerritoryIds: r.SpareTerritoryIDs, Shifts: shiftRulesOf(p, r.Shifts)}
}

func (d *durations) technicianRules(b *oapi.TechnicianRules) (out dispatch.TechnicianRules) {
	if b == nil {
		return out
	}
	return dispatch.TechnicianRules{Kind: b.Kind, SpareTerritoryIDs: b.SpareTerritoryIds, Shifts: d.shiftRules("/rules/shifts", b.Shifts)}
}

// shiftRulesOf is shown to dispatchers and administrators.
func shiftRulesOf(p dispatch.Principal, r dispatch.ShiftRules) *oapi.ShiftRules {
	if !p.Staff() {
		return nil
	}
	return &oapi.ShiftRules{
		ShiftPrice: r.Price, Overtime: secondsText(r.Overtime), OvertimeHour: r.OvertimeHour, WorkHour: r.WorkHour, FreeStart: r.FreeStart,
		TravelHour: r.TravelHour, TravelKilometre: r.TravelKilometre, VisitPrice: r.VisitPrice, Pool: r.Pool, MaxTravel: secondsText(r.MaxTravel),
		MaxDistance: r.MaxDistance, MaxVisits: r.MaxVisits, Capacity: quantitiesOf(r.Capacity), Stock: quantitiesOf(r.Stock),
		StartsAnywhere: r.StartsAnywhere, EndsAnywhere: r.EndsAnywhere,
	}
}

func (d *durations) shiftRules(path string, b *oapi.ShiftRules) (out dispatch.ShiftRules) {
	if b == nil {
		return out
	}
	return dispatch.ShiftRules{
		Price: b.ShiftPrice, Overtime: d.seconds(path+"/overtime", b.Overtime), OvertimeHour: b.OvertimeHour, WorkHour: b.WorkHour, FreeStart: b.FreeStart,
		TravelHour: b.TravelHour, TravelKilometre: b.TravelKilometre, VisitPrice: b.VisitPrice, Pool: b.Pool, MaxTravel: d.seconds(path+"/max_travel", b.MaxTravel),
		MaxDistance: b.MaxDistance, MaxVisits: b.MaxVisits, Capacity: quantities(b.Capacity), Stock: quantities(b.Stock),
		StartsAnywhere: b.StartsAnywhere, EndsAnywhere: b.EndsAnywhere,
	}
}

// shiftRulesGiven are the rules that a body may give; nil when it does not.
func (d *durations) shiftRulesGiven(b *oapi.ShiftRules) *dispatch.ShiftRules {
	if b == nil {
		return nil
	}
	r := d.shiftRules("/rules", b)
	return &r
}

// workRulesOf is what the caller may see of the rules; the preferred window and the service promise stand beside them.
func workRulesOf(p dispatch.Principal, all dispatch.WorkRules) *oapi.WorkRules {
	r := all.ShownTo(p)
	return &oapi.WorkRules{
		AnyOf: some(r.AnyOf, skillLevelsOf), NoneOf: some(r.NoneOf, skillLevelOf), RequiredTechnicianIds: r.RequiredTechnicianIDs,
		PreferredTechnicianIds: r.PreferredTechnicianIDs, ExcludedTechnicianIds: r.ExcludedTechnicianIDs, AlternativeSiteIds: r.AlternativeSiteIDs,
		Setup: secondsText(r.Setup), LateHour: r.LateHour, Mandatory: r.Mandatory, Loads: quantitiesOf(r.Loads), Pickups: quantitiesOf(r.Pickups), Parts: quantitiesOf(r.Parts), Resources: r.Resources,
		Durations: some(r.Durations, func(d dispatch.WorkDuration) oapi.WorkDuration {
			return oapi.WorkDuration{TechnicianID: d.TechnicianID, Kind: d.Kind, Level: d.Level, Duration: secondsText(d.Duration), Setup: secondsText(d.Setup)}
		}),
	}
}

func (d *durations) workRules(b *oapi.WorkRules) (out dispatch.WorkRules) {
	if b == nil {
		return out
	}
	out = dispatch.WorkRules{
		AnyOf: some(b.AnyOf, skillLevels), NoneOf: some(b.NoneOf, skillLevel), RequiredTechnicianIDs: b.RequiredTechnicianIds,
		PreferredTechnicianIDs: b.PreferredTechnicianIds, ExcludedTechnicianIDs: b.ExcludedTechnicianIds, AlternativeSiteIDs: b.AlternativeSiteIds,
		Setup: d.seconds("/rules/setup", b.Setup), LateHour: b.LateHour, Mandatory: b.Mandatory, Loads: quantities(b.Loads), Pickups: quantities(b.Pickups), Parts: quantities(b.Parts), Resources: b.Resources,
	}
	for i, w := range b.Durations {
		at := pointer("/rules/durations", i)
		out.Durations = append(out.Durations, dispatch.WorkDuration{
			TechnicianID: w.TechnicianID, Kind: w.Kind, Level: w.Level, Duration: d.seconds(at+"/duration", w.Duration), Setup: d.seconds(at+"/setup", w.Setup),
		})
	}
	return out
}

// wishes reads the preferred window and the service promise of a body; "" is absent.
func (l *localTimes) wishes(start, end, due string, into *dispatch.WorkRules) {
	into.Prefer = l.window("preferred", start, end)
	if due != "" {
		at := l.instant("/due", due, "")
		into.Due = &at
	}
}

// window reads a window whose ends stand beside each other under names with the prefix, both or neither.
func (l *localTimes) window(prefix, start, end string) *dispatch.Span {
	l.faults.Check(start != "" || end == "", "/"+prefix+"_start", "field.required")
	l.faults.Check(end != "" || start == "", "/"+prefix+"_end", "field.required")
	if start == "" || end == "" {
		return nil
	}
	return &dispatch.Span{Start: l.instant("/"+prefix+"_start", start, ""), End: l.instant("/"+prefix+"_end", end, "")}
}

// windowPatch is window for a merge patch: nil when it does not touch the window, a nil window when it clears it.
func (l *localTimes) windowPatch(prefix string, start, end oapi.Patch[string]) **dispatch.Span {
	if !start.Given && !end.Given {
		return nil
	}
	w := l.window(prefix, given(start.Value), given(end.Value))
	return &w
}

// rulesPatch reads a change of the rules of work and of the wishes beside them.
func (l *localTimes) rulesPatch(rules *oapi.WorkRules, start, end, due oapi.Patch[string]) dispatch.RulesPatch {
	patch := dispatch.RulesPatch{Prefer: l.windowPatch("preferred", start, end)}
	if rules != nil {
		var d durations
		r := d.workRules(rules)
		l.faults = append(l.faults, d.faults...)
		patch.Rules = &r
	}
	if due.Given {
		var at *time.Time
		if due.Value != nil {
			instant := l.instant("/due", *due.Value, "")
			at = &instant
		}
		patch.Due = &at
	}
	return patch
}

func (d *durations) links(b *oapi.VisitLinks) (out dispatch.VisitLinks) {
	if b == nil {
		return out
	}
	out.Together = b.TogetherWith
	for i, a := range b.After {
		at := pointer("/links/after", i)
		after := dispatch.AfterVisit{VisitID: a.VisitID, Least: d.seconds(at+"/least", a.Least), Greatest: d.seconds(at+"/greatest", a.Greatest)}
		if a.Technician != oapi.VisitAfterTechnicianAny {
			after.Technician = scheduler.SameOr(a.Technician)
		}
		out.After = append(out.After, after)
	}
	return out
}

// linksOf is shown to dispatchers and administrators.
func linksOf(l dispatch.VisitLinks) *oapi.VisitLinks {
	out := &oapi.VisitLinks{TogetherWith: l.Together}
	for _, a := range l.After {
		after := oapi.VisitAfter{VisitID: a.VisitID, Least: secondsText(a.Least), Greatest: secondsText(a.Greatest), Technician: oapi.VisitAfterTechnicianAny}
		if a.Technician != scheduler.AnyTechnician {
			after.Technician = oapi.VisitAfterTechnician(a.Technician)
		}
		out.After = append(out.After, after)
	}
	return out
}

func policyOf(p dispatch.Policy) *oapi.Policy {
	out := &oapi.Policy{Rest: durationText(time.Duration(p.Rest) * time.Second), Unpleasant: weeklyOf(p.Unpleasant), Live: livePolicyOf(p.Live)}
	for _, h := range p.TravelHours {
		out.TravelHours = append(out.TravelHours, oapi.TravelHours{Transport: transportOf(h.Transport), TerritoryID: h.TerritoryID, Percents: h.Percents[:]})
	}
	for _, r := range p.Resources {
		out.Resources = append(out.Resources, oapi.Resource{Code: r.Code, Quantity: r.Quantity, Turnaround: secondsText(r.Turnaround)})
	}
	for _, d := range p.Depots {
		out.Depots = append(out.Depots, oapi.Depot{Code: d.Code, Place: positionOf(d.Place), Duration: secondsText(d.Duration), Hours: weeklyOf(d.Hours), Parts: d.Parts})
	}
	out.Slots, out.Replan, out.Decisions = slotPolicyOf(p.Slots), replanPolicyOf(p.Replan), p.Decisions
	return out
}

func (d *durations) policy(b oapi.Policy) dispatch.Policy {
	out := dispatch.DefaultPolicy()
	if b.Rest != "" {
		out.Rest = d.seconds("/policy/rest", b.Rest)
	}
	out.Unpleasant = weekly(b.Unpleasant)
	d.livePolicy(&out.Live, b.Live)
	for _, h := range b.TravelHours {
		out.TravelHours = append(out.TravelHours, dispatch.TravelHours{Transport: transport(h.Transport), TerritoryID: h.TerritoryID, Percents: [24]int(h.Percents)}) // the contract asks for 24
	}
	for i, r := range b.Resources {
		out.Resources = append(out.Resources, dispatch.Resource{Code: r.Code, Quantity: r.Quantity, Turnaround: d.seconds(pointer("/policy/resources", i)+"/turnaround", r.Turnaround)})
	}
	for i, p := range b.Depots {
		out.Depots = append(out.Depots, dispatch.Depot{
			Code: p.Code, Place: position(p.Place), Duration: d.seconds(pointer("/policy/depots", i)+"/duration", p.Duration), Hours: weekly(p.Hours), Parts: p.Parts,
		})
	}
	if b.Slots != nil {
		out.Slots = d.slotPolicy("/policy/slots", *b.Slots)
	}
	if b.Replan != nil {
		out.Replan = d.replanPolicy("/policy/replan", *b.Replan)
	}
	if b.Decisions != 0 {
		out.Decisions = b.Decisions
	}
	return out
}

func weeklyOf(hours []dispatch.WeeklyHours) []oapi.WeeklyHours {
	return some(hours, func(h dispatch.WeeklyHours) oapi.WeeklyHours {
		return oapi.WeeklyHours{Days: h.Days, Start: h.Start, End: h.End}
	})
}

func weekly(hours []oapi.WeeklyHours) []dispatch.WeeklyHours {
	return some(hours, func(h oapi.WeeklyHours) dispatch.WeeklyHours {
		return dispatch.WeeklyHours{Days: h.Days, Start: h.Start, End: h.End}
	})
}

// ownZone reads local times in the zone that a body names, else in the record's own.
func (h *handlers) ownZone(ctx context.Context, named *string, own string) (*localTimes, error) {
	if named != nil {
		own = *named
	}
	return h.localTimes(ctx, own, uuid.Nil)
}
