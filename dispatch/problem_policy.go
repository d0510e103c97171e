package dispatch

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/scheduler"
)

// addPolicy adds what the organization asks of every plan: rest, unpleasant hours, scarce things, depots.
func (t *translator) addPolicy() {
	policy := t.view.Organization.Policy
	t.Rest = policy.Rest
	t.Unpleasant = t.weekly(policy.Unpleasant)
	codes := map[string]bool{}
	for _, r := range policy.Resources {
		codes[r.Code] = true
		t.Resources = append(t.Resources, scheduler.Resource{ID: r.Code, Quantity: r.Quantity, Turnaround: r.Turnaround})
	}
	parts := false
	for _, v := range t.Visits {
		parts = parts || len(v.Parts) > 0
		for _, code := range v.Resources {
			if !codes[code] { // taken out of the policy since: there is none of it
				codes[code] = true
				t.Resources = append(t.Resources, scheduler.Resource{ID: code})
			}
		}
	}
	if !parts {
		return // nothing is picked up
	}
	for _, d := range policy.Depots {
		out := scheduler.Depot{ID: d.Code, Place: t.place(d.Place), Duration: d.Duration, Windows: t.weekly(d.Hours), Parts: d.Parts}
		if len(d.Hours) == 0 || len(out.Windows) > 0 { // else it is closed all the time
			t.Depots = append(t.Depots, out)
		}
	}
}

// weekly are the stretches of weekly hours in the horizon.
func (t *translator) weekly(hours []WeeklyHours) (out []scheduler.Window) {
	horizon := Span{Start: t.zero, End: t.instant(scheduler.Time(t.Length))}
	for _, s := range spans(hours, t.zone, horizon) {
		w := scheduler.Window{Open: t.at(latest(s.Start, horizon.Start)), Close: t.at(earliest(s.End, horizon.End)) - 1} // ends are included there
		if w.Open <= w.Close {
			out = append(out, w)
		}
	}
	return out
}

// past is what a technician worked before the view, and how often in unpleasant hours.
func (t *translator) past(id uuid.UUID) (scheduler.Seconds, int) {
	worked := t.view.Past[id]
	if len(worked.Begins) == 0 {
		return worked.Seconds, 0
	}
	first := slices.MinFunc(worked.Begins, time.Time.Compare)
	unpleasant := spans(t.view.Organization.Policy.Unpleasant, t.zone, Span{Start: first, End: first.Add(ShareWeeks + 2*dayAround)})
	n := 0
	for _, begin := range worked.Begins {
		if slices.ContainsFunc(unpleasant, func(s Span) bool { return s.Contains(begin) }) {
			n++
		}
	}
	return worked.Seconds, n
}

// addZones numbers the territories that have travel hours of their own; 0 is everywhere else.
func (t *translator) addZones() {
	t.zones = map[uuid.UUID]int{}
	for _, h := range t.view.Organization.Policy.TravelHours {
		if _, known := t.zones[h.TerritoryID]; !known && h.TerritoryID != uuid.Nil {
			t.zones[h.TerritoryID] = len(t.zones) + 1
		}
	}
}

// planningHour is the local hour whose speeds give the plan its base times: mid-morning, between the peaks.
const planningHour = 10

func (t *translator) addTravel() {
	modes := map[string]bool{}
	for _, tech := range t.Technicians {
		modes[tech.Mode] = true
	}
	for _, s := range t.Shifts {
		modes[s.Mode] = true
	}
	n := len(t.positions)
	for mode := range geo.Mode(geo.Modes) {
		if !modes[mode.String()] {
			continue
		}
		m := t.view.travel.matrix(t.positions, mode)
		travel := scheduler.Travel{Mode: mode.String(), Seconds: make([][]scheduler.Seconds, n), Metres: make([][]scheduler.Metres, n)}
		for i := range n {
			travel.Seconds[i], travel.Metres[i] = make([]scheduler.Seconds, n), make([]scheduler.Metres, n)
			for j := range n {
				seconds, metres := m.At(i, j)
				travel.Seconds[i][j], travel.Metres[i][j] = scheduler.Seconds(seconds), scheduler.Metres(metres)
			}
		}
		travel.Curves = t.curves(mode, m)
		t.Travel = append(t.Travel, travel)
	}
}

// curves say zone by zone how travel by a mode varies over the horizon; nil when it does not.
func (t *translator) curves(mode geo.Mode, m geo.Matrix) []scheduler.Curve {
	zones := make([][24]int, len(t.zones)+1)
	zones[0] = t.view.travel.HourPercents(t.positions, m, mode, planningHour)
	hours := t.view.Organization.Policy.TravelHours
	for _, h := range hours {
		if h.Transport == mode && h.TerritoryID == uuid.Nil {
			zones[0] = h.Percents
		}
	}
	for i := 1; i < len(zones); i++ {
		zones[i] = zones[0]
	}
	for _, h := range hours {
		if zone, own := t.zones[h.TerritoryID]; h.Transport == mode && own {
			zones[zone] = h.Percents
		}
	}
	if !slices.ContainsFunc(zones, varies) {
		return nil
	}
	longest := int64(slices.Max(append([]int32{0}, m.Seconds...)))
	out := make([]scheduler.Curve, len(zones))
	for i, percents := range zones {
		out[i] = t.curve(percents, longest)
	}
	return out
}

// varies reports whether an hour differs from the base times.
func varies(percents [24]int) bool {
	return slices.ContainsFunc(percents[:], func(p int) bool { return p != 100 })
}

// curve puts the percentage of every local hour of the horizon at the middle of the hour, daylight saving and all. It falls no faster than
// lets the longest journey that leaves later arrive no earlier: where it would, times are too long rather than too short.
func (t *translator) curve(percents [24]int, longest int64) (out scheduler.Curve) {
	local := t.zero.In(t.zone)
	middle := t.zero.Add(time.Duration(30-local.Minute()) * time.Minute).Truncate(time.Minute)
	for ; ; middle = middle.Add(time.Hour) {
		at := t.at(middle)
		if at < 0 {
			continue
		}
		if len(out) > 0 && at > scheduler.Time(t.Length) {
			return out
		}
		point := scheduler.CurvePoint{At: min(at, scheduler.Time(t.Length)), Percent: percents[middle.In(t.zone).Hour()]}
		n := len(out)
		if n > 0 && longest > 0 {
			fall := 100 * int64(point.At-out[n-1].At) / longest
			point.Percent = max(point.Percent, out[n-1].Percent-int(min(fall, 1000)))
		}
		if n > 1 && out[n-1].Percent == point.Percent && out[n-2].Percent == point.Percent {
			out[n-1].At = point.At // on the level
			continue
		}
		out = append(out, point)
	}
}
