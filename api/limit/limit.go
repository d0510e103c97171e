// Package limit says whether a request may go on, by the generic cell rate algorithm (GCRA, ITU-T I.371): per API key, per user, per
// address, each within a class of operations.
//
// The counters are in Redis, or in this process when none is configured. When Redis does not answer, ordinary classes go on under a
// limiter of this process alone, and guessable ones (sign-in and its like) under a stricter one: no class is ever without a limit.
package limit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Limit allows Burst requests at once and Rate per Period in the long run. All three are positive.
type Limit struct {
	Rate   int
	Period time.Duration
	Burst  int
}

// Result is the strictest answer among the limits that apply to one request.
type Result struct {
	Name       string // of the limit, such as "read-user"
	Limit      Limit
	Allowed    bool
	Remaining  int           // requests that may follow at once
	RetryAfter time.Duration // until one more is allowed; zero when Allowed
	ResetAfter time.Duration // until the limit is as if never used
}

// Caller is who asks, as far as known. An address is always known.
type Caller struct {
	Key     string     // API key id or OAuth client id; or empty
	User    string     // user id; or empty
	Account string     // the account name that somebody who is not signed in tries; or empty
	Address netip.Addr // of the client, behind any proxy we trust
}

// Options of New. Each may be left out.
type Options struct {
	Registerer prometheus.Registerer
	Logger     *slog.Logger
	Now        func() time.Time
}

// Limiter answers for a whole process. It is safe for concurrent use.
type Limiter struct {
	store   *Store
	breaker *breaker
	process *process
	logger  *slog.Logger
	metrics metrics
}

// New gives a limiter over the store's counters. It fails only when its metrics cannot be registered. Closing the store is the
// caller's affair.
func New(store *Store, o Options) (*Limiter, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Limiter{
		store:   store,
		breaker: &breaker{now: o.Now},
		process: newProcess(processKeys, o.Now),
		logger:  o.Logger,
		metrics: newMetrics(),
	}
	l.metrics.up.Set(1)
	if o.Registerer == nil {
		return l, nil
	}
	if err := errors.Join(o.Registerer.Register(l.metrics.up), o.Registerer.Register(l.metrics.errors), o.Registerer.Register(l.metrics.decisions)); err != nil {
		return nil, fmt.Errorf("limit: register metrics: %w", err)
	}
	return l, nil
}

// Allow counts one request of the class and says whether it may go on. A refused request counts against no limit, so that one that is
// used up cannot be made to use up another. There is always an answer; the client going away does not change it.
func (l *Limiter) Allow(ctx context.Context, class Class, who Caller) Result {
	results, err := l.count(ctx, class.buckets(who))
	by := "store"
	if err != nil {
		results, by = l.process.take(class.bucketsWithoutStore(who)), "process"
	}
	r := strictest(results)
	l.metrics.decided(class.Name, by, r.Allowed)
	return r
}

var errOpen = errors.New("limit: the store is not asked: it did not answer lately")

// count asks the store, unless it lately failed to answer.
func (l *Limiter) count(ctx context.Context, buckets []bucket) ([]Result, error) {
	if !l.breaker.allow() {
		return nil, errOpen
	}
	results, err := l.store.take(ctx, buckets)
	if err != nil {
		l.metrics.errors.Inc()
	}
	switch l.breaker.done(err) {
	case opened:
		l.metrics.up.Set(0)
		l.logger.Error("the rate-limit store does not answer: each process now limits alone, and guessable operations strictly", "error", err)
	case closed:
		l.metrics.up.Set(1)
		l.logger.Info("the rate-limit store answers again")
	case unchanged:
	}
	return results, err
}

// strictest gives the refusal that lasts longest, or else the limit with the fewest requests left, and among those the slowest to recover.
func strictest(results []Result) Result {
	worst := results[0]
	for _, r := range results[1:] {
		if stricter(r, worst) {
			worst = r
		}
	}
	return worst
}

func stricter(a, b Result) bool {
	switch {
	case a.Allowed != b.Allowed:
		return !a.Allowed
	case a.RetryAfter != b.RetryAfter:
		return a.RetryAfter > b.RetryAfter
	case a.Remaining != b.Remaining:
		return a.Remaining < b.Remaining
	default:
		return a.ResetAfter > b.ResetAfter
	}
}

type metrics struct {
	up        prometheus.Gauge
	errors    prometheus.Counter
	decisions *prometheus.CounterVec
}

func newMetrics() metrics {
	return metrics{
		up: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tournee_ratelimit_store_up",
			Help: "1 while the rate-limit store answers, 0 while each process limits alone.",
		}),
		errors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tournee_ratelimit_store_errors_total",
			Help: "Questions the rate-limit store did not answer.",
		}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tournee_ratelimit_decisions_total",
			Help: "Requests by class, by who decided (store, process), and by the decision (allowed, refused).",
		}, []string{"class", "by", "decision"}),
	}
}

func (m metrics) decided(class, by string, allowed bool) {
	decision := "refused"
	if allowed {
		decision = "allowed"
	}
	m.decisions.WithLabelValues(class, by, decision).Inc()
}
