package main

import (
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/scheduler"
)

// replayCommand makes the plan of a decision again and compares it; when it is another, its exit code is 3.
func replayCommand(ctx context.Context, args []string, out, log io.Writer) (err error) {
	flags := flag.NewFlagSet("tournee replay", flag.ContinueOnError)
	flags.SetOutput(log)
	file := flags.String("out", "", "write the plan into this `file`")
	if len(args) == 0 {
		return &usageError{"tournee replay takes the id of a decision, as a planning run's summary and the event plan.changed have it"}
	}
	id, err := uuid.Parse(args[0])
	if err != nil {
		return &usageError{fmt.Sprintf("%q is no id of a decision", args[0])}
	}
	if err := flags.Parse(args[1:]); err != nil || flags.NArg() > 0 {
		return &usageError{"tournee replay takes an id, and --out FILE behind it"}
	}
	c, err := loadConfig(os.Getenv)
	if err != nil {
		return err
	}
	n, err := openBusiness(ctx, c, c.logger(log), besideDatabase)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close(context.WithoutCancel(ctx))) }()
	organizations, err := n.store.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, org := range organizations {
		made, err := n.dispatch.ReplayDecision(ctx, org, id)
		if dispatch.KindOf(err) == dispatch.KindNotFound && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		return tellReplay(made, *file, out)
	}
	return fmt.Errorf("there is no decision %s: it was never made, or is older than the policy keeps them", id)
}

func tellReplay(made dispatch.Replayed, file string, out io.Writer) error {
	fmt.Fprintf(out, "decided %s by %s, seed %d, %d of %d iterations, input %s\n", made.MadeAt.Format(time.RFC3339), made.Program, made.Seed, made.Reached, made.Iterations,
		hex.EncodeToString(made.InputHash[:6]))
	if file != "" {
		f, err := os.Create(file)
		if err != nil {
			return err
		}
		if err := errors.Join(scheduler.WritePlan(f, made.Problem, made.Plan), f.Close()); err != nil {
			return err
		}
	}
	if !made.Same {
		return &exitError{code: 3, err: fmt.Errorf("the plan of version %s is another", programVersion())}
	}
	fmt.Fprintln(out, "the plan is the same to the bit")
	return nil
}
