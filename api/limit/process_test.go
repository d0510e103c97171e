package limit

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"pgregory.net/rapid"
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, time.March, 2, 8, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	return c.t
}

func drawLimit(t *rapid.T) Limit {
	return Limit{
		Rate:   rapid.IntRange(1, 1000).Draw(t, "rate"),
		Period: rapid.SampledFrom([]time.Duration{time.Second, 7 * time.Second, time.Minute, time.Hour}).Draw(t, "period"),
		Burst:  rapid.IntRange(1, 20).Draw(t, "burst"),
	}
}

// checkBound fails when between any two allowed requests there were more than burst + rate × time, and slack.
func checkBound(t *rapid.T, allowed []time.Time, l Limit, slack float64) {
	for i := range allowed {
		for j := i; j < len(allowed); j++ {
			earned := float64(l.Rate) * float64(allowed[j].Sub(allowed[i])) / float64(l.Period)
			if n := j - i + 1; float64(n) > float64(l.Burst)+earned+slack {
				t.Fatalf("%v: %d requests within %v", l, n, allowed[j].Sub(allowed[i]))
			}
		}
	}
}

func TestTheProcessNeverAllowsMoreThanBurstAndRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l, c := drawLimit(t), newClock()
		p := newProcess(100, c.now)
		var allowed []time.Time
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			// Steps of about the time one request takes to come back, where an error would show.
			c.advance(time.Duration(rapid.Int64Range(0, 2*int64(l.Period)/int64(l.Rate)).Draw(t, "step")))
			if p.take([]bucket{{key: "a", limit: l}})[0].Allowed {
				allowed = append(allowed, c.now())
			}
		}
		checkBound(t, allowed, l, 0)
	})
}

func TestTheStoreNeverAllowsMoreThanBurstAndRate(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	s := openStore(t, "redis://"+server.Addr())
	defer func() { _ = s.Close() }()
	c := newClock()
	server.SetTime(c.now())
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		l := drawLimit(t)
		var allowed []time.Time
		for range rapid.IntRange(1, 40).Draw(t, "requests") {
			server.SetTime(c.advance(time.Duration(rapid.Int64Range(0, 2*int64(l.Period)/int64(l.Rate)).Draw(t, "step"))))
			results, err := s.take(t.Context(), []bucket{{key: fmt.Sprint(run), limit: l}})
			if err != nil {
				t.Fatal(err)
			}
			if results[0].Allowed {
				allowed = append(allowed, c.now())
			}
		}
		checkBound(t, allowed, l, 0.01) // Redis tells the time in microseconds, and the script reckons in floating point
	})
}

func TestWhoWaitsAsToldIsAllowedAndNotAMomentSooner(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l, c := drawLimit(t), newClock()
		p := newProcess(100, c.now)
		ask := func() Result { return p.take([]bucket{{key: "a", limit: l}})[0] }
		for i := range l.Burst {
			if r := ask(); !r.Allowed || r.Remaining != l.Burst-i-1 {
				t.Fatalf("request %d of a burst of %d: %+v", i+1, l.Burst, r)
			}
		}
		refused := ask()
		if refused.Allowed || refused.RetryAfter <= 0 || refused.ResetAfter < refused.RetryAfter {
			t.Fatalf("after the burst: %+v", refused)
		}
		c.advance(refused.RetryAfter - 1)
		if r := ask(); r.Allowed || r.RetryAfter != 1 {
			t.Fatalf("a nanosecond too soon: %+v", r)
		}
		c.advance(1)
		if r := ask(); !r.Allowed {
			t.Fatalf("in time: %+v", r)
		}
		c.advance(ask().ResetAfter)
		if r := ask(); r.Remaining != l.Burst-1 {
			t.Fatalf("after the reset: %+v", r)
		}
	})
}

func TestTheProcessRemembersTheLatestAndIsBounded(t *testing.T) {
	t.Parallel()
	c := newClock()
	p := newProcess(100, c.now)
	ask := func(key string) Result { return p.take([]bucket{{key: key, limit: hourly(1)}})[0] }
	ask("steady")
	for i := range 1000 {
		ask(fmt.Sprint(i))
		if i%40 == 0 && ask("steady").Allowed {
			t.Fatalf("after %d other keys the limit of one in use was forgotten", i)
		}
		if n := len(p.young) + len(p.old); n > 100 {
			t.Fatalf("%d keys remembered; the bound is 100", n)
		}
	}
	for i := 951; i < 1000; i++ {
		if ask(fmt.Sprint(i)).Allowed {
			t.Fatalf("key %d, among the latest half, was forgotten", i)
		}
	}
}

func TestManyAtOnceInTheProcessGetTheBurstAndNoMore(t *testing.T) {
	t.Parallel()
	p := newProcess(100, newClock().now)
	var allowed [8]int
	var all sync.WaitGroup
	for i := range allowed {
		all.Go(func() {
			for range 100 {
				if strictest(p.take([]bucket{{key: "a", limit: hourly(50)}, {key: "b", limit: hourly(400)}})).Allowed {
					allowed[i]++
				}
			}
		})
	}
	all.Wait()
	n := 0
	for _, a := range allowed {
		n += a
	}
	if n != 50 {
		t.Errorf("%d requests passed; want 50", n)
	}
}
