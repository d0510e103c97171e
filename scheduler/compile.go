package scheduler

import (
	"fmt"
	"slices"
	"strings"

	"tournee/scheduler/internal/core"
)

// Model is a validated and compiled problem. It does not change and may be
// used by several goroutines.
type Model struct {
	x     *index
	core  *core.Model
	nodes map[stopID]int32 // breaks, as nodes of the core
	names []stopID         // per node after the visits

	classes map[string]int32 // of visits that are the same to every technician
}

type stopID struct {
	shift int32
	name  string
}

// Compile validates a problem, which must not change afterwards, and prepares
// it for repeated use. The error is an *Invalid with every fault.
func Compile(p *Problem) (*Model, error) {
	x, err := validate(p)
	if err != nil {
		return nil, err
	}
	n := int32(len(p.Visits))
	m := &Model{x: x, nodes: map[stopID]int32{}, classes: map[string]int32{}, core: &core.Model{
		Visits:      n,
		Technicians: int32(len(p.Technicians)),
		WaitingHour: int64(p.Weights.WaitingHour),
	}}
	for _, fare := range x.fares {
		m.core.Matrices = append(m.core.Matrices, x.matrix(fare))
	}
	m.compileVisits()
	m.compileShifts()
	x.compileLoads(m.core)
	m.compileWalked()
	m.compileCandidates()
	return m, nil
}

func (m *Model) compileVisits() {
	x, c := m.x, m.core
	for i := range x.p.Visits {
		v, visit := int32(i), &x.p.Visits[i]
		m.addNode(visit.Place, visit.Duration, x.windows(v))
		node := &c.Nodes[v]
		node.Drop, node.Mandatory = int64(x.drop(v)), x.mandatory(v)
		node.Frozen = x.frozen[v] >= 0
		if pin := x.pins[v]; pin != nil && pin.Position > 0 {
			node.Rank = int32(min(pin.Position-1, int(core.NoRank)-1))
		}
		key := x.classKey(v)
		class, ok := m.classes[key]
		if !ok {
			class = int32(len(m.classes))
			m.classes[key] = class
			for t := range x.p.Technicians {
				c.Assign = append(c.Assign, x.assignment(v, int32(t)))
			}
		}
		node.Class = class
	}
}

// classKey is equal for visits that are the same to every technician.
func (x *index) classKey(v int32) string {
	visit := &x.p.Visits[v]
	var b strings.Builder
	fmt.Fprintf(&b, "%#v|%#v|%#v|%q|%q|%q|%q", visit.Skills, visit.AnyOf, visit.NoneOf, visit.Territory, visit.Required, visit.Preferred, visit.Forbidden)
	if told := visit.Told; told != nil {
		fmt.Fprintf(&b, "|%q|%d", told.Technician, told.Percent)
	}
	if pin := x.pins[v]; pin != nil {
		fmt.Fprintf(&b, "|%q|%q", pin.Technician, pin.Shift)
	}
	return b.String()
}

// assignment is the soft cost of giving v to technician t, or -1.
func (x *index) assignment(v, t int32) int64 {
	if !x.allows(v, t, nil) {
		return -1
	}
	return int64(x.assignmentTerms(v, t).Total())
}

// assignmentTerms prices giving v to technician t, whether allowed or not. It
// is the list that a rule priced by visit and person is added to.
func (x *index) assignmentTerms(v, t int32) Breakdown {
	visit := &x.p.Visits[v]
	return Breakdown{
		TermOverqualification: x.overqualification(visit, t),
		TermScarcity:          x.scarcity(visit, t),
		TermNotPreferred:      x.notPreferred(visit, t),
		TermSpareTerritory:    x.spareTerritory(visit, t),
		TermOtherTechnician:   x.otherTechnician(visit, t),
	}
}

// mostAssignment is no less than what giving v to anyone costs, scarcity left
// out.
func (x *index) mostAssignment(v *Visit) Cost {
	most := x.mostOverqualification(v) + x.mostOtherTechnician(v)
	if len(v.Preferred) > 0 {
		most += x.p.Weights.NotPreferred
	}
	if v.Territory != "" {
		most += x.p.Weights.SpareTerritory
	}
	return most
}

// allows asks every rule about a visit and a person. With why, all reasons
// against are added to it.
func (x *index) allows(v, t int32, why *[]Reason) bool {
	visit := &x.p.Visits[v]
	ok := x.skillAllows(visit, t, why)
	ok = x.territoryAllows(visit, t, why) && ok
	ok = x.technicianAllows(visit, t, why) && ok
	return x.pinAllows(v, t, why) && ok
}

func (m *Model) addNode(place int, service Seconds, ws []core.Window) int32 {
	c := m.core
	node := core.Node{Place: int32(place), Service: int32(service), Windows: ws, Rank: core.NoRank}
	if place == NoPlace {
		node.Place = core.Float
	}
	c.Nodes = append(c.Nodes, node)
	return int32(len(c.Nodes) - 1)
}

func (m *Model) compileShifts() {
	x, c := m.x, m.core
	nowhere := int32(len(x.p.Places))
	for i := range x.p.Shifts {
		s := &x.p.Shifts[i]
		t := x.technicians[s.Technician]
		shift := core.Shift{
			Technician: t,
			Matrix:     x.fareOf[i],
			Start:      int32(s.Start), End: int32(s.End),
			From: int32(s.StartPlace), To: int32(s.EndPlace),
			Cost: int64(s.Cost), VisitCost: int64(s.VisitCost),
		}
		shift.Regular = shift.End
		if s.StartPlace == NoPlace {
			shift.From = nowhere
		}
		if s.EndPlace == NoPlace {
			shift.To = nowhere
		}
		for j := range s.Breaks {
			b := &s.Breaks[j]
			node := m.addNode(NoPlace, b.Duration, breakWindows(s, b))
			m.nodes[stopID{int32(i), b.ID}] = node
			m.names = append(m.names, stopID{int32(i), b.ID})
		}
		for _, b := range owedBreaks(s) {
			shift.Breaks = append(shift.Breaks, m.nodes[stopID{int32(i), s.Breaks[b].ID}])
		}
		for _, stop := range s.Frozen {
			fixed := core.Fixed{Place: core.Float, Arrive: int32(stop.Arrive), Begin: int32(stop.Begin), Depart: int32(stop.Depart)}
			if stop.Visit == "" {
				fixed.Node = m.nodes[stopID{int32(i), stop.Break}]
			} else {
				fixed.Node = x.visits[stop.Visit]
				if p := x.p.Visits[fixed.Node].placeOf(stop.Alternative); p != NoPlace {
					fixed.Place = int32(p)
				}
				fixed.Assign = int64(x.assignmentTerms(fixed.Node, t).Total() + s.VisitCost)
			}
			shift.Frozen = append(shift.Frozen, fixed)
		}
		c.Shifts = append(c.Shifts, shift)
	}
}

// compileCandidates lists for each visit the shifts it may join; visits that
// may join the same share one list.
func (m *Model) compileCandidates() {
	x, c := m.x, m.core
	shared := map[string][]int32{}
	for v := range c.Visits {
		key := fmt.Sprint(c.Nodes[v].Class, c.Nodes[v].Windows)
		list, ok := shared[key]
		if !ok {
			for s := range c.Shifts {
				if x.candidate(c, v, int32(s)) {
					list = append(list, int32(s))
				}
			}
			list = slices.Clip(list)
			shared[key] = list
		}
		c.Nodes[v].Candidates = list
	}
}

func (x *index) candidate(c *core.Model, v, s int32) bool {
	if c.AssignCost(v, s) < 0 || x.pinnedElsewhere(v, s) {
		return false
	}
	return slices.ContainsFunc(c.Nodes[v].Windows, func(w core.Window) bool {
		return w.Open <= c.Shifts[s].End && w.Close >= c.Shifts[s].Start
	})
}
