package scheduler

import (
	"encoding/json"
	"fmt"
	"io"
)

type planJSON struct {
	Cost       Breakdown        `json:"cost"`
	Seed       uint64           `json:"seed"`
	Budget     int64            `json:"budget"`
	Iterations int64            `json:"iterations"`
	Elapsed    []int32          `json:"elapsed,omitempty"`
	Stopped    bool             `json:"stopped"`
	Routes     []routeJSON      `json:"routes"`
	Unassigned []unassignedJSON `json:"unassigned"`
}

type routeJSON struct {
	Shift          string     `json:"shift"`
	Technician     string     `json:"technician"`
	Start          string     `json:"start"`
	Finish         string     `json:"finish"`
	Stops          []stopJSON `json:"stops"`
	ReturnTravel   Seconds    `json:"return_travel"`
	ReturnDistance Metres     `json:"return_distance"`
	Missed         []string   `json:"missed_breaks,omitempty"`
	Cost           Breakdown  `json:"cost"`
}

type stopJSON struct {
	Visit       string  `json:"visit,omitempty"`
	Break       string  `json:"break,omitempty"`
	Depot       string  `json:"depot,omitempty"`
	Arrive      string  `json:"arrive"`
	Begin       string  `json:"begin"`
	Depart      string  `json:"depart"`
	Travel      Seconds `json:"travel"`
	Distance    Metres  `json:"distance"`
	Frozen      bool    `json:"frozen,omitempty"`
	Alternative int     `json:"alternative,omitempty"`
}

type unassignedJSON struct {
	Visit string    `json:"visit"`
	Cost  Cost      `json:"cost"`
	Why   []whyJSON `json:"why"`
}

type whyJSON struct {
	Technician string       `json:"technician"`
	Shift      string       `json:"shift,omitempty"`
	Feasible   bool         `json:"feasible"`
	Cost       Cost         `json:"cost,omitempty"`
	Reasons    []reasonJSON `json:"reasons,omitempty"`
}

type reasonJSON struct {
	Code   string         `json:"code"`
	Params map[string]any `json:"params,omitempty"`
}

// WritePlan writes a plan of problem p as indented JSON: times as RFC 3339 in
// the problem's offset, durations in seconds, distances in metres.
func WritePlan(w io.Writer, p *Problem, plan *Plan) error {
	out := planJSON{
		Cost: plan.Cost, Seed: plan.Seed, Budget: plan.Budget, Iterations: plan.Iterations, Elapsed: plan.Elapsed, Stopped: plan.Stopped,
		Routes: make([]routeJSON, 0, len(plan.Routes)), Unassigned: make([]unassignedJSON, 0, len(plan.Unassigned)),
	}
	for i := range plan.Routes {
		out.Routes = append(out.Routes, routeJSONOf(p, &plan.Routes[i]))
	}
	for _, u := range plan.Unassigned {
		why := make([]whyJSON, 0, len(u.Why))
		for _, y := range u.Why {
			reasons := make([]reasonJSON, 0, len(y.Reasons))
			for _, r := range y.Reasons {
				reasons = append(reasons, reasonJSON(r))
			}
			why = append(why, whyJSON{y.Technician, y.Shift, y.Feasible, y.Cost, reasons})
		}
		out.Unassigned = append(out.Unassigned, unassignedJSON{u.Visit, u.Cost, why})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

func routeJSONOf(p *Problem, r *Route) routeJSON {
	out := routeJSON{
		Shift: r.Shift, Technician: r.Technician, Start: p.clock(r.Start), Finish: p.clock(r.Finish),
		Stops:        make([]stopJSON, 0, len(r.Stops)),
		ReturnTravel: r.ReturnTravel, ReturnDistance: r.ReturnDistance, Missed: r.Missed, Cost: r.Cost,
	}
	for _, s := range r.Stops {
		out.Stops = append(out.Stops, stopJSON{
			s.Visit, s.Break, s.Depot, p.clock(s.Arrive), p.clock(s.Begin), p.clock(s.Depart), s.Travel, s.Distance, s.Frozen, s.Alternative,
		})
	}
	return out
}
