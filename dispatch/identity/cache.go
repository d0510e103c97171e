package identity

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

const cacheSize = 50_000 // entries; about 20 MB when full

// cache remembers for RevocationDelay what was read, so that a busy caller does not cost a query each time.
type cache[T any] struct {
	now     func() time.Time
	mu      sync.Mutex
	entries map[uuid.UUID]entry[T]
}

type entry[T any] struct {
	value T
	until time.Time
}

func newCache[T any](now func() time.Time) *cache[T] {
	return &cache[T]{now: now, entries: map[uuid.UUID]entry[T]{}}
}

func (c *cache[T]) lookup(id uuid.UUID) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[id]
	if !ok || !c.now().Before(e.until) {
		var zero T
		return zero, false
	}
	return e.value, true
}

// keep remembers what was read at the time. A full cache first drops what is old, and if nothing is, everything.
func (c *cache[T]) keep(id uuid.UUID, value T, read time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= cacheSize {
		now := c.now()
		for k, e := range c.entries {
			if !now.Before(e.until) {
				delete(c.entries, k)
			}
		}
		if len(c.entries) >= cacheSize {
			clear(c.entries)
		}
	}
	c.entries[id] = entry[T]{value: value, until: read.Add(RevocationDelay)}
}

func (c *cache[T]) drop(id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, id)
}

func (c *cache[T]) dropWhere(matches func(T) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.entries {
		if matches(e.value) {
			delete(c.entries, k)
		}
	}
}
