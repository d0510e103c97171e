package scheduler_test

import (
	"fmt"
	"testing"

	"tournee/scheduler"
)

// atHome gives Alice alone some hours at her door, priorities first.
func atHome(hours int, visits ...scheduler.Visit) *scheduler.Problem {
	p := town(visits...)
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].End = p.Shifts[0].Start + scheduler.Time(hours)*hour
	p.Weights.Lexicographic = true
	return p
}

func ranked(id string, priority int, hours scheduler.Seconds, drop scheduler.Cost) scheduler.Visit {
	return scheduler.Visit{ID: id, Duration: hours * hour, Priority: priority, DropCost: drop}
}

func TestPriorityComesBeforeNumberAndNumberBeforeMoney(t *testing.T) {
	t.Parallel()
	urgent, small1, small2 := ranked("urgent", 11, 2, 0), ranked("petit 1", 5, 1, 90_000), ranked("petit 2", 5, 1, 90_000)
	wantRoutes(t, atHome(2, urgent, small1, small2), "alice-monday: urgent")

	urgent.Priority = 10 // as much as the two small ones together: two visits beat one
	plan, _ := day(t, atHome(2, urgent, small1, small2))
	if len(plan.Unassigned) != 1 || plan.Unassigned[0].Visit != "urgent" {
		t.Errorf("left out %+v, want the one visit rather than two", plan.Unassigned)
	}

	small1.DropCost = 90_001 // of two alike, the dearer one is done
	wantRoutes(t, atHome(1, small2, small1), "alice-monday: petit 1")
}

func TestNoDetourIsTooLongWherePrioritiesComeFirst(t *testing.T) {
	t.Parallel()
	far := job("loin", 4)
	far.DropCost = 0
	p := atHome(8, far)
	p.Weights.Lexicographic = false
	wantRoutes(t, p, "")
	p.Weights.Lexicographic = true
	wantRoutes(t, p, "alice-monday: loin") // of priority 0: it still counts as one
}

func TestAMandatoryVisitComesBeforeAnyPriority(t *testing.T) {
	t.Parallel()
	must := ranked("obligatoire", 0, 2, 0)
	must.Mandatory = true
	p := atHome(2, must)
	for i := range 8 {
		p.Visits = append(p.Visits, ranked(fmt.Sprint("urgence ", i), 100, 1, 1_000_000))
	}
	wantRoutes(t, p, "alice-monday: obligatoire")
}

func TestByDefaultAPriorityWeighsNothing(t *testing.T) {
	t.Parallel()
	p := atHome(1, ranked("pressé", 100, 1, 1_000), ranked("cher", 0, 1, 2_000))
	p.Weights.Lexicographic = false
	wantRoutes(t, p, "alice-monday: cher")
}

func TestPrioritiesThatCannotBeWeighedAreRefusedAndNeverClamped(t *testing.T) {
	t.Parallel()
	p := atHome(8)
	for i := range 1_000 {
		p.Visits = append(p.Visits, ranked(fmt.Sprint("v", i), 100, 1, 1_000_000_000))
	}
	wantFaults(t, scheduler.Validate(p), "/weights/lexicographic cost_overflow")
	for i := range p.Visits {
		p.Visits[i].DropCost = 1_000
	}
	if err := scheduler.Validate(p); err != nil {
		t.Errorf("a thousand visits at 10 euros: %v", err)
	}
	p.Visits[0].Priority = 101
	wantFaults(t, scheduler.Validate(p), "/visits/0/priority out_of_range")
}
