package dispatch_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// look lets the planner look for days that have changed, twice with a quiet while between, and work them off.
func look(t *testing.T, w *dispatchtest.World) {
	t.Helper()
	for range 2 {
		if err := w.Service.LookForReplans(t.Context(), w.Organization.ID); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(30 * time.Second)
	}
	w.WorkJobs(t)
}

func policy(t *testing.T, w *dispatchtest.World, change func(*dispatch.ReplanPolicy)) {
	t.Helper()
	o, err := w.Service.Organization(t.Context(), w.Administrator)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.PatchOrganization(t.Context(), w.Administrator, o.Version, "", func(o *dispatch.Organization) { change(&o.Policy.Replan) }); err != nil {
		t.Fatal(err)
	}
}

// crowded leaves Karim with a full Monday of work that others could do, and one visit that only he could, waiting.
func crowded(t *testing.T, w *dispatchtest.World) dispatch.Request {
	t.Helper()
	var away []dispatch.Absence
	for _, who := range []dispatch.Technician{w.Lea, w.Moussa} {
		a, err := w.Service.CreateAbsence(t.Context(), w.Dispatcher, dispatch.Absence{TechnicianID: who.ID, Span: dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)}, Kind: "training"})
		if err != nil {
			t.Fatal(err)
		}
		away = append(away, a)
	}
	for range 7 {
		w.Request(t, func(r *dispatch.NewRequest) { r.RequiredSkills, r.Windows[0].End = nil, w.At(0, 17, 0) })
	}
	w.WorkJobs(t)
	for _, a := range away {
		if err := w.Service.DeleteAbsence(t.Context(), w.Dispatcher, a.ID, a.Version); err != nil {
			t.Fatal(err)
		}
	}
	r := w.Request(t, func(r *dispatch.NewRequest) {
		r.RequiredSkills, r.Duration = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 3}}, 2*time.Hour
	})
	w.WorkJobs(t)
	if v := w.VisitOf(t, r); v.Status != dispatch.Unassigned {
		t.Fatalf("it is %s already", v.Status)
	}
	return r
}

// scattered fills Monday with visits placed one by one, each without a thought for the next.
func scattered(t *testing.T, w *dispatchtest.World) {
	t.Helper()
	for i := range 6 {
		w.Request(t, func(r *dispatch.NewRequest) {
			r.RequiredSkills = nil
			r.Windows = []dispatch.Span{{Start: w.At(0, 8+i%3, 0), End: w.At(0, 16, 0)}}
			switch i % 3 {
			case 1:
				r.ClientID, r.SiteID = w.Company.ID, w.CompanySites[0].ID
			case 2:
				r.ClientID, r.SiteID = w.Company.ID, w.CompanySites[1].ID
			}
		})
	}
	w.WorkJobs(t)
}

func TestADayThatChangedIsPlannedAgainOnceItIsQuiet(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	scattered(t, w)
	if err := w.Service.LookForReplans(t.Context(), w.Organization.ID); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(w.Jobs(t), "replan") {
		t.Error("the day is planned again while it still changes")
	}
	w.Clock.Advance(11 * time.Second)
	if err := w.Service.LookForReplans(t.Context(), w.Organization.ID); err != nil {
		t.Fatal(err)
	}
	jobs := w.Jobs(t)
	if n := len(slices.DeleteFunc(jobs, func(k string) bool { return k != "replan" })); n != 2 {
		t.Errorf("%d days are planned again, want today and tomorrow", n)
	}
	w.WorkJobs(t)
	for range 3 { // until nothing better is found
		look(t, w)
	}
	before := w.Jobs(t)
	w.Clock.Advance(time.Minute)
	if err := w.Service.LookForReplans(t.Context(), w.Organization.ID); err != nil {
		t.Fatal(err)
	}
	if after := w.Jobs(t); len(after) != len(before) {
		t.Errorf("a day that has not changed is planned again: %v", after)
	}
}

func TestAVisitThatFitsOnlyIfOthersMoveIsPlacedByReplanning(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := crowded(t, w)
	for range 3 {
		look(t, w)
	}
	if v := w.VisitOf(t, r); v.Status != dispatch.Planned {
		t.Errorf("it is %s: %v", v.Status, v.UnassignedReasons)
	}
}

func TestAProposedChangeIsMadeWhenADispatcherSaysYesAndOnlyThen(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	policy(t, w, func(p *dispatch.ReplanPolicy) { p.Mode = dispatch.ReplanPropose })
	r := crowded(t, w)
	look(t, w)
	list, err := w.Service.PlanChanges(t.Context(), w.Dispatcher, dispatch.ChangeProposed, dispatch.Page{Limit: 10})
	if err != nil || len(list.Items) == 0 {
		t.Fatalf("%d changes are proposed (%v)", len(list.Items), err)
	}
	i := slices.IndexFunc(list.Items, func(c dispatch.PlanChange) bool {
		return slices.ContainsFunc(c.Moves, func(m dispatch.PlannedMove) bool { return m.VisitID == w.VisitOf(t, r).ID })
	})
	if i < 0 || list.Items[i].Saving <= 0 {
		t.Fatalf("none of %d places the visit", len(list.Items))
	}
	if v := w.VisitOf(t, r); v.Status != dispatch.Unassigned {
		t.Fatalf("it is %s before anybody said yes", v.Status)
	}
	_, err = w.Service.DecidePlanChange(t.Context(), w.AsKarim, list.Items[i].ID, list.Items[i].Version, true)
	wantCode(t, err, "forbidden")
	c, err := w.Service.DecidePlanChange(t.Context(), w.Dispatcher, list.Items[i].ID, list.Items[i].Version, true)
	if err != nil || c.Status != dispatch.ChangeMade {
		t.Fatalf("it is %s (%v)", c.Status, err)
	}
	if v := w.VisitOf(t, r); v.Status != dispatch.Planned {
		t.Errorf("after the yes it is %s", v.Status)
	}
	_, err = w.Service.DecidePlanChange(t.Context(), w.Dispatcher, c.ID, c.Version, true)
	wantCode(t, err, "plan_change.decided")
}

func TestAProposalThatThePlanHasGonePastIsOutdated(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	policy(t, w, func(p *dispatch.ReplanPolicy) { p.Mode = dispatch.ReplanPropose })
	r := w.Request(t, func(r *dispatch.NewRequest) { r.WaitForPlan = true })
	look(t, w)
	list, err := w.Service.PlanChanges(t.Context(), w.Dispatcher, dispatch.ChangeProposed, dispatch.Page{Limit: 10})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("%d changes are proposed (%v)", len(list.Items), err)
	}
	v := w.VisitOf(t, r)
	if _, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Choice{}); err != nil {
		t.Fatal(err)
	}
	_, err = w.Service.DecidePlanChange(t.Context(), w.Dispatcher, list.Items[0].ID, list.Items[0].Version, true)
	wantCode(t, err, "plan_change.outdated")
}

func TestReplanningLeavesWhatBeginsSoonAlone(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	scattered(t, w)
	w.Clock.Set(w.At(0, 8, 40))
	soon := map[uuid.UUID]dispatch.Assignment{}
	visits := func() []dispatch.Visit {
		list, err := w.Service.Visits(t.Context(), w.Dispatcher, dispatch.VisitFilter{}, dispatch.Page{Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		return list.Items
	}
	for _, v := range visits() {
		if v.Assignment != nil && v.Assignment.Begin.Before(w.At(0, 9, 10)) {
			soon[v.ID] = *v.Assignment
		}
	}
	if len(soon) == 0 {
		t.Fatal("nothing begins soon: nothing would be proved")
	}
	for range 3 {
		look(t, w)
	}
	for _, v := range visits() {
		if was, ok := soon[v.ID]; ok && (v.Assignment == nil || v.Assignment.TechnicianID != was.TechnicianID || !v.Assignment.Begin.Equal(was.Begin)) {
			t.Errorf("a visit at %v with %s became %+v", was.Begin, was.Technician, v.Assignment)
		}
	}
}

func TestOnlyAsManyPromisesAreTouchedAsThePolicyAllows(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	policy(t, w, func(p *dispatch.ReplanPolicy) { p.Moves = 0 })
	scattered(t, w)
	if _, err := w.Service.PublishRoutes(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)}, nil); err != nil {
		t.Fatal(err)
	}
	before := map[uuid.UUID]dispatch.Assignment{}
	list, err := w.Service.Visits(t.Context(), w.Dispatcher, dispatch.VisitFilter{}, dispatch.Page{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list.Items {
		before[v.ID] = *v.Assignment
	}
	for range 3 {
		look(t, w)
	}
	if list, err = w.Service.Visits(t.Context(), w.Dispatcher, dispatch.VisitFilter{}, dispatch.Page{Limit: 50}); err != nil {
		t.Fatal(err)
	}
	for _, v := range list.Items {
		if was := before[v.ID]; v.Assignment == nil || v.Assignment.TechnicianID != was.TechnicianID || v.Assignment.Begin.Sub(was.Begin).Abs() >= 5*time.Minute {
			t.Errorf("told %v, it became %+v", was.Begin, v.Assignment)
		}
	}
}

func TestOneNodeAtATimePlansADayAndADeadOneIsReplaced(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	day := dispatch.BasinDay{Basin: w.Territory.ID, Span: dispatch.Span{Start: w.At(0, 0, 0).UTC(), End: w.At(1, 0, 0).UTC()}}
	now := w.Clock.Now()
	lease := func(at time.Time) (got bool) {
		w.Tx(t, func(ctx context.Context) (err error) {
			got, err = w.DB.LeaseDay(ctx, day, dispatchtest.NewID(), at, at.Add(15*time.Second))
			return err
		})
		return got
	}
	var wg sync.WaitGroup
	won := make([]bool, 8)
	for i := range won {
		wg.Go(func() { won[i] = lease(now) })
	}
	wg.Wait()
	if n := len(slices.DeleteFunc(slices.Clone(won), func(w bool) bool { return !w })); n != 1 {
		t.Errorf("%d nodes have the lease", n)
	}
	if lease(now.Add(14 * time.Second)) {
		t.Error("the lease was given away while it ran")
	}
	if !lease(now.Add(16 * time.Second)) {
		t.Error("the lease of a dead node is not given to another")
	}
}
