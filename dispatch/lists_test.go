package dispatch_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// walked follows the cursors of a list to its end and gives the ids in order.
func walked(t *testing.T, size int, since *time.Time, list func(dispatch.Page) ([]dispatch.Record, *dispatch.Cursor)) (records []dispatch.Record) {
	t.Helper()
	page := dispatch.Page{Limit: size, UpdatedSince: since}
	for range 100 {
		items, next := list(page)
		if len(items) > size {
			t.Fatalf("a page of %d has %d", size, len(items))
		}
		records = append(records, items...)
		if next == nil {
			return records
		}
		page.After = next
	}
	t.Fatal("the list has no end")
	return nil
}

func ids(records []dispatch.Record) (out []uuid.UUID) {
	for _, r := range records {
		out = append(out, r.ID)
	}
	return out
}

func sameIDs(a, b []uuid.UUID) bool {
	byID := func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), byID), slices.SortedFunc(slices.Values(b), byID))
}

func listRequests(t *testing.T, w *dispatchtest.World, p dispatch.Principal) func(dispatch.Page) ([]dispatch.Record, *dispatch.Cursor) {
	t.Helper()
	return func(page dispatch.Page) (out []dispatch.Record, next *dispatch.Cursor) {
		t.Helper()
		list, err := w.Service.Requests(t.Context(), p, dispatch.RequestFilter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list.Items {
			out = append(out, r.Record)
		}
		return out, list.Next
	}
}

func listVisits(t *testing.T, w *dispatchtest.World, p dispatch.Principal) func(dispatch.Page) ([]dispatch.Record, *dispatch.Cursor) {
	t.Helper()
	return func(page dispatch.Page) (out []dispatch.Record, next *dispatch.Cursor) {
		t.Helper()
		list, err := w.Service.Visits(t.Context(), p, dispatch.VisitFilter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list.Items {
			out = append(out, v.Record)
		}
		return out, list.Next
	}
}

func TestAListGivesEverythingOnceWhateverThePageSize(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	var want []uuid.UUID
	for i := range 11 {
		if i%4 == 0 {
			w.Clock.Advance(time.Second) // several changed in the same moment
		}
		want = append(want, w.Request(t, waiting(w, nil)).ID)
	}
	begin := w.At(0, 0, 0)
	for _, since := range []*time.Time{nil, &begin} {
		for _, size := range []int{1, 2, 3, 11, 12, 200} {
			have := ids(walked(t, size, since, listRequests(t, w, w.Dispatcher)))
			if !slices.Equal(have, want) { // ids grow with time, and so does the moment of change
				t.Errorf("pages of %d, changes %t: the list is\n%v, want\n%v", size, since != nil, have, want)
			}
		}
	}
}

func TestAListOfChangesShowsWhatChangedAndNothingBefore(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	var requests []dispatch.Request
	for range 4 {
		requests = append(requests, w.Request(t, waiting(w, nil)))
	}
	w.Clock.Advance(time.Hour)
	since := w.Clock.Now()
	text := "Encore en panne."
	if _, err := w.Service.PatchRequest(t.Context(), w.Dispatcher, requests[2].ID, 0, dispatch.RequestPatch{Description: &text}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Second)
	if _, err := w.Service.CancelRequest(t.Context(), w.Dispatcher, requests[0].ID, "doublon"); err != nil {
		t.Fatal(err)
	}
	want := []uuid.UUID{requests[2].ID, requests[0].ID}
	if have := ids(walked(t, 1, &since, listRequests(t, w, w.Dispatcher))); !slices.Equal(have, want) {
		t.Errorf("the changes are %v, want %v in the order in which they came", have, want)
	}
	if have := walked(t, 10, &since, listVisits(t, w, w.Dispatcher)); len(have) != 1 {
		t.Errorf("%d visits changed, want the cancelled request's", len(have))
	}
}

func TestEveryoneListsTheirOwnOnly(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	home := w.Request(t, nil)
	shop := w.Request(t, func(in *dispatch.NewRequest) { in.ClientID, in.SiteID = w.Company.ID, w.CompanySites[0].ID })
	insured, err := w.Service.CreateRequest(t.Context(), w.PartnerKey, dispatch.NewRequest{
		ClientID: w.Insured.ID, SiteID: w.InsuredSite.ID, Category: "network", Description: "Panne",
		Work: dispatch.Work{Mode: dispatch.OnSite, Windows: []dispatch.Span{{Start: w.At(0, 8, 0), End: w.At(0, 16, 0)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	for _, c := range []struct {
		who  string
		p    dispatch.Principal
		want []uuid.UUID
	}{
		{"the dispatcher", w.Dispatcher, []uuid.UUID{home.ID, shop.ID, insured.ID}},
		{"the household", w.AsHousehold, []uuid.UUID{home.ID}},
		{"the company", w.AsCompany, []uuid.UUID{shop.ID}},
		{"the partner", w.PartnerKey, []uuid.UUID{insured.ID}},
	} {
		if have := ids(walked(t, 2, nil, listRequests(t, w, c.p))); !sameIDs(have, c.want) {
			t.Errorf("%s lists the requests %v, want %v", c.who, have, c.want)
		}
		if n := len(walked(t, 2, nil, listVisits(t, w, c.p))); n != len(c.want) {
			t.Errorf("%s lists %d visits, want %d", c.who, n, len(c.want))
		}
		for _, r := range []dispatch.Request{home, shop, insured} {
			_, err := w.Service.Request(t.Context(), c.p, r.ID)
			if slices.Contains(c.want, r.ID) != (err == nil) || (err != nil && dispatch.KindOf(err) != dispatch.KindNotFound) {
				t.Errorf("%s reads request %s: %v", c.who, r.Reference, err)
			}
		}
	}
	if n := len(walked(t, 2, nil, listVisits(t, w, w.AsLea))); n != 0 {
		t.Errorf("before anything is published Léa lists %d visits", n)
	}
	publish(t, w)
	told := 0
	for _, p := range []dispatch.Principal{w.AsKarim, w.AsLea, w.AsMoussa} {
		told += len(walked(t, 1, nil, listVisits(t, w, p)))
	}
	if told != 3 {
		t.Errorf("after the publication the technicians list %d visits in all, want all three", told)
	}
}
