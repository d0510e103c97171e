package main

import "tournee/scheduler"

// set is a family of public cases. Another family is another file and a line in sets.
type set struct {
	name string
	// names lists the cases in a data folder, in the order in which they are solved.
	names func(data string) ([]string, error)
	// open reads one of them.
	open func(data, name string) (*instance, error)
}

// sets is the list a new family is added to.
var sets = []set{
	vrptw("solomon", solomonFamily),
	vrptw("gh", gehringHombergerFamily),
	fieldSet,
}

// instance is one case, as the solver gets it and as its publishers judge it.
type instance struct {
	name    string
	size    int      // visits
	groups  []string // the means it counts in, besides the set's, the narrowest first; as many for every case of a set
	best    float64  // best known objective; 0: none is known
	problem *scheduler.Problem
	ordered bool   // whose route it is matters: a solution has one for every shift, in their order, the unused ones empty
	input   []byte // the case in its own format, when it was drawn and stands in no data folder
	// judge evaluates a solution by the publishers' definition, from what they published: it knows nothing of the solver's costs.
	judge func(*solution) verdict
}

// solution is a plan in the case's own terms: the numbers that its visits have in the published file.
type solution struct {
	Instance   string  `json:"instance"`
	Objective  float64 `json:"objective"`
	Routes     [][]int `json:"routes"`
	Unassigned []int   `json:"unassigned"`
}

// verdict is what a solution is worth.
type verdict struct {
	objective float64
	note      string   // what else is worth a column, or empty
	faults    []string // what the definition forbids; a solution with faults counts for nothing
}
