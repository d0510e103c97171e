package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"tournee/dispatch"
)

// memory keeps answers as dispatch/postgres does, and can fail its commit.
type memory struct {
	kept   map[string]dispatch.Answer
	hashes map[string][]byte
	commit error
}

func newMemory() *memory {
	return &memory{kept: map[string]dispatch.Answer{}, hashes: map[string][]byte{}}
}

func (m *memory) Once(ctx context.Context, p dispatch.Principal, k dispatch.IdempotencyKey, fn func(context.Context) (dispatch.Answer, error)) (dispatch.Answer, bool, error) {
	at := p.ID.String() + k.Operation + k.Key
	if a, ok := m.kept[at]; ok {
		if !bytes.Equal(m.hashes[at], k.Hash) {
			return dispatch.Answer{}, false, dispatch.KeyReused()
		}
		return a, true, nil
	}
	a, err := fn(ctx)
	if err == nil {
		err = m.commit
	}
	if err == nil && a.Kept() {
		m.kept[at], m.hashes[at] = a, k.Hash
	}
	return a, false, err
}

func TestARepeatedPostIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *Config) { c.Repeater = newMemory() })
	first := s.ask("POST", "/v1/things", "client", goodThing, "Idempotency-Key", "k")
	reordered := strings.Replace(`{"windows":W,"level": 2, "name":"Panne"}`, "W", goodThing[strings.Index(goodThing, "["):len(goodThing)-1], 1)
	for _, body := range []string{goodThing, reordered} {
		again := s.ask("POST", "/v1/things", "client", body, "Idempotency-Key", "k")
		if again.Code != 201 || again.Body.String() != first.Body.String() || again.Header().Get("Location") != first.Header().Get("Location") || again.Header().Get("ETag") != `"1"` {
			t.Errorf("the repeat: %d %s %v; the first: %d %s", again.Code, again.Body, again.Header(), first.Code, first.Body)
		}
		if again.Header().Get("Idempotent-Replayed") != "true" || first.Header().Get("Idempotent-Replayed") != "" {
			t.Error("the repeat is not marked as one, or the first is")
		}
	}
	if s.calls != 1 {
		t.Errorf("the handler ran %d times", s.calls)
	}
	other := strings.Replace(goodThing, "Panne", "Virus", 1)
	if got := faults(refused(t, s.ask("POST", "/v1/things", "client", other, "Idempotency-Key", "k"), 422, "idempotency_key_reused")); got["?Idempotency-Key"] == "" {
		t.Errorf("faults %v do not name the header", got)
	}
	refused(t, s.ask("POST", "/v1/things", "client", goodThing, "Idempotency-Key", "a b"), 422, "invalid")
	if w := s.ask("POST", "/v1/things", "dispatcher", goodThing, "Idempotency-Key", "k"); w.Code != 201 || s.calls != 2 {
		t.Errorf("somebody else's key: %d, %d calls", w.Code, s.calls)
	}
}

func TestARefusalIsKeptAndAFaultOfOursIsNot(t *testing.T) {
	t.Parallel()
	m := newMemory()
	s := newShop(t, func(c *Config) { c.Repeater = m })
	s.handler = func(echo.Context) error { return dispatch.NotFound("site") }
	first := s.ask("POST", "/v1/things", "client", goodThing, "Idempotency-Key", "k")
	refused(t, first, 404, "not_found")
	again := s.ask("POST", "/v1/things", "client", goodThing, "Idempotency-Key", "k")
	if again.Body.String() != first.Body.String() || again.Header().Get("Content-Type") != problemType || s.calls != 1 {
		t.Errorf("the repeat of a refusal: %s, %d calls", again.Body, s.calls)
	}
	for _, err := range []error{errors.New("on fire"), dispatch.Conflict("busy", nil)} {
		s.handler = func(echo.Context) error { return err }
		s.ask("POST", "/v1/things", "client", goodThing, "Idempotency-Key", "l")
	}
	if len(m.kept) != 1 {
		t.Errorf("%d answers are kept, want the 404 alone", len(m.kept))
	}
}

func TestNothingReachesTheCallerBeforeTheCommit(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *Config) {
		c.Repeater = &memory{commit: &dispatch.Error{Kind: dispatch.KindUnavailable, Code: "database_unavailable"}}
	})
	w := s.ask("POST", "/v1/things", "client", goodThing, "Idempotency-Key", "k")
	refused(t, w, 503, "database_unavailable")
	if w.Header().Get("Location") != "" || w.Header().Get("Retry-After") == "" {
		t.Errorf("headers of an answer that was not committed: %v", w.Header())
	}
}

func TestAnAnswerThatBearsASecretIsNeverKept(t *testing.T) {
	t.Parallel()
	m := newMemory()
	s := newShop(t, func(c *Config) { c.Repeater = m })
	for range 2 {
		if w := s.ask("POST", "/v1/keys", "dispatcher", nil, "Idempotency-Key", "k"); w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if s.calls != 2 || len(m.kept) != 0 {
		t.Errorf("%d calls, %d kept", s.calls, len(m.kept))
	}
}
