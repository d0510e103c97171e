package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func TestADeletedSeriesIsEndedAndItsClientMayThenGo(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	ctx := t.Context()
	v := addSeries(t, w, func(v *dispatch.Series) { v.Status = dispatch.SeriesPaused })
	if n := count(t, w, `SELECT count(*) FROM requests`); n != 0 {
		t.Errorf("the paused series made %d requests", n)
	}
	wantConflict(t, w.Service.DeleteClient(ctx, w.Dispatcher, w.Household.ID, 0), "record.series")
	wantConflict(t, w.Service.DeleteSite(ctx, w.Dispatcher, w.HouseholdSite.ID, 0), "record.series")
	if err := w.Service.DeleteSeries(ctx, w.Dispatcher, v.ID, v.Version); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	if _, err := w.Service.Series(ctx, w.Dispatcher, v.ID); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("the deleted series: %v", err)
	}
	if err := w.Service.DeleteClient(ctx, w.Dispatcher, w.Household.ID, 0); err != nil {
		t.Error(err)
	}
}

func TestASeriesThatCannotGoOnSaysWhyAndGoesOnOnceItCan(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) {
		v.HorizonDays, v.Work.Rules.PreferredTechnicianIDs = 3, []uuid.UUID{w.Moussa.ID}
	})
	exec(t, w, `UPDATE technicians SET deleted_at = now() WHERE id = $1`, w.Moussa.ID)
	w.Clock.Advance(7 * 24 * time.Hour)
	for range 2 {
		w.Tx(t, func(ctx context.Context) error { return w.DB.Enqueue(ctx, dispatch.Materialise{}) })
		w.WorkJobs(t)
	}
	v, err := w.Service.Series(t.Context(), w.Dispatcher, v.ID)
	if err != nil || len(v.Stuck) != 1 || v.Stuck[0].Code != "technician.unknown" {
		t.Errorf("the series is stuck by %v, %v", v.Stuck, err)
	}
	if n := count(t, w, `SELECT count(*) FROM events WHERE kind = 'series.stuck'`); n != 1 {
		t.Errorf("it was told %d times", n)
	}
	v, _ = patchSeries(t, w, v, dispatch.SeriesPatch{Rules: dispatch.RulesPatch{Rules: &dispatch.WorkRules{}}})
	wantDays(t, madeOn(t, w, v), "2026-06-16", "2026-06-23")
	if v, err = w.Service.Series(t.Context(), w.Dispatcher, v.ID); err != nil || len(v.Stuck) != 0 {
		t.Errorf("the series is stuck by %v, %v", v.Stuck, err)
	}
}

func exec(t *testing.T, w *dispatchtest.World, sql string, args ...any) {
	t.Helper()
	tx, err := w.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, one := tx.Exec(t.Context(), `SELECT set_config('app.organization_id', $1, true)`, w.Organization.ID.String())
	_, two := tx.Exec(t.Context(), sql, args...)
	if err := errors.Join(one, two, tx.Commit(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func TestEverythingWrongWithASeriesIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	before := rows(t, w)
	for name, c := range map[string]struct {
		change func(*dispatch.Series)
		want   []string
	}{
		"everything": {func(v *dispatch.Series) {
			v.Work.Category, v.Work.Mode, v.Work.RequiredSkills[0].Skill, v.HorizonDays = "", "by_post", "plumbing", 400
			v.Recurrence = dispatch.Recurrence{Rule: "FREQ=SECONDLY", Start: digits("2026-06-16T09:00"), WindowEnd: "08:00", Before: 9, After: -1, Holidays: "be", OnHoliday: "cry"}
		}, []string{
			"/category field.required", "/mode field.enum", "/required_skills/0/skill skill.unknown", "/horizon_days rules.bounds", "/rule series.rule_value",
			"/window_end window.ends_before_start", "/days_before rules.bounds", "/days_after rules.bounds", "/holidays field.enum", "/on_holiday field.enum",
		}},
		"a rule that never comes": {func(v *dispatch.Series) { v.Recurrence.Rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }, []string{"/rule series.never"}},
		"a rule that is over":     {func(v *dispatch.Series) { v.Recurrence.Rule = "FREQ=DAILY;UNTIL=20260101" }, []string{"/rule series.never"}},
		"a slip of the year":      {func(v *dispatch.Series) { v.Recurrence.Start = digits("2062-06-16T09:00") }, []string{"/start window.too_far"}},
		"a series of another age": {func(v *dispatch.Series) { v.Recurrence.Start = digits("1926-06-16T09:00") }, []string{"/start series.start_past"}},
		"somebody else's site":    {func(v *dispatch.Series) { v.SiteID = w.CompanySites[0].ID }, []string{"/site_id request.site_unknown"}},
		"no client":               {func(v *dispatch.Series) { v.ClientID = uuid.Nil }, []string{"/client_id request.client_unknown"}},
	} {
		_, err := w.Service.CreateSeries(t.Context(), w.Dispatcher, upkeep(w, c.change))
		t.Log(name)
		wantFaults(t, err, c.want...)
	}
	if after := rows(t, w); after != before {
		t.Errorf("%d rows were written", after-before)
	}
}

func TestPartnersHaveSeriesOfTheirOwnClientsAndClientsSeeTheirs(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	ctx := t.Context()
	own := upkeep(w, func(v *dispatch.Series) { v.ClientID, v.SiteID = w.Insured.ID, w.InsuredSite.ID })
	v, err := w.Service.CreateSeries(ctx, w.PartnerKey, own)
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	list, err := w.Service.Requests(ctx, w.PartnerKey, dispatch.RequestFilter{}, dispatch.Page{Limit: 50})
	if err != nil || len(list.Items) != 9 {
		t.Errorf("the partner sees %d requests, %v", len(list.Items), err)
	}
	_, err = w.Service.CreateSeries(ctx, w.PartnerKey, upkeep(w, func(v *dispatch.Series) { v.Work.Rules.Mandatory = true }))
	wantFaults(t, err, "/client_id request.client_unknown", "/rules/mandatory rules.reserved")
	household := addSeries(t, w, nil)
	for name, c := range map[string]struct {
		by   dispatch.Principal
		id   uuid.UUID
		want dispatch.Kind
	}{
		"the partner, another's": {w.PartnerKey, household.ID, dispatch.KindNotFound}, "a client, another's": {w.AsCompany, household.ID, dispatch.KindNotFound},
		"a technician": {w.AsKarim, household.ID, dispatch.KindNotFound},
	} {
		if _, err := w.Service.Series(ctx, c.by, c.id); dispatch.KindOf(err) != c.want || err == nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.Service.Occurrences(ctx, c.by, c.id, "", 5); dispatch.KindOf(err) != c.want || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Service.Series(ctx, w.AsHousehold, household.ID); err != nil {
		t.Error(err)
	}
	if _, _, err := w.Service.PatchSeries(ctx, w.AsHousehold, household.ID, 0, dispatch.SeriesPatch{}); dispatch.KindOf(err) != dispatch.KindForbidden || err == nil {
		t.Errorf("a client changes a series: %v", err)
	}
	if _, _, err := w.Service.PatchSeries(ctx, w.PartnerKey, v.ID, 77, dispatch.SeriesPatch{}); dispatch.KindOf(err) != dispatch.KindStale {
		t.Errorf("a stale version: %v", err)
	}
	for by, want := range map[string]int{"household": 1, "partner": 1, "dispatcher": 2} {
		p := map[string]dispatch.Principal{"household": w.AsHousehold, "partner": w.PartnerKey, "dispatcher": w.Dispatcher}[by]
		list, err := w.Service.SeriesList(ctx, p, dispatch.SeriesFilter{}, dispatch.Page{Limit: 10})
		if err != nil || len(list.Items) != want {
			t.Errorf("the %s sees %d series, %v", by, len(list.Items), err)
		}
	}
}

func TestTheNextOccurrencesAreShownBeforeTheyAreMade(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := addSeries(t, w, func(v *dispatch.Series) { v.HorizonDays = 10 })
	all, err := w.Service.Occurrences(t.Context(), w.Dispatcher, v.ID, "", 4)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, o := range all {
		told = append(told, fmt.Sprintf("%s %v", o.Date, o.Made != nil))
	}
	wantDays(t, told, "2026-06-16 true", "2026-06-23 true", "2026-06-30 false", "2026-07-07 false")
	if all[2].Windows[0].Start.In(w.Zone).Hour() != 9 || all[2].On != "2026-06-30" {
		t.Errorf("the third is %+v", all[2])
	}
}
