package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestASpareTerritoryIsServedAtAPrice(t *testing.T) {
	t.Parallel()
	v := job("boutique du nord", 3)
	v.Territory = "north"
	p := town(v)
	p.Technicians[1].Spare = []string{"north"}
	p.Weights.SpareTerritory = 300
	wantTerm(t, wantRoutes(t, p, "bruno-monday: boutique du nord"), scheduler.TermSpareTerritory, 300)
	p.Weights.SpareTerritory = 30_000
	wantTerm(t, wantRoutes(t, p, "alice-monday: boutique du nord"), scheduler.TermSpareTerritory, 0)
	p.Technicians[1].Spare = []string{"moon", "north", "north"}
	wantFaults(t, scheduler.Validate(p), "/technicians/1/spare/0 unknown", "/technicians/1/spare/2 duplicate")
}

func TestATerritoryNamedBothWaysIsServedFully(t *testing.T) {
	t.Parallel()
	v := job("boutique du sud", 3)
	v.Territory = "south"
	p := town(v)
	p.Technicians[1].Spare = []string{"south"}
	p.Weights.SpareTerritory = 300
	wantTerm(t, wantRoutes(t, p, "bruno-monday: boutique du sud"), scheduler.TermSpareTerritory, 0)
}
