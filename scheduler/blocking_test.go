package scheduler_test

import (
	"slices"
	"testing"

	"tournee/scheduler"
)

func TestTheRulesThatKeepEveryoneAwayAreCountedByTechnician(t *testing.T) {
	t.Parallel()
	hard := job("hard", 2)
	hard.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 4}}
	hard.Territory = "north"
	p := town(hard)
	p.Shifts = append(p.Shifts, scheduler.Shift{ID: "bruno-night", Technician: "bruno", Start: 17 * hour, End: 20 * hour, StartPlace: 4, EndPlace: 4})
	why, err := scheduler.Explain(p, &scheduler.Plan{}, "hard")
	must(t, err)
	if got, want := scheduler.Summary(why), []scheduler.Blocking{{"skill_level_too_low", 2}, {"territory", 1}}; !slices.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}

	// Bruno's afternoon is too short, his night would do: nothing keeps him.
	evening := job("evening", 3)
	evening.Windows = []scheduler.Window{{Open: 18 * hour, Close: 19 * hour}}
	p.Visits = []scheduler.Visit{evening}
	why, err = scheduler.Explain(p, &scheduler.Plan{}, "evening")
	must(t, err)
	if got, want := scheduler.Summary(why), []scheduler.Blocking{{"window_outside_shift", 1}}; !slices.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}
