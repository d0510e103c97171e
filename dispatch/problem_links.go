package dispatch

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// others are the visits with links that are not planned here: over, or in a route beyond the view.
func (t *translator) other(windows map[uuid.UUID][]scheduler.Window, id uuid.UUID) (v Visit, known bool) {
	if _, planned := windows[id]; planned {
		return Visit{}, false
	}
	i := slices.IndexFunc(t.view.Linked, func(v Visit) bool { return v.ID == id })
	if i < 0 {
		return Visit{}, false
	}
	return t.view.Linked[i], true
}

// bindOthers keeps the visits that can be planned to what is settled about those that they depend on, and takes out those that wait for one
// which is not planned at all; it reports whether it took one out.
func (t *translator) bindOthers(windows map[uuid.UUID][]scheduler.Window) (took bool) {
	for _, v := range t.view.Visits {
		if _, planned := windows[v.ID]; !planned || t.fixed[v.ID] {
			continue
		}
		for _, a := range v.Links.After {
			first, known := t.other(windows, a.VisitID)
			if !known || (first.Status.Over() && first.ActualEnd == nil) {
				continue // planned here too, or called off
			}
			end, settled := endOf(first)
			if settled {
				windows[v.ID] = between(windows[v.ID], t.at(end)+scheduler.Time(a.Least), greatest(t.at(end), a.Greatest))
			}
			if !settled || len(windows[v.ID]) == 0 {
				t.miss(windows, v.ID, "visit.waits_for_other")
				took = true
				break
			}
		}
	}
	return t.bindBefore(windows) || took
}

// bindBefore is bindOthers for visits after which another comes that has its place beyond the view.
func (t *translator) bindBefore(windows map[uuid.UUID][]scheduler.Window) (took bool) {
	for _, second := range t.view.Linked {
		if _, planned := windows[second.ID]; planned || second.Assignment == nil || second.Status.Over() {
			continue
		}
		for _, a := range second.Links.After {
			open, planned := windows[a.VisitID]
			if !planned || t.fixed[a.VisitID] {
				continue
			}
			first := t.view.visit(a.VisitID)
			last := t.at(second.Assignment.Begin) - scheduler.Time(a.Least) - scheduler.Time(seconds(first.Duration)+first.Rules.Setup)
			if windows[a.VisitID] = between(open, 0, last); len(windows[a.VisitID]) == 0 {
				t.miss(windows, a.VisitID, "visit.waits_for_other")
				took = true
			}
		}
	}
	return took
}

// endOf is when a visit ended, or is planned to.
func endOf(v Visit) (time.Time, bool) {
	switch {
	case v.ActualEnd != nil:
		return *v.ActualEnd, true
	case v.Assignment != nil:
		return v.Assignment.Depart, true
	}
	return time.Time{}, false
}

// greatest is the end of a gap; 0 stands for no limit.
func greatest(from scheduler.Time, gap scheduler.Seconds) scheduler.Time {
	if gap == 0 {
		return scheduler.Time(scheduler.MaxHorizon)
	}
	return from + scheduler.Time(gap)
}

// between cuts windows to what lies between two moments, ends included.
func between(windows []scheduler.Window, from, to scheduler.Time) (out []scheduler.Window) {
	for _, w := range windows {
		if w.Open, w.Close = max(w.Open, from), min(w.Close, to); w.Open <= w.Close {
			out = append(out, w)
		}
	}
	return out
}

// addLinks ties the visits of the problem together, and holds those whose first visit is elsewhere to its technician or away from him.
func (t *translator) addLinks() {
	links := map[uuid.UUID]VisitLinks{}
	for id, v := range t.visits {
		links[id] = v.Links
	}
	together := map[uuid.UUID][]string{}
	crew := crews(links)
	for i := range t.Visits {
		id := uuid.MustParse(t.Visits[i].ID)
		together[crew[id]] = append(together[crew[id]], t.Visits[i].ID)
		for _, a := range t.visits[id].Links.After {
			if _, here := t.visits[a.VisitID]; here {
				t.Links = append(t.Links, scheduler.Link{
					ID: "after-" + a.VisitID.String() + "-" + t.Visits[i].ID, Kind: scheduler.After, Visits: []string{a.VisitID.String(), t.Visits[i].ID},
					Least: a.Least, Greatest: a.Greatest, Technician: a.Technician,
				})
				continue
			}
			t.holdTechnician(&t.Visits[i], a)
		}
	}
	for _, v := range t.Visits {
		if members := t.stillTogether(together[uuid.MustParse(v.ID)]); len(members) > 1 {
			t.Links = append(t.Links, scheduler.Link{ID: "crew-" + v.ID, Kind: scheduler.Together, Visits: members})
		}
	}
}

// stillTogether leaves out of a crew those who stay where they are, where they do not begin together any more: a dispatcher has forced that.
func (t *translator) stillTogether(members []string) []string {
	var begin time.Time
	apart := false
	for _, m := range members {
		if v := t.visits[uuid.MustParse(m)]; t.fixed[v.ID] && v.Assignment != nil {
			apart = apart || !begin.IsZero() && !actualBegin(v).Equal(begin)
			begin = actualBegin(v)
		}
	}
	if !apart {
		return members
	}
	return slices.DeleteFunc(slices.Clone(members), func(m string) bool { return t.fixed[uuid.MustParse(m)] })
}

// holdTechnician asks for the technician of a first visit that is not planned here, or for another.
func (t *translator) holdTechnician(v *scheduler.Visit, a AfterVisit) {
	first, known := t.other(nil, a.VisitID)
	if !known || first.Assignment == nil {
		return
	}
	who := t.living([]uuid.UUID{first.Assignment.TechnicianID})
	switch {
	case len(who) == 0:
	case a.Technician == scheduler.SameTechnician && (len(v.Required) == 0 || slices.Contains(v.Required, who[0])):
		v.Required = who
	case a.Technician == scheduler.DifferentTechnician && !slices.Contains(v.Forbidden, who[0]):
		v.Forbidden = append(v.Forbidden, who[0])
	}
}
