package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/jackc/pgx/v5"

	"tournee/dispatch/postgres/embedded"
)

// captured is how many creations are looked at. Some carry a statement more than the others (the queue's notification, once in a while): the
// script is that of two in a row that ran the same.
const captured = 12

// capture makes the script from what the program sends at a creation, as PostgreSQL logs it: it cannot drift from the program.
func (b *benchmark) capture(ctx context.Context) (err error) {
	p, err := start(ctx, b.plan.program, b.dataDir, "WORKERS=0", trustUs, "LOG_LEVEL=debug")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	url, err := embedded.Attach(b.dataDir)
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	l, answers := &load{address: p.address, world: b.world}, bufio.NewReader(conn)
	l.world.keys = l.world.keys[:1] // the first use of a key is noted in the database
	create := func(times int) (keys []string, err error) {
		for range times {
			key, err := l.create(conn, answers)
			if err != nil {
				return nil, err
			}
			keys = append(keys, key)
		}
		return keys, nil
	}
	if _, err := create(captured); err != nil { // connections open, statements prepared
		return err
	}
	var keys []string
	err = asSuperuser(ctx, url(embedded.Superuser, embedded.Database), func(c *pgx.Conn) error {
		if err := logStatements(ctx, c, `'all'`); err != nil {
			return err
		}
		if keys, err = create(captured); err != nil {
			return err
		}
		return logStatements(ctx, c, `DEFAULT`)
	})
	if err != nil {
		return err
	}
	b.script, err = p.scriptOf(keys)
	return err
}

func logStatements(ctx context.Context, c *pgx.Conn, value string) error {
	for _, sql := range []string{`ALTER SYSTEM SET log_statement = ` + value, `SELECT pg_reload_conf()`, `SELECT pg_sleep(0.5)`} { // every session must have heard of it
		if _, err := c.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// scriptOf reads the creations with those keys in the program's log.
func (p *program) scriptOf(keys []string) (script, error) {
	log, err := os.Open(p.log)
	if err != nil {
		return script{}, err
	}
	defer func() { _ = log.Close() }()
	all, err := readStatements(log)
	if err != nil {
		return script{}, err
	}
	var previous []statement
	fault := errors.New("no creation was found in the log")
	for _, key := range keys {
		creation := transactionWith(all, key)
		if creation == nil {
			continue
		}
		if previous != nil {
			s, err := newScript(previous, creation)
			if err == nil {
				return s, nil
			}
			fault = err
		}
		previous = creation
	}
	return script{}, fmt.Errorf("reading what a creation sends to PostgreSQL: %w", fault)
}
