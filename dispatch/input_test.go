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

// wantFaults checks that exactly these faults, as "path code", were found at once.
func wantFaults(t *testing.T, err error, want ...string) {
	t.Helper()
	var e *dispatch.Error
	if !errors.As(err, &e) || e.Kind != dispatch.KindInvalid {
		t.Errorf("got %v, want a refusal with %v", err, want)
		return
	}
	var have []string
	for _, f := range e.Faults {
		have = append(have, f.Path+" "+f.Code)
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("the faults are\n%q, want\n%q", have, want)
	}
}

// rows counts everything that a request could leave behind.
func rows(t *testing.T, w *dispatchtest.World) int {
	t.Helper()
	return count(t, w, `SELECT (SELECT count(*) FROM requests) + (SELECT count(*) FROM visits) + (SELECT count(*) FROM events) +
		(SELECT count(*) FROM notices) + (SELECT count(*) FROM assignments) + (SELECT count(*) FROM jobs.river_job)`)
}

func TestEverythingWrongWithARequestIsSaidAtOnceAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	span := func(fromHour, toHour int) dispatch.Span {
		return dispatch.Span{Start: w.At(0, fromHour, 0), End: w.At(0, toHour, 0)}
	}
	level := func(skill string, n int) dispatch.SkillLevel { return dispatch.SkillLevel{Skill: skill, Level: n} }
	six := 6
	for name, c := range map[string]struct {
		change func(*dispatch.NewRequest)
		want   []string
	}{
		"an unknown skill": {
			func(in *dispatch.NewRequest) { in.RequiredSkills = []dispatch.SkillLevel{level("plumbing", 2)} },
			[]string{"/required_skills/0/skill skill.unknown"},
		},
		"levels outside 1 to 4": {func(in *dispatch.NewRequest) {
			in.RequiredSkills = []dispatch.SkillLevel{level(dispatchtest.Network, 0), level(dispatchtest.Windows, 5), level(dispatchtest.Printing, -1)}
		}, []string{"/required_skills/0/level skill.level", "/required_skills/1/level skill.level", "/required_skills/2/level skill.level"}},
		"a skill named twice": {func(in *dispatch.NewRequest) {
			in.RequiredSkills = []dispatch.SkillLevel{level(dispatchtest.Network, 1), level(dispatchtest.Network, 2)}
		}, []string{"/required_skills/1/skill skill.twice"}},
		"a window in the past":                {func(in *dispatch.NewRequest) { in.Windows = []dispatch.Span{span(4, 6)} }, []string{"/windows/0/end window.past"}},
		"a window that ends before it starts": {func(in *dispatch.NewRequest) { in.Windows = []dispatch.Span{span(8, 9), span(12, 11)} }, []string{"/windows/1/end window.ends_before_start"}},
		"an empty window":                     {func(in *dispatch.NewRequest) { in.Windows = []dispatch.Span{span(9, 9)} }, []string{"/windows/0/end window.ends_before_start"}},
		"windows that overlap":                {func(in *dispatch.NewRequest) { in.Windows = []dispatch.Span{span(10, 12), span(8, 11)} }, []string{"/windows window.overlap"}},
		"no window":                           {func(in *dispatch.NewRequest) { in.Windows = nil }, []string{"/windows window.count"}},
		"eleven windows": {func(in *dispatch.NewRequest) {
			in.Windows = slices.Repeat([]dispatch.Span{span(8, 9)}, 11)
		}, []string{"/windows window.count"}},
		"a window in two years": {func(in *dispatch.NewRequest) {
			in.Windows = []dispatch.Span{{Start: w.At(730, 8, 0), End: w.At(730, 9, 0)}}
		}, []string{"/windows/0/end window.too_far"}},
		"on site without a site":          {func(in *dispatch.NewRequest) { in.SiteID = uuid.Nil }, []string{"/site_id request.site_needed"}},
		"another client's site":           {func(in *dispatch.NewRequest) { in.SiteID = w.CompanySites[0].ID }, []string{"/site_id request.site_unknown"}},
		"a site that does not exist":      {func(in *dispatch.NewRequest) { in.SiteID = dispatchtest.NewID() }, []string{"/site_id request.site_unknown"}},
		"a client that does not exist":    {func(in *dispatch.NewRequest) { in.ClientID = dispatchtest.NewID() }, []string{"/client_id request.client_unknown"}},
		"a contact and an asset unknown":  {func(in *dispatch.NewRequest) { in.ContactID, in.AssetID = dispatchtest.NewID(), dispatchtest.NewID() }, []string{"/contact_id request.contact_unknown", "/asset_id request.asset_unknown"}},
		"four minutes of work":            {func(in *dispatch.NewRequest) { in.Duration = 4 * time.Minute }, []string{"/duration work.duration"}},
		"thirteen hours of work":          {func(in *dispatch.NewRequest) { in.Duration = 13 * time.Hour }, []string{"/duration work.duration"}},
		"a mode that there is not":        {func(in *dispatch.NewRequest) { in.Mode = "telepathy" }, []string{"/mode field.enum"}},
		"a text of spaces and no subject": {func(in *dispatch.NewRequest) { in.Description, in.Category = " \n", "" }, []string{"/description field.required", "/category field.required"}},
		"everything at once": {func(in *dispatch.NewRequest) {
			in.RequiredSkills = []dispatch.SkillLevel{level("plumbing", 9)}
			in.Windows = []dispatch.Span{span(4, 5), span(12, 11)}
			in.SiteID, in.Duration, in.SupportLevel, in.Description = w.CompanySites[1].ID, time.Second, &six, ""
			in.Severity, in.Impact, in.Urgency = "bad", "huge", "now"
		}, []string{
			"/required_skills/0/skill skill.unknown", "/required_skills/0/level skill.level", "/windows/0/end window.past", "/windows/1/end window.ends_before_start",
			"/site_id request.site_unknown", "/duration work.duration", "/support_level request.support_level", "/description field.required", "/severity field.enum",
			"/impact field.enum", "/urgency field.enum",
		}},
	} {
		in := dispatch.NewRequest{
			ClientID: w.Household.ID, SiteID: w.HouseholdSite.ID, Category: "network", Description: "La box ne se connecte plus.",
			Work: dispatch.Work{Mode: dispatch.OnSite, Duration: time.Hour, Windows: []dispatch.Span{span(8, 16)}},
		}
		c.change(&in)
		before := rows(t, w)
		_, err := w.Service.CreateRequest(t.Context(), w.Dispatcher, in)
		wantFaults(t, err, c.want...)
		if now := rows(t, w); now != before {
			t.Errorf("%s: the refused request left %d rows", name, now-before)
		}
		if t.Failed() {
			t.Fatalf("at: %s", name)
		}
	}
}

func TestAPartnerCannotAskForAClientThatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	_, err := w.Service.CreateRequest(t.Context(), w.PartnerKey, dispatch.NewRequest{
		ClientID: w.Household.ID, SiteID: w.HouseholdSite.ID, Category: "network", Description: "Panne",
		Work: dispatch.Work{Mode: dispatch.OnSite, Windows: []dispatch.Span{{Start: w.At(0, 8, 0), End: w.At(0, 16, 0)}}},
	})
	wantFaults(t, err, "/client_id request.client_unknown")
}

func TestAClientCannotAskInAnotherClientsName(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r, err := w.Service.CreateRequest(t.Context(), w.AsHousehold, dispatch.NewRequest{
		ClientID: w.Company.ID, SiteID: w.HouseholdSite.ID, Category: "network", Description: "Panne",
		Work: dispatch.Work{Mode: dispatch.OnSite, Windows: []dispatch.Span{{Start: w.At(0, 8, 0), End: w.At(0, 16, 0)}}},
	})
	if err != nil || r.ClientID != w.Household.ID {
		t.Errorf("the request is of client %s (%v), want of who asked", r.ClientID, err)
	}
}

func TestARefusedPatchLeavesTheRequestAsItWas(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, nil)
	skills := []dispatch.SkillLevel{{Skill: "plumbing", Level: 7}}
	windows := []dispatch.Span{{Start: w.At(0, 12, 0), End: w.At(0, 11, 0)}}
	before := rows(t, w)
	_, err := w.Service.PatchRequest(t.Context(), w.Dispatcher, r.ID, r.Version, dispatch.RequestPatch{RequiredSkills: &skills, Windows: &windows})
	wantFaults(t, err, "/required_skills/0/skill skill.unknown", "/required_skills/0/level skill.level", "/windows/0/end window.ends_before_start")
	again, err := w.Service.Request(t.Context(), w.Dispatcher, r.ID)
	if err != nil || again.Version != r.Version || rows(t, w) != before {
		t.Errorf("the request is at version %d (%v) and %d rows came", again.Version, err, rows(t, w)-before)
	}
}
