package audit_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/dispatch/postgres/audit"
)

// house is a World with one visit booked by slot, one planned, one held and one that waits.
type house struct {
	*dispatchtest.World
	super                          *pgx.Conn
	booked                         dispatch.Booking
	planned, held, waiting, asSlot uuid.UUID
}

func build(t *testing.T) house {
	t.Helper()
	h := house{World: dispatchtest.New(t)}
	book := func(day int, confirm bool) dispatch.Booking {
		r := h.Request(t, func(r *dispatch.NewRequest) { r.BySlot = true })
		v := h.VisitOf(t, r)
		a, err := h.Service.Availability(t.Context(), h.Dispatcher, dispatch.AvailabilityQuery{VisitID: v.ID, From: h.At(day, 0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(a.Slots, func(s dispatch.Slot) bool { return s.Start.Equal(h.At(day, 10, 0)) })
		b, err := h.Service.Hold(t.Context(), h.Dispatcher, dispatch.HoldQuery{VisitID: v.ID, Token: a.Slots[i].Token})
		if err == nil && confirm {
			b, err = h.Service.Book(t.Context(), h.Dispatcher, b.ID, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	h.booked = book(1, true)
	h.asSlot, h.held = h.booked.VisitIDs[0], book(2, false).VisitIDs[0]
	r := h.Request(t, nil)
	h.WorkJobs(t)
	h.planned = h.VisitOf(t, r).ID
	h.waiting = h.VisitOf(t, h.Request(t, func(r *dispatch.NewRequest) { r.WaitForPlan = true })).ID
	var err error
	if h.super, err = pgx.Connect(t.Context(), h.Database.Superuser); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.super.Close(context.WithoutCancel(t.Context())) })
	return h
}

func (h house) audit(t *testing.T) []audit.Breach {
	t.Helper()
	db, err := pgx.Connect(t.Context(), h.Database.Serving)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.WithoutCancel(t.Context())) }()
	found, err := audit.Run(t.Context(), db, []uuid.UUID{h.Organization.ID})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestASoundPlanPassesEveryCheck(t *testing.T) {
	t.Parallel()
	h := build(t)
	// Holds are measured by the database's clock, and this World lives in another summer.
	if _, err := h.super.Exec(t.Context(), `UPDATE bookings SET held_until = now() + interval '1 minute' WHERE status = 'held'`); err != nil {
		t.Fatal(err)
	}
	if found := h.audit(t); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
}

func TestEveryPlantedBreachIsFound(t *testing.T) {
	t.Parallel()
	h := build(t)
	for name, plant := range map[string]string{
		"double_booking":           `UPDATE assignments SET begin_at = b.begin_at, arrive_at = b.begin_at, depart_at = b.depart_at, technician_id = b.technician_id FROM assignments b WHERE b.visit_id = $1 AND assignments.visit_id = $2`,
		"overlapping_occupancies":  `UPDATE occupancies SET during = b.during, technician_id = b.technician_id FROM occupancies b WHERE b.visit_id = $1 AND occupancies.visit_id = $2`,
		"unoccupied_assignment":    `DELETE FROM occupancies WHERE visit_id = $1 OR $2::uuid IS NULL`,
		"occupied_for_nothing":     `UPDATE visits SET status = 'cancelled' WHERE id = $1 OR $2::uuid IS NULL`,
		"visit_without_place":      `WITH gone AS (DELETE FROM occupancies WHERE visit_id = $1) DELETE FROM assignments WHERE visit_id = $1 OR $2::uuid IS NULL`,
		"place_without_visit":      `UPDATE visits SET status = 'unassigned' WHERE id = $1 OR $2::uuid IS NULL`,
		"outside_shift":            `UPDATE assignments SET arrive_at = arrive_at + interval '12 hours', begin_at = begin_at + interval '12 hours', depart_at = depart_at + interval '12 hours' WHERE visit_id = $1 OR $2::uuid IS NULL`,
		"broken_promise":           `UPDATE visits SET promised_start = promised_start - interval '6 hours', promised_end = promised_end - interval '6 hours' WHERE id = $1 OR $2::uuid IS NULL`,
		"lost_booking":             `UPDATE visits SET status = 'unassigned' WHERE id = $1 OR $2::uuid IS NULL`,
		"overdue_hold":             `UPDATE bookings SET held_until = now() - interval '3 minutes' WHERE $1::uuid IS NOT NULL OR $2::uuid IS NULL`,
		"hold_without_booking":     `UPDATE bookings SET status = 'released' WHERE status = 'held' AND ($1::uuid IS NOT NULL OR $2::uuid IS NULL)`,
		"other_window_than_booked": `UPDATE bookings SET slot_end = slot_end + interval '1 hour' WHERE $1::uuid IS NOT NULL OR $2::uuid IS NULL`,
		"untold_event":             `DELETE FROM events WHERE kind = 'booking.booked' AND ($1::uuid IS NOT NULL OR $2::uuid IS NULL)`,
		"planned_while_absent":     `INSERT INTO absences (organization_id, id, technician_id, start_at, end_at, kind) SELECT organization_id, $2, technician_id, begin_at, depart_at, 'sick' FROM assignments WHERE visit_id = $1`,
		"unskilled":                `UPDATE visits SET required_skills = '[{"skill": "network", "level": 4}]' WHERE id = $1 OR $2::uuid IS NULL`,
		"broken_pin":               `UPDATE visits SET pinned_start = now() WHERE id = $1 OR $2::uuid IS NULL`,
		"request_out_of_step":      `UPDATE requests SET status = 'completed' WHERE id = (SELECT request_id FROM visits WHERE id = $1) OR $2::uuid IS NULL`,
	} {
		tx, err := h.super.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), `ALTER TABLE occupancies DROP CONSTRAINT nobody_is_in_two_places`); err != nil {
			t.Fatal(err)
		}
		subject := h.asSlot
		if _, err := tx.Exec(t.Context(), `SELECT set_config('app.organization_id', $1, true)`, h.Organization.ID.String()); err != nil {
			t.Fatal(err)
		}
		tag, err := tx.Exec(t.Context(), plant, subject, h.planned)
		if err != nil || tag.RowsAffected() == 0 {
			t.Fatalf("%s: planted %d rows (%v)", name, tag.RowsAffected(), err)
		}
		check := audit.Checks()[slices.IndexFunc(audit.Checks(), func(c audit.Check) bool { return c.Name == name })]
		var n int
		if err := tx.QueryRow(t.Context(), `SELECT count(*) FROM (`+check.SQL+`) AS breach`).Scan(&n); err != nil || n == 0 {
			t.Errorf("%s: the breach is not found (%v)", name, err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryCheckHasANameASentenceAndAPlantedBreach(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range audit.Checks() {
		if c.Name == "" || !strings.HasSuffix(c.Says, ".") || !strings.HasPrefix(c.SQL, "SELECT") || seen[c.Name] {
			t.Errorf("the check %+v is malformed or there twice", c)
		}
		seen[c.Name] = true
	}
	if len(seen) != 17 {
		t.Errorf("%d checks; TestEveryPlantedBreachIsFound plants 17", len(seen))
	}
}
