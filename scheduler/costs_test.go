package scheduler_test

import (
	"testing"

	"pgregory.net/rapid"

	"tournee/scheduler"
)

func TestWhatEachStopCausesAddsUpToThePlan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64Range(0, 5_000).Draw(t, "seed")
		p := tiny(seed, false)
		m, err := scheduler.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := m.Solve(scheduler.Options{Seed: seed, Iterations: 50})
		if err != nil {
			t.Fatal(err)
		}
		live, err := m.Load(plan)
		if err != nil {
			t.Fatal(err)
		}
		costs := live.Costs()
		if len(costs) != len(plan.Routes) {
			t.Fatalf("costs of %d routes, there are %d", len(costs), len(plan.Routes))
		}
		for i, c := range costs {
			r := plan.Routes[i]
			if c.Shift != r.Shift || len(c.Stops) != len(r.Stops) {
				t.Fatalf("costs of %d stops of %s, there are %d in %s", len(c.Stops), c.Shift, len(r.Stops), r.Shift)
			}
			sum := c.Whole
			for j, b := range c.Stops {
				sum.Add(b)
				if stop := r.Stops[j]; b[scheduler.TermWaiting] != 0 && stop.Begin == stop.Arrive && j == 0 {
					t.Errorf("stop %d of %s does not wait, and pays %v", j, r.Shift, b)
				}
			}
			if sum != r.Cost {
				t.Errorf("%s: stops and shift cost %v, the route %v", r.Shift, sum, r.Cost)
			}
			for _, term := range []scheduler.Term{scheduler.TermWaiting, scheduler.TermOverqualification, scheduler.TermVisitPrice} {
				if c.Whole[term] != 0 {
					t.Errorf("%s: the whole pays %v %d", r.Shift, term, c.Whole[term])
				}
			}
		}
	})
}

func TestAStopPaysItsWayItsWaitAndItsExpert(t *testing.T) {
	t.Parallel()
	shop := job("shop", 1)
	shop.Windows = []scheduler.Window{{Open: 9 * hour, Close: 10 * hour}}
	shop.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 1}}
	p := town(shop)
	p.Shifts = p.Shifts[:1]
	live := load(t, p, &scheduler.Plan{Routes: []scheduler.Route{{Shift: "alice-monday", Stops: []scheduler.Stop{{Visit: "shop"}}}}})
	costs := live.Costs()
	want := scheduler.Breakdown{
		scheduler.TermTravel: 600, scheduler.TermDistance: 50,
		scheduler.TermWaiting:           300, // 50 minutes at 360 an hour
		scheduler.TermOverqualification: 100,
	}
	if len(costs) != 1 || costs[0].Stops[0] != want {
		t.Errorf("the shop causes %v, want %v", costs, want)
	}
	if back := (scheduler.Breakdown{scheduler.TermTravel: 600, scheduler.TermDistance: 50}); costs[0].Whole != back {
		t.Errorf("the whole causes %v, want the way back, %v", costs[0].Whole, back)
	}
}
