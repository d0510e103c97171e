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
	threads    int
}

// run is one solve of one case, judged.
type run struct {
	instance   *instance
	seed       uint64
	solution   solution
	verdict    verdict
	cpu, wall  time.Duration
	iterations int64
	speedup    float64 // see crew; 0 if not known
	hash       string  // of the routes
}

// solve solves a case and has it judged. Everything the solver does is timed, from the problem as it is read.
func (b budget) solve(in *instance, seed uint64) (*run, error) {
	runtime.GC() // what was left by the case before is not this one's cost
	wall, cpu := time.Now(), processor()
	team := &crew{}
	plan, err := b.plan(in.problem, seed, cpu, team)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.name, err)
	}
	r := &run{instance: in, seed: seed, iterations: plan.Iterations, cpu: processor() - cpu, wall: time.Since(wall)}
	r.speedup = team.speedup(r.cpu)
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
func (b budget) plan(p *scheduler.Problem, seed uint64, began time.Duration, team *crew) (*scheduler.Plan, error) {
	m, err := scheduler.Compile(p)
	if err != nil {
		return nil, err
	}
	o := scheduler.Options{Seed: seed, Threads: b.threads, Iterations: b.iterations, Run: team.run}
	if b.iterations == 0 {
		allowed := b.time * time.Duration(b.threads)
		o.Elapsed = func() float64 { return float64(processor()-began) / float64(allowed) }
	}
	return m.Solve(o)
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
