package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestAVisitStaysWithTheTechniciansOfItsTerritory(t *testing.T) {
	t.Parallel()
	v := job("shop", 4)
	v.Territory = "north"
	p := town(v)
	plan := wantRoutes(t, p, "alice-monday: shop")
	wantWhyNot(t, p, plan, "shop", "bruno", "territory")
	p.Visits[0].Territory = "west"
	wantFaults(t, scheduler.Validate(p), "/visits/0/territory unknown")
}
