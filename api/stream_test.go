package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"tournee/dispatch"
)

// ledger is an organization's events.
type ledger struct {
	mu     sync.Mutex
	events []dispatch.Event
	asked  int
}

func (l *ledger) Events(_ context.Context, _ uuid.UUID, filter dispatch.EventFilter, after dispatch.EventCursor, limit int) ([]dispatch.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	var out []dispatch.Event
	for _, e := range l.events {
		if before(after, e.Cursor) && len(out) < limit && filter.Shows(e) {
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

// readings is how often the events were read.
func (l *ledger) readings() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

// happen adds n events about the client (the zero UUID: about nobody's).
func (l *ledger) happen(n int, client uuid.UUID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		i := len(l.events) + 1
		l.events = append(l.events, dispatch.Event{Cursor: dispatch.EventCursor{Era: 1, Transaction: uint64(i), ID: int64(i)}, Kind: "visit.planned", ClientID: client})
	}
}

// pipe is a reader's end of a connection; it can be stopped from taking anything.
type pipe struct {
	mu      sync.Mutex
	text    strings.Builder
	blocked chan struct{} // nil: takes everything
	status  int
}

func (p *pipe) Header() http.Header    { return http.Header{} }
func (p *pipe) WriteHeader(status int) { p.status = status }
func (p *pipe) Flush()                 {}
func (p *pipe) Write(b []byte) (int, error) {
	if p.blocked != nil {
		<-p.blocked
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *pipe) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

var idLine = regexp.MustCompile(`id: (\S+)\nevent: visit\.planned\ndata: (\S+)\n\n`)

// got are the numbers of the events that the reader has received.
func (p *pipe) got() []string {
	var out []string
	for _, m := range idLine.FindAllStringSubmatch(p.String(), -1) {
		out = append(out, m[1])
	}
	return out
}

// room is a set of streams over one ledger, inside a bubble of its own time.
type room struct {
	*Streams
	t      *testing.T
	ledger *ledger
	people *directory
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, ledger: &ledger{}, people: &directory{}}
	r.Streams = NewStreams(r.ledger, r.people, prometheus.NewGauge(prometheus.GaugeOpts{Name: "streams"}), slog.New(slog.DiscardHandler))
	return r
}

// follow opens a stream and gives its reader's end, what ends it from the reader's side, and what it ended with.
func (r *room) follow(who, lastEventID string, blocked chan struct{}) (*pipe, context.CancelFunc, chan error) {
	ctx, leave := context.WithCancel(r.t.Context())
	p, ended := &pipe{blocked: blocked}, make(chan error, 1)
	go func() {
		ended <- r.Serve(ctx, p, Stream{
			Bearer: who, Principal: people[who], Filter: dispatch.EventFilterFor(people[who], nil), LastEventID: lastEventID,
			Render: func(e dispatch.Event) ([]byte, error) { return fmt.Appendf(nil, "%d", e.Cursor.ID), nil },
		})
	}()
	synctest.Wait()
	return p, leave, ended
}

func TestAReaderHearsWhatHappensAndComesBackWithoutLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		defer r.Close()
		r.ledger.happen(3, uuid.Nil)
		first, leave, ended := r.follow("dispatcher", "", nil)
		r.ledger.happen(2, uuid.Nil)
		time.Sleep(feedInterval)
		synctest.Wait()
		if got := fmt.Sprint(first.got()); got != "[1.4.4 1.5.5]" {
			t.Errorf("a new reader hears %s", got)
		}
		if !strings.HasPrefix(first.String(), "retry: 3000\nid: 1.3.3\n\n") {
			t.Errorf("the stream begins with %q", first.String()[:40])
		}
		leave()
		if err := <-ended; err != nil {
			t.Errorf("a reader who leaves: %v", err)
		}
		r.ledger.happen(eventsPerPage+7, uuid.Nil)
		second, leave, _ := r.follow("dispatcher", "1.4.4", nil)
		defer leave()
		if got := second.got(); len(got) != eventsPerPage+8 || got[0] != "1.5.5" {
			t.Errorf("back again it hears %d events", len(got))
		}
	})
}

func TestAWakeUpIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		defer r.Close()
		p, leave, _ := r.follow("dispatcher", "", nil)
		defer leave()
		r.ledger.happen(1, uuid.Nil)
		r.Wake(organization)
		synctest.Wait()
		if len(p.got()) != 1 {
			t.Error("the event waits for the next turn")
		}
	})
}

func TestOneFeedServesAllReadersOfAnOrganization(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		defer r.Close()
		var all []*pipe
		for _, who := range []string{"dispatcher", "client", "technician", "dispatcher"} {
			p, leave, _ := r.follow(who, "", nil)
			defer leave() //nolint:gocritic // all of them stay until the test ends
			all = append(all, p)
		}
		r.ledger.happen(1, people["client"].ClientID)
		r.ledger.happen(1, uuid.UUID{99})
		asked := r.ledger.readings()
		r.Wake(organization)
		synctest.Wait()
		if n := r.ledger.readings() - asked; n != 1 {
			t.Errorf("the events were read %d times for four readers", n)
		}
		if len(all[0].got()) != 2 || len(all[3].got()) != 2 {
			t.Errorf("the dispatchers hear %v and %v, want both events", all[0].got(), all[3].got())
		}
		if got := fmt.Sprint(all[1].got()); got != "[1.1.1]" {
			t.Errorf("the client hears %s, want their own event", got)
		}
		time.Sleep(heartbeat)
		synctest.Wait()
		if !strings.Contains(all[1].String(), ": heartbeat\nid: 1.2.2\n") {
			t.Errorf("the heartbeat does not move the client past what is not theirs: %q", all[1].String())
		}
	})
}

func TestAStreamEndsWithItsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		defer r.Close()
		p, _, ended := r.follow("dispatcher", "", nil)
		time.Sleep(3 * heartbeat)
		r.people.gone.Store("dispatcher", true)
		time.Sleep(heartbeat)
		if err := <-ended; err != nil || !strings.HasSuffix(p.String(), "event: end\ndata: {\"code\":\"unauthenticated\"}\n\n") {
			t.Errorf("%v, %q", err, p.String())
		}
	})
}

func TestAReaderTooSlowIsDroppedAndTheOthersAreNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		defer r.Close()
		blocked := make(chan struct{}, 1)
		blocked <- struct{}{} // its first write passes
		slow, _, ended := r.follow("client", "", blocked)
		fast, leave, _ := r.follow("dispatcher", "", nil)
		defer leave()
		for range streamBuffer + 10 {
			r.ledger.happen(1, people["client"].ClientID)
			r.Wake(organization)
			synctest.Wait()
		}
		if len(fast.got()) != streamBuffer+10 {
			t.Errorf("the fast reader hears %d events", len(fast.got()))
		}
		close(blocked)
		if err := <-ended; err != nil || !strings.Contains(slow.String(), `{"code":"too_slow"}`) {
			t.Errorf("%v, %q", err, slow.String())
		}
		last := slow.got()[len(slow.got())-1]
		back, leaveAgain, _ := r.follow("client", last, nil)
		defer leaveAgain()
		if n := len(slow.got()) + len(back.got()); n != streamBuffer+10 {
			t.Errorf("before and after the break together %d events, want %d", n, streamBuffer+10)
		}
	})
}

func TestClosingEndsEveryStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		var ends []chan error
		var pipes []*pipe
		for range 3 {
			p, _, ended := r.follow("dispatcher", "", nil)
			ends, pipes = append(ends, ended), append(pipes, p)
		}
		r.Close()
		r.Close()
		for i, ended := range ends {
			if err := <-ended; err != nil || !strings.Contains(pipes[i].String(), `{"code":"shutting_down"}`) {
				t.Errorf("%v, %q", err, pipes[i].String())
			}
		}
		if len(r.feeds) != 0 || len(r.callers) != 0 {
			t.Errorf("%d feeds and %d callers are left", len(r.feeds), len(r.callers))
		}
	})
}

func TestStreamsThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		defer r.Close()
		for _, id := range []string{"7", "1.2", "a.b.c", "1.2.3.4", "-1.2.3", "1.2.99999999999999999999"} {
			if _, _, ended := r.follow("client", id, nil); dispatch.KindOf(<-ended) != dispatch.KindInvalid {
				t.Errorf("Last-Event-ID %s is taken", id)
			}
		}
		for range streamsPerCaller {
			_, leave, _ := r.follow("client", "", nil)
			defer leave() //nolint:gocritic // all of them stay until the test ends
		}
		if _, _, ended := r.follow("client", "", nil); dispatch.CodeOf(<-ended) != "too_many_streams" {
			t.Error("one stream too many is opened")
		}
		_, leave, _ := r.follow("dispatcher", "", nil)
		leave()
	})
}

func TestComingBackReadsTheReadersOwnHistoryAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		defer r.Close()
		r.ledger.happen(3*eventsPerPage, uuid.Nil)
		r.ledger.happen(1, people["client"].ClientID)
		r.ledger.happen(eventsPerPage, uuid.Nil)
		p, leave, _ := r.follow("client", "0.0.0", nil)
		defer leave()
		if got := fmt.Sprint(p.got()); got != "[1.1501.1501]" {
			t.Errorf("the reader is told %s", got)
		}
		if n := r.ledger.readings(); n != 1 {
			t.Errorf("%d pages were read for one event", n)
		}
		time.Sleep(heartbeat)
		synctest.Wait()
		if !strings.Contains(p.String(), ": heartbeat\nid: 1.2001.2001\n") {
			t.Errorf("the reader would read it all again: %q", p.String())
		}
	})
}

func TestALongHistoryIsNotReadToTheEndForSomebodySignedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		defer r.Close()
		r.ledger.happen((pagesPerLook+5)*eventsPerPage, uuid.Nil)
		r.people.gone.Store("dispatcher", true)
		p, _, ended := r.follow("dispatcher", "0.0.0", nil)
		if err := <-ended; err != nil || !strings.Contains(p.String(), `{"code":"unauthenticated"}`) || len(p.got()) != pagesPerLook*eventsPerPage {
			t.Errorf("%v, after %d events", err, len(p.got()))
		}
	})
}

func TestAStreamWaitsForNoBody(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := errors.Join(s.Shutdown(context.WithoutCancel(t.Context())), <-served); err != nil {
			t.Error(err)
		}
	})
	for length, want := range map[string]string{"10": "HTTP/1.1 400", "0": "HTTP/1.1 200"} {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(c, "GET /v1/events HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer client\r\nContent-Length: %s\r\n\r\n", length)
		if err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, len(want))
		if _, err := io.ReadFull(c, answer); err != nil || string(answer) != want {
			t.Errorf("a body of %s announced and none sent: %q, %v", length, answer, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// deadlines remembers the deadline of reading that a connection was given last.
type deadlines struct {
	*pipe
	read time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error { d.read = t; return nil }

func TestAStreamThatHasBegunHasNoDeadlineOfReading(t *testing.T) {
	t.Parallel()
	w := &deadlines{pipe: &pipe{}, read: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	o := &eventWriter{w: w, connection: http.NewResponseController(w)}
	if err := o.begin(); err != nil || !w.read.IsZero() {
		t.Errorf("it ends at %s (%v)", w.read, err)
	}
}
