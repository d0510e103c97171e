package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"

	"tournee/scheduler"
	"tournee/scheduler/vroom"
)

const solveUsage = `tournee solve [flags] FILE: plan a problem and write the plan

FILE is JSON, "-" for standard input: a problem of tournee's own (see scheduler/testdata) or, with --format vroom, what VROOM takes
(see docs/vroom.md); the plan is written in the same format. Ctrl-C ends the search with the best plan so far.

`

// solving is what tournee solve was asked to do.
type solving struct {
	format     string
	limit      time.Duration
	iterations int64
	threads    int
	seed       uint64
	from, to   string
}

func solveCommand(ctx context.Context, args []string, in io.Reader, out, log io.Writer) error {
	s, err := parseSolving(args, log)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return &usageError{err.Error()}
	}
	return s.write(out, func(out io.Writer) error {
		err := s.run(ctx, in, out, log)
		if err == nil || s.format != "vroom" {
			return err
		}
		code := vroom.Code(err)
		if unread := (*fs.PathError)(nil); errors.As(err, &unread) {
			code = vroom.CodeInput
		}
		return &exitError{code: code, err: errors.Join(err, vroom.WriteError(out, code, err))}
	})
}

func parseSolving(args []string, log io.Writer) (*solving, error) {
	s := &solving{}
	flags := flag.NewFlagSet("tournee solve", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&s.format, "format", "tournee", "of FILE and of the plan: tournee or vroom")
	flags.DurationVar(&s.limit, "time", 0, "search for so long, such as 10s; not with --iterations")
	flags.Int64Var(&s.iterations, "iterations", 0, "search so many steps, for the same plan every time; 0 suits the problem's size")
	flags.IntVar(&s.threads, "threads", 0, "processors to use; 0: all. The plan does not depend on it")
	flags.Uint64Var(&s.seed, "seed", 1, "another seed may give another plan")
	flags.StringVar(&s.to, "out", "", "write the plan to this file, in one step, instead of standard output")
	flags.Usage = func() {
		fmt.Fprint(log, solveUsage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	s.from = flags.Arg(0)
	switch {
	case flags.NArg() != 1:
		return nil, errors.New("tournee solve takes one file, or - for standard input")
	case s.format != "tournee" && s.format != "vroom":
		return nil, fmt.Errorf("there is no format %q: tournee and vroom are", s.format)
	case s.limit != 0 && s.iterations != 0:
		return nil, errors.New("--time and --iterations exclude one another")
	case s.limit < 0 || s.iterations < 0 || s.threads < 0:
		return nil, errors.New("--time, --iterations and --threads are not below 0")
	}
	return s, nil
}

// write gives do what the plan is written to. A file appears whole or not at
// all; that it cannot be written is found out first, not after the search.
func (s *solving) write(out io.Writer, do func(io.Writer) error) error {
	if s.to == "" {
		return do(out)
	}
	file, err := replace(s.to)
	if err != nil {
		return err
	}
	err = do(file)
	if wrong := (*exitError)(nil); err != nil && !errors.As(err, &wrong) {
		return errors.Join(err, file.abandon())
	}
	return errors.Join(err, file.commit())
}

func (s *solving) run(ctx context.Context, in io.Reader, out, log io.Writer) error {
	began := time.Now()
	if s.from != "-" {
		file, err := os.Open(s.from)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	if s.format == "vroom" {
		input, err := vroom.Read(in)
		if err != nil {
			return err
		}
		loaded := time.Now()
		plan, err := s.plan(ctx, input.Problem, input.Start, log)
		if err != nil {
			return err
		}
		return input.Write(out, plan, vroom.Times{Loading: loaded.Sub(began), Solving: time.Since(loaded)})
	}
	problem, err := scheduler.ReadProblem(in)
	if err != nil {
		return err
	}
	plan, err := s.plan(ctx, problem, nil, log)
	if err != nil {
		return err
	}
	return scheduler.WritePlan(out, problem, plan)
}

// plan solves within the time or the iterations asked for.
func (s *solving) plan(ctx context.Context, p *scheduler.Problem, start *scheduler.Plan, log io.Writer) (*scheduler.Plan, error) {
	began := time.Now()
	shown := newProgress(log)
	defer shown.end()
	o := scheduler.Options{
		Seed: s.seed, Iterations: s.iterations, Threads: s.threads, Start: start,
		Stop: func() bool { return ctx.Err() != nil }, Observe: shown.observe,
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if s.limit > 0 {
		o.Elapsed = func() float64 { return min(1, time.Since(began).Seconds()/s.limit.Seconds()) }
	}
	return scheduler.Solve(p, o)
}
