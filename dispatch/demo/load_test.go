package demo_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/demo"
	"tournee/dispatch/dispatchtest"
)

func TestTheDemoGoesThroughTheBusinesssDoorsAndCanBePlanned(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	loaded, err := demo.Load(t.Context(), w.Service, w.DB.Tx, demo.New(1, w.Clock.Now()))
	if err != nil {
		t.Fatal(err)
	}
	admin := loaded.Administrator
	if loaded.Client == uuid.Nil || loaded.Technician == uuid.Nil || loaded.Partner == uuid.Nil {
		t.Errorf("nobody to sign in as: %+v", loaded)
	}
	price, err := w.Service.PriceOf(t.Context(), admin, dispatch.DescribedWork{Category: "imprimante", Mode: dispatch.OnSite, Begin: w.At(6, 10, 0)}) // a Sunday
	if err != nil || price.NetTotal != (3900+6600+600)*150/100 {
		t.Errorf("an hour on a Sunday costs %+v (%v), want 166.50 € and VAT", price, err)
	}
	run, err := w.Service.StartPlan(t.Context(), admin, loaded.Span, 1, 5000)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Service.RunPlan(t.Context(), admin.OrganizationID, run.ID); err != nil {
		t.Fatal(err)
	}
	run, err = w.Service.Plan(t.Context(), admin, run.ID)
	if err != nil || run.Status != dispatch.PlanDone {
		t.Fatalf("the run is %s, %v", run.Status, err)
	}
	s := run.Summary
	if s.Planned+s.Unassigned != demo.Requests || s.Planned < demo.Requests*8/10 || s.Unassigned == 0 || s.Remote == 0 || len(s.Reasons) == 0 {
		t.Errorf("the demo's plan shows little: %+v", s)
	}
	t.Logf("%+v", s)
}

func TestADemoThatCannotBeLoadedWholeLeavesNothing(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	world := demo.New(1, w.Clock.Now())
	world.Requests[400].Skills = []demo.SkillLevel{{Skill: "no_such_skill", Level: 2}}
	if _, err := demo.Load(t.Context(), w.Service, w.DB.Tx, world); dispatch.KindOf(err) != dispatch.KindInvalid {
		t.Fatalf("loading gave %v", err)
	}
	var slugs int
	if err := w.Pool.QueryRow(context.Background(), `SELECT count(*) FROM organization_slugs WHERE slug = $1`, world.Organization.Slug).Scan(&slugs); err != nil || slugs != 0 {
		t.Errorf("%d organizations are left of it, %v", slugs, err)
	}
}
