package scheduler_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"tournee/scheduler"
)

// region is live routes of ten stops each on a square of 120 km with 1,500
// addresses: technicians with two or three of eight skills work near their
// homes, four in ten visits have a window of two hours.
func region(technicians, days int) (*scheduler.Problem, *scheduler.Plan) {
	const places, stops = 1_500, 10
	g := rand.New(rand.NewPCG(1, uint64(technicians*100+days)))
	p := &scheduler.Problem{
		Start: 1_780_000_000, Length: scheduler.Seconds(days * 86400),
		Skills:  []string{"network", "printer", "server", "telephony", "workstation", "cabling", "security", "storage"},
		Weights: scheduler.Weights{TravelHour: 36_000, Kilometre: 300, WaitingHour: 3_600, Overqualification: 100, OtherTechnician: 2_000, ToldHour: 5_000},
		Places:  make([]scheduler.Place, places),
	}
	x, y := make([]int, places), make([]int, places)
	for i := range places {
		x[i], y[i] = g.IntN(120_000), g.IntN(120_000)
	}
	way := func(i, j int) int { return abs(x[i]-x[j]) + abs(y[i]-y[j]) }
	car := scheduler.Travel{Mode: "car"}
	for i := range places {
		seconds, metres := make([]scheduler.Seconds, places), make([]scheduler.Metres, places)
		for j := range places {
			seconds[j], metres[j] = scheduler.Seconds(way(i, j)/16), scheduler.Metres(way(i, j))
		}
		car.Seconds, car.Metres = append(car.Seconds, seconds), append(car.Metres, metres)
	}
	p.Travel = []scheduler.Travel{car}
	plan := &scheduler.Plan{}
	near := make([]int, places)
	for t := range technicians {
		home := g.IntN(places)
		tech := scheduler.Technician{ID: fmt.Sprintf("tech-%d", t), Mode: "car"}
		for i, s := range p.Skills {
			if (t+i)%4 == 0 || g.IntN(8) == 0 {
				tech.Skills = append(tech.Skills, scheduler.SkillLevel{Skill: s, Level: 1 + g.IntN(4)})
			}
		}
		p.Technicians = append(p.Technicians, tech)
		for i := range near {
			near[i] = i
		}
		slices.SortFunc(near, func(a, b int) int { return cmp.Compare(way(home, a), way(home, b)) })
		for d := range days {
			day := scheduler.Time(d * 86400)
			s := scheduler.Shift{
				ID: fmt.Sprintf("shift-%d-%d", t, d), Technician: tech.ID, StartPlace: home, EndPlace: home,
				Start: day + 8*3600, End: day + 17*3600,
				Breaks: []scheduler.Break{{ID: "lunch", Earliest: day + 11*3600, Latest: day + 14*3600, Duration: 2700}},
			}
			p.Shifts = append(p.Shifts, s)
			plan.Routes = append(plan.Routes, tour(p, g, &s, tech, near[:40], stops, way))
		}
	}
	return p, plan
}

// tour adds a shift's visits to a problem: places near home, each time the
// nearest of three, lunch after the fifth.
func tour(p *scheduler.Problem, g *rand.Rand, s *scheduler.Shift, tech scheduler.Technician, near []int, stops int, way func(i, j int) int) scheduler.Route {
	r := scheduler.Route{Shift: s.ID, Technician: tech.ID}
	now, at := s.Start, s.StartPlace
	for i := range stops {
		next := near[g.IntN(len(near))]
		for range 2 {
			if other := near[g.IntN(len(near))]; way(at, other) < way(at, next) {
				next = other
			}
		}
		now += scheduler.Time(way(at, next) / 16)
		at = next
		skill := tech.Skills[g.IntN(len(tech.Skills))]
		v := scheduler.Visit{
			ID: fmt.Sprintf("%s-%d", s.ID, i), Place: at, Duration: scheduler.Seconds(1200 + 300*g.IntN(5)),
			Skills:   []scheduler.SkillLevel{{Skill: skill.Skill, Level: 1 + g.IntN(skill.Level)}},
			DropCost: scheduler.Cost(100_000 + 10_000*g.IntN(100)),
		}
		if g.IntN(10) < 4 {
			open := now - scheduler.Time(g.IntN(5400))
			v.Windows = []scheduler.Window{{Open: open, Close: open + 7200}}
		}
		now += scheduler.Time(v.Duration)
		p.Visits = append(p.Visits, v)
		r.Stops = append(r.Stops, scheduler.Stop{Visit: v.ID})
		if i == 4 {
			r.Stops = append(r.Stops, scheduler.Stop{Break: "lunch"})
			now = max(now, s.Breaks[0].Earliest) + scheduler.Time(s.Breaks[0].Duration)
		}
	}
	return r
}

// wanted draws a new visit at one of the addresses.
func wanted(p *scheduler.Problem, g *rand.Rand, id string) scheduler.Visit {
	return scheduler.Visit{
		ID: id, Place: g.IntN(len(p.Places)), Duration: scheduler.Seconds(1200 + 300*g.IntN(9)),
		Skills:   []scheduler.SkillLevel{{Skill: p.Skills[g.IntN(len(p.Skills))], Level: 1 + g.IntN(3)}},
		DropCost: 500_000,
	}
}

func fourSlots(days int) []scheduler.Window {
	var slots []scheduler.Window
	for d := range days {
		for _, h := range []int{8, 10, 13, 15} {
			open := scheduler.Time(d*86400 + h*3600)
			slots = append(slots, scheduler.Window{Open: open, Close: open + 7200})
		}
	}
	return slots
}

// BenchmarkQuote prices every slot of every day for visits that the live plan
// has taken up, with three places each. "new" takes each visit up first, and
// forgets it; "new address" gives it a place with all its legs as well.
// "while solving" has a solver work in another goroutine. CPU times are of the
// quoting thread.
func BenchmarkQuote(b *testing.B) {
	for _, c := range []struct{ technicians, days int }{{1000, 1}, {1000, 14}} {
		p, plan := region(c.technicians, c.days)
		live := load(b, p, plan)
		if len(live.Broken) > len(plan.Routes)/1000 {
			b.Fatalf("%d of %d routes are broken", len(live.Broken), len(plan.Routes))
		}
		slots := fourSlots(c.days)
		g := rand.New(rand.NewPCG(2, 2))
		for i := range 64 {
			must(b, live.Add(wanted(p, g, fmt.Sprint("known-", i))))
		}
		name := fmt.Sprintf("%droutes", len(plan.Routes))
		quote := func(visit string) {
			if _, err := live.Quote(visit, slots, 3); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			timed(b, func(i int) { quote(fmt.Sprint("known-", i%64)) })
		})
		b.Run(name+"/new", func(b *testing.B) {
			timed(b, func(int) {
				must(b, live.Add(wanted(p, g, "new")))
				quote("new")
				must(b, live.Remove("new"))
			})
		})
		b.Run(name+"/while solving", func(b *testing.B) {
			stop := solving()
			timed(b, func(i int) { quote(fmt.Sprint("known-", i%64)) })
			stop()
		})
		b.Run(name+"/new address", func(b *testing.B) {
			legs := newLegs(g, p)
			timed(b, func(int) {
				place, err := live.AddPlace(scheduler.Place{}, legs)
				must(b, err)
				v := wanted(p, g, "new")
				v.Place = place
				must(b, live.Add(v))
				quote("new")
				must(b, live.Remove("new"))
				legs[0].To, legs[0].From = append(legs[0].To, 600), append(legs[0].From, 600)
				legs[0].ToMetres, legs[0].FromMetres = append(legs[0].ToMetres, 6000), append(legs[0].FromMetres, 6000)
			})
		})
	}
}

// BenchmarkMove takes a planned visit out and puts it where it costs least, and
// back again.
func BenchmarkMove(b *testing.B) {
	p, plan := region(1000, 1)
	live := load(b, p, plan)
	b.ReportAllocs()
	timed(b, func(i int) {
		visit := p.Visits[i*7%len(p.Visits)].ID
		if live.Release(visit) != nil {
			return
		}
		best, err := live.Insert(visit, 1)
		must(b, err)
		must(b, live.Place(visit, best[0], nil))
	})
}

// solving keeps a solver busy until the function it returns is called.
func solving() (stop func()) {
	var stopped atomic.Bool
	var done sync.WaitGroup
	p := city(1, 600, 60, 3)
	done.Go(func() {
		for !stopped.Load() {
			if _, err := scheduler.Solve(p, scheduler.Options{Seed: 1, Iterations: 1 << 40, Stop: stopped.Load}); err != nil {
				panic(err)
			}
		}
	})
	return func() { stopped.Store(true); done.Wait() }
}

// timed runs a benchmark one operation at a time and reports percentiles of
// the CPU time of its thread and of the wall's.
func timed(b *testing.B, op func(i int)) {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var cpu, wall []time.Duration
	for i := 0; b.Loop(); i++ {
		start, begun := threadTime(), time.Now()
		op(i)
		cpu, wall = append(cpu, threadTime()-start), append(wall, time.Since(begun))
	}
	for name, times := range map[string][]time.Duration{"cpu": cpu, "wall": wall} {
		slices.Sort(times)
		b.ReportMetric(times[len(times)/2].Seconds()*1000, name+"-p50-ms")
		b.ReportMetric(times[len(times)*99/100].Seconds()*1000, name+"-p99-ms")
	}
}

// threadTime is the CPU time of this thread, clock_gettime(2).
func threadTime() time.Duration {
	const clockThreadCPU = 3
	var t syscall.Timespec
	if _, _, e := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockThreadCPU, uintptr(unsafe.Pointer(&t)), 0); e != 0 {
		panic(e)
	}
	return time.Duration(t.Nano())
}

// BenchmarkRepair restores a live plan of 1,000 routes after an urgent visit, or
// after a technician with eight visits has fallen sick, with the iterations of
// RepairOptions. The plan is as before for each.
func BenchmarkRepair(b *testing.B) {
	p, plan := region(1000, 1)
	for i := range plan.Routes {
		plan.Routes[i].Stops = plan.Routes[i].Stops[:9] // eight visits and lunch
	}
	planned := appointments(plan)
	p.Visits = slices.DeleteFunc(p.Visits, func(v scheduler.Visit) bool { return planned[v.ID].Shift == "" })
	live := load(b, p, plan)
	g := rand.New(rand.NewPCG(3, 3))
	b.Run("urgent", func(b *testing.B) {
		b.ReportAllocs()
		timed(b, func(i int) {
			v := wanted(p, g, fmt.Sprint("urgent", i))
			_, err := live.Repair(&scheduler.Disruption{Urgent: []scheduler.Visit{v}}, scheduler.RepairOptions{Seed: uint64(i)})
			must(b, err)
		})
	})
	b.Run("sick", func(b *testing.B) {
		b.ReportAllocs()
		timed(b, func(i int) {
			_, err := live.Repair(&scheduler.Disruption{Gone: []string{p.Shifts[(1+i*37)%len(p.Shifts)].ID}}, scheduler.RepairOptions{Seed: uint64(i)})
			must(b, err)
		})
	})
}
