package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"tournee/scheduler"
)

func solveCommand(ctx context.Context, args []string, in io.Reader, out, log io.Writer) (err error) {
	flags := flag.NewFlagSet("tournee solve", flag.ContinueOnError)
	flags.SetOutput(log)
	seed := flags.Uint64("seed", 1, "the same problem, seed and iterations give the same plan")
	iterations := flags.Int64("iterations", 0, "the budget; 0 suits the problem's size")
	limit := flags.Duration("time", 0, "stop after this time, whatever the budget")
	to := flags.String("out", "", "write the plan to this file instead of standard output")
	flags.Usage = func() {
		fmt.Fprintln(log, "tournee solve [flags] FILE: plan a problem (JSON, see scheduler/testdata) and write the plan as JSON")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return &usageError{err.Error()}
	}
	if flags.NArg() != 1 {
		return &usageError{"tournee solve takes one file, or - for standard input"}
	}
	if name := flags.Arg(0); name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		in = file
	}
	problem, err := scheduler.ReadProblem(in)
	if err != nil {
		return err
	}
	plan, err := scheduler.Solve(problem, scheduler.Options{Seed: *seed, Iterations: *iterations, Stop: until(ctx, *limit)})
	if err != nil {
		return err
	}
	if *to == "" {
		return scheduler.WritePlan(out, problem, plan)
	}
	file, err := os.Create(*to)
	if err != nil {
		return err
	}
	return errors.Join(scheduler.WritePlan(file, problem, plan), file.Close())
}

// until stops a solve when the context ends or the time is up.
func until(ctx context.Context, limit time.Duration) func() bool {
	if limit <= 0 {
		return func() bool { return ctx.Err() != nil }
	}
	deadline := time.Now().Add(limit)
	return func() bool { return ctx.Err() != nil || time.Now().After(deadline) }
}
