package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"strconv"
	"time"

	"tournee/scheduler"
)

// budget is what one run may use: processor time per thread or, to repeat a run exactly, iterations.
type budget struct {
	time       time.Duration
	iterations int64
}

// run is one solve of one case, judged.
type run struct {
	instance   *instance
	seed       uint64
	solution   solution
	verdict    verdict
	cpu, wall  time.Duration
	iterations int64
	hash       string // of the routes
}

// solve solves a case and has it judged. Everything the solver does is timed, from the problem as it is read.
func (b budget) solve(in *instance, seed uint64) (*run, error) {
	runtime.GC() // what was left by the case before is not this one's cost
	wall, cpu := time.Now(), processor()
	plan, err := b.plan(in.problem, seed, cpu)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.name, err)
	}
	r := &run{instance: in, seed: seed, iterations: plan.Iterations, cpu: processor() - cpu, wall: time.Since(wall)}
	if r.solution, err = in.read(plan); err != nil {
		return nil, err
	}
	r.verdict = in.judge(&r.solution)
	r.solution.Objective = r.verdict.objective
	if r.hash, err = hash(r.solution.Routes); err != nil {
		return nil, err
	}
	return r, nil
}

// plan solves within the budget, of which everything since the processor time began counts.
func (b budget) plan(p *scheduler.Problem, seed uint64, began time.Duration) (*scheduler.Plan, error) {
	m, err := scheduler.Compile(p)
	if err != nil {
		return nil, err
	}
	o := scheduler.Options{Seed: seed, Iterations: b.iterations}
	if b.iterations == 0 {
		if o.Iterations, err = b.afford(m, seed, began); err != nil {
			return nil, err
		}
		o.Stop = func() bool { return processor()-began >= b.time }
	}
	return m.Solve(o)
}

// afford measures in a twentieth of the time how many iterations the rest of it allows.
func (b budget) afford(m *scheduler.Model, seed uint64, began time.Duration) (int64, error) {
	asked := processor()
	searching := time.Duration(-1)
	probe, err := m.Solve(scheduler.Options{
		Seed: seed, Iterations: 1 << 40,
		Observe: func(scheduler.Progress) {
			if searching < 0 {
				searching = processor()
			}
		},
		Stop: func() bool { return searching >= 0 && processor()-searching >= b.time/20 },
	})
	if err != nil {
		return 0, err
	}
	now := processor()
	left := began + b.time - now - (searching - asked) // the solve to come makes its first plan again
	return max(1, int64(float64(probe.Iterations)*float64(left)/float64(now-searching))), nil
}

// read reads a solution out of a plan: the numbers of a case's visits are their ids.
func (in *instance) read(plan *scheduler.Plan) (solution, error) {
	s := solution{Instance: in.name, Routes: [][]int{}, Unassigned: []int{}}
	numbers := func(ids []string) ([]int, error) {
		out := []int{}
		for _, id := range ids {
			n, err := strconv.Atoi(id)
			if err != nil {
				return nil, fmt.Errorf("%s: the visit %q has no number: %w", in.name, id, err)
			}
			out = append(out, n)
		}
		return out, nil
	}
	served := map[string][]string{}
	for i := range plan.Routes {
		for _, stop := range plan.Routes[i].Stops {
			if stop.Visit != "" {
				served[plan.Routes[i].Shift] = append(served[plan.Routes[i].Shift], stop.Visit)
			}
		}
	}
	for i := range in.problem.Shifts {
		ids := served[in.problem.Shifts[i].ID]
		if len(ids) == 0 && !in.ordered {
			continue
		}
		route, err := numbers(ids)
		if err != nil {
			return s, err
		}
		s.Routes = append(s.Routes, route)
	}
	var left []string
	for _, u := range plan.Unassigned {
		left = append(left, u.Visit)
	}
	var err error
	s.Unassigned, err = numbers(left)
	return s, err
}

func hash(routes [][]int) (string, error) {
	text, err := json.Marshal(routes)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6]), nil
}
