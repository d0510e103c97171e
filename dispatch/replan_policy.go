package dispatch

import (
	"slices"

	"tournee/scheduler"
)

// ReplanMode says what becomes of a better plan that the planner finds by itself.
type ReplanMode string

// The modes of planning again.
const (
	ReplanOff     ReplanMode = "off"     // it does not look for one
	ReplanPropose ReplanMode = "propose" // a dispatcher says yes or no
	ReplanCommit  ReplanMode = "commit"  // it is made
)

// ReplanPolicy is how the plan is kept alive between planning runs.
type ReplanPolicy struct {
	Mode       ReplanMode        `json:"mode"`
	Days       int               `json:"days"`       // from today, 1 to 14
	Settle     scheduler.Seconds `json:"settle"`     // the plan has to have been quiet for so long, but no plan waits longer than ten times that
	Still      scheduler.Seconds `json:"still"`      // what somebody has to leave for within so long is left alone
	Moves      int               `json:"moves"`      // the most visits of whose time or technician somebody knows that one replanning may move
	Iterations int               `json:"iterations"` // of the search; 0: what suits the size
	Saving     int64             `json:"saving"`     // the least that a change must save for each visit that it moves, in minor units
}

// DefaultReplanPolicy makes what it finds, for today and tomorrow, once the plan was quiet for ten seconds.
func DefaultReplanPolicy() ReplanPolicy {
	return ReplanPolicy{Mode: ReplanCommit, Days: 2, Settle: 10, Still: 30 * 60, Moves: 10, Saving: 100}
}

// replan notes everything wrong with a policy of planning again.
func (f *Faults) replan(path string, p ReplanPolicy) {
	f.Check(slices.Contains([]ReplanMode{ReplanOff, ReplanPropose, ReplanCommit}, p.Mode), path+"/mode", "field.enum")
	bounded(f, path+"/days", p.Days, 1, 14)
	bounded(f, path+"/settle", p.Settle, 1, 3600)
	bounded(f, path+"/still", p.Still, 0, 12*3600)
	bounded(f, path+"/moves", p.Moves, 0, 10_000)
	bounded(f, path+"/iterations", p.Iterations, 0, 10_000_000)
	bounded(f, path+"/saving", p.Saving, 0, 1_000_000)
}
