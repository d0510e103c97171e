package scheduler_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tournee/scheduler"
)

// slotsOf cuts the time from six in the morning to four in the afternoon in
// slots of some hours, and adds one that overlaps others and one at night.
func slotsOf(g *rand.Rand) []scheduler.Window {
	length := scheduler.Time(3600 * (1 + g.IntN(3)))
	var slots []scheduler.Window
	for open := scheduler.Time(0); open < 10*3600; open += length {
		slots = append(slots, scheduler.Window{Open: open, Close: open + length})
	}
	return append(slots, scheduler.Window{Open: 3600, Close: 7 * 3600}, scheduler.Window{Open: 15*3600 + 1800, Close: 16 * 3600})
}

// promised is a problem in which a visit must begin in a slot, if any of its
// windows meets it.
func promised(p *scheduler.Problem, visit string, slot scheduler.Window) (*scheduler.Problem, bool) {
	q := *p
	q.Visits = slices.Clone(p.Visits)
	v := &q.Visits[visitIndex(p, visit)]
	windows := v.Windows
	if len(windows) == 0 {
		windows = []scheduler.Window{{Open: 0, Close: scheduler.Time(p.Length)}}
	}
	v.Windows = nil
	for _, w := range windows {
		if w.Open, w.Close = max(w.Open, slot.Open), min(w.Close, slot.Close); w.Open <= w.Close {
			v.Windows = append(v.Windows, w)
		}
	}
	for _, pin := range p.Pins {
		if pin.Visit == visit && pin.Begin != nil {
			return &q, slices.ContainsFunc(v.Windows, func(w scheduler.Window) bool { return w.Open <= *pin.Begin && *pin.Begin <= w.Close })
		}
	}
	return &q, len(v.Windows) > 0
}

// TestASlotIsQuotedAtWhatItWillCost compares every quote of every slot with
// all insertions into a problem in which the slot is the visit's window, then
// makes the insertion and has the checker judge and price the plan.
func TestASlotIsQuotedAtWhatItWillCost(t *testing.T) {
	t.Parallel()
	quotes, empty := 0, 0
	for seed := range uint64(60) {
		g := rand.New(rand.NewPCG(seed, 9))
		p := tiny(seed, seed%2 == 0)
		if seed%5 == 0 {
			limitShifts(p, g)
		}
		if seed%7 == 3 && seed%5 > 0 && len(p.Shifts[1].Frozen)+len(p.Shifts[1].Breaks) == 0 {
			p.Shifts[1].Pool, p.Shifts[1].VisitCost = true, 700
		}
		full := solve(t, p, scheduler.Options{Seed: seed, Iterations: 60})
		for _, v := range p.Visits {
			if frozen(p, v.ID) {
				continue
			}
			live := load(t, p, without(full, v.ID))
			before := live.Plan()
			if len(live.Broken) > 0 {
				continue
			}
			slots := slotsOf(g)
			quoted, err := live.Quote(v.ID, slots, 3)
			if err != nil {
				t.Fatal(err)
			}
			for i, q := range quoted {
				var all []scheduler.Insertion
				cut, meets := promised(p, v.ID, slots[i])
				if meets {
					if all, err = load(t, cut, before).Insert(v.ID, 3); err != nil {
						t.Fatal(err)
					}
				} else {
					empty++
				}
				if q.Slot != slots[i] || !slices.Equal(q.Best, all) {
					t.Fatalf("seed %d, %s, slot %d: quoted %+v, want %+v", seed, v.ID, i, q.Best, all)
				}
				quotes += len(all)
				if len(all) > 0 && i%3 == 0 {
					wantPlacedAsQuoted(t, cut, live, before, v.ID, q)
				}
			}
		}
	}
	if quotes < 500 || empty < 150 {
		t.Errorf("only %d quotes and %d empty slots", quotes, empty)
	}
}

// wantPlacedAsQuoted places the dearest place quoted for a slot and takes the
// visit out again.
func wantPlacedAsQuoted(t *testing.T, cut *scheduler.Problem, live *scheduler.Live, before *scheduler.Plan, visit string, q scheduler.SlotQuote) {
	t.Helper()
	at := q.Best[len(q.Best)-1]
	trial := load(t, cut, before)
	if err := trial.Place(visit, at, &q.Slot); err != nil {
		t.Fatal(err)
	}
	after := trial.Plan()
	wantSound(t, cut, after)
	if s := stopOf(t, after, visit); s.Begin < at.Earliest || s.Begin > at.Latest || s.Begin < q.Slot.Open || s.Begin > q.Slot.Close ||
		(s.Begin > at.Earliest && !shiftNamed(cut, at.Shift).Free) {
		t.Errorf("%s begins at %d, quoted for %d in %v", visit, s.Begin, at.Earliest, q.Slot)
	}
	left := scheduler.Cost(0)
	for _, u := range before.Unassigned {
		if u.Visit == visit {
			left = u.Cost
		}
	}
	if is := after.Cost.Total() - before.Cost.Total() + left; is != at.Cost {
		t.Errorf("%s was quoted %d, costs %d", visit, at.Cost, is)
	}
	if err := trial.Release(visit); err != nil {
		t.Fatal(err)
	}
	if routes(trial.Plan()) != routes(before) {
		t.Errorf("placed and taken out again, %s left its mark", visit)
	}
	if hash(t, live.Plan()) != hash(t, before) {
		t.Errorf("a quote of %s changed the plan", visit)
	}
}

func TestAQuoteOfWhatCannotBeQuotedIsRefused(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1), job("b", 2))
	live := load(t, p, &scheduler.Plan{Routes: []scheduler.Route{{Shift: "alice-monday", Stops: []scheduler.Stop{{Visit: "a"}}}}})
	_, err := live.Quote("nobody", nil, 1)
	wantFaults(t, err, "/visit unknown")
	_, err = live.Quote("a", []scheduler.Window{{Open: 10, Close: 5}}, 1)
	wantFaults(t, err, "/visit contradiction", "/slots/0 ends_before_start")
	for _, n := range []int{0, -1} {
		quotes, err := live.Quote("b", []scheduler.Window{{Open: 9 * hour, Close: 10 * hour}}, n)
		if err != nil || len(quotes) != 1 || len(quotes[0].Best) != 0 {
			t.Errorf("the best %d: %+v, %v", n, quotes, err)
		}
	}
}

func TestALaterSlotCostsTheWaitForIt(t *testing.T) {
	t.Parallel()
	p := town(job("morning", 1), job("new", 1))
	p.Shifts = p.Shifts[:1]
	live := load(t, p, &scheduler.Plan{Routes: []scheduler.Route{{Shift: "alice-monday", Stops: []scheduler.Stop{{Visit: "morning"}}}}})
	quotes, err := live.Quote("new", []scheduler.Window{
		{Open: 8 * hour, Close: 10 * hour}, {Open: 12 * hour, Close: 14 * hour}, {Open: 17 * hour, Close: 18 * hour},
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if at := quotes[0].Best; len(at) != 1 || at[0].Cost != 0 {
		t.Errorf("in the morning, on the way: %+v", at)
	}
	// Alice is done at 9:10 and waits until noon: 2 h 50 min at 360 an hour.
	if at := quotes[1].Best; len(at) != 1 || at[0].Cost != 1020 || at[0].Earliest != 12*hour || at[0].Latest != 14*hour {
		t.Errorf("at noon: %+v", at)
	}
	if len(quotes[2].Best) != 0 {
		t.Errorf("after her shift: %+v", quotes[2].Best)
	}
}
