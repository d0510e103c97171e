package api

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// ledger is an organization's events.
type ledger struct {
	mu     sync.Mutex
	events []dispatch.Event
	asked  int
}

func (l *ledger) Events(_ context.Context, _ uuid.UUID, after dispatch.EventCursor, limit int) ([]dispatch.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	var out []dispatch.Event
	for _, e := range l.events {
		if before(after, e.Cursor) && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (l *ledger) LastEvent(context.Context, uuid.UUID) (dispatch.EventCursor, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.events) == 0 {
		return dispatch.EventCursor{Era: 1}, nil
	}
	return l.events[len(l.events)-1].Cursor, nil
}
