package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"tournee/dispatch/postgres/embedded"
)

// nodesSecret is what the nodes of one measurement share.
const nodesSecret = "7f3a1c5e9b2d4860a1c3e5f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b" //nolint:gosec // of nodes that live for minutes

// outlive sells through two nodes on one PostgreSQL while one after the other is killed without a word, and examines what is stored then.
func (b *benchmark) outlive(ctx context.Context) (err error) {
	server, err := embedded.Start(ctx, embedded.Options{DataDir: b.dataDir, BinDir: os.Getenv("PG_BIN"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	settings := []string{
		"DATABASE_URL=" + server.URL(embedded.Serving, embedded.Database), "MIGRATE_DATABASE_URL=" + server.URL(embedded.Migrator, embedded.Database),
		"SECRET_KEY=" + nodesSecret, "PUBLIC_URL=http://127.0.0.1", trustUs,
	}
	pair := &pair{}
	defer func() { err = errors.Join(err, pair.stop()) }()
	for i := range pair.nodes {
		if pair.nodes[i], err = start(ctx, b.plan.program, b.dataDir, settings...); err != nil {
			return err
		}
	}
	if b.world, err = newWorld(ctx, pair.nodes[0], 100+int(b.plan.kill.Seconds())*60/perCaller); err != nil {
		return err
	}
	super := server.URL(embedded.Superuser, embedded.Database)
	shop := b.newShop(pair.nodes[0], pair.nodes[1])
	shop.patience = time.Minute
	if err := shop.furnish(ctx, super); err != nil {
		return err
	}
	shop.warm(ctx)
	working, done := context.WithTimeout(ctx, b.plan.kill)
	defer done()
	var all sync.WaitGroup
	var quiet time.Duration
	var killed int
	var fault error
	all.Go(func() { killed, fault = pair.killing(working, b, shop, settings) })
	all.Go(func() { quiet = longestWithoutLook(working, super) })
	shop.closed(ctx, selling{clients: 4, lasting: b.plan.kill})
	all.Wait()
	if fault != nil {
		return fault
	}
	shop.write(fmt.Sprintf("two nodes, %d times one killed in %v", killed, b.plan.kill), b.plan.kill)
	fmt.Fprintf(os.Stdout, "%-44s %.1f s at most between two looks for days to plan again\n", "replanning", quiet.Seconds())
	if err := b.missing(ctx, super, shop.kept); err != nil {
		return err
	}
	return b.examine(ctx, server.URL, super, shop.booked)
}

// pair is the two nodes.
type pair struct{ nodes [2]*program }

// stop ends those that were started.
func (p *pair) stop() (err error) {
	for _, n := range p.nodes {
		if n != nil {
			err = errors.Join(err, n.stop())
		}
	}
	return err
}

// killing kills one of the nodes, and starts it anew, every few seconds.
func (p *pair) killing(ctx context.Context, b *benchmark, s *shop, settings []string) (killed int, err error) {
	for {
		select {
		case <-ctx.Done():
			return killed, nil
		case <-time.After(time.Duration(5+rand.IntN(10)) * time.Second):
		}
		i := rand.IntN(2)
		if err := p.nodes[i].cmd.Process.Kill(); err != nil {
			return killed, err
		}
		_ = p.nodes[i].cmd.Wait() // it says that it was killed
		killed++
		s.through(p.nodes[1-i])
		if p.nodes[i], err = start(context.WithoutCancel(ctx), b.plan.program, b.dataDir, settings...); err != nil {
			return killed, err
		}
		s.through(p.nodes[0], p.nodes[1])
	}
}

// longestWithoutLook is the longest time in which no node looked for days that are to be planned again, though there were.
func longestWithoutLook(ctx context.Context, super string) (longest time.Duration) {
	c, err := pgx.Connect(ctx, super)
	if err != nil {
		return time.Hour
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	for ctx.Err() == nil {
		var age float64
		if err := c.QueryRow(ctx, `SELECT coalesce(extract(epoch FROM now() - max(noticed_at)), 0)::float8 FROM replans`).Scan(&age); err == nil {
			longest = max(longest, time.Duration(age*float64(time.Second)))
		}
		time.Sleep(time.Second)
	}
	return longest
}

// missing looks for acknowledged bookings that are not kept.
func (b *benchmark) missing(ctx context.Context, super string, acknowledged map[string]bool) error {
	ids := make([]string, 0, len(acknowledged))
	for id := range acknowledged {
		ids = append(ids, id)
	}
	var lost []string
	err := asSuperuser(ctx, super, func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, `SELECT id FROM unnest($1::text[]) AS id WHERE NOT EXISTS (SELECT FROM bookings b WHERE b.id = id::uuid AND b.status = 'booked')`, ids)
		if err != nil {
			return err
		}
		lost, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err == nil && len(lost) > 0 {
		err = fmt.Errorf("%d bookings were acknowledged and are not kept: %s", len(lost), strings.Join(lost[:min(5, len(lost))], ", "))
	}
	return err
}
