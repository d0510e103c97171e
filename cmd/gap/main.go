// Command gap measures the solver on public cases: how far its plans are from the best known, judged by the cases' own definition, in how much
// processor time.
//
//	gap -set solomon|gh -data DIR -time 10s [-threads 1] [-seeds 3] [-only NAME,...] [-sizes 200,400] [-out DIR]
//	gap -set solomon|gh -data DIR -iterations N ...
//	gap -set field -time 2s ...
//
// It writes a table to its standard output and, with -out, every solution as JSON {instance, objective, routes, unassigned}. It fails when a
// solution breaks a rule of its case.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := gap(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "gap:", err)
		os.Exit(1)
	}
}

// request is what was asked on the command line.
type request struct {
	set    set
	data   string
	only   []string // names in upper case; empty: all
	sizes  []int    // empty: all
	seeds  int
	out    string // empty: solutions are not kept
	budget budget
}

func gap(args []string, out, log io.Writer) error {
	req, err := parse(args, log)
	if err != nil {
		return err
	}
	if req.out != "" {
		if err := os.MkdirAll(req.out, 0o755); err != nil {
			return err
		}
	}
	names, err := req.set.names(req.data)
	if err != nil {
		return fmt.Errorf("the cases of %s are not there: %w", req.set.name, err)
	}
	if missing := slices.DeleteFunc(slices.Clone(req.only), func(only string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, only) })
	}); len(missing) > 0 {
		return fmt.Errorf("%s has no case %s", req.set.name, strings.Join(missing, ", "))
	}
	var runs []*run
	writeHead(out)
	for _, name := range names {
		if len(req.only) > 0 && !slices.Contains(req.only, strings.ToUpper(name)) {
			continue
		}
		in, err := req.set.open(req.data, name)
		if err != nil {
			return err
		}
		if len(req.sizes) > 0 && !slices.Contains(req.sizes, in.size) {
			continue
		}
		own, err := req.solve(in, out)
		if err != nil {
			return err
		}
		runs = append(runs, own...)
	}
	if len(runs) == 0 {
		return fmt.Errorf("no case of %s is left to solve", req.set.name)
	}
	writeMeans(out, req.set.name, runs)
	if refused := slices.DeleteFunc(runs, func(r *run) bool { return len(r.verdict.faults) == 0 }); len(refused) > 0 {
		return fmt.Errorf("%d solutions break the rules of their case", len(refused))
	}
	return nil
}

// solve solves one case with every seed.
func (req *request) solve(in *instance, out io.Writer) ([]*run, error) {
	var runs []*run
	for seed := range req.seeds {
		r, err := req.budget.solve(in, uint64(seed+1))
		if err != nil {
			return nil, err
		}
		writeRun(out, r)
		if err := req.keep(r); err != nil {
			return nil, err
		}
		r.solution = solution{} // of no more use
		runs = append(runs, r)
	}
	in.problem = nil // of no more use, and large
	return runs, nil
}

// keep writes a solution to a file of its own.
func (req *request) keep(r *run) error {
	if req.out == "" {
		return nil
	}
	if r.instance.input != nil {
		if err := os.WriteFile(filepath.Join(req.out, r.instance.name+".input.json"), r.instance.input, 0o644); err != nil { //nolint:gosec // a drawn case
			return err
		}
	}
	text, err := json.Marshal(r.solution)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(req.out, fmt.Sprintf("%s-%d.json", r.instance.name, r.seed)), append(text, '\n'), 0o644) //nolint:gosec // public cases
}

func parse(args []string, log io.Writer) (*request, error) {
	req := &request{}
	flags := flag.NewFlagSet("gap", flag.ContinueOnError)
	flags.SetOutput(log)
	var names []string
	for _, s := range sets {
		names = append(names, s.name)
	}
	name := flags.String("set", "", "the `family` of cases: "+strings.Join(names, ", "))
	flags.StringVar(&req.data, "data", "", "the `folder` with the cases")
	flags.DurationVar(&req.budget.time, "time", 10*time.Second, "processor time per thread and case, compiling included")
	flags.Int64Var(&req.budget.iterations, "iterations", 0, "instead of -time: so many, for the same plans every time")
	flags.IntVar(&req.budget.threads, "threads", 1, "how many sub-problems are solved at once; the plans of -iterations do not depend on it")
	flags.IntVar(&req.seeds, "seeds", 1, "solve each case with the seeds 1 to this")
	only := flags.String("only", "", "solve only these `cases`, separated by commas")
	sizes := flags.String("sizes", "", "solve only cases of so many `visits`, separated by commas")
	flags.StringVar(&req.out, "out", "", "write each solution into this `folder`, as CASE-SEED.json")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(sets, func(s set) bool { return s.name == *name })
	switch {
	case i < 0:
		return nil, fmt.Errorf("-set must be one of %s", strings.Join(names, ", "))
	case flags.NArg() > 0:
		return nil, fmt.Errorf("%q is not understood", flags.Arg(0))
	case req.budget.threads < 1:
		return nil, errors.New("-threads must be at least 1")
	case req.seeds < 1:
		return nil, errors.New("-seeds must be at least 1")
	case req.budget.time <= 0 || req.budget.iterations < 0:
		return nil, errors.New("-time and -iterations must not be below zero")
	}
	req.set = sets[i]
	if *only != "" {
		req.only = strings.Split(strings.ToUpper(*only), ",")
	}
	if *sizes != "" {
		for size := range strings.SplitSeq(*sizes, ",") {
			n, err := strconv.Atoi(size)
			if err != nil {
				return nil, fmt.Errorf("-sizes: %q is no number of visits", size)
			}
			req.sizes = append(req.sizes, n)
		}
	}
	return req, nil
}
