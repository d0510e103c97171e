// Command bench measures the real program on this machine: how fast requests for help are durably taken, beside the same SQL statements run by
// pgbench on the same PostgreSQL; how fast it starts; how much memory it holds. It writes a table to its standard output.
//
//	bench -program bin/tournee
//	bench -program bin/tournee -bookings [-rate 50] [-lasting 1m] [-clients 32]
//	bench -program bin/tournee -kill 5m
//
// The program runs on a data folder that the benchmark makes and removes, with its own PostgreSQL and its ordinary durability.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"tournee/dispatch/postgres/embedded"
)

// plan says how much is measured.
type plan struct {
	program string
	rounds  int
	starts  int
	idle    time.Duration
	series  []series
	sold    *selling      // only that
	kill    time.Duration // and with nodes that are killed
}

// series is a number of clients, and how many requests each creates in one round.
type series struct{ clients, each int }

// warmUp is how many requests the first client of a server creates before anything counts.
const warmUp = 300

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := plan{series: []series{{clients: 1, each: 400}, {clients: 16, each: 150}}}
	flag.StringVar(&p.program, "program", "bin/tournee", "the `binary` to measure")
	flag.IntVar(&p.rounds, "rounds", 3, "how often program and pgbench take turns")
	flag.IntVar(&p.starts, "starts", 5, "how often the start is timed")
	bookings := flag.Bool("bookings", false, "measure only complete bookings: slots asked for, one held, the hold booked")
	sold := selling{}
	flag.IntVar(&sold.rate, "rate", 50, "with -bookings: complete bookings a `second`, whatever becomes of those before")
	flag.DurationVar(&sold.lasting, "lasting", time.Minute, "with -bookings: for so long")
	flag.IntVar(&sold.clients, "clients", 32, "with -bookings: then so many clients, each booking one after the other")
	kill := flag.Duration("kill", 0, "measure only how two nodes sell while one after the other is killed, for so `long`")
	flag.DurationVar(&p.idle, "idle", 10*time.Second, "how long after a start the memory is read")
	flag.Parse()
	if *bookings || *kill > 0 {
		p.sold, p.kill = &sold, *kill
	}
	if err := bench(ctx, p); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // everything is closed by now
	}
}

func bench(ctx context.Context, p plan) (err error) {
	tool, err := findPgbench()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "tournee-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := os.Chmod(folder, 0o755); err != nil { // as root, PostgreSQL's account must pass through
		return err
	}
	b := &benchmark{plan: p, folder: folder, dataDir: filepath.Join(folder, "data"), pgbench: tool}
	switch {
	case p.kill > 0:
		return b.outlive(ctx)
	case p.sold != nil:
		return b.sell(ctx, *p.sold)
	}
	for _, step := range []func(context.Context) error{b.found, b.capture, b.starts, b.creations} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// benchmark is one run of everything.
type benchmark struct {
	plan            plan
	folder, dataDir string
	pgbench         string
	world           world
	script          script
}

// perCaller is how many creations one caller makes: what its limit grants at once, with room to spare.
const perCaller = 120

// found makes the organization.
func (b *benchmark) found(ctx context.Context) (err error) {
	total := warmUp
	for _, s := range b.plan.series {
		total += b.plan.rounds * s.clients * s.each
	}
	p, err := start(ctx, b.plan.program, b.dataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	b.world, err = newWorld(ctx, p, total/perCaller+1)
	return err
}

// starts times the program's starts on the folder that is there, and reads the memory of the last one.
func (b *benchmark) starts(ctx context.Context) error {
	var times []float64
	for n := range b.plan.starts {
		p, err := start(ctx, b.plan.program, b.dataDir)
		if err != nil {
			return err
		}
		times = append(times, p.ready.Seconds())
		if n == b.plan.starts-1 {
			if err := b.idle(ctx, p); err != nil {
				return errors.Join(err, p.stop())
			}
		}
		if err := p.stop(); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stdout, "%-44s %s s, from exec to the first 200 of /readyz\n", "warm start", spread(times, "%.2f"))
	return nil
}

func (b *benchmark) idle(ctx context.Context, p *program) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(b.plan.idle):
	}
	m, err := p.memory(b.dataDir)
	if errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(os.Stdout, "memory: not measured, there is no /proc here")
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%-44s %.0f MB resident (and PostgreSQL's processes %.0f MB), %v after the start\n", "memory, idle", megabytes(m.program), megabytes(m.postgres), b.plan.idle)
	return nil
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

// creations measures both sides in turns. Jobs are left in the queue (WORKERS=0), as on a node that serves only.
func (b *benchmark) creations(ctx context.Context) (err error) {
	p, err := start(ctx, b.plan.program, b.dataDir, "WORKERS=0", trustUs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	url, err := embedded.Attach(b.dataDir)
	if err != nil {
		return err
	}
	before, err := countRequests(ctx, url(embedded.Superuser, embedded.Database))
	if err != nil {
		return err
	}
	l := &load{address: p.address, world: b.world}
	if _, err := l.run(ctx, 1, warmUp); err != nil {
		return err
	}
	replay := &pgbench{path: b.pgbench, folder: b.folder, server: url(embedded.Serving, embedded.Database), script: b.script}
	if _, err := replay.run(ctx, 1, warmUp); err != nil {
		return err
	}
	want := before + 2*warmUp
	results := make([]comparison, len(b.plan.series))
	for range b.plan.rounds {
		for i, s := range b.plan.series {
			used := p.processor()
			ours, err := l.run(ctx, s.clients, s.each)
			if err != nil {
				return err
			}
			results[i].used += p.processor() - used
			theirs, err := replay.run(ctx, s.clients, s.each)
			if err != nil {
				return err
			}
			results[i].add(ours, theirs)
			want += 2 * s.clients * s.each
		}
	}
	kept, err := countRequests(ctx, url(embedded.Superuser, embedded.Database))
	if err != nil {
		return err
	}
	if kept != want {
		return fmt.Errorf("%d requests were acknowledged, %d are kept", want, kept)
	}
	for i, s := range b.plan.series {
		results[i].write(os.Stdout, s)
	}
	return nil
}

// trustUs lets each caller have an address of its own, as behind a proxy.
const trustUs = "TRUSTED_PROXIES=127.0.0.1/32"

func countRequests(ctx context.Context, url string) (n int, err error) {
	err = asSuperuser(ctx, url, func(c *pgx.Conn) error { return c.QueryRow(ctx, `SELECT count(*) FROM requests`).Scan(&n) })
	return n, err
}

func asSuperuser(ctx context.Context, url string, do func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Close(ctx))
}
