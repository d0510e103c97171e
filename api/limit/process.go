package limit

import (
	"sync"
	"time"
)

// processKeys bounds the memory of the in-process limiter: about 20 MB.
const processKeys = 100_000

// process is a limiter in this process. It remembers the keys used last, at least half of its bound and never more than all of it: young
// fills up, becomes old, and what stays unused in old is forgotten. A forgotten key starts afresh; the global limit of a guessable
// class, used by every request, is never forgotten.
type process struct {
	now func() time.Time
	max int

	mu         sync.Mutex
	young, old map[string]time.Time // theoretical arrival time by key
}

func newProcess(maxKeys int, now func() time.Time) *process {
	return &process{now: now, max: maxKeys, young: map[string]time.Time{}}
}

// take counts one request in every bucket, or, when one refuses, in none.
func (p *process) take(buckets []bucket) []Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	results := make([]Result, len(buckets))
	arrivals := make([]time.Time, len(buckets))
	allowed := true
	for i, b := range buckets {
		results[i], arrivals[i] = gcra(b, p.arrival(b.key), now)
		allowed = allowed && results[i].Allowed
	}
	if !allowed {
		return results
	}
	for i, b := range buckets {
		p.remember(b.key, arrivals[i])
	}
	return results
}

// arrival finds a key, and keeps one that is found young: whoever goes on after a refusal must not be forgotten.
func (p *process) arrival(key string) time.Time {
	if t, ok := p.young[key]; ok {
		return t
	}
	t, ok := p.old[key]
	if ok {
		p.remember(key, t)
	}
	return t
}

func (p *process) remember(key string, arrival time.Time) {
	if _, ok := p.young[key]; !ok && len(p.young) >= p.max/2 {
		p.old, p.young = p.young, make(map[string]time.Time, p.max/2)
	}
	p.young[key] = arrival
}

// gcra gives the answer of one bucket whose theoretical arrival time is tat, and the next one when the request is allowed. The interval
// is rounded up, so that rounding never allows more.
func gcra(b bucket, tat, now time.Time) (Result, time.Time) {
	rate := time.Duration(b.limit.Rate)
	interval := (b.limit.Period + rate - 1) / rate
	if tat.Before(now) {
		tat = now
	}
	next := tat.Add(interval)
	allowAt := next.Add(-interval * time.Duration(b.limit.Burst))
	r := Result{Name: b.name, Limit: b.limit}
	if now.Before(allowAt) {
		r.RetryAfter, r.ResetAfter = allowAt.Sub(now), tat.Sub(now)
		return r, tat
	}
	r.Allowed = true
	r.Remaining = int(now.Sub(allowAt) / interval)
	r.ResetAfter = next.Sub(now)
	return r, next
}
