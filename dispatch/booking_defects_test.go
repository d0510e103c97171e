package dispatch_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func TestAHoldThatEndsLeavesAnOpenRequestToThePlannerAgain(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, func(r *dispatch.NewRequest) {
		r.WaitForPlan = true
		r.Windows = []dispatch.Span{{Start: w.At(0, 8, 0), End: w.At(4, 16, 0)}}
	})
	v := w.VisitOf(t, r)
	chosen := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{VisitID: v.ID}), w.At(1, 10, 0))
	held, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{VisitID: v.ID, Token: chosen.Token})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Service.ReleaseHold(t.Context(), w.AsHousehold, held.ID); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	if v = w.VisitOf(t, r); v.Status != dispatch.Planned {
		t.Errorf("the visit is %s", v.Status)
	}
	if again, err := w.Service.Request(t.Context(), w.Dispatcher, r.ID); err != nil || again.Status != dispatch.RequestScheduled {
		t.Errorf("the request is %s (%v)", again.Status, err)
	}
}

func TestWhatWasPromisedIsMovedAndNotHeldAnew(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	b := booked(t, w, 1)
	v, err := w.Service.Visit(t.Context(), w.Dispatcher, b.VisitIDs[0])
	if err != nil {
		t.Fatal(err)
	}
	if v, err = w.Service.UnassignVisit(t.Context(), w.Dispatcher, v.ID, v.Version); err != nil {
		t.Fatal(err)
	}
	other := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{VisitID: v.ID}), w.At(2, 10, 0))
	_, err = w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{VisitID: v.ID, Token: other.Token})
	wantCode(t, err, "booking.has_place")
	if moved, err := w.Service.MoveBooking(t.Context(), w.AsHousehold, b.ID, other.Token, nil); err != nil || moved.Status != dispatch.BookingBooked {
		t.Errorf("moved it is %s (%v)", moved.Status, err)
	}
}

func TestAHeldVisitThatADispatcherTakesOutWaitsForItsClientAgain(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	work := described(w)
	chosen := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work}), w.At(1, 10, 0))
	held, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &work, Token: chosen.Token})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.CreateAbsence(t.Context(), w.Dispatcher, dispatch.Absence{TechnicianID: w.Karim.ID, Span: dispatch.Span{Start: w.At(1, 0, 0), End: w.At(2, 0, 0)}, Kind: "sick"}); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	v, err := w.Service.Visit(t.Context(), w.Dispatcher, held.VisitIDs[len(held.VisitIDs)-1])
	if err != nil || v.Status != dispatch.Draft || v.Assignment != nil {
		t.Errorf("its visit is %s with %+v (%v)", v.Status, v.Assignment, err)
	}
	_, err = w.Service.Book(t.Context(), w.AsHousehold, held.ID, nil)
	wantCode(t, err, "slot.gone")
}

func TestAPinnedBookingMovesWithinItsDay(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	b := booked(t, w, 1)
	v, err := w.Service.Visit(t.Context(), w.Dispatcher, b.VisitIDs[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Choice{TechnicianID: w.Karim.ID}); err != nil {
		t.Fatal(err)
	}
	other := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{VisitID: v.ID}), w.At(1, 14, 0))
	if _, err := w.Service.MoveBooking(t.Context(), w.AsHousehold, b.ID, other.Token, nil); err != nil {
		t.Error(err)
	}
}

func TestAMoveThatFailsLeavesThePlaceTaken(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	long := func() dispatch.NewRequest {
		r := described(w)
		r.Duration = 3 * time.Hour // Karim alone can, and once a morning
		return r
	}
	first := long()
	morning := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &first}), w.At(1, 8, 0))
	held, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &first, Token: morning.Token})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.Book(t.Context(), w.AsHousehold, held.ID, nil); err != nil {
		t.Fatal(err)
	}
	noon := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{VisitID: held.VisitIDs[0]}), w.At(1, 12, 0))
	second := long()
	second.Description = "Une autre machine."
	taken := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &second}), w.At(1, 12, 0))
	if _, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &second, Token: taken.Token}); err != nil {
		t.Fatal(err)
	}
	_, err = w.Service.MoveBooking(t.Context(), w.AsHousehold, held.ID, noon.Token, nil)
	wantCode(t, err, "slot.gone")
	third := long()
	if a := slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &third}); slices.ContainsFunc(a.Slots, func(s dispatch.Slot) bool { return s.Start.Equal(w.At(1, 8, 0)) }) {
		t.Error("the morning that is booked is offered again")
	}
}

func TestTwoClicksOnOneSlotHoldItOnceAndNobodyWaits(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, func(r *dispatch.NewRequest) { r.BySlot = true })
	v := w.VisitOf(t, r)
	chosen := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{VisitID: v.ID}), w.At(1, 10, 0))
	var wg sync.WaitGroup
	answers := make([]error, 6)
	for i := range answers {
		wg.Go(func() {
			_, answers[i] = w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{VisitID: v.ID, Token: chosen.Token})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range answers {
		if err == nil {
			won++
		} else if code := dispatch.CodeOf(err); code != "booking.has_place" && code != "slot.gone" {
			t.Errorf("told %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d clicks hold it", won, len(answers))
	}
}

func TestAnOverdueHoldThatNobodyEndedMakesWay(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	long := described(w)
	long.Duration = 3 * time.Hour
	morning := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &long}), w.At(1, 8, 0))
	if _, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &long, Token: morning.Token}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(11 * time.Minute) // and no worker is up
	again := described(w)
	again.Duration = 3 * time.Hour
	if _, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &again, Token: morning.Token}); err != nil {
		t.Error(err)
	}
}

func TestASlotLeavesATechnicianTheLegalRest(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	late := w.ShiftOf(w.Karim, 1)
	if _, err := w.Service.PatchShift(t.Context(), w.Dispatcher, late.ID, late.Version, func(s *dispatch.ShiftDraft) { s.Start, s.End = w.At(1, 11, 0), w.At(1, 23, 0) }); err != nil {
		t.Fatal(err)
	}
	early := described(w) // Karim begins on Wednesday at eight o'clock: he is to be home by nine in the evening before
	early.Windows = []dispatch.Span{{Start: w.At(2, 8, 0), End: w.At(2, 9, 0)}}
	r, err := w.Service.CreateRequest(t.Context(), w.AsHousehold, early)
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	if v := w.VisitOf(t, r); v.Status != dispatch.Planned {
		t.Fatalf("Wednesday's visit is %s", v.Status)
	}
	o, err := w.Service.Organization(t.Context(), w.Administrator)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.PatchOrganization(t.Context(), w.Administrator, o.Version, "", func(o *dispatch.Organization) {
		o.Policy.Slots.Hours = []dispatch.WeeklyHours{{Days: []int{2}, Start: "15:00", End: "17:00"}, {Days: []int{2}, Start: "20:30", End: "21:30"}}
	}); err != nil {
		t.Fatal(err)
	}
	work := described(w)
	a := slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work, To: w.At(2, 0, 0), Reasons: true})
	if len(a.Slots) != 1 || !a.Slots[0].Start.Equal(w.At(1, 15, 0)) {
		t.Errorf("offered are %+v, refused %+v", a.Slots, a.Refused)
	}
}
