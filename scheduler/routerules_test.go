package scheduler_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tournee/scheduler"
)

// drawn are rules that shape a route, each drawn into a small problem that has
// every other feature already.
var drawn = []struct {
	name string
	draw func(*scheduler.Problem, *rand.Rand)
}{
	{"durations", drawDurations},
	{"breaks", drawBreaks},
	{"hours", drawHours},
	{"places", drawPlaces},
	{"pools", drawPools},
	{"parts", drawParts},
	{"connection", drawOffline},
}

func drawDurations(p *scheduler.Problem, g *rand.Rand) {
	p.Technicians[0].Kind = "apprentice"
	for i := range p.Visits {
		v := &p.Visits[i]
		v.Setup = scheduler.Seconds(g.IntN(1200))
		for _, d := range []scheduler.DurationFor{{Technician: "t1"}, {Kind: "apprentice"}, {Level: 2}} {
			if chance(g, 40) && (d.Level == 0 || len(v.Skills) > 0) {
				d.Duration, d.Setup = scheduler.Seconds(g.IntN(5400)), scheduler.Seconds(g.IntN(1200))
				v.Durations = append(v.Durations, d)
			}
		}
	}
}

// TestRulesThatShapeARouteKeepEveryPlanSound draws each rule alone, then all
// together. Under the build tag debugcost every insertion is recomputed too.
func TestRulesThatShapeARouteKeepEveryPlanSound(t *testing.T) {
	t.Parallel()
	for i := range len(drawn) + 1 {
		name := "all"
		if i < len(drawn) {
			name = drawn[i].name
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			planned := 0
			for seed := range uint64(40) {
				p := tiny(seed, seed%2 == 1)
				for j, d := range drawn {
					if g := rand.New(rand.NewPCG(seed, uint64(j))); i == len(drawn) || i == j {
						d.draw(p, g)
					}
				}
				if err := scheduler.Validate(p); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				plan := solve(t, p, scheduler.Options{Seed: seed, Iterations: 400})
				planned += len(p.Visits) - len(plan.Unassigned)
				wantQuotesKept(t, p, plan)
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			if planned < 40 {
				t.Errorf("only %d visits planned", planned)
			}
		})
	}
}

// wantQuotesKept loads a plan and takes each planned visit out and in again:
// the plan read back is sound, and each quote is the true difference.
func wantQuotesKept(t *testing.T, p *scheduler.Problem, plan *scheduler.Plan) {
	t.Helper()
	live := load(t, p, plan)
	if again := live.Plan(); fmt.Sprint(again.Cost) != fmt.Sprint(plan.Cost) {
		t.Errorf("loaded it costs %v, planned %v", again.Cost, plan.Cost)
	}
	for _, r := range plan.Routes {
		for _, s := range r.Stops {
			if s.Visit == "" || s.Frozen || live.Release(s.Visit) != nil {
				continue
			}
			before := live.Plan()
			wantSound(t, p, before)
			quotes, err := live.Insert(s.Visit, 3)
			if err != nil || len(quotes) == 0 {
				t.Errorf("no way back for %s: %v", s.Visit, err)
				return
			}
			for _, q := range quotes {
				if err := live.Place(s.Visit, q, nil); err != nil {
					t.Fatal(err)
				}
				after := live.Plan()
				wantSound(t, p, after)
				if got := after.Cost.Total() - before.Cost.Total() + leftOut(before, s.Visit); got != q.Cost {
					t.Errorf("%s in %s was quoted %d and costs %d", s.Visit, q.Shift, q.Cost, got)
				}
				if err := live.Release(s.Visit); err != nil {
					break
				}
			}
			live = load(t, p, plan)
		}
	}
}

func leftOut(plan *scheduler.Plan, visit string) scheduler.Cost {
	for _, u := range plan.Unassigned {
		if u.Visit == visit {
			return u.Cost
		}
	}
	return 0
}

func drawBreaks(p *scheduler.Problem, g *rand.Rand) {
	for i := range p.Shifts {
		s := &p.Shifts[i]
		for j := range s.Breaks {
			b := &s.Breaks[j]
			later := scheduler.Time(g.IntN(3600))
			if end := b.Latest + later + scheduler.Time(b.Duration); chance(g, 40) && end <= s.End {
				b.Windows = []scheduler.Window{{Open: b.Latest + later/2, Close: b.Latest + later}}
			}
			if b.Optional = chance(g, 50); b.Optional {
				b.SkipCost = scheduler.Cost(g.IntN(6000))
			}
			if b.FromStart = chance(g, 30); b.FromStart {
				b.Earliest, b.Latest = b.Earliest-s.Start, b.Latest-s.Start
				for k, w := range b.Windows {
					b.Windows[k] = scheduler.Window{Open: w.Open - s.Start, Close: w.Close - s.Start}
				}
			}
		}
	}
}

// drawHours draws rush hours that fall off slowly enough for the longest leg.
func drawHours(p *scheduler.Problem, g *rand.Rand) {
	for i := range p.Places {
		p.Places[i].Zone = g.IntN(2)
	}
	for i := range p.Travel {
		for range 2 {
			p.Travel[i].Curves = append(p.Travel[i].Curves, scheduler.Curve{
				{At: scheduler.Time(g.IntN(3600)), Percent: 60 + g.IntN(60)},
				{At: scheduler.Time(3*3600 + g.IntN(1800)), Percent: 120 + g.IntN(100)},
				{At: scheduler.Time(9 * 3600), Percent: 60 + g.IntN(60)},
			})
		}
	}
	for i := range p.Shifts {
		p.Shifts[i].Free, p.Shifts[i].WorkHour = chance(g, 50), 1000
	}
}

func drawPools(p *scheduler.Problem, g *rand.Rand) {
	for i := range p.Shifts {
		if s := &p.Shifts[i]; len(s.Frozen) == 0 && chance(g, 60) {
			s.Pool, s.Breaks, s.Free, s.MaxVisits, s.VisitCost = true, nil, false, g.IntN(4), scheduler.Cost(g.IntN(3000))
		}
	}
}

func drawOffline(p *scheduler.Problem, g *rand.Rand) {
	for i := range p.Places {
		p.Places[i].Offline = chance(g, 50)
	}
}

func drawPlaces(p *scheduler.Problem, g *rand.Rand) {
	for i := range p.Visits {
		v := &p.Visits[i]
		for place := range p.Places {
			if v.Place != scheduler.NoPlace && place != v.Place && chance(g, 30) {
				v.Places = append(v.Places, place)
			}
		}
	}
	for i := range p.Shifts {
		for j, f := range p.Shifts[i].Frozen {
			p.Shifts[i].Frozen[j].Alternative = g.IntN(len(p.Visits[visitIndex(p, f.Visit)].Places) + 1)
		}
	}
}

func drawParts(p *scheduler.Problem, g *rand.Rand) {
	kinds := []string{"filter", "fuse", "pump"}
	some := func(percent int) (out []scheduler.Part) {
		for _, kind := range kinds {
			if chance(g, percent) {
				out = append(out, scheduler.Part{Part: kind, Quantity: 1 + g.IntN(2)})
			}
		}
		return out
	}
	for i := range p.Visits {
		p.Visits[i].Parts = some(35)
	}
	for i := range p.Shifts {
		p.Shifts[i].Stock = some(50)
	}
	for i := range g.IntN(4) {
		d := scheduler.Depot{ID: fmt.Sprint("d", i), Place: g.IntN(len(p.Places)), Duration: scheduler.Seconds(g.IntN(900))}
		for _, part := range some(60) {
			d.Parts = append(d.Parts, part.Part)
		}
		if chance(g, 50) {
			open := scheduler.Time(g.IntN(4 * 3600))
			d.Windows = []scheduler.Window{{Open: open, Close: open + scheduler.Time(g.IntN(3*3600))}}
		}
		p.Depots = append(p.Depots, d)
	}
}
