package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tournee/dispatch/postgres/embedded"
	"tournee/migrations"
)

// database is the PostgreSQL that a program works on: one somebody runs, or its own.
type database struct {
	serving, migrator, superuser string // connection strings
	checkOnly                    bool   // somebody else migrates it: the serving role may not
	own                          *ownPostgres
}

// openDatabase names the configured PostgreSQL, or starts the program's own.
func openDatabase(ctx context.Context, c config, log *slog.Logger) (*database, error) {
	if c.DatabaseURL != "" {
		owner := cmp.Or(c.MigrateURL, c.DatabaseURL)
		return &database{serving: c.DatabaseURL, migrator: owner, superuser: owner, checkOnly: c.MigrateURL == ""}, nil
	}
	return openOwn(ctx, c, log)
}

// openOwn starts the program's own PostgreSQL.
func openOwn(ctx context.Context, c config, log *slog.Logger) (*database, error) {
	own, err := startOwn(ctx, embedded.Options{DataDir: c.DataDir, BinDir: c.PGBin, Log: log}, log)
	if err != nil {
		return nil, err
	}
	d := named(own.server.URL)
	d.own = own
	return d, nil
}

// named is a database with the strings that url gives.
func named(url func(role, database string) string) *database {
	return &database{
		serving: url(embedded.Serving, embedded.Database), migrator: url(embedded.Migrator, embedded.Database), superuser: url(embedded.Superuser, embedded.Database),
	}
}

// besideDatabase is openDatabase for tools: while another program runs the data folder's PostgreSQL, it works beside that program.
func besideDatabase(ctx context.Context, c config, log *slog.Logger) (*database, error) {
	d, err := openDatabase(ctx, c, log)
	if _, ok := errors.AsType[*embedded.InUseError](err); !ok {
		return d, err
	}
	url, err := embedded.Attach(c.DataDir)
	if err != nil {
		return nil, err
	}
	return named(url), nil
}

// migrate brings the schema up; where somebody else does that, it only refuses a schema that is too old.
func (d *database) migrate(ctx context.Context, log *slog.Logger) error {
	if d.checkOnly {
		return migrations.Check(ctx, d.serving)
	}
	return migrations.Up(ctx, d.migrator, log)
}

// failed tells when the program's own PostgreSQL cannot be kept running; it never tells for somebody else's.
func (d *database) failed() <-chan error {
	if d.own == nil {
		return nil
	}
	return d.own.failed
}

func (d *database) close() error {
	if d.own == nil {
		return nil
	}
	return d.own.stop()
}

// ownPostgres keeps the program's own PostgreSQL running: when it dies, it is started again, and the pool connects anew to the same socket.
type ownPostgres struct {
	options  embedded.Options
	log      *slog.Logger
	failed   chan error
	server   *embedded.Server // watch's own while it runs
	closing  context.Context  //nolint:containedctx // ends the watch, and a restart in progress
	end      context.CancelFunc
	watching sync.WaitGroup
	stopped  func() error
}

func startOwn(ctx context.Context, options embedded.Options, log *slog.Logger) (*ownPostgres, error) {
	server, err := embedded.Start(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	o := &ownPostgres{options: options, log: log, failed: make(chan error, 1), server: server}
	o.closing, o.end = context.WithCancel(context.WithoutCancel(ctx))
	o.stopped = sync.OnceValue(func() error {
		o.end()
		o.watching.Wait()
		return o.server.Stop()
	})
	o.watching.Go(o.watch)
	return o, nil
}

// restartTime bounds one start after a death: recovery reads the log written since the last checkpoint.
const restartTime = 2 * time.Minute

func (o *ownPostgres) watch() {
	for {
		select {
		case <-o.closing.Done():
			return
		case <-o.server.Done():
		}
		if o.closing.Err() != nil {
			return
		}
		o.log.Error("PostgreSQL has died; starting it again")
		_ = o.server.Stop() // it is dead: this only frees the data folder
		if err := o.restart(); err != nil {
			if o.closing.Err() == nil {
				o.failed <- err
			}
			return
		}
	}
}

func (o *ownPostgres) restart() error {
	ctx, cancel := context.WithTimeout(o.closing, restartTime)
	defer cancel()
	server, err := embedded.Start(ctx, o.options)
	if err != nil {
		return fmt.Errorf("starting PostgreSQL again: %w", err)
	}
	o.server = server
	return nil
}

// stop ends the watch and then PostgreSQL. Repeated calls give what the first gave.
func (o *ownPostgres) stop() error { return o.stopped() }

// withDatabase runs fn on a migrated database, and closes it.
func withDatabase(ctx context.Context, c config, log *slog.Logger, fn func(*database) error) (err error) {
	d, err := besideDatabase(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.migrate(ctx, log); err != nil {
		return err
	}
	return fn(d)
}
