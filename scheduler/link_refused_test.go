package scheduler_test

import (
	"strings"
	"testing"

	"tournee/scheduler"
)

func after(id, first, second string) scheduler.Link {
	return scheduler.Link{ID: id, Kind: scheduler.After, Visits: []string{first, second}}
}

func together(id string, visits ...string) scheduler.Link {
	return scheduler.Link{ID: id, Kind: scheduler.Together, Visits: visits}
}

// pinnedTo pins visits to technicians.
func pinnedTo(p *scheduler.Problem, technicians map[string]string) {
	for _, v := range p.Visits {
		if t, ok := technicians[v.ID]; ok {
			p.Pins = append(p.Pins, scheduler.Pin{Visit: v.ID, Technician: t})
		}
	}
}

// pinnedAt pins visits to times.
func pinnedAt(p *scheduler.Problem, times map[string]scheduler.Time) {
	for _, v := range p.Visits {
		if at, ok := times[v.ID]; ok {
			p.Pins = append(p.Pins, scheduler.Pin{Visit: v.ID, Begin: &at})
		}
	}
}

func TestLinksThatCannotHoldAreRefused(t *testing.T) {
	t.Parallel()
	type problem = scheduler.Problem
	links := func(list ...scheduler.Link) func(*problem) { return func(p *problem) { p.Links = list } }
	gap := func(least, greatest scheduler.Seconds, who scheduler.SameOr) scheduler.Link {
		l := after("gap", "a", "b")
		l.Least, l.Greatest, l.Technician = least, greatest, who
		return l
	}
	for name, c := range map[string]struct {
		forge func(*problem)
		want  string // "path code", separated by commas; empty: accepted
	}{
		"a chain":                   {links(after("1", "a", "b"), after("2", "b", "c"), after("3", "a", "c")), ""},
		"no id":                     {links(after("", "a", "b")), "/links/0/id missing"},
		"an unknown kind":           {links(scheduler.Link{ID: "1", Kind: "before", Visits: []string{"a", "b"}}), "/links/0/kind unknown"},
		"an unknown visit":          {links(after("1", "a", "x")), "/links/0/visits/1 unknown"},
		"a visit twice":             {links(after("1", "a", "a")), "/links/0/visits/1 duplicate"},
		"three in a row":            {links(scheduler.Link{ID: "1", Kind: scheduler.After, Visits: []string{"a", "b", "c"}}), "/links/0/visits wrong_length"},
		"a crew of one":             {links(together("1", "a")), "/links/0/visits missing"},
		"a crew with a visit twice": {links(together("1", "a", "b", "a")), "/links/0/visits/2 duplicate"},
		"in two crews":              {links(together("1", "a", "b"), together("2", "b", "c")), "/links/1/visits/0 duplicate"},
		"a crew with a gap":         {links(scheduler.Link{ID: "1", Kind: scheduler.Together, Visits: []string{"a", "b"}, Least: 1}), "/links/0 contradiction"},
		"a gap below zero":          {links(gap(-1, 0, "")), "/links/0/least out_of_range"},
		"a gap upside down":         {links(gap(2*hour, hour, "")), "/links/0/least contradiction"},
		"an unknown who":            {links(gap(0, 0, "any")), "/links/0/technician unknown"},
		"two gaps that exclude":     {links(gap(0, hour, ""), scheduler.Link{ID: "2", Kind: scheduler.After, Visits: []string{"a", "b"}, Least: 2 * hour}), "/links/1/least contradiction"},
		"the same and another":      {links(gap(0, 0, "same"), scheduler.Link{ID: "2", Kind: scheduler.After, Visits: []string{"a", "b"}, Technician: "different"}), "/links/1/technician contradiction"},
		"one another":               {links(after("1", "a", "b"), after("2", "b", "a")), "/links/1 cycle"},
		"a cycle of three":          {links(after("1", "a", "b"), after("2", "b", "c"), after("3", "c", "a"), after("4", "c", "d")), "/links/2 cycle"},
		"two cycles":                {links(after("1", "a", "b"), after("2", "b", "a"), after("3", "c", "d"), after("4", "d", "c")), "/links/1 cycle,/links/3 cycle"},
		"after one's own crew":      {links(together("crew", "a", "b"), after("2", "a", "b")), "/links/1 cycle"},
		"a cycle through a crew":    {links(together("crew", "a", "b"), after("2", "a", "c"), after("3", "c", "b")), "/links/2 cycle"},
		"a crew after another crew": {links(together("1", "a", "b"), together("2", "c", "d"), after("3", "a", "c"), after("4", "b", "d")), ""},
		"a crew of one technician": {func(p *problem) {
			links(together("1", "a", "b"))(p)
			pinnedTo(p, map[string]string{"a": "alice", "b": "alice"})
		}, "/links/0 contradiction"},
		"a crew of two technicians": {func(p *problem) {
			links(together("1", "a", "b"))(p)
			pinnedTo(p, map[string]string{"a": "alice", "b": "bruno"})
		}, ""},
		"a crew at two times": {func(p *problem) {
			links(together("1", "a", "b"))(p)
			pinnedAt(p, map[string]scheduler.Time{"a": 9 * hour, "b": 10 * hour})
		}, "/links/0 contradiction"},
		"the same, pinned apart": {func(p *problem) {
			links(gap(0, 0, "same"))(p)
			pinnedTo(p, map[string]string{"a": "alice", "b": "bruno"})
		}, "/links/0 contradiction"},
		"another, pinned together": {func(p *problem) {
			links(gap(0, 0, "different"))(p)
			pinnedTo(p, map[string]string{"a": "alice", "b": "alice"})
		}, "/links/0 contradiction"},
		"pinned too near": {func(p *problem) {
			links(gap(hour, 0, ""))(p)
			pinnedAt(p, map[string]scheduler.Time{"a": 9 * hour, "b": 11*hour - 1})
		}, "/links/0 contradiction"},
		"pinned just far enough": {func(p *problem) {
			links(gap(hour, 0, ""))(p)
			pinnedAt(p, map[string]scheduler.Time{"a": 9 * hour, "b": 11 * hour})
		}, ""},
		"pinned too far": {func(p *problem) {
			links(gap(0, hour, ""))(p)
			pinnedAt(p, map[string]scheduler.Time{"a": 9 * hour, "b": 11*hour + 1})
		}, "/links/0 contradiction"},
		"pinned before what is done": {func(p *problem) {
			links(after("1", "z", "b"))(p)
			underWay(p)
			pinnedAt(p, map[string]scheduler.Time{"b": 9 * hour})
		}, "/links/0 contradiction"},
		"what is done is not judged": {func(p *problem) { links(after("1", "b", "z"))(p); underWay(p) }, ""},
		"a crew with what is frozen": {func(p *problem) {
			links(together("1", "z", "b"))(p)
			underWay(p)
			pinnedTo(p, map[string]string{"b": "alice"})
		}, "/links/0 contradiction"},
		"a pin on what is frozen too": {func(p *problem) { underWay(p); pinnedTo(p, map[string]string{"z": "alice"}) }, "/pins/0/visit contradiction"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := town(job("a", 1), job("b", 2), job("c", 3), job("d", 4), job("z", 0))
			c.forge(p)
			err := scheduler.Validate(p)
			if c.want != "" {
				wantFaults(t, err, strings.Split(c.want, ",")...)
			} else if err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

// underWay has Alice do visit z from eight to half past nine.
func underWay(p *scheduler.Problem) {
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "z", Arrive: 8 * hour, Begin: 8 * hour, Depart: 9*hour + 1800}}
}
