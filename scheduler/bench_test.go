package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

// BenchmarkSolve plans three days of 600 visits and 60 technicians in 10,000
// iterations, and one day of 1,000 visits and 125 technicians.
func BenchmarkSolve(b *testing.B) {
	for _, c := range []struct {
		name string
		p    *scheduler.Problem
	}{
		{"600x60x3days", city(1, 600, 60, 3)},
		{"1000x125x1day", city(1, 1000, 125, 1)},
	} {
		b.Run(c.name, func(b *testing.B) {
			m, err := scheduler.Compile(c.p)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Solve(scheduler.Options{Seed: 1, Iterations: 10_000}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkInsert quotes one visit on the live routes of 125 technicians, and
// on those of 60 technicians over three days.
func BenchmarkInsert(b *testing.B) {
	for _, c := range []struct {
		name string
		p    *scheduler.Problem
	}{
		{"125routes", city(1, 1000, 125, 1)},
		{"180routes", city(1, 601, 60, 3)},
	} {
		b.Run(c.name, func(b *testing.B) {
			live, visit := quote(b, c.p)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := live.Insert(visit, 5); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	p := city(1, 600, 60, 3)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scheduler.Compile(p); err != nil {
			b.Fatal(err)
		}
	}
}

// quote plans a problem, then takes one visit out of the plan.
func quote(t testing.TB, p *scheduler.Problem) (*scheduler.Live, string) {
	t.Helper()
	plan := solve(t, p, scheduler.Options{Seed: 1, Iterations: 2_000})
	visit := p.Visits[5].ID
	plan = without(plan, visit)
	m, err := scheduler.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	live, err := m.Load(plan)
	if err != nil {
		t.Fatal(err)
	}
	if len(live.Broken) > 0 {
		t.Fatalf("broken shifts: %v", live.Broken)
	}
	return live, visit
}

// without is a plan less one visit.
func without(plan *scheduler.Plan, visit string) *scheduler.Plan {
	out := &scheduler.Plan{}
	for _, r := range plan.Routes {
		var stops []scheduler.Stop
		for _, s := range r.Stops {
			if s.Visit != visit {
				stops = append(stops, s)
			}
		}
		r.Stops = stops
		out.Routes = append(out.Routes, r)
	}
	return out
}
