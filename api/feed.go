package api

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// feedInterval is how often a feed looks for events that another process wrote; those of this one wake it.
const feedInterval = time.Second

// feed reads one organization's events while somebody follows them, and hands each to every reader. Its fields are guarded by
// Streams.mu.
type feed struct {
	at      dispatch.EventCursor // how far it has read
	readers map[*reader]bool
	wake    chan struct{} // holds one nudge
	stop    context.CancelFunc
}

// reader is one stream's end of a feed.
type reader struct {
	events chan dispatch.Event
	lost   chan struct{} // closed when the reader is too slow: what follows is not complete
	over   bool          // lost is closed
}

func (f *feed) nudge() {
	select {
	case f.wake <- struct{}{}:
	default: // one nudge is enough
	}
}

// join follows the organization, through a feed that starts at last when it is the first reader, and says from where on.
func (s *Streams) join(organization uuid.UUID, last dispatch.EventCursor) (*reader, dispatch.EventCursor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.feeds[organization]
	if f == nil {
		ctx, stop := context.WithCancel(context.Background())
		f = &feed{at: last, readers: map[*reader]bool{}, wake: make(chan struct{}, 1), stop: stop}
		s.feeds[organization] = f
		s.draining.Go(func() { s.run(ctx, organization, f) })
	}
	r := &reader{events: make(chan dispatch.Event, streamBuffer), lost: make(chan struct{})}
	f.readers[r] = true
	return r, f.at
}

// part leaves the feed; the last reader ends it.
func (s *Streams) part(organization uuid.UUID, r *reader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.feeds[organization]
	delete(f.readers, r)
	if len(f.readers) == 0 {
		f.stop()
		delete(s.feeds, organization)
	}
}

// run reads at every nudge and every interval, until the last reader has left or the streams close. A reading that fails is made again
// at the next turn: nothing is skipped, since the cursor stays.
func (s *Streams) run(ctx context.Context, organization uuid.UUID, f *feed) {
	turn := time.NewTicker(feedInterval)
	defer turn.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ended:
			return
		case <-f.wake:
		case <-turn.C:
		}
		for more := true; more; {
			events, err := s.source.Events(ctx, organization, dispatch.EventFilter{}, f.at, eventsPerPage)
			if err != nil {
				s.failed(ctx, organization, err)
				break
			}
			s.hand(f, events)
			more = len(events) == eventsPerPage
		}
	}
}

// failed logs a reading that failed, unless the feed was told to end.
func (s *Streams) failed(ctx context.Context, organization uuid.UUID, err error) {
	if ctx.Err() == nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "reading events for streams", slog.String("organization_id", organization.String()), slog.Any("error", err))
	}
}

// hand gives the events to every reader. One whose buffer is full loses its place; the others do not wait for it.
func (s *Streams) hand(f *feed, events []dispatch.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		f.at = e.Cursor
		for r := range f.readers {
			if r.over {
				continue
			}
			select {
			case r.events <- e:
			default:
				r.over = true
				close(r.lost)
			}
		}
	}
}
