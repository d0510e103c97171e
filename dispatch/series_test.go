package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// digits are a local time's, held in UTC.
func digits(text string) time.Time {
	t, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

// upkeep is a series of the household's: an hour every Tuesday between 9 and 12, made two months ahead; change may make it another.
func upkeep(w *dispatchtest.World, change func(*dispatch.Series)) dispatch.Series {
	v := dispatch.Series{
		ClientID: w.Household.ID, SiteID: w.HouseholdSite.ID,
		Work: dispatch.SeriesWork{
			Mode: dispatch.OnSite, Category: "maintenance", Description: "Entretien du réseau.", SupportLevel: 1, Duration: 3600,
			RequiredSkills: []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 1}},
		},
		Recurrence: dispatch.Recurrence{Rule: "FREQ=WEEKLY;BYDAY=TU", Start: digits("2026-06-16T09:00"), WindowEnd: "12:00"},
	}
	if change != nil {
		change(&v)
	}
	return v
}

func addSeries(t *testing.T, w *dispatchtest.World, change func(*dispatch.Series)) dispatch.Series {
	t.Helper()
	v, err := w.Service.CreateSeries(t.Context(), w.Dispatcher, upkeep(w, change))
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	return v
}

func made(t *testing.T, w *dispatchtest.World, v dispatch.Series) (out []dispatch.Standing) {
	t.Helper()
	all, err := w.Service.Occurrences(t.Context(), w.Dispatcher, v.ID, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if o.Made != nil {
			out = append(out, o)
		}
	}
	return out
}

// madeOn are the days that have a request.
func madeOn(t *testing.T, w *dispatchtest.World, v dispatch.Series) (days []string) {
	t.Helper()
	for _, o := range made(t, w, v) {
		days = append(days, string(o.Date))
	}
	return days
}

func wantDays(t *testing.T, have []string, want ...string) {
	t.Helper()
	if !slices.Equal(have, want) {
		t.Errorf("requests are made for\n%v, want\n%v", have, want)
	}
}

// open counts the requests that are not over.
func open(t *testing.T, w *dispatchtest.World) int {
	t.Helper()
	return count(t, w, `SELECT count(*) FROM requests WHERE status NOT IN ('completed', 'failed', 'cancelled')`)
}

func request(t *testing.T, w *dispatchtest.World, o dispatch.Standing) dispatch.Request {
	t.Helper()
	r, err := w.Service.Request(t.Context(), w.Dispatcher, o.Made.RequestID)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func patchSeries(t *testing.T, w *dispatchtest.World, v dispatch.Series, patch dispatch.SeriesPatch) (dispatch.Series, []dispatch.MadeOccurrence) {
	t.Helper()
	v, kept, err := w.Service.PatchSeries(t.Context(), w.Dispatcher, v.ID, v.Version, patch)
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	return v, kept
}

func except(t *testing.T, w *dispatchtest.World, v dispatch.Series, e dispatch.Exception) (dispatch.Series, []dispatch.MadeOccurrence) {
	t.Helper()
	v, kept, err := w.Service.ExceptSeries(t.Context(), w.Dispatcher, v.ID, e)
	if err != nil {
		t.Fatalf("%+v: %v", e, err)
	}
	w.WorkJobs(t)
	return v, kept
}

func TestEveryFirstTuesdayStaysAtNineThroughTheChangeOfClocks(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) {
		v.Recurrence.Rule, v.HorizonDays = "FREQ=MONTHLY;BYDAY=1TU", 300
	})
	wantDays(t, madeOn(t, w, v), "2026-07-07", "2026-08-04", "2026-09-01", "2026-10-06", "2026-11-03", "2026-12-01", "2027-01-05", "2027-02-02", "2027-03-02", "2027-04-06")
	offsets := map[string]bool{}
	for _, o := range made(t, w, v) {
		r := request(t, w, o)
		if len(r.Windows) != 1 {
			t.Fatalf("%s has the windows %v", o.Date, r.Windows)
		}
		start, end := r.Windows[0].Start.In(w.Zone), r.Windows[0].End.In(w.Zone)
		if start.Format("2006-01-02T15:04") != string(o.Date)+"T09:00" || end.Format("2006-01-02T15:04") != string(o.Date)+"T12:00" {
			t.Errorf("the request of %s is for %s to %s", o.Date, start, end)
		}
		offsets[start.Format("-07:00")] = true
		if r.Category != "maintenance" || r.Status != dispatch.RequestOpen || r.CreatedBy != w.Dispatcher.Actor() || r.Duration != time.Hour {
			t.Errorf("the request is %+v", r)
		}
	}
	if len(offsets) != 2 {
		t.Errorf("no change of clocks was met: %v", offsets)
	}
}

func TestAnOccurrenceOfThisWeekGetsAPlaceInARouteAtOnce(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, nil)
	first := made(t, w, v)[0]
	if visit := w.VisitOf(t, request(t, w, first)); first.Date != "2026-06-16" || visit.Status != dispatch.Planned {
		t.Errorf("the visit of %s is %s", first.Date, visit.Status)
	}
}

func TestAPublicHolidayIsSkippedMovedOrKept(t *testing.T) {
	t.Parallel()
	for rule, want := range map[dispatch.HolidayRule][]string{
		dispatch.SkipHoliday:    {"2026-07-07", "2026-07-21"},
		dispatch.NextWorkingDay: {"2026-07-07", "2026-07-15", "2026-07-21"}, // 14 July 2026 is a Tuesday
		dispatch.KeepHoliday:    {"2026-07-07", "2026-07-14", "2026-07-21"},
	} {
		t.Run(string(rule), func(t *testing.T) {
			t.Parallel()
			w := dispatchtest.New(t)
			v := addSeries(t, w, func(v *dispatch.Series) {
				v.Recurrence.Start, v.Recurrence.OnHoliday, v.HorizonDays = digits("2026-07-07T09:00"), rule, 40
			})
			wantDays(t, madeOn(t, w, v), want...)
		})
	}
}

func TestEasterMondayMovesToTuesdayAndChristmasPastTheWeekend(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) {
		v.Recurrence.Rule, v.HorizonDays = "FREQ=MONTHLY;BYDAY=-1MO;UNTIL=20270401", 365 // 29 March 2027 is Easter Monday
	})
	wantDays(t, madeOn(t, w, v), "2026-06-29", "2026-07-27", "2026-08-31", "2026-09-28", "2026-10-26", "2026-11-30", "2026-12-28", "2027-01-25", "2027-02-22", "2027-03-30")
	all := made(t, w, v)
	if last := all[len(all)-1]; last.On != "2027-03-29" || last.Holiday != "holiday.easter_monday" {
		t.Errorf("the last occurrence is %+v", last)
	}
	christmas := addSeries(t, w, func(v *dispatch.Series) {
		v.Recurrence.Rule, v.HorizonDays = "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", 365
	})
	wantDays(t, madeOn(t, w, christmas), "2026-12-28") // a Friday
}

func TestTheOccurrenceMayBeDoneSomeDaysEarlierOrLaterButNotOnAHoliday(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) {
		v.Recurrence.Start, v.Recurrence.WindowEnd, v.Recurrence.Before, v.Recurrence.After = digits("2026-07-15T08:00"), "18:00", 1, 2
		v.Recurrence.Rule = "FREQ=WEEKLY;COUNT=1"
	})
	var days []string
	for _, span := range request(t, w, made(t, w, v)[0]).Windows {
		days = append(days, span.Start.In(w.Zone).Format("2006-01-02T15")+span.End.In(w.Zone).Format("-15"))
	}
	wantDays(t, days, "2026-07-15T08-18", "2026-07-16T08-18", "2026-07-17T08-18")
}

func TestOccurrencesAreDroppedAddedAndMovedByHand(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) { v.HorizonDays = 30 })
	wantDays(t, madeOn(t, w, v), "2026-06-16", "2026-06-23", "2026-06-30", "2026-07-07", "2026-07-15")
	except(t, w, v, dispatch.Exception{Kind: dispatch.DropOccurrence, On: "2026-06-23"})
	except(t, w, v, dispatch.Exception{Kind: dispatch.AddOccurrence, On: "2026-06-26"})
	except(t, w, v, dispatch.Exception{Kind: dispatch.MoveOccurrence, On: "2026-06-30", To: "2026-07-02"})
	v, kept := except(t, w, v, dispatch.Exception{Kind: dispatch.MoveOccurrence, On: "2026-07-14", To: "2026-07-13"})
	if len(kept) != 0 {
		t.Errorf("nobody was told of anything, yet %v is kept", kept)
	}
	wantDays(t, madeOn(t, w, v), "2026-06-16", "2026-06-26", "2026-07-02", "2026-07-07", "2026-07-13")
	if n := open(t, w); n != 5 {
		t.Errorf("%d requests are open", n)
	}
	if n := count(t, w, `SELECT count(*) FROM requests WHERE status = 'cancelled' AND outcome <> ''`); n != 1 {
		t.Errorf("%d requests were cancelled: the moved ones stay", n)
	}
	for _, e := range []struct {
		dispatch.Exception
		want string
	}{
		{dispatch.Exception{Kind: dispatch.DropOccurrence, On: "2026-06-24"}, "/on series.no_occurrence"},
		{dispatch.Exception{Kind: dispatch.AddOccurrence, On: "2026-07-07"}, "/on series.day_taken"},
		{dispatch.Exception{Kind: dispatch.AddOccurrence, On: "2026-06-30"}, "/on series.day_taken"}, // moved away, and still that occurrence's name
		{dispatch.Exception{Kind: dispatch.MoveOccurrence, On: "2026-07-07", To: "2026-07-02"}, "/to series.day_taken"},
		{dispatch.Exception{Kind: dispatch.MoveOccurrence, On: "2026-07-07", To: "2026-12-24"}, "/to series.move_far"},
		{dispatch.Exception{Kind: dispatch.AddOccurrence, On: "2026-06-12"}, "/on window.past"},
		{dispatch.Exception{Kind: dispatch.AddOccurrence, On: "2062-06-12"}, "/on window.too_far"},
		{dispatch.Exception{Kind: dispatch.MoveOccurrence, On: "2026-07-07", To: "2026-06-12"}, "/to window.past"},
		{dispatch.Exception{Kind: dispatch.RestoreOccurrence, On: "2026-07-07"}, "/on series.no_exception"},
		{dispatch.Exception{Kind: dispatch.DropOccurrence, On: "2026-02-30"}, "/on series.day"},
		{dispatch.Exception{Kind: dispatch.DropOccurrence, On: "2026-07-07", To: "2026-07-08"}, "/to series.to_only_moves"},
	} {
		_, _, err := w.Service.ExceptSeries(t.Context(), w.Dispatcher, v.ID, e.Exception)
		wantFaults(t, err, e.want)
	}
	for _, on := range []dispatch.Day{"2026-06-23", "2026-06-30", "2026-07-14"} {
		v, _ = except(t, w, v, dispatch.Exception{Kind: dispatch.RestoreOccurrence, On: on})
	}
	v, _ = except(t, w, v, dispatch.Exception{Kind: dispatch.DropOccurrence, On: "2026-06-26"})
	wantDays(t, madeOn(t, w, v), "2026-06-16", "2026-06-23", "2026-06-30", "2026-07-07", "2026-07-15")
	if len(v.Recurrence.Exceptions) != 0 {
		t.Errorf("the exceptions are %v", v.Recurrence.Exceptions)
	}
}

func TestEachOccurrenceIsMadeOnceHoweverOftenAndOnHoweverManyNodes(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v, err := w.Service.CreateSeries(t.Context(), w.Dispatcher, upkeep(w, nil))
	if err != nil {
		t.Fatal(err)
	}
	var nodes sync.WaitGroup
	var faults [4]error
	for i := range faults {
		nodes.Go(func() { faults[i] = w.Service.Materialise(t.Context(), w.Organization.ID, v.ID) })
	}
	nodes.Wait()
	if err := errors.Join(faults[:]...); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	if n := count(t, w, `SELECT count(*) FROM requests`); n != 9 {
		t.Errorf("%d requests are made, want one for each Tuesday of 60 days", n)
	}
	if n := count(t, w, `SELECT count(*) FROM visits`); n != 9 {
		t.Errorf("%d visits are made", n)
	}
	if n := count(t, w, `SELECT count(*) FROM events WHERE kind = 'request.created'`); n != 9 {
		t.Errorf("%d creations are told", n)
	}
	w.Clock.Advance(7 * 24 * time.Hour)
	w.Tx(t, func(ctx context.Context) error { return w.DB.Enqueue(ctx, dispatch.Materialise{}) }) // as the sweep does
	w.WorkJobs(t)
	if n := count(t, w, `SELECT count(*) FROM requests`); n != 10 {
		t.Errorf("a week later %d requests are made, want one more", n)
	}
	w.Tx(t, func(ctx context.Context) error {
		due, err := w.DB.SeriesToMake(ctx, "2026-06-22")
		if len(due) != 0 {
			t.Errorf("%v still waits", due)
		}
		return err
	})
}

// publishWeek tells the technicians of the first week.
func publishWeek(t *testing.T, w *dispatchtest.World) {
	t.Helper()
	if _, err := w.Service.PublishRoutes(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(5, 0, 0)}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestAChangeLeavesTheVisitThatWasToldAndMovesTheOthers(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) { v.HorizonDays = 20 })
	wantDays(t, madeOn(t, w, v), "2026-06-16", "2026-06-23", "2026-06-30")
	publishWeek(t, w)
	start := digits("2026-06-16T14:00")
	v, kept := patchSeries(t, w, v, dispatch.SeriesPatch{Start: &start, WindowEnd: new("17:00"), Description: new("Entretien du réseau et du serveur.")})
	if len(kept) != 1 || kept[0].On != "2026-06-16" {
		t.Errorf("kept are %+v, want the one that was told", kept)
	}
	for _, o := range made(t, w, v) {
		want, text := 14, "Entretien du réseau et du serveur."
		if o.On == "2026-06-16" {
			want, text = 9, "Entretien du réseau."
		}
		if r := request(t, w, o); r.Windows[0].Start.In(w.Zone).Hour() != want || r.Description != text {
			t.Errorf("the request of %s begins at %s: %s", o.On, r.Windows[0].Start.In(w.Zone), r.Description)
		}
	}
	// Another rule: what was told stays, the rest is taken back and made anew.
	v, kept = patchSeries(t, w, v, dispatch.SeriesPatch{Rule: new("FREQ=WEEKLY;BYDAY=TH"), Start: new(digits("2026-06-23T14:00"))})
	wantDays(t, madeOn(t, w, v), "2026-06-16", "2026-06-25", "2026-07-02")
	if len(kept) != 1 || open(t, w) != 3 {
		t.Errorf("kept are %v, open are %d", kept, open(t, w))
	}
	// And back: what was taken back is made again.
	v, kept = patchSeries(t, w, v, dispatch.SeriesPatch{Rule: new("FREQ=WEEKLY;BYDAY=TU"), Start: new(digits("2026-06-16T09:00")), WindowEnd: new("12:00"), Description: new("Entretien du réseau.")})
	wantDays(t, madeOn(t, w, v), "2026-06-16", "2026-06-23", "2026-06-30")
	if len(kept) != 0 || open(t, w) != 3 {
		t.Errorf("kept are %v, open are %d", kept, open(t, w))
	}
}

func TestAPromiseToTheClientKeepsAnOccurrenceToo(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) { v.HorizonDays = 10 })
	first := made(t, w, v)[1]
	visit := w.VisitOf(t, request(t, w, first))
	promise := &visit.Windows[0]
	if _, err := w.Service.PatchVisit(t.Context(), w.Dispatcher, visit.ID, visit.Version, dispatch.VisitPatch{Promise: &promise}); err != nil {
		t.Fatal(err)
	}
	v, kept, err := w.Service.PatchSeries(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.SeriesPatch{Status: new(dispatch.SeriesEnded)})
	if err != nil || len(kept) != 1 || kept[0].On != first.On {
		t.Errorf("kept are %v, %v", kept, err)
	}
	w.WorkJobs(t)
	wantDays(t, madeOn(t, w, v), string(first.Date))
}

func TestWhatPeopleChangedOnARequestStaysWhenAnotherPartOfTheSeriesChanges(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) { v.HorizonDays = 10 })
	second := made(t, w, v)[1]
	r := request(t, w, second)
	afternoon := []dispatch.Span{{Start: w.At(9, 14, 0), End: w.At(9, 17, 0)}}
	if _, err := w.Service.PatchRequest(t.Context(), w.Dispatcher, r.ID, r.Version, dispatch.RequestPatch{Windows: &afternoon}); err != nil {
		t.Fatal(err)
	}
	patchSeries(t, w, v, dispatch.SeriesPatch{Duration: new(90 * time.Minute)})
	if r = request(t, w, second); r.Duration != 90*time.Minute || !r.Windows[0].Start.Equal(w.At(9, 14, 0)) {
		t.Errorf("the request takes %s in %v", r.Duration, r.Windows)
	}
}

func TestARequestCancelledByHandIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) { v.HorizonDays = 10 })
	first := made(t, w, v)[0]
	if _, err := w.Service.CancelRequest(t.Context(), w.AsHousehold, first.Made.RequestID, "absente"); err != nil {
		t.Fatal(err)
	}
	patchSeries(t, w, v, dispatch.SeriesPatch{Duration: new(2 * time.Hour)})
	if r := request(t, w, first); r.Status != dispatch.RequestCancelled || r.Duration != time.Hour {
		t.Errorf("the request is %s", r.Status)
	}
	if n := count(t, w, `SELECT count(*) FROM requests`); n != 2 {
		t.Errorf("%d requests are made", n)
	}
}

func TestAPausedSeriesMakesNothingNewAndAnEndedOneTakesBackWhatNobodyKnows(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) { v.HorizonDays = 10 })
	publishWeek(t, w)
	v, _ = patchSeries(t, w, v, dispatch.SeriesPatch{Status: new(dispatch.SeriesPaused), HorizonDays: new(30)})
	wantDays(t, madeOn(t, w, v), "2026-06-16", "2026-06-23")
	v, _ = patchSeries(t, w, v, dispatch.SeriesPatch{Status: new(dispatch.SeriesActive)})
	wantDays(t, madeOn(t, w, v), "2026-06-16", "2026-06-23", "2026-06-30", "2026-07-07", "2026-07-15")
	v, kept := patchSeries(t, w, v, dispatch.SeriesPatch{Status: new(dispatch.SeriesEnded)})
	wantDays(t, madeOn(t, w, v), "2026-06-16")
	if len(kept) != 1 || open(t, w) != 1 {
		t.Errorf("kept are %v, open are %d", kept, open(t, w))
	}
	_, _, err := w.Service.PatchSeries(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.SeriesPatch{Status: new(dispatch.SeriesActive)})
	wantConflict(t, err, "series.ended")
	_, _, err = w.Service.ExceptSeries(t.Context(), w.Dispatcher, v.ID, dispatch.Exception{Kind: dispatch.AddOccurrence, On: "2026-06-25"})
	wantConflict(t, err, "series.ended")
	for kind, want := range map[string]int{"series.added": 1, "series.updated": 2, "series.ended": 1} {
		if n := count(t, w, fmt.Sprintf(`SELECT count(*) FROM events WHERE kind = '%s'`, kind)); n != want {
			t.Errorf("%s was told %d times, want %d", kind, n, want)
		}
	}
}

func wantConflict(t *testing.T, err error, code string) {
	t.Helper()
	if dispatch.KindOf(err) != dispatch.KindConflict || dispatch.CodeOf(err) != code {
		t.Errorf("got %v, want the conflict %s", err, code)
	}
}
