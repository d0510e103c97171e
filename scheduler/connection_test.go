package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestRemoteWorkIsNotDoneInACellarWithoutConnection(t *testing.T) {
	t.Parallel()
	site, remote := job("cellar", 2), job("remote", scheduler.NoPlace)
	site.Windows = []scheduler.Window{{Open: 8 * hour, Close: 8*hour + 1800}}
	p := town(site, remote)
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].StartPlace = scheduler.NoPlace
	p.Places[2].Offline = true
	plan, got := day(t, p)
	if len(plan.Unassigned) != 1 {
		t.Errorf("planned %q, want one left out: after the cellar there is no connection, before it no time", got)
	}
	p.Places[2].Offline = false
	wantRoutes(t, p, "alice-monday: cellar remote")
}

func TestRemoteWorkAtAPlaceWithoutConnectionIsSaidSo(t *testing.T) {
	t.Parallel()
	p := town(job("remote", scheduler.NoPlace))
	p.Shifts = p.Shifts[:1]
	p.Places[0].Offline, p.Places[0].ID = true, "cabin"
	plan := wantRoutes(t, p, "")
	reasons := wantWhyNot(t, p, plan, "remote", "alice", "no_connection")
	if len(reasons) == 1 && reasons[0].Params["place"] != "cabin" {
		t.Errorf("names %v", reasons[0].Params)
	}
}
