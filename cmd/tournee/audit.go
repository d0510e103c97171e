package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/jackc/pgx/v5"

	"tournee/dispatch/postgres"
	"tournee/dispatch/postgres/audit"
)

// auditCommand tells what of the stored plan is not as it must be; with anything to tell, its exit code is 3.
func auditCommand(ctx context.Context, args []string, out, log io.Writer) error {
	if len(args) != 0 {
		return &usageError{"tournee audit takes nothing"}
	}
	c, err := loadConfig(os.Getenv)
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, c.logger(log), func(d *database) error {
		store, err := postgres.Open(ctx, d.serving, 1)
		if err != nil {
			return err
		}
		defer store.Close()
		organizations, err := store.Organizations(ctx)
		if err != nil {
			return err
		}
		db, err := pgx.Connect(ctx, d.serving)
		if err != nil {
			return err
		}
		defer func() { _ = db.Close(context.WithoutCancel(ctx)) }()
		found, err := audit.Run(ctx, db, organizations)
		if err != nil {
			return err
		}
		return report(out, found, len(organizations))
	})
}

func report(out io.Writer, found []audit.Breach, organizations int) error {
	last := ""
	for _, b := range found {
		if key := b.OrganizationID.String() + b.Name; key != last {
			fmt.Fprintf(out, "%s (%s), organization %s\n", b.Says, b.Name, b.OrganizationID)
			last = key
		}
		fmt.Fprintf(out, "  %s  %s\n", b.ID, b.Details)
	}
	if len(found) > 0 {
		return &exitError{code: 3, err: fmt.Errorf("%d things are not as they must be", len(found))}
	}
	fmt.Fprintf(out, "%d checks of %d organizations found nothing wrong\n", len(audit.Checks()), organizations)
	return nil
}
