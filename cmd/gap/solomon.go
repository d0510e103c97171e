package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// roads is a case in Solomon's text format: a depot, and customers to be served within their windows by vehicles of one capacity.
//
// Source: Solomon, "Algorithms for the Vehicle Routing and Scheduling Problems with Time Window Constraints", Operations Research 35 (1987).
type roads struct {
	name      string
	vehicles  int
	capacity  int
	customers []customer // number 0 is the depot; the others follow without a gap
}

// customer is a row of the file, in its units: a distance takes as long as it is.
type customer struct {
	x, y, demand        int
	ready, due, service int // may begin from ready to due; the depot is open from ready to due
}

// Bounds on what is read, so that nothing computed from it overflows.
const (
	mostCustomers = 5_000
	greatest      = 180_000 // of any number in the file: no time or distance is then beyond the horizon that the scheduler takes
)

// readSolomon reads a case. The error lists every line that is wrong, by its number.
func readSolomon(r io.Reader) (*roads, error) {
	p := &solomonReader{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		p.line++
		if fields := strings.Fields(lines.Text()); len(fields) > 0 {
			p.read(fields)
		}
	}
	if err := lines.Err(); err != nil {
		p.faultf("%v", err)
	}
	p.finish()
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}
	return &p.roads, nil
}

type solomonReader struct {
	roads  roads
	line   int
	part   func(fields []string)
	faults []error
}

func (p *solomonReader) faultf(format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf("line %d: %s", p.line, fmt.Sprintf(format, args...)))
}

// read takes one line that is not blank. Headings say what the lines after them are.
func (p *solomonReader) read(fields []string) {
	switch heading := strings.ToUpper(fields[0]); {
	case p.roads.name == "":
		p.roads.name = fields[0]
	case heading == "VEHICLE":
		p.part = p.fleet
	case heading == "CUSTOMER":
		p.part = p.customer
	case heading == "NUMBER" || heading == "CUST":
	case p.part == nil:
		p.faultf("%q stands before VEHICLE and CUSTOMER", strings.Join(fields, " "))
	default:
		p.part(fields)
	}
}

func (p *solomonReader) fleet(fields []string) {
	n, ok := p.numbers(fields, 2, "NUMBER CAPACITY")
	switch {
	case !ok:
	case p.roads.vehicles > 0:
		p.faultf("the vehicles come twice")
	case n[0] < 1 || n[0] > mostCustomers:
		p.faultf("%d vehicles, not 1 to %d", n[0], mostCustomers)
	case n[1] < 0:
		p.faultf("a capacity of %d", n[1])
	default:
		p.roads.vehicles, p.roads.capacity = n[0], n[1]
	}
}

func (p *solomonReader) customer(fields []string) {
	n, ok := p.numbers(fields, 7, "CUST NO. XCOORD. YCOORD. DEMAND READY TIME DUE DATE SERVICE TIME")
	if !ok {
		return
	}
	c := customer{x: n[1], y: n[2], demand: n[3], ready: n[4], due: n[5], service: n[6]}
	if want := len(p.roads.customers); n[0] != want {
		p.faultf("customer %d where number %d is due", n[0], want)
	}
	if c.demand < 0 || c.ready < 0 || c.service < 0 {
		p.faultf("customer %d has a demand, time or service below zero", n[0])
	}
	if c.due < c.ready {
		p.faultf("customer %d is due at %d, before being ready at %d", n[0], c.due, c.ready)
	}
	if len(p.roads.customers) > mostCustomers {
		p.faultf("more than %d customers", mostCustomers)
		p.part = func([]string) {} // one fault for all that follow
		return
	}
	p.roads.customers = append(p.roads.customers, c)
}

func (p *solomonReader) numbers(fields []string, want int, names string) ([]int, bool) {
	if len(fields) != want {
		p.faultf("%d columns, not %d (%s)", len(fields), want, names)
		return nil, false
	}
	out := make([]int, want)
	ok := true
	for i, field := range fields {
		n, err := strconv.Atoi(field)
		if err != nil || n < -greatest || n > greatest {
			p.faultf("%q is no whole number from %d to %d", field, -greatest, greatest)
			ok = false
		}
		out[i] = n
	}
	return out, ok
}

// finish faults what is missing at the end of the file.
func (p *solomonReader) finish() {
	if p.roads.vehicles == 0 {
		p.faultf("no number of vehicles and capacity was read")
	}
	if len(p.roads.customers) < 2 {
		p.faultf("no depot with a customer after it was read")
	}
}
