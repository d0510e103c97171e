package dispatch_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// described is work of Mme Moreau's that nobody has asked for yet: an hour at home, for somebody who knows networks.
func described(w *dispatchtest.World) dispatch.NewRequest {
	return dispatch.NewRequest{
		ClientID: w.Household.ID, SiteID: w.HouseholdSite.ID, Category: "network", Description: "La box ne se connecte plus.",
		Work: dispatch.Work{
			Mode: dispatch.OnSite, Duration: time.Hour, RequiredSkills: []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 2}},
			Windows: []dispatch.Span{{Start: w.At(0, 8, 0), End: w.At(4, 18, 0)}},
		},
	}
}

func slots(t *testing.T, w *dispatchtest.World, p dispatch.Principal, q dispatch.AvailabilityQuery) dispatch.Availability {
	t.Helper()
	a, err := w.Service.Availability(t.Context(), p, q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// slotAt is the slot that opens at a moment.
func slotAt(t *testing.T, a dispatch.Availability, at time.Time) dispatch.Slot {
	t.Helper()
	i := slices.IndexFunc(a.Slots, func(s dispatch.Slot) bool { return s.Start.Equal(at) })
	if i < 0 {
		t.Fatalf("no slot opens at %v among %d", at, len(a.Slots))
	}
	return a.Slots[i]
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if known, ok := errors.AsType[*dispatch.Error](err); ok && len(known.Faults) > 0 {
		if !slices.ContainsFunc(known.Faults, func(f dispatch.Fault) bool { return f.Code == code }) {
			t.Fatalf("got %v, want the fault %s", err, code)
		}
		return
	}
	if dispatch.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func TestMmeMoreauChoosesASlotAndIsPromisedIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	if _, err := w.Service.AddTariff(t.Context(), w.Administrator, dispatchtest.Tariff(w.Territory.ID)); err != nil {
		t.Fatal(err)
	}
	work := described(w)
	a := slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work})
	if len(a.Slots) == 0 {
		t.Fatal("nothing is offered")
	}
	chosen := slotAt(t, a, w.At(1, 10, 0))
	if chosen.Price == nil || chosen.Price.Total <= 0 || chosen.Risk < 1 || chosen.Risk > 50 {
		t.Errorf("the slot costs %+v with a risk of %d %%", chosen.Price, chosen.Risk)
	}
	held, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &work, Token: chosen.Token})
	if err != nil {
		t.Fatal(err)
	}
	if held.Price == nil || held.Price.Total != chosen.Price.Total {
		t.Errorf("it was offered at %+v and held at %+v", chosen.Price, held.Price)
	}
	v, err := w.Service.Visit(t.Context(), w.AsHousehold, held.VisitIDs[0])
	if err != nil {
		t.Fatal(err)
	}
	if v.Status != dispatch.Held || v.Assignment == nil || v.Assignment.TechnicianID != w.Karim.ID {
		t.Fatalf("the visit is %s with %+v", v.Status, v.Assignment)
	}
	_, err = w.Service.Book(t.Context(), w.AsHousehold, held.ID, nil)
	wantCode(t, err, "booking.price_not_accepted")
	booked, err := w.Service.Book(t.Context(), w.AsHousehold, held.ID, &held.Price.Total)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.Service.Book(t.Context(), w.AsHousehold, held.ID, &held.Price.Total); err != nil || again.Version != booked.Version {
		t.Errorf("booked once more: %v, version %d after %d", err, again.Version, booked.Version)
	}
	if v, err = w.Service.Visit(t.Context(), w.AsHousehold, v.ID); err != nil || v.Status != dispatch.Planned || v.Promise == nil || !v.Promise.Start.Equal(w.At(1, 10, 0)) {
		t.Errorf("the visit is %s, promised for %v (%v)", v.Status, v.Promise, err)
	}
	if begin := v.Assignment.Begin; begin.Before(w.At(1, 10, 0)) || begin.After(w.At(1, 12, 0)) {
		t.Errorf("it begins at %v", begin)
	}
	r, err := w.Service.Request(t.Context(), w.AsHousehold, booked.RequestID)
	if err != nil || r.Status != dispatch.RequestScheduled {
		t.Errorf("the request is %s (%v)", r.Status, err)
	}
	w.Clock.Advance(time.Hour)
	w.WorkJobs(t) // the hold's end finds it booked
	if v, _ = w.Service.Visit(t.Context(), w.AsHousehold, v.ID); v.Status != dispatch.Planned {
		t.Errorf("after the hold's time it is %s", v.Status)
	}
}

func TestAHoldThatIsNotBookedFreesItself(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	work := described(w)
	chosen := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work}), w.At(0, 10, 0))
	held, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &work, Token: chosen.Token})
	if err != nil {
		t.Fatal(err)
	}
	if later := w.WorkJobs(t); len(later) != 1 {
		t.Fatalf("%d jobs wait for the hold's end, want one", len(later))
	}
	w.Clock.Advance(11 * time.Minute)
	_, err = w.Service.Book(t.Context(), w.AsHousehold, held.ID, nil)
	wantCode(t, err, "booking.expired")
	w.WorkJobs(t)
	b, err := w.Service.Booking(t.Context(), w.AsHousehold, held.ID)
	if err != nil || b.Status != dispatch.BookingExpired {
		t.Fatalf("the hold is %s (%v)", b.Status, err)
	}
	list, err := w.Service.Visits(t.Context(), w.Dispatcher, dispatch.VisitFilter{RequestID: held.RequestID}, dispatch.Page{Limit: 5})
	if err != nil || len(list.Items) != 1 || list.Items[0].Status != dispatch.Draft || list.Items[0].Assignment != nil {
		t.Errorf("its visit is %+v (%v)", list.Items, err)
	}
	slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work}), w.At(0, 10, 0))
}

func TestOfManyClientsAfterTheLastSlotExactlyOneHasIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	work := described(w)
	work.Duration = 3 * time.Hour // Karim alone can, and once a morning
	last := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work, To: w.At(0, 23, 0)}), w.At(0, 8, 0))
	const clients = 40
	var wg sync.WaitGroup
	answers := make([]error, clients)
	for i := range clients {
		wg.Go(func() {
			mine := described(w)
			mine.Duration = 3 * time.Hour
			_, answers[i] = w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &mine, Token: last.Token})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range answers {
		if err == nil {
			won++
			continue
		}
		wantCode(t, err, "slot.gone")
		gone, ok := errors.AsType[*dispatch.SlotGone](err)
		if !ok || len(gone.Left.Slots) == 0 {
			t.Fatalf("told %v, without what is left", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d clients hold the last slot", won, clients)
	}
}

func TestASlotIsGoodForItsWorkItsOrganizationAndItsTime(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	work := described(w)
	chosen := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work}), w.At(0, 10, 0))
	try := func(p dispatch.Principal, work dispatch.NewRequest, token string) error {
		_, err := w.Service.Hold(t.Context(), p, dispatch.HoldQuery{Work: &work, Token: token})
		return err
	}
	wantCode(t, try(w.AsHousehold, work, chosen.Token[:len(chosen.Token)-2]+"AA"), "slot.forged")
	wantCode(t, try(w.AsHousehold, work, "nonsense"), "slot.forged")
	longer := work
	longer.Duration = 2 * time.Hour
	wantCode(t, try(w.AsHousehold, longer, chosen.Token), "slot.other_work")
	company := work
	company.ClientID, company.SiteID = w.Company.ID, w.CompanySites[0].ID
	wantCode(t, try(w.AsCompany, company, chosen.Token), "slot.other_work")
	w.Clock.Advance(16 * time.Minute)
	wantCode(t, try(w.AsHousehold, work, chosen.Token), "slot.expired")
}

func TestAnotherClientsHoldIsNotToBeSeenNorBooked(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	work := described(w)
	chosen := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work}), w.At(0, 10, 0))
	held, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &work, Token: chosen.Token})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Service.Booking(t.Context(), w.AsCompany, held.ID)
	wantCode(t, err, "not_found")
	_, err = w.Service.Book(t.Context(), w.AsCompany, held.ID, nil)
	wantCode(t, err, "not_found")
	wantCode(t, w.Service.ReleaseHold(t.Context(), w.AsCompany, held.ID), "not_found")
}

// booked is a visit of Mme Moreau's at ten o'clock, so many days after Monday.
func booked(t *testing.T, w *dispatchtest.World, day int) dispatch.Booking {
	t.Helper()
	work := described(w)
	chosen := slotAt(t, slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work}), w.At(day, 10, 0))
	held, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &work, Token: chosen.Token})
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.Service.Book(t.Context(), w.AsHousehold, held.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABookingMovesToAnotherSlotAndKeepsItsOldPlaceUntilThen(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	b := booked(t, w, 2)
	for _, to := range []time.Time{w.At(2, 14, 0), w.At(3, 8, 0)} { // the same day, and another
		a := slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{VisitID: b.VisitIDs[0]})
		moved, err := w.Service.MoveBooking(t.Context(), w.AsHousehold, b.ID, slotAt(t, a, to).Token, nil)
		if err != nil {
			t.Fatal(err)
		}
		old, err := w.Service.Booking(t.Context(), w.AsHousehold, b.ID)
		if err != nil || old.Status != dispatch.BookingMoved || old.ReplacedBy != moved.ID {
			t.Errorf("the old booking is %+v (%v)", old, err)
		}
		v, err := w.Service.Visit(t.Context(), w.AsHousehold, moved.VisitIDs[0])
		if err != nil || v.Status != dispatch.Planned || v.Assignment.Begin.Before(to) || v.Assignment.Begin.After(to.Add(2*time.Hour)) || v.BookingID != moved.ID {
			t.Errorf("the visit is %s at %v of booking %s (%v)", v.Status, v.Assignment.Begin, v.BookingID, err)
		}
		b = moved
	}
}

func TestAClientCancelsUntilTheDayBeforeAndADispatcherUntilTheEnd(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	soon, later := booked(t, w, 0), booked(t, w, 3)
	_, err := w.Service.CancelBooking(t.Context(), w.AsHousehold, soon.ID, "Je ne suis pas là.")
	wantCode(t, err, "booking.too_late")
	if _, err := w.Service.CancelBooking(t.Context(), w.Dispatcher, soon.ID, "La cliente a appelé."); err != nil {
		t.Error(err)
	}
	b, err := w.Service.CancelBooking(t.Context(), w.AsHousehold, later.ID, "Réparé.")
	if err != nil || b.Status != dispatch.BookingCancelled {
		t.Fatalf("it is %s (%v)", b.Status, err)
	}
	v, err := w.Service.Visit(t.Context(), w.Dispatcher, later.VisitIDs[0])
	if err != nil || v.Status != dispatch.Cancelled {
		t.Errorf("its visit is %s (%v)", v.Status, err)
	}
}

func TestAPlanningRunMovesAPromisedVisitInsideItsWindowOnly(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	b := booked(t, w, 1)
	for range 6 {
		w.Request(t, func(r *dispatch.NewRequest) {
			r.Duration = 2 * time.Hour
			r.Windows = []dispatch.Span{{Start: w.At(1, 8, 0), End: w.At(1, 17, 0)}}
			r.Impact, r.Urgency, r.WaitForPlan = dispatch.High, dispatch.High, true // dearer to leave out than the promised one
		})
	}
	run, err := w.Service.StartPlan(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(1, 0, 0), End: w.At(2, 0, 0)}, 1, 2000)
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	if run, err = w.Service.Plan(t.Context(), w.Dispatcher, run.ID); err != nil || run.Status != dispatch.PlanDone {
		t.Fatalf("the run is %s (%v)", run.Status, err)
	}
	v, err := w.Service.Visit(t.Context(), w.Dispatcher, b.VisitIDs[0])
	if err != nil || v.Assignment == nil || v.Assignment.Begin.Before(b.Slot.Start) || v.Assignment.Begin.After(b.Slot.End) {
		t.Errorf("promised for %v, planned as %+v (%v)", b.Slot, v.Assignment, err)
	}
}

func TestWhatIsKeptBackForUrgentWorkIsNotOfferedToOthers(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	o, err := w.Service.Organization(t.Context(), w.Administrator)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.PatchOrganization(t.Context(), w.Administrator, o.Version, "", func(o *dispatch.Organization) {
		o.Policy.Slots.Reserves = []dispatch.Reserve{{TerritoryID: w.Territory.ID, Skill: dispatchtest.Network, Days: []int{2}, Time: 1000 * 3600}}
	}); err != nil {
		t.Fatal(err)
	}
	tuesday := dispatch.AvailabilityQuery{From: w.At(1, 0, 0), To: w.At(2, 0, 0), Reasons: true}
	calm := described(w)
	tuesday.Work = &calm
	a := slots(t, w, w.AsHousehold, tuesday)
	if len(a.Slots) > 0 || len(a.Refused) == 0 || a.Refused[0].Reasons[0].Code != "slot.reserved" {
		t.Errorf("%d slots of Tuesday are offered, %+v refused", len(a.Slots), a.Refused)
	}
	urgent := described(w)
	urgent.Impact, urgent.Urgency = dispatch.High, dispatch.High
	tuesday.Work = &urgent
	if a := slots(t, w, w.AsHousehold, tuesday); len(a.Slots) == 0 {
		t.Error("nothing is offered to who is in a hurry")
	}
}

func TestARefusedSlotSaysWhy(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	work := described(w)
	work.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 4}}
	a := slots(t, w, w.Dispatcher, dispatch.AvailabilityQuery{Work: &work, To: w.At(0, 23, 0), Reasons: true})
	if len(a.Slots) > 0 || len(a.Refused) == 0 {
		t.Fatalf("%d slots offered, %d refused", len(a.Slots), len(a.Refused))
	}
	codes := map[string]bool{}
	for _, r := range a.Refused[0].Reasons {
		codes[r.Code] = true
	}
	if !codes["scheduler.skill_level_too_low"] || !codes["scheduler.skill_missing"] {
		t.Errorf("the reasons are %v", a.Refused[0].Reasons)
	}
}

func TestARequestThatIsCalledOffTakesItsBookingWithIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	soon, later := booked(t, w, 0), booked(t, w, 3)
	_, err := w.Service.CancelRequest(t.Context(), w.AsHousehold, soon.RequestID, "Je ne suis pas là.")
	wantCode(t, err, "booking.too_late") // no way round the policy
	for _, b := range []dispatch.Booking{soon, later} {
		p := w.AsHousehold
		if b.ID == soon.ID {
			p = w.Dispatcher
		}
		if _, err := w.Service.CancelRequest(t.Context(), p, b.RequestID, "Réparé."); err != nil {
			t.Fatal(err)
		}
		if b, err = w.Service.Booking(t.Context(), p, b.ID); err != nil || b.Status != dispatch.BookingCancelled {
			t.Errorf("its booking is %s (%v)", b.Status, err)
		}
	}
	events, err := w.Service.RequestEvents(t.Context(), w.Dispatcher, later.RequestID, dispatch.EventCursor{}, 100)
	if err != nil || !slices.ContainsFunc(events, func(e dispatch.Event) bool { return e.Kind == dispatch.EventBookingCancelled }) {
		t.Errorf("no event says so: %+v (%v)", events, err)
	}
}

func TestAClientKeepsFiveSlotsFromOthersAtMost(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	work := described(w)
	a := slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work})
	hold := func(p dispatch.Principal, i int) error {
		mine := described(w)
		_, err := w.Service.Hold(t.Context(), p, dispatch.HoldQuery{Work: &mine, Token: slotAt(t, a, w.At(i, 14, 0)).Token})
		return err
	}
	for i := range 5 {
		if err := hold(w.AsHousehold, i); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, hold(w.AsHousehold, 0), "booking.too_many_holds")
	if err := hold(w.Dispatcher, 0); err != nil {
		t.Error(err)
	}
	w.Clock.Advance(11 * time.Minute)
	if err := hold(w.AsHousehold, 1); err != nil {
		t.Error(err)
	}
}
