package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	ids "github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch/postgres/audit"
	"tournee/dispatch/postgres/embedded"
)

//go:embed town.sql
var townSQL string

// selling measures complete bookings over HTTP: slots asked for, one held, the hold booked.
type selling struct {
	rate    int           // complete bookings a second that are begun whatever becomes of those before
	lasting time.Duration // for so long
	clients int           // then so many, each beginning the next when the last is done
}

// mostBooked is about how many bookings a second there may be on such a machine: for so many there are keys.
const mostBooked = 120

// shop is where slots are sold, and what came of it.
type shop struct {
	bases   atomic.Pointer[[]string] // of the nodes that are up
	keys    []caller
	sites   [][2]string // of a client and its site
	http    *http.Client
	calls   atomic.Int64
	started int64

	mu                        sync.Mutex
	availability, hold, book  []time.Duration
	booked, gone, none, other int
	fault                     error           // the first of the others
	kept                      map[string]bool // bookings that were acknowledged

	patience time.Duration // how long a call that no node answered is repeated, under the same key
}

// sell founds a country, sells its slots and audits what is stored then.
func (b *benchmark) sell(ctx context.Context, s selling) (err error) {
	p, err := start(ctx, b.plan.program, b.dataDir, trustUs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	need := int(s.lasting.Seconds()) * (s.rate + mostBooked) * 3
	if b.world, err = newWorld(ctx, p, need/perCaller+20); err != nil {
		return err
	}
	url, err := embedded.Attach(b.dataDir)
	if err != nil {
		return err
	}
	super := url(embedded.Superuser, embedded.Database)
	shop := b.newShop(p)
	if err := shop.furnish(ctx, super); err != nil {
		return err
	}
	shop.warm(ctx)
	used := p.processor()
	shop.open(ctx, s)
	shop.write(fmt.Sprintf("%d complete bookings a second for %v", s.rate, s.lasting), s.lasting)
	fmt.Fprintf(os.Stdout, "%-44s %.2f ms of the program's processor time a complete booking\n", "", float64((p.processor()-used).Milliseconds())/float64(max(1, shop.booked)))
	total := shop.booked
	shop.reset()
	shop.closed(ctx, s)
	shop.write(fmt.Sprintf("%d clients, one booking after the other", s.clients), s.lasting)
	total += shop.booked
	commits, err := b.commits(ctx, url, s)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%-44s %.0f commits a second; ratio of complete bookings %.3f\n", "pgbench -N, as many clients", commits, float64(shop.booked)/s.lasting.Seconds()/commits)
	return b.examine(ctx, url, super, total)
}

// newShop sells through the nodes that are given.
func (b *benchmark) newShop(nodes ...*program) *shop {
	s := &shop{keys: b.world.keys, started: time.Now().UnixNano(), kept: map[string]bool{}, http: &http.Client{
		Timeout: time.Minute, Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256},
	}}
	s.through(nodes...)
	return s
}

// through says which nodes are up.
func (s *shop) through(nodes ...*program) {
	var bases []string
	for _, n := range nodes {
		bases = append(bases, "http://"+n.address)
	}
	s.bases.Store(&bases)
}

// furnish fills the organization and reads whom slots can be sold to.
func (s *shop) furnish(ctx context.Context, super string) error {
	return asSuperuser(ctx, super, func(c *pgx.Conn) error {
		var org, partner ids.UUID
		if err := c.QueryRow(ctx, `SELECT organization_id, id FROM partners LIMIT 1`).Scan(&org, &partner); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, townSQL, org, partner); err != nil {
			return fmt.Errorf("founding the country: %w", err)
		}
		if _, err := c.Exec(ctx, `ANALYZE`); err != nil {
			return err
		}
		rows, err := c.Query(ctx, `SELECT client_id::text, id::text FROM sites WHERE street = '1 rue du Banc' ORDER BY id`)
		if err != nil {
			return err
		}
		var client, site string
		_, err = pgx.ForEachRow(rows, []any{&client, &site}, func() error {
			s.sites = append(s.sites, [2]string{client, site})
			return nil
		})
		return err
	})
}

// warm asks for slots at two sites of every hundred, so that each day of each territory is in memory, as in a program that has run for a minute.
func (s *shop) warm(ctx context.Context) {
	for i := 0; i < len(s.sites); i += 10 {
		_, _, _ = s.ask(ctx, s.work(i))
	}
	s.reset()
}

func (s *shop) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.availability, s.hold, s.book = nil, nil, nil
	s.booked, s.gone, s.none, s.other = 0, 0, 0, 0
}

// open begins bookings at a fixed rate.
func (s *shop) open(ctx context.Context, plan selling) {
	var all sync.WaitGroup
	every := time.Second / time.Duration(plan.rate)
	began := time.Now()
	for i := range int(plan.lasting.Seconds()) * plan.rate {
		at := began.Add(time.Duration(i) * every)
		time.Sleep(time.Until(at))
		all.Go(func() { s.one(ctx, at) })
	}
	all.Wait()
}

// closed lets so many clients book one after the other.
func (s *shop) closed(ctx context.Context, plan selling) {
	var all sync.WaitGroup
	until := time.Now().Add(plan.lasting)
	for range plan.clients {
		all.Go(func() {
			for time.Now().Before(until) {
				s.one(ctx, time.Now())
			}
		})
	}
	all.Wait()
}

type offered struct {
	Slots []struct {
		Token string `json:"token"`
	} `json:"slots"`
	Alternatives []struct {
		Token string `json:"token"`
	} `json:"alternatives"`
	ID string `json:"id"`
}

// work is a request at one of the sites.
func (s *shop) work(n int) map[string]any {
	where := s.sites[n%len(s.sites)]
	day := time.Now().AddDate(0, 0, 1).Format(time.DateOnly)
	return map[string]any{
		"client_id": where[0], "site_id": where[1], "category": "printer", "description": "L'imprimante ne répond plus.", "mode": "on_site", "duration": "PT1H",
		"required_skills": []map[string]any{{"skill": "printing", "level": 1 + n%3}}, "windows": []map[string]any{{"start": day + "T08:00", "end": day + "T18:00"}},
	}
}

func (s *shop) ask(ctx context.Context, work map[string]any) (offered, time.Duration, error) {
	return s.call(ctx, "/v1/availability", map[string]any{"work": work, "limit": 20})
}

// one makes a complete booking; from is when it should have begun.
func (s *shop) one(ctx context.Context, from time.Time) {
	work := s.work(rand.IntN(len(s.sites)))
	late := time.Since(from)
	found, took, err := s.ask(ctx, work)
	s.note(func() { s.availability = append(s.availability, took+late) })
	if err != nil {
		s.fail(err)
		return
	}
	if len(found.Slots) == 0 {
		s.note(func() { s.none++ })
		return
	}
	token := found.Slots[rand.IntN(len(found.Slots))].Token
	for range 4 {
		held, took, err := s.call(ctx, "/v1/holds", map[string]any{"slot": token, "request": work})
		s.note(func() { s.hold = append(s.hold, took) })
		if len(held.Alternatives) > 0 { // somebody else was faster
			s.note(func() { s.gone++ })
			token = held.Alternatives[0].Token
			continue
		}
		if err != nil {
			s.fail(err)
			return
		}
		_, took, err = s.call(ctx, "/v1/bookings", map[string]any{"hold_id": held.ID})
		s.note(func() { s.book = append(s.book, took) })
		if err != nil {
			s.fail(err)
			return
		}
		s.note(func() {
			s.booked++
			s.kept[held.ID] = true
		})
		return
	}
}

func (s *shop) note(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

func (s *shop) fail(err error) {
	s.note(func() {
		s.other++
		if s.fault == nil {
			s.fault = err
		}
	})
}

// call makes one call with a key and an address of its own turn, again on another node while none answers it and there is patience.
func (s *shop) call(ctx context.Context, path string, in any) (out offered, took time.Duration, err error) {
	n := s.calls.Add(1)
	body, err := json.Marshal(in)
	if err != nil {
		return out, 0, err
	}
	began := time.Now()
	for try := int64(0); ; try++ {
		var again bool
		out, again, err = s.attempt(ctx, path, n, n+try, body)
		if took = time.Since(began); !again || took >= s.patience {
			return out, took, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// attempt makes a call once; again says that nobody answered it, or only that the database is away or the first attempt still under way.
func (s *shop) attempt(ctx context.Context, path string, key, turn int64, body []byte) (out offered, again bool, err error) {
	bases := *s.bases.Load()
	who := s.keys[int(key)%len(s.keys)]
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, bases[int(turn)%len(bases)]+path, bytes.NewReader(body))
	if err != nil {
		return out, false, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+who.key)
	request.Header.Set("X-Forwarded-For", who.address)
	request.Header.Set("Idempotency-Key", fmt.Sprintf("shop-%d-%d", s.started, key))
	answer, err := s.http.Do(request)
	if err != nil {
		return out, true, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return out, true, err
	}
	failed := fmt.Errorf("POST %s: %s %s", path, answer.Status, text)
	switch {
	case answer.StatusCode >= http.StatusInternalServerError:
		return out, true, failed
	case answer.StatusCode != http.StatusConflict && answer.StatusCode/100 != 2:
		return out, false, failed
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return out, false, err
	}
	if answer.StatusCode == http.StatusConflict && len(out.Alternatives) == 0 {
		return out, true, failed
	}
	return out, false, nil
}

func (s *shop) write(what string, lasting time.Duration) {
	fmt.Fprintf(os.Stdout, "%s: %d booked (%.1f a second), %d times somebody was faster, %d found nothing, %d failed\n", what, s.booked, float64(s.booked)/lasting.Seconds(), s.gone, s.none, s.other)
	if s.fault != nil {
		fmt.Fprintln(os.Stdout, "  the first failure:", s.fault)
	}
	for _, row := range []struct {
		name string
		took []time.Duration
	}{{"availability", s.availability}, {"hold", s.hold}, {"booking", s.book}} {
		slices.Sort(row.took)
		if n := len(row.took); n > 0 {
			at := func(share float64) float64 {
				return float64(row.took[min(n-1, int(share*float64(n)))].Microseconds()) / 1000
			}
			fmt.Fprintf(os.Stdout, "  %-42s p50 %.1f ms, p99 %.1f ms, greatest %.1f ms\n", row.name, at(0.5), at(0.99), at(1))
		}
	}
}

// commits is what pgbench's simple update commits a second on the same server, as many clients and as long.
func (b *benchmark) commits(ctx context.Context, url func(role, database string) string, s selling) (float64, error) {
	tool := &pgbench{path: b.pgbench, folder: b.folder, server: url(embedded.Superuser, embedded.Database)}
	return tool.simpleUpdates(ctx, s.clients, s.lasting)
}

// examine audits what is stored, and counts what was acknowledged.
func (b *benchmark) examine(ctx context.Context, url func(role, database string) string, super string, acknowledged int) error {
	var organizations []ids.UUID
	var kept int
	if err := asSuperuser(ctx, super, func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, `SELECT organization_id FROM organizations`)
		if err == nil {
			organizations, err = pgx.CollectRows(rows, pgx.RowTo[ids.UUID])
		}
		if err != nil {
			return err
		}
		return c.QueryRow(ctx, `SELECT count(*) FROM bookings WHERE status = 'booked'`).Scan(&kept)
	}); err != nil {
		return err
	}
	db, err := pgx.Connect(ctx, url(embedded.Serving, embedded.Database))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(context.WithoutCancel(ctx)) }()
	found, err := audit.Run(ctx, db, organizations)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%-44s %d acknowledged, %d kept; the audit found %d breaches\n", "bookings", acknowledged, kept, len(found))
	for _, breach := range found[:min(len(found), 10)] {
		fmt.Fprintf(os.Stdout, "  %s: %s %s\n", breach.Name, breach.ID, breach.Details)
	}
	if kept < acknowledged || len(found) > 0 {
		return errors.New("something was lost or broken")
	}
	return nil
}
