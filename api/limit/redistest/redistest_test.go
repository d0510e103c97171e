package redistest

import (
	"testing"

	"github.com/redis/go-redis/v9"
)

func client(t *testing.T, s *Server) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestEachTestCountsInARedisOfItsOwn(t *testing.T) {
	t.Parallel()
	first, second := client(t, Start(t)), client(t, Start(t))
	if err := first.Incr(t.Context(), "attempts").Err(); err != nil {
		t.Fatal(err)
	}
	if have, err := second.Incr(t.Context(), "attempts").Result(); err != nil || have != 1 {
		t.Errorf("the second server counts %d (%v), want 1", have, err)
	}
}

func TestAnOutageLosesTheCountersAndComesBackOnTheSameAddress(t *testing.T) {
	t.Parallel()
	s := Start(t)
	c := client(t, s)
	if err := c.Set(t.Context(), "attempts", 7, 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if err := c.Ping(t.Context()).Err(); err == nil {
		t.Fatal("a killed server answers")
	}
	s.Restart(t)
	if err := c.Get(t.Context(), "attempts").Err(); err != redis.Nil { //nolint:errorlint // go-redis compares it so
		t.Errorf("after the outage: %v, want no counter", err)
	}
}
