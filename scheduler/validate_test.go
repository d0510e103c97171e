package scheduler_test

import (
	"math"
	"strings"
	"testing"

	"tournee/scheduler"
)

func TestAProblemWithEveryFieldIsAccepted(t *testing.T) {
	t.Parallel()
	if err := scheduler.Validate(full()); err != nil {
		t.Fatal(err)
	}
}

// TestEveryWrongFieldIsRefusedByPath forges one thing after the other into a
// problem that uses every field.
func TestEveryWrongFieldIsRefusedByPath(t *testing.T) {
	t.Parallel()
	type problem = scheduler.Problem
	for name, c := range map[string]struct {
		forge func(*problem)
		want  string // "path code", separated by commas
	}{
		"a place's id twice":       {func(p *problem) { p.Places[4].ID = "depot" }, "/places/4/id duplicate"},
		"an offset with seconds":   {func(p *problem) { p.Offset = 90 }, "/offset out_of_range"},
		"a matrix not square":      {func(p *problem) { p.Travel[0].Seconds[3] = p.Travel[0].Seconds[3][:4] }, "/travel/0/seconds/3 not_square"},
		"a negative distance":      {func(p *problem) { p.Travel[0].Metres[1][2] = -7 }, "/travel/0/metres/1/2 out_of_range"},
		"a zone without curve":     {func(p *problem) { p.Places[1].Zone = 2 }, "/places/1/zone unknown"},
		"a zone below zero":        {func(p *problem) { p.Places[1].Zone = -1 }, "/places/1/zone unknown"},
		"a curve without points":   {func(p *problem) { p.Travel[0].Curves[1] = nil }, "/travel/0/curves/1 missing"},
		"a curve out of order":     {func(p *problem) { p.Travel[0].Curves[0][1].At = 7 * hour }, "/travel/0/curves/0/1/at out_of_order"},
		"a curve out of range":     {func(p *problem) { p.Travel[0].Curves[0][2].Percent = 9 }, "/travel/0/curves/0/2/percent out_of_range"},
		"a curve after the day":    {func(p *problem) { p.Travel[0].Curves[1][0].At = 25 * hour }, "/travel/0/curves/1/0/at outside_horizon"},
		"leaving later overtakes":  {func(p *problem) { p.Travel[0].Curves[0][2].At = 8*hour + 300 }, "/travel/0/curves/0/2 overtaking"},
		"a price below zero":       {func(p *problem) { p.Weights.Fairness = -1 }, "/weights/fairness out_of_range"},
		"a price too high":         {func(p *problem) { p.Weights.ToldHour = math.MaxInt64 }, "/weights/told_hour out_of_range"},
		"rest below zero":          {func(p *problem) { p.Rest = -1 }, "/rest out_of_range"},
		"an evening outside":       {func(p *problem) { p.Unpleasant[0].Close = 25 * hour }, "/unpleasant/0/close outside_horizon"},
		"an unknown spare":         {func(p *problem) { p.Technicians[0].Spare = []string{"east"} }, "/technicians/0/spare/0 unknown"},
		"hours below zero":         {func(p *problem) { p.Technicians[0].Hours = -1 }, "/technicians/0/hours out_of_range"},
		"unpleasant below zero":    {func(p *problem) { p.Technicians[0].Unpleasant = -1 }, "/technicians/0/unpleasant out_of_range"},
		"overtime beyond all":      {func(p *problem) { p.Shifts[0].Overtime = 25 * hour }, "/shifts/0/overtime out_of_range"},
		"an overtime's price":      {func(p *problem) { p.Shifts[0].OvertimeHour = -1 }, "/shifts/0/overtime_hour out_of_range"},
		"a paid hour's price":      {func(p *problem) { p.Shifts[0].WorkHour = -1 }, "/shifts/0/work_hour out_of_range"},
		"an own price per hour":    {func(p *problem) { *p.Shifts[1].TravelHour = -1 }, "/shifts/1/travel_hour out_of_range"},
		"an own price per km":      {func(p *problem) { *p.Shifts[1].Kilometre = -1 }, "/shifts/1/kilometre out_of_range"},
		"a visit's price":          {func(p *problem) { p.Shifts[2].VisitCost = -1 }, "/shifts/2/visit_cost out_of_range"},
		"too dear a road":          {func(p *problem) { p.Shifts[1].TravelHour, p.Travel[0].Seconds[0][4] = to(scheduler.MaxWeight), 3600 }, "/travel/0/seconds/0/4 out_of_range"},
		"a limit below zero":       {func(p *problem) { p.Shifts[0].MaxTravel = -1 }, "/shifts/0/max_travel out_of_range"},
		"a limit of way":           {func(p *problem) { p.Shifts[0].MaxDistance = -1 }, "/shifts/0/max_distance out_of_range"},
		"a limit of no metres":     {func(p *problem) { p.Travel[0].Metres = nil }, "/shifts/0/max_distance missing"},
		"a limit of visits":        {func(p *problem) { p.Shifts[0].MaxVisits = -1 }, "/shifts/0/max_visits out_of_range"},
		"capacities that differ":   {func(p *problem) { p.Shifts[0].Capacity = []int{8, 8} }, "/shifts/0/capacity wrong_length"},
		"a part without a name":    {func(p *problem) { p.Shifts[0].Stock[0].Part = "" }, "/shifts/0/stock/0/part missing"},
		"a part less than none":    {func(p *problem) { p.Visits[5].Parts[0].Quantity = -1 }, "/visits/5/parts/0/quantity out_of_range"},
		"a break before its shift": {func(p *problem) { p.Shifts[0].Breaks[1].Earliest = -1 }, "/shifts/0/breaks/1 outside_shift"},
		"a break after its shift":  {func(p *problem) { p.Shifts[0].Breaks[1].Latest = 8 * hour }, "/shifts/0/breaks/1 outside_shift"},
		"a lunch's other window":   {func(p *problem) { p.Shifts[0].Breaks[0].Windows[0].Close = 16 * hour }, "/shifts/0/breaks/0/windows/0 outside_shift"},
		"a lunch's window shut":    {func(p *problem) { p.Shifts[0].Breaks[0].Windows[0].Open = 15*hour + 1 }, "/shifts/0/breaks/0/windows/0 ends_before_start"},
		"a price of skipping":      {func(p *problem) { p.Shifts[0].Breaks[1].SkipCost = -1 }, "/shifts/0/breaks/1/skip_cost out_of_range"},
		"a pool with breaks": {
			func(p *problem) { p.Shifts[0].Pool = true },
			"/shifts/0/breaks contradiction,/shifts/0/frozen contradiction,/shifts/0/overtime contradiction,/shifts/0/free contradiction,/shifts/0/max_travel contradiction,/shifts/0/max_distance contradiction",
		},
		"an unknown other place":  {func(p *problem) { p.Visits[5].Places[0] = 5 }, "/visits/5/places/0 unknown"},
		"the same other place":    {func(p *problem) { p.Visits[5].Places[0] = 3 }, "/visits/5/places/0 duplicate"},
		"remote, with places":     {func(p *problem) { p.Visits[1].Places = []int{1} }, "/visits/1/places contradiction"},
		"a setup below zero":      {func(p *problem) { p.Visits[3].Setup = -1 }, "/visits/3/setup out_of_range"},
		"a setup beyond all":      {func(p *problem) { p.Visits[3].Setup = scheduler.MaxHorizon }, "/visits/3/setup out_of_range"},
		"a duration of nobody":    {func(p *problem) { p.Visits[3].Durations[1].Kind = "" }, "/visits/3/durations/1 missing"},
		"a duration of two":       {func(p *problem) { p.Visits[3].Durations[1].Level = 2 }, "/visits/3/durations/1 missing"},
		"a duration of unknown":   {func(p *problem) { p.Visits[3].Durations[0].Technician = "zoe" }, "/visits/3/durations/0/technician unknown"},
		"a duration of level 5":   {func(p *problem) { p.Visits[3].Durations[2].Level = 5 }, "/visits/3/durations/2/level out_of_range"},
		"a level of no skill":     {func(p *problem) { p.Visits[3].Skills = nil }, "/visits/3/durations/2/level contradiction"},
		"a duration twice":        {func(p *problem) { p.Visits[3].Durations[1] = p.Visits[3].Durations[0] }, "/visits/3/durations/1 duplicate"},
		"a wish outside":          {func(p *problem) { p.Visits[5].Prefer.Close = 25 * hour }, "/visits/5/prefer/close outside_horizon"},
		"a wish shut":             {func(p *problem) { p.Visits[5].Prefer.Close = 8 * hour }, "/visits/5/prefer ends_before_start"},
		"a promise outside":       {func(p *problem) { *p.Visits[5].Due = -1 }, "/visits/5/due outside_horizon"},
		"a late hour's price":     {func(p *problem) { p.Visits[5].LateHour = -1 }, "/visits/5/late_hour out_of_range"},
		"told of an unknown":      {func(p *problem) { p.Visits[5].Told.Technician = "zoe" }, "/visits/5/told/technician unknown"},
		"told nothing":            {func(p *problem) { p.Visits[5].Told = &scheduler.Told{Percent: 10} }, "/visits/5/told missing"},
		"told too much":           {func(p *problem) { p.Visits[5].Told.Percent = 1001 }, "/visits/5/told/percent out_of_range"},
		"told a time outside":     {func(p *problem) { p.Visits[5].Told.Window.Open = -1 }, "/visits/5/told/window/open outside_horizon"},
		"one of no skills":        {func(p *problem) { p.Visits[4].AnyOf = [][]scheduler.SkillLevel{nil} }, "/visits/4/any_of/0 missing"},
		"one of unknown skills":   {func(p *problem) { p.Visits[4].AnyOf[0][1].Skill = "welding" }, "/visits/4/any_of/0/1/skill unknown"},
		"none of level 0":         {func(p *problem) { p.Visits[4].NoneOf[0].Level = 0 }, "/visits/4/none_of/0/level out_of_range"},
		"an unknown favourite":    {func(p *problem) { p.Visits[5].Preferred[0] = "zoe" }, "/visits/5/preferred/0 unknown"},
		"a priority of 101":       {func(p *problem) { p.Visits[5].Priority = 101 }, "/visits/5/priority out_of_range"},
		"an unknown resource":     {func(p *problem) { p.Visits[5].Resources[0] = "crane" }, "/visits/5/resources/0 unknown"},
		"a resource without id":   {func(p *problem) { p.Resources = append(p.Resources, scheduler.Resource{}) }, "/resources/1/id missing"},
		"a resource below none":   {func(p *problem) { p.Resources[0].Quantity = -1 }, "/resources/0/quantity out_of_range"},
		"a turnaround below zero": {func(p *problem) { p.Resources[0].Turnaround = -1 }, "/resources/0/turnaround out_of_range"},
		"a depot nowhere":         {func(p *problem) { p.Depots[0].Place = scheduler.NoPlace }, "/depots/0/place unknown"},
		"a depot shut":            {func(p *problem) { p.Depots[0].Windows[0].Close = 7 * hour }, "/depots/0/windows/0 ends_before_start"},
		"a depot's part twice":    {func(p *problem) { p.Depots[0].Parts[1] = "toner" }, "/depots/0/parts/1 duplicate"},
		"hours that square beyond counting": {func(p *problem) {
			p.Weights.Fairness = scheduler.MaxWeight
			p.Technicians[0].Hours = scheduler.MaxHorizon
		}, "/visits cost_overflow"},
		"costs beyond counting": {func(p *problem) {
			p.Weights.Fairness = scheduler.MaxWeight
			p.Technicians[0].Unpleasant, p.Weights.Unpleasant = scheduler.MaxCount, scheduler.MaxWeight
		}, "/visits cost_overflow"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := full()
			c.forge(p)
			wantFaults(t, scheduler.Validate(p), strings.Split(c.want, ",")...)
		})
	}
}

func TestWhatNobodyCanDoIsNotRefusedButLeftOutWithAReason(t *testing.T) {
	t.Parallel()
	a, b := job("no-such-skill", 1), job("no-way-there", 2)
	a.Skills = []scheduler.SkillLevel{{Skill: "welding", Level: 1}}
	p := town(a, b)
	p.Skills = append(p.Skills, "welding")
	for i := range p.Places {
		if i != 2 {
			p.Travel[0].Seconds[i][2] = scheduler.Unreachable
		}
	}
	plan, _ := day(t, p)
	codes := map[string]string{}
	for _, u := range plan.Unassigned {
		codes[u.Visit] = u.Why[0].Reasons[0].Code
	}
	if codes["no-such-skill"] != "skill_missing" || codes["no-way-there"] != "unreachable" {
		t.Errorf("left out for %v", codes)
	}
}
