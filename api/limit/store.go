package limit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// Store keeps the counters: in Redis (Open) or in this process (Embedded). It may lose them: a limit then starts afresh.
type Store struct {
	client  redis.UniversalClient
	timeout time.Duration // for one request, whatever its number of limits
	stop    func()
}

// Close ends the store. It may be called twice.
func (s *Store) Close() error {
	s.stop()
	if err := s.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("limit: close the store: %w", err)
	}
	return nil
}

// take counts one request in every bucket, or, when one refuses, in none, but for what others do in between. It takes one round trip,
// and one more to give back after a refusal. It does not end with ctx: a client that goes away says nothing about the store.
func (s *Store) take(ctx context.Context, buckets []bucket) ([]Result, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	results, err := s.add(ctx, buckets, 1)
	if err != nil {
		return nil, err
	}
	var taken []bucket
	for i, r := range results {
		if r.Allowed {
			taken = append(taken, buckets[i]) //nolint:gosec // one result a bucket
		}
	}
	if len(taken) == len(buckets) || len(taken) == 0 {
		return results, nil
	}
	_, err = s.add(ctx, taken, -1)
	return results, err
}

// add runs redis_rate once for each bucket, in one round trip.
func (s *Store) add(ctx context.Context, buckets []bucket, n int) ([]Result, error) {
	trip := &roundTrip{UniversalClient: s.client, pipe: s.client.Pipeline(), sent: make(chan struct{})}
	trip.missing.Store(int32(len(buckets)))
	limiter := redis_rate.NewLimiter(trip)
	results := make([]Result, len(buckets))
	errs := make([]error, len(buckets))
	one := func(i int) {
		b := buckets[i]
		limit := redis_rate.Limit{Rate: b.limit.Rate, Burst: b.limit.Burst, Period: b.limit.Period}
		var r *redis_rate.Result
		if r, errs[i] = limiter.AllowN(ctx, b.key, limit, n); errs[i] == nil {
			results[i] = result(b, r)
		}
	}
	var others sync.WaitGroup
	for i := 1; i < len(buckets); i++ {
		others.Go(func() { one(i) })
	}
	one(0)
	others.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("limit: ask the store: %w", err)
		}
	}
	return results, nil
}

func result(b bucket, r *redis_rate.Result) Result {
	return Result{
		Name:       b.name,
		Limit:      b.limit,
		Allowed:    r.Allowed != 0,
		Remaining:  r.Remaining,
		RetryAfter: max(r.RetryAfter, 0), // -1 when allowed
		ResetAfter: r.ResetAfter,
	}
}

// roundTrip is a client for as many redis_rate calls as are missing, run side by side: each waits in EvalSha until all have put their
// question, and the last one sends them together. A Redis that does not know the script yet is then sent it as usual, through Eval.
type roundTrip struct {
	redis.UniversalClient
	mu      sync.Mutex
	pipe    redis.Pipeliner
	missing atomic.Int32
	sent    chan struct{}
}

// EvalSha puts the question and gives its answer.
func (t *roundTrip) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	t.mu.Lock()
	cmd := t.pipe.EvalSha(ctx, sha, keys, args...)
	t.mu.Unlock()
	if t.missing.Add(-1) > 0 {
		<-t.sent
		return cmd
	}
	_, _ = t.pipe.Exec(ctx) // every command carries its own error
	close(t.sent)
	return cmd
}
