// Package core is the scheduler's search: integers only. Visits, breaks, places
// and shifts are dense int32 ids, times are int32 seconds from the horizon's
// start, costs are int64. It trusts its input; package scheduler checks it.
package core

import (
	"math"
	"slices"
)

// Float is the place of a node that happens wherever the technician is: a
// break or a remote visit.
const Float int32 = -1

// Never is a travel time that no horizon can hold.
const Never int32 = 1 << 27

const (
	minTime int32 = math.MinInt32 / 2
	// NoRank is the rank of a visit whose position is not pinned.
	NoRank int32 = math.MaxInt32 / 2
)

// Leg is the travel between two places, priced.
type Leg struct {
	Seconds int32
	Cost    int32
}

// Matrix holds the legs of one transport mode both ways round, so that a
// visit's two rows stay in cache while routes are scanned. Its last place is
// "nowhere": zero seconds from and to everywhere.
type Matrix struct {
	Size int32
	From []Leg   // [from*Size+to]
	To   []Leg   // [to*Size+from]
	Way  []int32 // metres [from*Size+to]; nil unless a rule counts them

	Timing *Timing // nil: times do not vary with the departure
}

func (m *Matrix) leg(from, to int32) Leg { return m.From[from*m.Size+to] }

func (m *Matrix) metres(from, to int32) int64 {
	if m.Way == nil {
		return 0
	}
	return int64(m.Way[from*m.Size+to])
}

// Window is when a node may begin, ends included.
type Window struct{ Open, Close int32 }

// Fixed is a stop that cannot move any more.
type Fixed struct {
	Node, Arrive, Begin, Depart int32
	Place                       int32 // or Float
	Assign                      int64 // soft cost of who did it
}

// Node is a visit or a break: all that the search knows of it.
type Node struct {
	Place   int32    // or Float
	Service int32    // seconds
	Setup   int32    // seconds before the service, unless the technician is at the place already
	Rank    int32    // most visits before it, or NoRank
	Windows []Window // sorted, disjoint, never empty
	Skip    int64    // what leaving out an optional break costs
	MaxLoad []int32  // of a break: per dimension, the most aboard while it is taken; nil: any load

	// Of visits only.
	Places    []int32  // others where it may be done instead
	Parts     []Part   // used up
	Durations []OnSite // per technician; nil: Service and Setup, which are the least of them
	Deadlines []Deadline
	Links     []Link  // to visits it depends on, or that depend on it
	Resources []int32 // held from begin to departure
	Group     int32   // of coupled visits, from 1

	Class      int32
	Frozen     bool    // part of a frozen prefix
	Drop       int64   // cost of leaving it out
	Mandatory  bool    // that costs more than all else
	Load       []int32 // per dimension, at least zero
	Pickup     []int32 // per dimension, aboard from then on; nil: nothing
	Candidates []int32 // the shifts it may join, ascending; shared between visits
}

// Shift is one route to fill.
type Shift struct {
	Technician int32
	Matrix     int32
	Start, End int32 // End with overtime
	From, To   int32 // places; the matrix's last one for nowhere
	Cost       int64
	VisitCost  int64   // per visit
	Capacity   []int32 // per dimension, the most that its visits' loads add up to
	Breaks     []int32 // nodes owed, in an order that is feasible by itself
	Optional   []int32 // breaks that may be left out, the frozen ones not among them
	Frozen     []Fixed

	// Of walked rules.
	Skip         int64 // what leaving out all its optional breaks costs
	Regular      int32 // end without overtime
	OvertimeHour int64
	WorkHour     int64 // of a free start
	Free         bool  // the time before leaving, as late as still possible, is not paid
	MaxTravel    int32 // seconds; 0: no limit, so for the next two
	MaxDistance  int32 // metres
	MaxVisits    int32
	Pool         bool    // visits run side by side
	Stock        []int32 // per kind of part, what the frozen visits leave; none: the shift brings its own
	Day          int32   // of the technician: between shifts of one day no rest is owed
}

// Model is a compiled problem; it never changes. Nodes are the visits first,
// then the breaks. What a rule needs of a visit or a shift stands in Node or
// Shift, which a sub-problem copies whole.
type Model struct {
	Visits       int32
	Technicians  int32
	Dims         int32 // of loads and capacities
	Setups       bool  // some node has a Setup
	Parts        bool  // some visit uses up parts
	Depots       []Depot
	Alternatives bool   // some visit may be done at several places
	Pools        bool   // some shift is a pool
	Offline      []bool // per place but nowhere, no connection
	Optional     bool   // some break may be left out

	Nodes       []Node
	Assign      []int64 // [class*Technicians+technician], below zero: not eligible
	Shifts      []Shift
	Matrices    []Matrix
	WaitingHour int64

	Rules     []Rule // walked rules in use; none: the constant-time tests decide
	Coupled   bool   // some visits are coupled
	Resources []Resource
	Groups    [][][]int32 // of coupled visits: steps in order, each the visits that begin together
	Ties      bool        // a route's judgement depends on the technician's other routes
	Shares    Shares
	Rest      int32 // seconds
	Falling   bool  // a leg may become cheaper by something before it
}

// AssignCost is the soft cost of giving visit v to a shift and its technician,
// below zero when that one is not eligible.
func (m *Model) AssignCost(v, shift int32) int64 {
	s := &m.Shifts[shift]
	assign := m.Assign[m.Nodes[v].Class*m.Technicians+s.Technician]
	if assign < 0 {
		return assign
	}
	return assign + s.VisitCost
}

// serves says whether a shift is among the candidates of v.
func (m *Model) serves(v, shift int32) bool {
	_, found := slices.BinarySearch(m.Nodes[v].Candidates, shift)
	return found
}

// WaitingCost prices the waiting of one route.
func (m *Model) WaitingCost(seconds int32) int64 {
	return (int64(seconds)*m.WaitingHour + 1800) / 3600
}

// begin is the earliest moment from t on that is inside a window.
func begin(ws []Window, t int32) (int32, bool) {
	for _, w := range ws {
		if t <= w.Close {
			return max(t, w.Open), true
		}
	}
	return 0, false
}

// latest is the last moment up to limit at which node may begin, or minTime.
func (m *Model) latest(node, limit int32) int32 {
	ws := m.Nodes[node].Windows
	for _, w := range slices.Backward(ws) {
		if w.Open <= limit {
			return min(w.Close, limit)
		}
	}
	return minTime
}
