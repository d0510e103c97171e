package dispatch_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/dispatch/postgres/audit"
)

// planNow is all that overrides may change of Monday, as a text.
func planNow(ctx context.Context, t interface{ Fatal(...any) }, w *dispatchtest.World, ids []uuid.UUID) string {
	type kept struct {
		Status     dispatch.VisitStatus
		Assignment *dispatch.Assignment
		Technician uuid.UUID
		Position   int
		Start      any
		Links      dispatch.VisitLinks
		Why        []dispatch.TechnicianReasons
	}
	var out []any
	for _, id := range ids {
		v, err := w.Service.Visit(ctx, w.Dispatcher, id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, kept{v.Status, v.Assignment, v.PinnedTechnician, v.PinnedPosition, v.PinnedStart, v.Links, v.UnassignedReasons})
	}
	for _, who := range []dispatch.Technician{w.Karim, w.Lea, w.Moussa} {
		s, err := w.Service.Shift(ctx, w.Dispatcher, w.ShiftOf(who, 0).ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s.Rules)
	}
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// nobodyTwice fails when one technician has two visits at one time.
func nobodyTwice(ctx context.Context, t *rapid.T, w *dispatchtest.World) {
	list, err := w.Service.Routes(ctx, w.Dispatcher, dispatch.RouteFilter{Span: monday(w)}, dispatch.Page{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list.Items {
		for i := 1; i < len(r.Stops); i++ {
			if a, b := r.Stops[i-1].Visit.Assignment, r.Stops[i].Visit.Assignment; b.Begin.Before(a.Depart) {
				t.Fatalf("%s has a visit until %v and another from %v", r.TechnicianName, a.Depart, b.Begin)
			}
		}
	}
}

// keepsChoices plans Monday and fails when that takes back what a dispatcher chose.
func keepsChoices(t *testing.T, rt *rapid.T, w *dispatchtest.World, ids []uuid.UUID) {
	t.Helper()
	before := map[uuid.UUID]dispatch.Visit{}
	for _, id := range ids {
		before[id] = mustVisit(t, w, dispatch.Visit{Record: dispatch.Record{ID: id}})
	}
	if _, err := w.Service.StartPlan(t.Context(), w.Dispatcher, monday(w), 1, 100); err != nil {
		rt.Fatal(err)
	}
	w.WorkJobs(t)
	for _, id := range ids {
		old, v := before[id], mustVisit(t, w, dispatch.Visit{Record: dispatch.Record{ID: id}})
		a, b := old.Assignment, v.Assignment
		switch {
		case a == nil:
		case b == nil && (a.Forced || old.PinnedTechnician != uuid.Nil):
			rt.Fatalf("a planning run took visit %s from where a dispatcher put it: %+v", id, a)
		case a.Forced && (a.TechnicianID != b.TechnicianID || !a.Begin.Equal(b.Begin) || !b.Forced):
			rt.Fatalf("forced at %+v, planned at %+v", a, b)
		case old.PinnedTechnician != uuid.Nil && b.TechnicianID != old.PinnedTechnician, old.PinnedStart != nil && !b.Begin.Equal(*old.PinnedStart) && a.Begin.Equal(*old.PinnedStart):
			rt.Fatalf("pinned to %s at %v, planned at %+v", old.PinnedTechnician, old.PinnedStart, b)
		}
	}
}

func drawChange(t *rapid.T, w *dispatchtest.World, ids []uuid.UUID) dispatch.Change {
	c := dispatch.Change{Kind: rapid.SampledFrom([]dispatch.ChangeKind{
		dispatch.ChangeAssign, dispatch.ChangeAssign, dispatch.ChangeAssign, dispatch.ChangeMove, dispatch.ChangeSwap, dispatch.ChangePin, dispatch.ChangeUnpin, dispatch.ChangeUnassign,
		dispatch.ChangeOvertime, dispatch.ChangeSplit,
	}).Draw(t, "kind")}
	who := rapid.SampledFrom([]dispatch.Technician{w.Karim, w.Lea, w.Moussa}).Draw(t, "technician")
	c.VisitID = rapid.SampledFrom(ids).Draw(t, "visit")
	switch c.Kind {
	case dispatch.ChangeAssign:
		c.ShiftID, c.Position = w.ShiftOf(who, 0).ID, rapid.IntRange(0, 4).Draw(t, "position")
	case dispatch.ChangeMove:
		at := w.At(0, rapid.IntRange(8, 16).Draw(t, "hour"), rapid.SampledFrom([]int{0, 20, 45}).Draw(t, "minute"))
		c.Begin = &at
	case dispatch.ChangeSwap:
		c.OtherVisitID = rapid.SampledFrom(ids).Draw(t, "other")
	case dispatch.ChangeOvertime:
		c.VisitID, c.ShiftID, c.Overtime = uuid.Nil, w.ShiftOf(who, 0).ID, 900
	}
	return c
}

func TestWhateverIsOverruledUndoneAndRedoneNobodyIsInTwoPlacesAndEverythingComesBack(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	var ids []uuid.UUID
	for range 4 {
		ids = append(ids, w.VisitOf(t, w.Request(t, waiting(w, nil))).ID)
	}
	r := w.Request(t, waiting(w, nil))
	first := w.VisitOf(t, r)
	mate, err := w.Service.AddVisit(t.Context(), w.Dispatcher, r.ID, first.Work, dispatch.VisitLinks{Together: []uuid.UUID{first.ID}})
	if err != nil {
		t.Fatal(err)
	}
	ids = append(ids, first.ID, mate.ID)
	made, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		type step struct {
			id            uuid.UUID
			before, after string
		}
		var done, undone []step
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			now := planNow(t.Context(), rt, w, ids)
			switch action := rapid.SampledFrom([]string{"make", "make", "undo", "redo", "undo an old one", "plan"}).Draw(rt, "action"); {
			case action == "make":
				changes := []dispatch.Change{drawChange(rt, w, ids)}
				o, err := w.Service.PreviewOverride(t.Context(), w.Dispatcher, changes)
				var override dispatch.Override
				if err == nil {
					override, err = w.Service.MakeOverride(t.Context(), w.Dispatcher, dispatch.NewOverride{Changes: changes, Basis: o.Basis, Reason: "essai", Force: true})
				}
				if err != nil {
					if k := dispatch.KindOf(err); k != dispatch.KindConflict && k != dispatch.KindInvalid {
						rt.Fatalf("%+v: %v", changes, err)
					}
					refused++
					if planNow(t.Context(), rt, w, ids) != now {
						rt.Fatal("a refused override changed the plan")
					}
					continue
				}
				made++
				done, undone = append(done, step{override.ID, now, planNow(t.Context(), rt, w, ids)}), nil
			case action == "plan":
				keepsChoices(t, rt, w, ids)
				done, undone = nil, nil
			case action == "undo" && len(done) > 0:
				last := done[len(done)-1]
				if _, err := w.Service.UndoOverride(t.Context(), w.Dispatcher, last.id); err != nil {
					rt.Fatal(err)
				}
				if after := planNow(t.Context(), rt, w, ids); after != last.before {
					rt.Fatalf("undone: %s\nbefore: %s", after, last.before)
				}
				done, undone = done[:len(done)-1], append(undone, last)
			case action == "redo" && len(undone) > 0:
				last := undone[len(undone)-1]
				if _, err := w.Service.RedoOverride(t.Context(), w.Dispatcher, last.id); err != nil {
					rt.Fatal(err)
				}
				if after := planNow(t.Context(), rt, w, ids); after != last.after {
					rt.Fatalf("redone: %s\nat first: %s", after, last.after)
				}
				done, undone = append(done, last), undone[:len(undone)-1]
			case action == "undo an old one" && len(done) > 1:
				i := rapid.IntRange(0, len(done)-2).Draw(rt, "which")
				if _, err := w.Service.UndoOverride(t.Context(), w.Dispatcher, done[i].id); err != nil {
					if dispatch.CodeOf(err) != "override.moved_since" || planNow(t.Context(), rt, w, ids) != now {
						rt.Fatalf("%v, and the plan changed", err)
					}
					continue
				}
				done, undone = nil, nil // what came after it touched other things: their states are no longer the whole plan's
			}
			nobodyTwice(t.Context(), rt, w)
		}
	})
	conn, err := pgx.Connect(t.Context(), w.Database.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if wrong, err := audit.Run(t.Context(), conn, []uuid.UUID{w.Organization.ID}); err != nil || len(wrong) > 0 {
		t.Errorf("the audit finds %+v, %v", wrong, err)
	}
	if made < 50 {
		t.Errorf("only %d overrides were made, %d refused", made, refused)
	}
}
