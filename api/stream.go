package api

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"tournee/dispatch"
)

// How event streams go.
const (
	heartbeat         = 15 * time.Second // a comment line, so that proxies and phones keep the connection; the token is checked again too
	retryMillis       = "3000"           // how long a client waits before it comes back
	streamWrite       = 10 * time.Second // a reader that takes longer for one write is gone
	streamBuffer      = 256              // events that may wait for a slow reader
	streamsPerCaller  = 5
	eventsPerPage     = 500
	pagesPerLook      = 20 // pages of history between two looks at the token
	endShutdown       = "shutting_down"
	endTooSlow        = "too_slow"
	endAuthentication = "unauthenticated"
)

// EventSource reads an organization's events: all those of the filter, in order, below the oldest transaction still running.
type EventSource interface {
	Events(ctx context.Context, organization uuid.UUID, filter dispatch.EventFilter, after dispatch.EventCursor, limit int) ([]dispatch.Event, error)
	LastEvent(ctx context.Context, organization uuid.UUID) (dispatch.EventCursor, error)
}

// Streams are the open event streams of this process. Each organization with a reader has one feed that reads its events.
type Streams struct {
	source   EventSource
	identity Authenticator
	open     prometheus.Gauge
	log      *slog.Logger
	ended    chan struct{} // closed by Close
	end      func()

	mu       sync.Mutex
	feeds    map[uuid.UUID]*feed
	callers  map[uuid.UUID]int // streams open, by principal
	draining sync.WaitGroup    // the feeds' goroutines
}

// NewStreams are no streams yet.
func NewStreams(source EventSource, identity Authenticator, open prometheus.Gauge, log *slog.Logger) *Streams {
	s := &Streams{source: source, identity: identity, open: open, log: log, ended: make(chan struct{}), feeds: map[uuid.UUID]*feed{}, callers: map[uuid.UUID]int{}}
	s.end = sync.OnceFunc(func() { close(s.ended) })
	return s
}

// Close ends every stream, telling its reader so, and every feed. It may be called twice.
func (s *Streams) Close() {
	s.end()
	s.draining.Wait()
}

// Wake says that something happened in the organization: its feed reads now instead of at its next turn.
func (s *Streams) Wake(organization uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.feeds[organization]; f != nil {
		f.nudge()
	}
}

// Stream is one reader's stream.
type Stream struct {
	Bearer      string // looked at again at every heartbeat: the stream ends when it is no longer good
	Principal   dispatch.Principal
	Filter      dispatch.EventFilter
	LastEventID string // where the reader was before; empty: only what comes next
	Render      func(dispatch.Event) ([]byte, error)
}

// Serve writes the stream (WHATWG HTML §9.2, server-sent events) until the reader leaves, is too slow, is no longer signed in, or the
// server closes. The last event says why, as "end". Refused before it begins: a Last-Event-ID that is not ours, too many streams.
func (s *Streams) Serve(ctx context.Context, w http.ResponseWriter, want Stream) error {
	organization := want.Principal.OrganizationID
	after, resumed := dispatch.EventCursor{}, want.LastEventID != ""
	if resumed {
		var ok bool
		if after, ok = eventCursorOf(want.LastEventID); !ok {
			var faults dispatch.Faults
			faults.Add(parameterPath("header", "Last-Event-ID"), "cursor.invalid", nil)
			return faults.Err()
		}
	}
	if err := s.enter(want.Principal.ID); err != nil {
		return err
	}
	defer s.leave(want.Principal.ID)
	last, err := s.source.LastEvent(ctx, organization)
	if err != nil {
		return err
	}
	r, at := s.join(organization, last)
	defer s.part(organization, r)
	if !resumed {
		after = at
	}
	out := &eventWriter{w: w, connection: http.NewResponseController(w), want: want, after: after}
	err = out.begin()
	if err == nil && resumed {
		err = s.catchUp(ctx, out, at)
	}
	if err == nil {
		err = s.follow(ctx, out, r)
	}
	if errors.Is(err, errGone) || ctx.Err() != nil {
		return nil
	}
	return err
}

// catchUp writes what happened between the reader's cursor and now, and leaves the cursor at least where the feed was joined.
func (s *Streams) catchUp(ctx context.Context, out *eventWriter, joined dispatch.EventCursor) error {
	for page := 1; ; page++ {
		events, err := s.source.Events(ctx, out.want.Principal.OrganizationID, out.want.Filter, out.after, eventsPerPage)
		if err != nil {
			return err
		}
		if err := out.write(events...); err != nil {
			return err
		}
		if len(events) < eventsPerPage {
			break
		}
		if page%pagesPerLook == 0 && s.signedOut(ctx, out.want.Bearer) {
			return cmp.Or(out.end(endAuthentication), errGone)
		}
	}
	if before(out.after, joined) {
		out.after = joined
	}
	return nil
}

// signedOut reports whether the bearer is no longer good. A store that does not answer signs nobody out.
func (s *Streams) signedOut(ctx context.Context, bearer string) bool {
	_, err := s.identity.Authenticate(ctx, bearer)
	return err != nil && dispatch.KindOf(err) == dispatch.KindUnauthenticated
}

// follow writes what happens, until the stream ends.
func (s *Streams) follow(ctx context.Context, out *eventWriter, r *reader) error {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-s.ended:
			return out.end(endShutdown)
		case <-r.lost:
			return out.end(endTooSlow)
		case e := <-r.events:
			err = out.write(e)
		case <-beat.C:
			if s.signedOut(ctx, out.want.Bearer) {
				return out.end(endAuthentication)
			}
			err = out.beat()
		}
		if err != nil {
			return err
		}
	}
}

func (s *Streams) enter(caller uuid.UUID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.callers[caller] >= streamsPerCaller {
		return &dispatch.Error{Kind: dispatch.KindTooMany, Code: "too_many_streams", Params: map[string]any{"max": streamsPerCaller}}
	}
	s.callers[caller]++
	s.open.Inc()
	return nil
}

func (s *Streams) leave(caller uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open.Dec()
	if s.callers[caller]--; s.callers[caller] == 0 {
		delete(s.callers, caller)
	}
}

// errGone says that the reader cannot be written to any more; it comes back with the id of what it last had.
var errGone = errors.New("api: the reader of an event stream has gone")

// eventWriter writes one reader's events in the stream's format.
type eventWriter struct {
	w          http.ResponseWriter
	connection *http.ResponseController
	want       Stream
	after      dispatch.EventCursor // the last event written or left out
	buffer     bytes.Buffer
}

func (o *eventWriter) begin() error {
	h := o.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if err := o.connection.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errGone
	}
	o.w.WriteHeader(http.StatusOK)
	o.buffer.WriteString("retry: " + retryMillis + "\nid: " + eventID(o.after) + "\n\n")
	return o.flush()
}

// write writes the events that the reader may see and has not had.
func (o *eventWriter) write(events ...dispatch.Event) error {
	for _, e := range events {
		if !before(o.after, e.Cursor) {
			continue
		}
		o.after = e.Cursor
		if !o.want.Filter.Shows(e) {
			continue
		}
		data, err := o.want.Render(e)
		if err != nil {
			return err
		}
		o.buffer.WriteString("id: " + eventID(e.Cursor) + "\nevent: " + e.Kind + "\n")
		for line := range bytes.SplitSeq(data, []byte("\n")) {
			o.buffer.WriteString("data: ")
			o.buffer.Write(line)
			o.buffer.WriteByte('\n')
		}
		o.buffer.WriteByte('\n')
	}
	return o.flush()
}

// beat keeps the connection, and moves the reader's cursor past what it may not see.
func (o *eventWriter) beat() error {
	o.buffer.WriteString(": heartbeat\nid: " + eventID(o.after) + "\n\n")
	return o.flush()
}

func (o *eventWriter) end(code string) error {
	o.buffer.WriteString("event: end\ndata: {\"code\":\"" + code + "\"}\n\n")
	return o.flush()
}

func (o *eventWriter) flush() error {
	if o.buffer.Len() == 0 {
		return nil
	}
	defer o.buffer.Reset()
	if err := o.connection.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errGone
	}
	if _, err := o.w.Write(o.buffer.Bytes()); err != nil {
		return errGone
	}
	if err := o.connection.Flush(); err != nil {
		return errGone
	}
	return nil
}

// before reports whether a comes before b in the order in which events are read.
func before(a, b dispatch.EventCursor) bool {
	return cmp.Or(cmp.Compare(a.Era, b.Era), cmp.Compare(a.Transaction, b.Transaction), cmp.Compare(a.ID, b.ID)) < 0
}
