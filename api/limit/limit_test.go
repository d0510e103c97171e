package limit

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"tournee/api/limit/redistest"
)

// journal is a log that tests read.
type journal struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(p)
}

func (j *journal) count(what string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.lines.String(), what)
}

// office is a limiter with what a test needs to see and move.
type office struct {
	*Limiter
	clock    *clock
	log      *journal
	registry *prometheus.Registry
}

func newOffice(t *testing.T, s *Store) office {
	t.Helper()
	o := office{clock: newClock(), log: &journal{}, registry: prometheus.NewRegistry()}
	l, err := New(s, Options{Registerer: o.registry, Logger: slog.New(slog.NewTextHandler(o.log, nil)), Now: o.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	o.Limiter = l
	return o
}

// metric gives the value of a metric, by name and labels in the order of their names.
func (o office) metric(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	families, err := o.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && fmt.Sprint(values(m)) == fmt.Sprint(labels) {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func values(m *dto.Metric) []string {
	v := []string{}
	for _, l := range m.GetLabel() {
		v = append(v, l.GetValue())
	}
	return v
}

func caller(user string, address string) Caller {
	return Caller{User: user, Address: netip.MustParseAddr(address)}
}

func TestTheStrictestLimitOfARequestIsTold(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Embedded())
	who := caller("karim", "203.0.113.7")
	if r := o.Allow(t.Context(), Bulk, who); r.Name != "bulk-user" || !r.Allowed || r.Remaining != Bulk.Caller.Burst-1 {
		t.Errorf("the first import: %+v", r)
	}
	if r := o.Allow(t.Context(), Bulk, Caller{Address: who.Address}); r.Name != "bulk-address" || r.Remaining != Bulk.Address.Burst-2 {
		t.Errorf("an import from the same address: %+v", r)
	}
	if r := o.Allow(t.Context(), Read, who); r.Remaining < Read.Caller.Burst-2 { // the script's floating point may round one off
		t.Errorf("reading, which imports must not slow down: %+v", r)
	}
	if got := o.metric(t, "tournee_ratelimit_decisions_total", "store", "bulk", "allowed"); got != 2 {
		t.Errorf("%v allowed imports metered; want 2", got)
	}
}

func TestAClientThatGoesAwayIsCountedAndSaysNothingAboutTheStore(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Embedded())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 * failuresToOpen {
		o.Allow(gone, Read, caller("karim", "203.0.113.7"))
	}
	if got := o.metric(t, "tournee_ratelimit_decisions_total", "store", "read", "allowed"); got != 2*failuresToOpen {
		t.Errorf("the store decided %v times; want %d", got, 2*failuresToOpen)
	}
}

func TestWhenRedisDiesInTheMiddleWorkGoesOnAndGuessingDoesNot(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	o := newOffice(t, openStore(t, "redis://"+server.Addr))
	ctx := t.Context()
	technician := caller("karim", "203.0.113.7")
	if r := o.Allow(ctx, Read, technician); !r.Allowed || o.metric(t, "tournee_ratelimit_store_up") != 1 {
		t.Fatalf("with Redis: %+v", r)
	}

	server.Kill()
	allowed := 0
	for range Read.Caller.Burst + 50 {
		if o.Allow(ctx, Read, technician).Allowed {
			allowed++
		}
	}
	if allowed != Read.Caller.Burst {
		t.Errorf("without Redis a technician read %d times at once; want %d, as with it", allowed, Read.Caller.Burst)
	}
	if r := o.Allow(ctx, Read, technician); r.Name != "read-user" || r.RetryAfter <= 0 {
		t.Errorf("the refusal: %+v", r)
	}
	if got := o.log.count("does not answer"); got != 1 {
		t.Errorf("%d lines in the log say so; want 1", got)
	}
	if o.metric(t, "tournee_ratelimit_store_up") != 0 || o.metric(t, "tournee_ratelimit_store_errors_total") != failuresToOpen {
		t.Errorf("metered: %v up, %v errors", o.metric(t, "tournee_ratelimit_store_up"), o.metric(t, "tournee_ratelimit_store_errors_total"))
	}
	if o.metric(t, "tournee_ratelimit_decisions_total", "process", "read", "allowed") != float64(allowed) {
		t.Error("the decisions of the process are not metered as such")
	}

	allowed = 0
	for i := range 50 {
		if o.Allow(ctx, Guess, caller(fmt.Sprint("account", i), "198.51.100.9")).Allowed {
			allowed++
		}
	}
	if allowed != Guess.Strict.Address.Burst {
		t.Errorf("one address tried %d passwords; want %d", allowed, Guess.Strict.Address.Burst)
	}
	for i := range 200 {
		if o.Allow(ctx, Guess, caller(fmt.Sprint("account", i), fmt.Sprintf("198.51.101.%d", i))).Allowed {
			allowed++
		}
	}
	if allowed != Guess.Strict.Global.Burst {
		t.Errorf("all addresses together tried %d passwords; want %d", allowed, Guess.Strict.Global.Burst)
	}

	server.Restart(t)
	eventually(t, "the limiter asks Redis again", func(context.Context) bool {
		o.clock.advance(coolDown)
		o.Allow(ctx, Read, technician)
		return o.metric(t, "tournee_ratelimit_store_up") == 1
	})
	if r := o.Allow(ctx, Guess, caller("claire", "198.51.100.9")); !r.Allowed {
		t.Errorf("signing in with Redis back: %+v", r)
	}
	if got := o.log.count("answers again"); got != 1 {
		t.Errorf("%d lines in the log say so; want 1", got)
	}
}

func TestARedisThatHangsIsSoonNotAskedAnyMore(t *testing.T) {
	t.Parallel()
	store, err := Open("redis://" + silentServer(t))
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, store)
	who := caller("karim", "203.0.113.7")
	for range failuresToOpen + 50 {
		if r := o.Allow(t.Context(), Write, who); !r.Allowed {
			t.Fatalf("while Redis hangs: %+v", r)
		}
	}
	if got := o.metric(t, "tournee_ratelimit_store_errors_total"); got != failuresToOpen {
		t.Errorf("it was asked %v times; want %d", got, failuresToOpen)
	}
	o.clock.advance(coolDown)
	for range 10 {
		o.Allow(t.Context(), Write, who)
	}
	if got := o.metric(t, "tournee_ratelimit_store_errors_total"); got != failuresToOpen+1 {
		t.Errorf("after the cool-down it was asked %v times more; want 1", got-failuresToOpen)
	}
}

// silentServer takes connections and never says a word.
func silentServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var taken []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			taken = append(taken, conn)
		}
		for _, conn := range taken {
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	return l.Addr().String()
}

func TestARedisThatWasNeverThereStopsNobody(t *testing.T) {
	t.Parallel()
	store, err := Open(fmt.Sprintf("redis://127.0.0.1:%d", freePort(t)))
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, store)
	if r := o.Allow(t.Context(), Position, caller("karim", "203.0.113.7")); !r.Allowed {
		t.Errorf("%+v", r)
	}
}

func TestMetricsRegisterOnceOnly(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Embedded())
	if _, err := New(o.store, Options{Registerer: o.registry}); err == nil {
		t.Error("a second limiter on the same registry: no error")
	}
}
