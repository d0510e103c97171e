package demo_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournee/dispatch/demo"
	"tournee/geo"
	"tournee/geo/cell"
)

func paris(t *testing.T) *time.Location {
	t.Helper()
	location, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return location
}

// mornings are instants from which a demo may start: a plain day, both changes of clock inside the three days, the middle and the end of a day.
func mornings(t *testing.T) map[string]time.Time {
	t.Helper()
	return map[string]time.Time{
		"a plain Tuesday":             time.Date(2026, 5, 12, 0, 0, 0, 0, paris(t)),
		"the day before summer time":  time.Date(2026, 3, 28, 6, 30, 0, 0, paris(t)),
		"the day of winter time":      time.Date(2026, 10, 25, 0, 0, 0, 0, paris(t)),
		"in the middle of a day":      time.Date(2026, 11, 21, 13, 7, 42, 5, paris(t)),
		"late on New Year's Eve":      time.Date(2026, 12, 31, 23, 30, 0, 0, paris(t)),
		"on the 29th of a leap month": time.Date(2028, 2, 29, 9, 0, 0, 0, paris(t)),
	}
}

func TestTheSameSeedAndDayGiveTheSameDemo(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 5, 12, 7, 0, 0, 0, paris(t))
	first, second := demo.New(1, from), demo.New(1, from)
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("two worlds of one seed differ:\n%s", d)
	}
	if cmp.Equal(first.Requests, demo.New(2, from).Requests) {
		t.Error("another seed gives the same requests")
	}
}

func TestTheDemoHasTheSizeItPromises(t *testing.T) {
	t.Parallel()
	w := demo.New(1, time.Date(2026, 5, 12, 7, 0, 0, 0, paris(t)))
	sites, withoutEmail, hard, remote, several := 0, 0, 0, 0, 0
	for _, c := range w.Clients {
		sites += len(c.Sites)
		if c.Email == "" {
			withoutEmail++
		}
		if c.Kind == "company" && len(c.Sites) > 1 {
			several++
		}
	}
	for _, r := range w.Requests {
		if r.Hard {
			hard++
		}
		if r.Mode == "remote" {
			remote++
		}
	}
	for name, count := range map[string][3]int{
		"territories": {len(w.Territories), 8, 8}, "skills": {len(w.Skills), 10, 12}, "technicians": {len(w.Technicians), 60, 60},
		"clients": {len(w.Clients), 300, 400}, "sites": {sites, 350, 600}, "clients without e-mail": {withoutEmail, 20, 80},
		"companies with several sites": {several, 20, 90}, "requests": {len(w.Requests), 600, 600},
		"hard requests": {hard, 30, 48}, "remote requests": {remote, 90, 220},
	} {
		if count[0] < count[1] || count[0] > count[2] {
			t.Errorf("%d %s, want %d to %d", count[0], name, count[1], count[2])
		}
	}
}

func TestEverySiteAndHomeLiesInItsTerritory(t *testing.T) {
	t.Parallel()
	w := demo.New(3, time.Date(2026, 5, 12, 7, 0, 0, 0, paris(t)))
	sets := make(map[string]cell.Set)
	for i, territory := range w.Territories {
		set, err := cell.NewSet(territory.Cells)
		if err != nil || set.Len() != len(territory.Cells) || !slices.IsSorted(territory.Cells) {
			t.Fatalf("%s: %d cells of %d, %v", territory.Name, set.Len(), len(territory.Cells), err)
		}
		for _, other := range w.Territories[:i] {
			if common := set.Common(sets[other.Code]); len(common) > 0 {
				t.Errorf("%s and %s share %v", territory.Name, other.Name, common)
			}
		}
		sets[territory.Code] = set
	}
	// The region has 12,000 square kilometres, and a cell about 5.
	if cells := sets["75"].Len() + sets["77"].Len(); cells < 1000 || sets["75"].Len() < 12 {
		t.Errorf("Paris has %d cells and Seine-et-Marne %d", sets["75"].Len(), sets["77"].Len())
	}
	for _, c := range w.Clients {
		for _, s := range c.Sites {
			set, ok := sets[s.Territory]
			if !ok || !set.ContainsPosition(s.Position) || len(s.Postcode) != 5 || s.City == "" || s.Street == "" {
				t.Errorf("%+v does not lie in its territory", s)
			}
		}
	}
	for _, technician := range w.Technicians {
		if !slices.ContainsFunc(technician.Territories, func(code string) bool { return sets[code].ContainsPosition(technician.Home) }) {
			t.Errorf("%s does not serve the territory of home", technician.Name)
		}
	}
}

func TestWindowsAndShiftsAreWellFormedOnEveryKindOfDay(t *testing.T) {
	t.Parallel()
	for name, from := range mornings(t) {
		w := demo.New(1, from)
		end := time.Date(from.Year(), from.Month(), from.Day()+demo.Days, 0, 0, 0, 0, from.Location())
		for _, r := range w.Requests {
			checkRequest(t, name, r, from, end)
		}
		for _, technician := range w.Technicians {
			if len(technician.Shifts) != demo.Days {
				t.Errorf("%s: %s has %d shifts", name, technician.Name, len(technician.Shifts))
			}
			for day, s := range technician.Shifts {
				if s.Start.Day() != from.AddDate(0, 0, day).Day() || s.End.Sub(s.Start) < 7*time.Hour || s.End.Sub(s.Start) > 10*time.Hour ||
					s.BreakEarliest.Before(s.Start) || s.BreakLatest.Before(s.BreakEarliest) || s.BreakLatest.Add(s.Break).After(s.End) {
					t.Errorf("%s: %s works %+v", name, technician.Name, s)
				}
				if s.BreakEarliest.Hour() != 11 || s.BreakEarliest.Minute() != 30 {
					t.Errorf("%s: lunch from %v, want 11:30 on the clock", name, s.BreakEarliest)
				}
			}
			for _, a := range technician.Absences {
				if !a.Start.Before(a.End) {
					t.Errorf("%s: %s is absent %+v", name, technician.Name, a)
				}
			}
		}
	}
}

func checkRequest(t *testing.T, name string, r demo.Request, from, end time.Time) {
	t.Helper()
	if len(r.Windows) < 1 || len(r.Windows) > 2 {
		t.Errorf("%s: %s has %d windows", name, r.Code, len(r.Windows))
	}
	previous := from
	for _, window := range r.Windows {
		if window.Start.Before(previous) || window.End.After(end) || window.End.Sub(window.Start) < 15*time.Minute {
			t.Errorf("%s: %s has the window %v to %v, after %v", name, r.Code, window.Start, window.End, previous)
		}
		if hour := window.Start.Hour(); hour < 7 || hour > 18 {
			t.Errorf("%s: %s begins at %v", name, r.Code, window.Start)
		}
		previous = window.End
	}
	if !r.OpenedAt.Before(r.Windows[0].Start) || r.OpenedAt.After(from) || r.Windows[0].Start.Sub(r.OpenedAt) > 7*24*time.Hour {
		t.Errorf("%s: %s was opened at %v for %v", name, r.Code, r.OpenedAt, r.Windows[0])
	}
}

func TestRequestsAskForWhatTheOrganizationKnows(t *testing.T) {
	t.Parallel()
	w := demo.New(1, time.Date(2026, 5, 12, 7, 0, 0, 0, paris(t)))
	sites, known, best := map[string]string{}, map[string]bool{}, map[string]int{}
	for _, c := range w.Clients {
		for _, s := range c.Sites {
			sites[s.Code] = c.Code
		}
	}
	for _, s := range w.Skills {
		known[s.Code] = s.NameFR != "" && s.NameEN != ""
	}
	for _, technician := range w.Technicians {
		for _, s := range technician.Skills {
			best[s.Skill] = max(best[s.Skill], s.Level)
			if !known[s.Skill] || s.Level < 1 || s.Level > 4 {
				t.Errorf("%s has %+v", technician.Name, s)
			}
		}
	}
	texts := map[string]int{}
	for _, r := range w.Requests {
		if sites[r.Site] != r.Client {
			t.Errorf("%s: %s is no site of %s", r.Code, r.Site, r.Client)
		}
		for _, s := range r.Skills {
			if !known[s.Skill] || s.Level < 1 || s.Level > best[s.Skill] {
				t.Errorf("%s needs %+v, the best has level %d", r.Code, s, best[s.Skill])
			}
		}
		if len(r.Skills) == 0 || r.Duration < 15*time.Minute || r.Duration > 4*time.Hour || r.SupportLevel < 1 || r.SupportLevel > 4 ||
			!slices.Contains([]string{"non_blocking", "blocking", "crisis"}, r.Severity) || !slices.Contains([]string{"on_site", "remote"}, r.Mode) {
			t.Errorf("a request is %+v", r)
		}
		if strings.ContainsAny(r.Description, "{}") || len(r.Description) < 40 {
			t.Errorf("%s says %q", r.Code, r.Description)
		}
		texts[r.Description]++
	}
	if len(texts) < 400 {
		t.Errorf("600 requests have only %d different texts", len(texts))
	}
}

func TestNobodyRealIsReached(t *testing.T) {
	t.Parallel()
	w := demo.New(1, time.Date(2026, 5, 12, 7, 0, 0, 0, paris(t)))
	phone := regexp.MustCompile(`^\+33(19900|63998)\d{4}$`)
	email := regexp.MustCompile(`^[a-z0-9.]+@([a-z0-9-]+\.example|example\.org)$`)
	phones, emails := map[string]string{}, map[string]string{}
	check := func(name, number, address string) {
		if other, taken := phones[number]; taken || !phone.MatchString(number) {
			t.Errorf("%s has the phone number %q, like %q", name, number, other)
		}
		if other, taken := emails[address]; address != "" && (taken || !email.MatchString(address)) {
			t.Errorf("%s has the address %q, like %q", name, address, other)
		}
		phones[number], emails[address] = name, name
	}
	for _, technician := range w.Technicians {
		check(technician.Name, technician.Phone, technician.Email)
	}
	for _, c := range w.Clients {
		check(c.Name, c.Phone, c.Email)
	}
}

func TestDemandFollowsThePopulationAndTheTickets(t *testing.T) {
	t.Parallel()
	near, morning, moderate, total := 0, 0, 0, 0
	sites := map[string]geo.Position{}
	for seed := range uint64(5) {
		w := demo.New(seed, time.Date(2026, 5, 12, 7, 0, 0, 0, paris(t)))
		for _, c := range w.Clients {
			for _, s := range c.Sites {
				sites[s.Code] = s.Position
			}
		}
		for _, r := range w.Requests {
			total++
			if geo.Distance(sites[r.Site], geo.Position{Lat: 48.853, Lon: 2.3499}) < 20_000 {
				near++
			}
			if hour := r.OpenedAt.Hour(); hour >= 8 && hour < 12 {
				morning++
			}
			if r.Impact == "medium" && r.Urgency == "medium" {
				moderate++
			}
		}
	}
	for name, share := range map[string][3]float64{
		// Of 12.4 million people about eight and a half live within twenty kilometres of Notre-Dame.
		"within twenty kilometres of Notre-Dame": {float64(near) / float64(total), 0.60, 0.85},
		"opened between 8 and 12":                {float64(morning) / float64(total), 0.41, 0.50},
		"of medium impact and urgency":           {float64(moderate) / float64(total), 0.92, 0.95},
	} {
		if share[0] < share[1] || share[0] > share[2] {
			t.Errorf("%.3f of the requests are %s, want %.2f to %.2f", share[0], name, share[1], share[2])
		}
	}
}

func TestAWorldIsPlainData(t *testing.T) {
	t.Parallel()
	w := demo.New(1, time.Date(2026, 5, 12, 7, 0, 0, 0, paris(t)))
	text, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	var back demo.World
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(w, back); d != "" {
		t.Errorf("written and read back:\n%s", d)
	}
}

func BenchmarkNew(b *testing.B) {
	location, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		demo.New(1, time.Date(2026, 5, 12, 7, 0, 0, 0, location))
	}
}
