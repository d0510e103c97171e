package scheduler

import (
	"cmp"
	"slices"
	"strconv"

	"tournee/scheduler/internal/core"
)

// Rule: remote work is done where there is a connection. It begins wherever the
// technician is by then, unless that place is offline.

func (m *Model) compileConnection() (used bool) {
	places := m.x.p.Places
	offline := slices.ContainsFunc(places, func(p Place) bool { return p.Offline })
	if !offline || !slices.ContainsFunc(m.x.p.Visits, func(v Visit) bool { return v.Place == NoPlace }) {
		return false
	}
	for i := range places {
		m.core.Offline = append(m.core.Offline, places[i].Offline)
	}
	return true
}

// noConnection names the place, by its number if it has no id.
func (x *index) noConnection(_, _ int32, place int64) Reason {
	return Reason{"no_connection", map[string]any{"place": cmp.Or(x.p.Places[place].ID, strconv.FormatInt(place, 10))}}
}

// connect takes up whether a new place has a connection.
func (l *Live) connect(place Place) {
	c := l.m.core
	if len(c.Offline) == 0 && !place.Offline {
		return
	}
	for i := len(c.Offline); i < len(l.m.x.p.Places); i++ {
		c.Offline = append(slices.Clip(c.Offline), l.m.x.p.Places[i].Offline)
	}
	l.judge([]core.Rule{core.Connection{}})
}
