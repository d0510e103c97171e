package scheduler_test

import (
	"strings"
	"testing"

	"tournee/scheduler"
)

func profile(t *testing.T, name string) scheduler.Weights {
	t.Helper()
	w, ok := scheduler.Profile(name)
	if !ok {
		t.Fatalf("there is no profile %q", name)
	}
	return w
}

func TestEveryProfileIsAcceptedAndPricesTheRoad(t *testing.T) {
	t.Parallel()
	names := scheduler.Profiles()
	if got := strings.Join(names, " "); got != "balanced punctual economical stable fair" {
		t.Errorf("the profiles are %s", got)
	}
	for _, name := range names {
		p := town(job("a", 2))
		p.Weights = profile(t, name)
		plan, _ := day(t, p)
		// Twenty minutes and 10 km there, and back.
		if road := plan.Cost[scheduler.TermTravel] + plan.Cost[scheduler.TermDistance]; road != 2*(1_333+400) {
			t.Errorf("%s: the road costs %d cents", name, road)
		}
	}
	if w, ok := scheduler.Profile("cheapest"); ok || w != (scheduler.Weights{}) {
		t.Error("a profile nobody wrote is known")
	}
}

func TestWhoWasToldComesInTheStableProfileAndTheNearestInTheEconomical(t *testing.T) {
	t.Parallel()
	v := job("promis", 3)
	v.Told = &scheduler.Told{Technician: "alice", Percent: 100}
	p := town(v)
	p.Weights = profile(t, "stable")
	wantRoutes(t, p, "alice-monday: promis")
	p.Weights = profile(t, "economical")
	wantRoutes(t, p, "bruno-monday: promis")
}

func TestAPreferredWindowIsWorthADetourOnlyToThePunctual(t *testing.T) {
	t.Parallel()
	long, late := job("chantier", 4), job("matin", 4)
	long.Duration, long.Required = 3*hour, []string{"bruno"}
	long.Windows = []scheduler.Window{{Open: 8 * hour, Close: 8 * hour}}
	late.Prefer = &scheduler.Window{Open: 8 * hour, Close: 9 * hour}
	p := town(long, late)
	p.Weights = profile(t, "punctual")
	wantRoutes(t, p, "alice-monday: matin; bruno-monday: chantier")
	p.Weights = profile(t, "economical")
	wantRoutes(t, p, "bruno-monday: chantier matin")
}

func TestHoursAreSharedOutInTheFairProfile(t *testing.T) {
	t.Parallel()
	p := town(job("a", 3), job("b", 3))
	p.Technicians[1].Hours = 150 * hour
	p.Technicians[0].Hours = 60 * hour
	p.Weights = profile(t, "balanced")
	plan, _ := day(t, p)
	wantTerm(t, plan, scheduler.TermFairness, 0)
	if len(plan.Routes) != 1 || plan.Routes[0].Technician != "bruno" {
		t.Errorf("planned %q, want Bruno next door", routes(plan))
	}
	p.Weights = profile(t, "fair")
	plan, _ = day(t, p)
	if len(plan.Routes) != 1 || plan.Routes[0].Technician != "alice" {
		t.Errorf("planned %q, want Alice, who has worked 90 hours less", routes(plan))
	}
}

func TestAFileNamesAProfileAndChangesSingleWeights(t *testing.T) {
	t.Parallel()
	text := `{"start": "2026-06-01T00:00:00+02:00", "end": "2026-06-02T00:00:00+02:00",
		"profile": "fair", "weights": {"kilometre": 0, "lexicographic": true}}`
	p, err := scheduler.ReadProblem(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := profile(t, "fair")
	want.Kilometre, want.Lexicographic = 0, true
	if p.Weights != want {
		t.Errorf("read %+v, want %+v", p.Weights, want)
	}
	_, err = scheduler.ReadProblem(strings.NewReader(strings.Replace(text, "fair", "gentle", 1)))
	wantFaults(t, err, "/profile unknown")
}
