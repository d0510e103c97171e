package limit

import (
	"sync"
	"time"
)

const (
	failuresToOpen = 5           // in a row
	coolDown       = time.Second // before the store is tried again, by one request
)

// transition is what an answer did to the breaker.
type transition uint8

const (
	unchanged transition = iota
	opened
	closed
)

// breaker keeps requests from waiting for a store that does not answer (Nygard, "Release It!", circuit breaker). The zero state is
// closed: the store is asked.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int
	open     bool
	retryAt  time.Time // while open
}

// allow reports whether to ask the store: always while closed; while open, one request per cool-down.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return true
	}
	now := b.now()
	if now.Before(b.retryAt) {
		return false
	}
	b.retryAt = now.Add(coolDown)
	return true
}

// done takes the outcome of a question that allow let through.
func (b *breaker) done(err error) transition {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.failures = 0
		if !b.open {
			return unchanged
		}
		b.open = false
		return closed
	}
	b.failures++
	if b.open || b.failures < failuresToOpen {
		return unchanged
	}
	b.open = true
	b.retryAt = b.now().Add(coolDown)
	return opened
}
