package dispatch_test

import (
	"slices"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// mornings makes Monday's and Tuesday's time scarce: the rest of Karim's days is booked by the company, three hours at a time.
func mornings(t *testing.T, w *dispatchtest.World) (soon dispatch.Booking) {
	t.Helper()
	for _, at := range []time.Time{w.At(1, 8, 0), w.At(1, 12, 0)} {
		work := described(w)
		work.ClientID, work.SiteID, work.Duration = w.Company.ID, w.CompanySites[1].ID, 3*time.Hour
		chosen := slotAt(t, slots(t, w, w.Dispatcher, dispatch.AvailabilityQuery{Work: &work}), at)
		held, err := w.Service.Hold(t.Context(), w.Dispatcher, dispatch.HoldQuery{Work: &work, Token: chosen.Token})
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.Service.Book(t.Context(), w.Dispatcher, held.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if soon.ID == (dispatch.Booking{}).ID {
			soon = b
		}
	}
	return soon
}

// lateNext is a three-hour visit of the household's on Thursday morning, for which Tuesday is full.
func lateNext(t *testing.T, w *dispatchtest.World) dispatch.Booking {
	t.Helper()
	work := described(w)
	work.Duration = 3 * time.Hour
	a := slots(t, w, w.AsHousehold, dispatch.AvailabilityQuery{Work: &work})
	if slices.ContainsFunc(a.Slots, func(s dispatch.Slot) bool { return s.Start.Equal(w.At(1, 8, 0)) }) {
		t.Fatal("Tuesday morning is free")
	}
	held, err := w.Service.Hold(t.Context(), w.AsHousehold, dispatch.HoldQuery{Work: &work, Token: slotAt(t, a, w.At(3, 8, 0)).Token})
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.Service.Book(t.Context(), w.AsHousehold, held.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func waits(t *testing.T, w *dispatchtest.World, b dispatch.Booking, wish dispatch.Wish) {
	t.Helper()
	if _, err := w.Service.JoinWaitlist(t.Context(), w.Dispatcher, b.VisitIDs[0], wish); err != nil {
		t.Fatal(err)
	}
}

func queue(t *testing.T, w *dispatchtest.World, p dispatch.Principal) []dispatch.WaitlistEntry {
	t.Helper()
	list, err := w.Service.Waitlist(t.Context(), p, dispatch.Page{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func TestWhenAGapOpensWhoWaitsIsOfferedItAndMayTakeIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	if _, err := w.Service.RegisterDevice(t.Context(), w.AsHousehold, dispatch.PlatformAndroid, "her phone"); err != nil {
		t.Fatal(err)
	}
	soon := mornings(t, w)
	later := lateNext(t, w)
	waits(t, w, later, dispatch.Wish{Earliest: w.At(1, 0, 0), Latest: w.At(2, 0, 0)})
	w.WorkJobs(t)
	if e := queue(t, w, w.AsHousehold); len(e) != 1 || e[0].Offer != nil {
		t.Fatalf("before there is a gap: %+v", e)
	}
	if _, err := w.Service.CancelBooking(t.Context(), w.Dispatcher, soon.ID, "Annulé."); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	e := queue(t, w, w.AsHousehold)
	if len(e) != 1 || e[0].Offer == nil || !e[0].Offer.Start.Equal(w.At(1, 8, 0)) || !e[0].Offer.Expires.Equal(w.Clock.Now().Add(2*time.Hour)) {
		t.Fatalf("she is offered %+v", e)
	}
	sent := w.Sender.Sent()
	if len(sent) != 1 || sent[0].Notice.Data["kind"] != "notice.waitlist" || sent[0].Notice.Data["visit_id"] != later.VisitIDs[0].String() {
		t.Errorf("her phone got %+v", sent)
	}
	events, err := w.Service.RequestEvents(t.Context(), w.AsHousehold, later.RequestID, dispatch.EventCursor{}, 100)
	if err != nil || !slices.ContainsFunc(events, func(e dispatch.Event) bool { return e.Kind == dispatch.EventWaitlistOffered }) {
		t.Errorf("no event says so: %+v (%v)", events, err)
	}
	w.Clock.Advance(time.Hour) // longer than other slots are good
	moved, err := w.Service.MoveBooking(t.Context(), w.AsHousehold, later.ID, e[0].Offer.Token, nil)
	if err != nil || !moved.Slot.Start.Equal(w.At(1, 8, 0)) {
		t.Fatalf("taken, it is %+v (%v)", moved, err)
	}
	if e := queue(t, w, w.Dispatcher); len(e) != 0 {
		t.Errorf("she still waits: %+v", e)
	}
}

func TestAnOfferThatIsNotTakenGoesToTheNextAndNobodyIsAskedTwice(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	soon := mornings(t, w)
	first := lateNext(t, w)
	waits(t, w, first, dispatch.Wish{})
	work := described(w)
	work.ClientID, work.SiteID, work.Duration, work.BySlot, work.Windows = w.Company.ID, w.CompanySites[0].ID, 3*time.Hour, true, nil
	draft, err := w.Service.CreateRequest(t.Context(), w.Dispatcher, work)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.JoinWaitlist(t.Context(), w.AsCompany, w.VisitOf(t, draft).ID, dispatch.Wish{Earliest: w.At(1, 0, 0), Latest: w.At(1, 10, 0)}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.CancelBooking(t.Context(), w.Dispatcher, soon.ID, "Annulé."); err != nil {
		t.Fatal(err)
	}
	offers := func() (all []bool) {
		w.WorkJobs(t)
		for _, e := range queue(t, w, w.Dispatcher) {
			all = append(all, e.Offer != nil)
		}
		return all
	}
	if got := offers(); !slices.Equal(got, []bool{true, false}) {
		t.Errorf("offered at first: %v", got)
	}
	w.Clock.Advance(2 * time.Hour)
	if got := offers(); !slices.Equal(got, []bool{true, true}) {
		t.Errorf("offered when the first let it pass: %v", got)
	}
	w.Clock.Advance(2 * time.Hour)
	if later := w.WorkJobs(t); len(later) > 0 || slices.Contains(w.Jobs(t), "offer_gap") {
		t.Errorf("when everybody was asked, %v wait", w.Jobs(t))
	}
}

func TestOnlyWhoHasASlotOrIsToChooseOneWaits(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	planned := w.Request(t, nil)
	w.WorkJobs(t)
	_, err := w.Service.JoinWaitlist(t.Context(), w.Dispatcher, w.VisitOf(t, planned).ID, dispatch.Wish{})
	wantCode(t, err, "waitlist.not_booked")
	b := booked(t, w, 3)
	_, err = w.Service.JoinWaitlist(t.Context(), w.AsCompany, b.VisitIDs[0], dispatch.Wish{})
	wantCode(t, err, "not_found")
	wantCode(t, w.Service.LeaveWaitlist(t.Context(), w.AsCompany, b.VisitIDs[0]), "not_found")
	_, err = w.Service.JoinWaitlist(t.Context(), w.AsHousehold, b.VisitIDs[0], dispatch.Wish{Earliest: w.At(2, 0, 0), Latest: w.At(1, 0, 0)})
	wantCode(t, err, "window.ends_before_start")
	_, err = w.Service.JoinWaitlist(t.Context(), w.AsHousehold, b.VisitIDs[0], dispatch.Wish{Latest: w.At(0, 5, 0)})
	wantCode(t, err, "window.past")
	waits(t, w, b, dispatch.Wish{})
	entry := queue(t, w, w.AsHousehold)[0]
	waits(t, w, b, dispatch.Wish{Latest: w.At(2, 0, 0)})
	if again := queue(t, w, w.AsHousehold); len(again) != 1 || again[0].ID != entry.ID || again[0].Latest.IsZero() {
		t.Errorf("waiting once more: %+v after %+v", again, entry)
	}
	if len(queue(t, w, w.AsCompany)) > 0 {
		t.Error("the company sees who waits")
	}
	if _, err := w.Service.CancelBooking(t.Context(), w.AsHousehold, b.ID, "Réparé."); err != nil {
		t.Fatal(err)
	}
	if e := queue(t, w, w.Dispatcher); len(e) > 0 {
		t.Errorf("called off, it waits: %+v", e)
	}
}
