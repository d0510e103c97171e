package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestOneLoanerDeviceIsInOnePlaceAtATime(t *testing.T) {
	t.Parallel()
	a, b := job("a", 0), job("b", 4)
	a.Resources, b.Resources = []string{"loaner"}, []string{"loaner"}
	a.Required, b.Required = []string{"alice"}, []string{"bruno"}
	p := town(a, b)
	p.Resources = []scheduler.Resource{{ID: "loaner", Quantity: 1, Turnaround: hour / 2}}
	plan, _ := day(t, p)
	x, y := stopOf(t, plan, "a"), stopOf(t, plan, "b")
	if x.Begin > y.Begin {
		x, y = y, x
	}
	if y.Begin != x.Depart+hour/2 {
		t.Errorf("one ends at %d, the other begins at %d, want half an hour later", x.Depart, y.Begin)
	}
	p.Resources[0].Quantity = 2
	plan, _ = day(t, p)
	if stopOf(t, plan, "a").Begin != stopOf(t, plan, "b").Begin {
		t.Error("two devices, and still one waits for the other")
	}
	p.Resources[0].Quantity = 1
	p.Visits[0].Windows = []scheduler.Window{{Open: 9 * hour, Close: 9 * hour}}
	p.Visits[1].Windows = p.Visits[0].Windows
	p.Visits[0].DropCost++
	plan = wantRoutes(t, p, "alice-monday: a")
	wantWhyNot(t, p, plan, "b", "bruno", "resource_busy")
}

func TestWhatTakesNoTimeHoldsNothing(t *testing.T) {
	t.Parallel()
	repair, signature := job("repair", 0), job("signature", 4)
	repair.Resources, signature.Resources = []string{"key"}, []string{"key"}
	repair.Required, signature.Required = []string{"alice"}, []string{"bruno"}
	repair.Windows = []scheduler.Window{{Open: 9 * hour, Close: 9 * hour}}
	repair.DropCost++
	for _, at := range []scheduler.Time{9 * hour, 9*hour + 1800, 10 * hour} {
		signature.Duration, signature.Windows = 0, []scheduler.Window{{Open: at, Close: at}}
		p := town(repair, signature)
		p.Resources = []scheduler.Resource{{ID: "key", Quantity: 1}}
		wantRoutes(t, p, "alice-monday: repair; bruno-monday: signature")
		p.Resources[0].Turnaround = 60
		wantRoutes(t, p, "alice-monday: repair")
	}
}
