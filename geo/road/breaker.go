package road

import (
	"sync"
	"time"
)

const (
	failuresToOpen = 3 // in a row
	coolDown       = 30 * time.Second
)

// breaker keeps work from waiting for an engine that does not answer (Nygard, "Release It!", circuit breaker). The zero state is closed: the
// engine is asked. Open, one question per cool-down tries whether it works again. (sony/gobreaker reads the clock by itself, which tests
// could then not set.)
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int
	retryAt  time.Time // while open
}

// allow reports whether to ask. Whoever asks calls worked, failed or forgive afterwards.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < failuresToOpen {
		return true
	}
	now := b.now()
	if now.Before(b.retryAt) {
		return false
	}
	b.retryAt = now.Add(coolDown) // the others wait for what this one finds
	return true
}

func (b *breaker) worked() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures = 0
}

func (b *breaker) failed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures++
	if b.failures >= failuresToOpen {
		b.retryAt = b.now().Add(coolDown)
	}
}

// forgive ends a question that found nothing out: an open breaker may be tried at once.
func (b *breaker) forgive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures >= failuresToOpen {
		b.retryAt = b.now()
	}
}
