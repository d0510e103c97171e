package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"tournee/dispatch/postgres"
)

func backupCommand(ctx context.Context, args []string, out, log io.Writer) error {
	if len(args) != 1 {
		return &usageError{"tournee backup takes one file to write"}
	}
	c, err := loadConfig(os.Getenv)
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, c.logger(log), func(d *database) error {
		m, err := postgres.Backup(ctx, d.superuser, args[0], time.Now())
		if err == nil {
			fmt.Fprintf(out, "%d rows of %d tables are in %s\n", m.Rows(), len(m.Tables), args[0])
		}
		return err
	})
}

func restoreCommand(ctx context.Context, args []string, out, log io.Writer) error {
	if len(args) != 1 {
		return &usageError{"tournee restore takes one file to read"}
	}
	c, err := loadConfig(os.Getenv)
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, c.logger(log), func(d *database) error {
		m, err := postgres.Restore(ctx, d.superuser, args[0])
		if err == nil {
			err = postgres.Analyze(ctx, d.migrator)
		}
		if err == nil {
			fmt.Fprintf(out, "%d rows of %d tables, written %s, are restored\n", m.Rows(), len(m.Tables), m.Created.Format(time.RFC3339))
		}
		return err
	})
}
