package dispatch_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// preview is what changes would make of the plan.
func preview(t *testing.T, w *dispatchtest.World, changes ...dispatch.Change) dispatch.Outcome {
	t.Helper()
	o, err := w.Service.PreviewOverride(t.Context(), w.Dispatcher, changes)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// overrule makes changes that break no rule.
func overrule(t *testing.T, w *dispatchtest.World, changes ...dispatch.Change) dispatch.Override {
	t.Helper()
	o, err := w.Service.MakeOverride(t.Context(), w.Dispatcher, dispatch.NewOverride{Changes: changes, Basis: preview(t, w, changes...).Basis})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// force makes changes that break rules.
func force(t *testing.T, w *dispatchtest.World, why string, changes ...dispatch.Change) dispatch.Override {
	t.Helper()
	o, err := w.Service.MakeOverride(t.Context(), w.Dispatcher, dispatch.NewOverride{Changes: changes, Basis: preview(t, w, changes...).Basis, Reason: why, Force: true})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func codes(breaches []dispatch.Breach) (out []string) {
	for _, b := range breaches {
		out = append(out, b.Code)
	}
	return out
}

// with is a visit of an hour that is with a technician on Monday.
func with(t *testing.T, w *dispatchtest.World, who dispatch.Technician, change func(*dispatch.NewRequest)) dispatch.Visit {
	t.Helper()
	v := w.VisitOf(t, w.Request(t, waiting(w, change)))
	overrule(t, w, dispatch.Change{Kind: dispatch.ChangeAssign, VisitID: v.ID, TechnicianID: who.ID})
	v = mustVisit(t, w, v)
	if v.Assignment == nil || v.Assignment.TechnicianID != who.ID {
		t.Fatalf("the visit is %s with %+v", v.Status, v.Assignment)
	}
	return v
}

func TestGivingAVisitToSomebodyFirstSaysWhatItCostsAndMoves(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	assign := dispatch.Change{Kind: dispatch.ChangeAssign, VisitID: v.ID, TechnicianID: w.Lea.ID}
	o := preview(t, w, assign)
	if len(o.Breaches) > 0 || len(o.Moves) != 1 || o.Moves[0].To == nil || o.Moves[0].To.TechnicianID != w.Lea.ID || o.Cost() >= 0 {
		t.Errorf("breaks %v, moves %+v, costs %+v", codes(o.Breaches), o.Moves, o.Costs)
	}
	if again := mustVisit(t, w, v); again.Version != v.Version {
		t.Error("the preview changed the visit")
	}
	overrule(t, w, assign)
	v = mustVisit(t, w, v)
	if v.PinnedTechnician != w.Lea.ID || v.Assignment == nil || !v.Assignment.Begin.Equal(o.Moves[0].To.Begin) || v.Assignment.DecidedBy != dispatch.ByDispatcher || v.Assignment.Forced {
		t.Errorf("it became %+v, pinned to %s", v.Assignment, v.PinnedTechnician)
	}
	runPlan(t, w, monday(w))
	if v = mustVisit(t, w, v); v.Assignment == nil || v.Assignment.TechnicianID != w.Lea.ID {
		t.Errorf("after a planning run it is with %+v", v.Assignment)
	}
}

func TestWorkForSomebodyWithoutTheSkillNeedsForceWithAReasonAndStaysWhenThePlannerRuns(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	assign := dispatch.Change{Kind: dispatch.ChangeAssign, VisitID: v.ID, TechnicianID: w.Moussa.ID}
	o := preview(t, w, assign)
	if !slices.Equal(codes(o.Breaches), []string{"breach.skill"}) || !o.Breaches[0].Forceable {
		t.Fatalf("it breaks %+v", o.Breaches)
	}
	n := dispatch.NewOverride{Changes: []dispatch.Change{assign}, Basis: o.Basis}
	_, err := w.Service.MakeOverride(t.Context(), w.Dispatcher, n)
	if dispatch.CodeOf(err) != "override.breaks_rules" || dispatch.KindOf(err) != dispatch.KindConflict {
		t.Fatalf("without force: %v", err)
	}
	wantCode(t, err, "breach.skill")
	n.Force = true
	_, err = w.Service.MakeOverride(t.Context(), w.Dispatcher, n)
	wantCode(t, err, "override.reason")
	n.Reason = "Moussa connaît la cliente."
	made, err := w.Service.MakeOverride(t.Context(), w.Dispatcher, n)
	if err != nil || !made.Forced || made.Reason != n.Reason || made.MadeBy != w.Dispatcher.Actor() {
		t.Fatalf("forced: %+v, %v", made, err)
	}
	forced := mustVisit(t, w, v)
	if forced.Assignment == nil || forced.Assignment.TechnicianID != w.Moussa.ID || !forced.Assignment.Forced {
		t.Fatalf("it became %+v", forced.Assignment)
	}
	for range 6 {
		w.Request(t, waiting(w, nil))
	}
	runPlan(t, w, monday(w))
	if v = mustVisit(t, w, v); v.Assignment == nil || v.Assignment.TechnicianID != w.Moussa.ID || !v.Assignment.Begin.Equal(forced.Assignment.Begin) || !v.Assignment.Forced {
		t.Errorf("after a planning run it is %+v", v.Assignment)
	}
	if o := preview(t, w, dispatch.Change{Kind: dispatch.ChangePin, VisitID: v.ID}); len(o.Breaches) > 0 {
		t.Errorf("what is broken already is told again: %v", codes(o.Breaches))
	}
}

func TestAVisitThatMovesOutsideWhatItsClientWasToldIsToldAndCanBeForced(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	b := booked(t, w, 1) // told ten to twelve
	v, _ := w.Service.Visit(t.Context(), w.Dispatcher, b.VisitIDs[0])
	inside, outside := w.At(1, 11, 0), w.At(1, 15, 0)
	if o := preview(t, w, dispatch.Change{Kind: dispatch.ChangeMove, VisitID: v.ID, Begin: &inside}); len(o.Breaches) > 0 || !o.Moves[0].KeepsWord {
		t.Errorf("moved inside the window told: %+v", o)
	}
	move := dispatch.Change{Kind: dispatch.ChangeMove, VisitID: v.ID, Begin: &outside}
	o := preview(t, w, move)
	if !slices.Equal(codes(o.Breaches), []string{"breach.promise"}) || o.Moves[0].KeepsWord || o.Breaches[0].Params["minutes"] != int64(180) {
		t.Fatalf("moved outside of the window told: %+v", o)
	}
	force(t, w, "La cliente l'a demandé au téléphone.", move)
	if v = mustVisit(t, w, v); !v.Assignment.Begin.Equal(outside) || v.Promise == nil || !v.Promise.Start.Equal(w.At(1, 10, 0)) {
		t.Errorf("it begins at %v, told %v", v.Assignment.Begin, v.Promise)
	}
	runPlan(t, w, dispatch.Span{Start: w.At(1, 0, 0), End: w.At(2, 0, 0)})
	if v = mustVisit(t, w, v); v.Assignment == nil || !v.Assignment.Begin.Equal(outside) {
		t.Errorf("after a planning run it is %+v", v.Assignment)
	}
}

func TestNobodyIsForcedToBeInTwoPlaces(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	ten := w.At(0, 10, 0)
	first := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	overrule(t, w, dispatch.Change{Kind: dispatch.ChangeAssign, VisitID: first.ID, TechnicianID: w.Karim.ID, Begin: &ten})
	second := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	half := w.At(0, 10, 30)
	assign := dispatch.Change{Kind: dispatch.ChangeAssign, VisitID: second.ID, TechnicianID: w.Karim.ID, Begin: &half}
	if o := preview(t, w, assign); !slices.Equal(codes(o.Breaches), []string{"breach.pin"}) || o.Breaches[0].VisitID != first.ID || len(o.Moves) != 2 {
		t.Errorf("to make room, %+v would move, and that breaks %+v", o.Moves, o.Breaches)
	}
	both := []dispatch.Change{{Kind: dispatch.ChangeMove, VisitID: first.ID, Begin: &ten}, assign}
	o := preview(t, w, both...)
	if !slices.ContainsFunc(o.Breaches, func(b dispatch.Breach) bool { return b.Code == "breach.not_there_yet" && !b.Forceable }) {
		t.Fatalf("two at once break %+v", o.Breaches)
	}
	_, err := w.Service.MakeOverride(t.Context(), w.Dispatcher, dispatch.NewOverride{Changes: both, Basis: o.Basis, Force: true, Reason: "Il se débrouillera."})
	if dispatch.CodeOf(err) != "override.impossible" {
		t.Errorf("forced all the same: %v", err)
	}
	if v := mustVisit(t, w, second); v.Assignment != nil || v.Version != second.Version {
		t.Errorf("the refused override left %+v", v.Assignment)
	}
}

func TestAnOverrideThoughtOutOnAnOlderPlanIsRefused(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	assign := dispatch.Change{Kind: dispatch.ChangeAssign, VisitID: v.ID, TechnicianID: w.Karim.ID}
	o := preview(t, w, assign)
	with(t, w, w.Karim, nil)
	_, err := w.Service.MakeOverride(t.Context(), w.Dispatcher, dispatch.NewOverride{Changes: []dispatch.Change{assign}, Basis: o.Basis})
	if dispatch.KindOf(err) != dispatch.KindStale {
		t.Errorf("it gave %v", err)
	}
}

func TestTheOrderThatADispatcherWantsStays(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	var order []uuid.UUID
	for range 4 {
		order = append(order, with(t, w, w.Karim, nil).ID)
	}
	shift := w.ShiftOf(w.Karim, 0).ID
	slices.Reverse(order)
	order[1], order[3] = order[3], order[1]
	_, err := w.Service.PreviewOverride(t.Context(), w.Dispatcher, []dispatch.Change{{Kind: dispatch.ChangeResequence, ShiftID: shift, Order: order[1:]}})
	wantCode(t, err, "override.order")
	overrule(t, w, dispatch.Change{Kind: dispatch.ChangeResequence, ShiftID: shift, Order: order})
	for range 3 {
		w.Request(t, waiting(w, nil))
	}
	check := func(when string) {
		var got []uuid.UUID
		r, err := w.Service.Route(t.Context(), w.Dispatcher, shift)
		if err != nil {
			t.Fatal(err)
		}
		for _, stop := range r.Stops {
			if slices.Contains(order, stop.Visit.ID) {
				got = append(got, stop.Visit.ID)
			}
		}
		if !slices.Equal(got, order) {
			t.Errorf("%s the order is %v, want %v", when, got, order)
		}
	}
	check("at once")
	runPlan(t, w, monday(w))
	check("after a planning run")
}

func TestTwoVisitsTakeEachOthersPlace(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	a, b := with(t, w, w.Karim, nil), with(t, w, w.Lea, nil)
	c := with(t, w, w.Karim, nil)
	overrule(t, w, dispatch.Change{Kind: dispatch.ChangeSwap, VisitID: a.ID, OtherVisitID: b.ID})
	a, b = mustVisit(t, w, a), mustVisit(t, w, b)
	if a.Assignment.TechnicianID != w.Lea.ID || b.Assignment.TechnicianID != w.Karim.ID {
		t.Errorf("they are with %s and %s", a.Assignment.TechnicianID, b.Assignment.TechnicianID)
	}
	before, after := b.Assignment.Begin, mustVisit(t, w, c).Assignment.Begin
	overrule(t, w, dispatch.Change{Kind: dispatch.ChangeSwap, VisitID: c.ID, OtherVisitID: b.ID})
	b, c = mustVisit(t, w, b), mustVisit(t, w, c)
	if before.Before(after) != c.Assignment.Begin.Before(b.Assignment.Begin) {
		t.Errorf("within a route they begin at %v and %v, before at %v and %v", b.Assignment.Begin, c.Assignment.Begin, before, after)
	}
}

func TestOvertimeMakesRoomAtTheEndOfADay(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	late := []dispatch.Span{{Start: w.At(0, 16, 30), End: w.At(0, 17, 30)}}
	v := w.VisitOf(t, w.Request(t, waiting(w, func(in *dispatch.NewRequest) { in.Windows = late })))
	assign := dispatch.Change{Kind: dispatch.ChangeAssign, VisitID: v.ID, TechnicianID: w.Karim.ID}
	if o := preview(t, w, assign); !slices.Contains(codes(o.Breaches), "breach.shift_end") {
		t.Fatalf("without overtime it breaks %v", codes(o.Breaches))
	}
	more := dispatch.Change{Kind: dispatch.ChangeOvertime, ShiftID: w.ShiftOf(w.Karim, 0).ID, Overtime: 2 * 3600}
	made := overrule(t, w, more, assign)
	if r, err := w.Service.Shift(t.Context(), w.Dispatcher, more.ShiftID); err != nil || r.Rules.Overtime != 2*3600 {
		t.Errorf("the shift's overtime is %d s (%v)", r.Rules.Overtime, err)
	}
	if _, err := w.Service.UndoOverride(t.Context(), w.Dispatcher, made.ID); err != nil {
		t.Fatal(err)
	}
	if r, err := w.Service.Shift(t.Context(), w.Dispatcher, more.ShiftID); err != nil || r.Rules.Overtime != 0 {
		t.Errorf("undone, the shift's overtime is %d s (%v)", r.Rules.Overtime, err)
	}
	if v = mustVisit(t, w, v); v.Assignment != nil || v.PinnedTechnician != uuid.Nil || v.Status != dispatch.Unassigned {
		t.Errorf("undone, the visit is %s with %+v", v.Status, v.Assignment)
	}
}

func TestACrewIsSplitAndTheOthersStayTogether(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, waiting(w, nil))
	first := w.VisitOf(t, r)
	second, err := w.Service.AddVisit(t.Context(), w.Dispatcher, r.ID, first.Work, dispatch.VisitLinks{Together: []uuid.UUID{first.ID}})
	if err != nil {
		t.Fatal(err)
	}
	runPlan(t, w, monday(w))
	first, second = mustVisit(t, w, first), mustVisit(t, w, second)
	if first.Assignment == nil || second.Assignment == nil || !first.Assignment.Begin.Equal(second.Assignment.Begin) || first.Assignment.TechnicianID == second.Assignment.TechnicianID {
		t.Fatalf("the crew is %+v and %+v", first.Assignment, second.Assignment)
	}
	at := w.At(0, 15, 0)
	move := dispatch.Change{Kind: dispatch.ChangeMove, VisitID: second.ID, Begin: &at}
	if o := preview(t, w, move); len(o.Breaches) > 0 || len(o.Moves) != 2 || !o.Moves[0].To.Begin.Equal(at) || !o.Moves[1].To.Begin.Equal(at) {
		t.Errorf("the crew would not move together: %v, %+v", codes(o.Breaches), o.Moves)
	}
	leave := preview(t, w, dispatch.Change{Kind: dispatch.ChangeUnassign, VisitID: first.ID})
	if !slices.Contains(codes(leave.Breaches), "breach.link") {
		t.Errorf("one of a crew alone breaks %v", codes(leave.Breaches))
	}
	made := overrule(t, w, dispatch.Change{Kind: dispatch.ChangeSplit, VisitID: second.ID}, move)
	if v := mustVisit(t, w, second); len(v.Links.Together) > 0 || !v.Assignment.Begin.Equal(at) {
		t.Errorf("split, it is %+v linked %+v", v.Assignment, v.Links)
	}
	if _, err := w.Service.UndoOverride(t.Context(), w.Dispatcher, made.ID); err != nil {
		t.Fatal(err)
	}
	if v := mustVisit(t, w, second); len(v.Links.Together) != 1 || !v.Assignment.Begin.Equal(first.Assignment.Begin) {
		t.Errorf("undone, it is %+v linked %+v", v.Assignment, v.Links)
	}
}

func TestGivingAVisitAndTakingItAwayCanBeUndoneToo(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	given, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Choice{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.UnassignVisit(t.Context(), w.Dispatcher, v.ID, given.Version); err != nil {
		t.Fatal(err)
	}
	list, err := w.Service.Overrides(t.Context(), w.Dispatcher, dispatch.Page{Limit: 10})
	if err != nil || len(list.Items) != 2 {
		t.Fatalf("the overrides are %+v (%v)", list.Items, err)
	}
	if _, err := w.Service.UndoOverride(t.Context(), w.Dispatcher, list.Items[0].ID); err != nil {
		t.Fatal(err)
	}
	if again := mustVisit(t, w, v); again.Assignment == nil || !again.Assignment.Begin.Equal(given.Assignment.Begin) || again.PinnedTechnician != given.PinnedTechnician {
		t.Errorf("given back, it is with %+v", again.Assignment)
	}
	if _, err := w.Service.UndoOverride(t.Context(), w.Dispatcher, list.Items[1].ID); err != nil {
		t.Fatal(err)
	}
	if again := mustVisit(t, w, v); again.Assignment != nil {
		t.Errorf("not given, it is with %+v", again.Assignment)
	}
}

func TestUndoSaysWhatStandsInTheWay(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	made := overrule(t, w, dispatch.Change{Kind: dispatch.ChangeAssign, VisitID: v.ID, TechnicianID: w.Karim.ID})
	other := with(t, w, w.Karim, nil)
	_, err := w.Service.UndoOverride(t.Context(), w.Dispatcher, made.ID)
	known, ok := errors.AsType[*dispatch.Error](err)
	if !ok || known.Code != "override.moved_since" || len(known.Faults) == 0 || known.Faults[len(known.Faults)-1].Code != "override.route_changed" {
		t.Fatalf("undoing what another visit came behind gave %v", err)
	}
	list, err := w.Service.Overrides(t.Context(), w.Dispatcher, dispatch.Page{Limit: 10})
	if err != nil || len(list.Items) != 2 || list.Items[1].ID != made.ID {
		t.Fatalf("the overrides are %+v (%v)", list.Items, err)
	}
	for _, o := range list.Items { // the newest first: then nothing stands in the way
		if _, err := w.Service.UndoOverride(t.Context(), w.Dispatcher, o.ID); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range []dispatch.Visit{v, other} {
		if v = mustVisit(t, w, v); v.Assignment != nil {
			t.Errorf("undone, it is with %+v", v.Assignment)
		}
	}
	w.Clock.Set(w.At(0, 12, 0))
	_, err = w.Service.RedoOverride(t.Context(), w.Dispatcher, made.ID)
	wantCode(t, err, "override.time_over")
	if again, err := w.Service.UndoOverride(t.Context(), w.Dispatcher, made.ID); err != nil || again.Status != dispatch.OverrideUndone {
		t.Errorf("undone once more: %v", err)
	}
}

func TestOnlyDispatchersOverrule(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := with(t, w, w.Karim, nil)
	change := []dispatch.Change{{Kind: dispatch.ChangeUnassign, VisitID: v.ID}}
	for _, p := range []dispatch.Principal{w.AsKarim, w.AsHousehold, w.PartnerKey} {
		_, err := w.Service.PreviewOverride(t.Context(), p, change)
		wantCode(t, err, "forbidden")
		_, err = w.Service.MakeOverride(t.Context(), p, dispatch.NewOverride{Changes: change})
		wantCode(t, err, "forbidden")
		_, err = w.Service.UndoOverride(t.Context(), p, uuid.Nil)
		wantCode(t, err, "forbidden")
	}
}

func TestCandidatesSayHowFarLevelsAreOffAndWhatWouldHelp(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := w.VisitOf(t, w.Request(t, waiting(w, func(in *dispatch.NewRequest) { in.RequiredSkills[0].Level = 2 })))
	c, err := w.Service.Candidates(t.Context(), w.Dispatcher, v.ID, dispatch.CandidateQuery{Relax: true})
	if err != nil || len(c.Items) != 3 {
		t.Fatalf("%+v, %v", c.Items, err)
	}
	karim, lea := c.Items[0], c.Items[1]
	if karim.TechnicianID != w.Karim.ID || !karim.Feasible || karim.Levels[0] != (dispatch.LevelFit{Skill: dispatchtest.Network, Needs: 2, Has: 3}) || !karim.Earliest.After(w.At(0, 8, 0)) {
		t.Errorf("the best is %+v", karim)
	}
	if lea.TechnicianID != w.Lea.ID || lea.Feasible || lea.Reasons[0].Code != "scheduler.skill_level_too_low" || len(lea.Relaxations) == 0 ||
		lea.Relaxations[0].Changes[0].Code != "scheduler.relax_skill_level" {
		t.Errorf("the next is %+v", lea)
	}
}

func TestATechnicianWhoBecameFreeIsOfferedWhatSuitsTheRestOfHisShift(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	today := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	dear := w.VisitOf(t, w.Request(t, waiting(w, func(in *dispatch.NewRequest) { in.Impact, in.Urgency = dispatch.High, dispatch.High })))
	w.Request(t, waiting(w, func(in *dispatch.NewRequest) {
		in.Windows = []dispatch.Span{{Start: w.At(1, 8, 0), End: w.At(1, 16, 0)}}
	}))
	w.Request(t, waiting(w, func(in *dispatch.NewRequest) { in.RequiredSkills[0].Level = 4 }))
	w.Clock.Set(w.At(0, 10, 0))
	s, err := w.Service.Suggestions(t.Context(), w.Dispatcher, w.Karim.ID, 10)
	if err != nil || len(s.Items) != 2 || s.Items[0].Visit.ID != dear.ID || s.Items[1].Visit.ID != today.ID {
		t.Fatalf("offered %+v, %v", s.Items, err)
	}
	if first := s.Items[0]; first.Earliest.Before(w.At(0, 10, 0)) || first.Saves <= first.Cost {
		t.Errorf("the first is %+v", first)
	}
	w.Clock.Set(w.At(0, 18, 0))
	if s, err = w.Service.Suggestions(t.Context(), w.Dispatcher, w.Karim.ID, 10); err != nil || slices.ContainsFunc(s.Items, func(n dispatch.NextVisit) bool { return n.Earliest.Sub(w.At(1, 8, 0)) > 24*time.Hour }) {
		t.Errorf("in the evening: %+v, %v", s.Items, err)
	}
}

func TestAReplanningLeavesAForcedRouteAsItStands(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	made := force(t, w, "Moussa est déjà sur place.", dispatch.Change{Kind: dispatch.ChangeAssign, VisitID: v.ID, TechnicianID: w.Moussa.ID})
	forced := mustVisit(t, w, v).Assignment
	urgent := w.Request(t, func(in *dispatch.NewRequest) { in.Impact, in.Urgency = dispatch.High, dispatch.High })
	w.WorkJobs(t)
	if u := w.VisitOf(t, urgent); u.Assignment == nil || u.Assignment.TechnicianID == w.Moussa.ID {
		t.Errorf("the urgent visit went to %+v", u.Assignment)
	}
	w.Clock.Advance(time.Hour)
	for range 3 {
		if err := w.Service.LookForReplans(t.Context(), w.Organization.ID); err != nil {
			t.Fatal(err)
		}
		w.WorkJobs(t)
		w.Clock.Advance(10 * time.Minute)
	}
	if again := mustVisit(t, w, v).Assignment; again == nil || again.TechnicianID != forced.TechnicianID || !again.Begin.Equal(forced.Begin) || !again.Forced {
		t.Errorf("replanned, it is %+v, forced %+v", again, forced)
	}
	if _, err := w.Service.UndoOverride(t.Context(), w.Dispatcher, made.ID); err != nil {
		t.Error(err)
	}
}
