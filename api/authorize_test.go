package api

import (
	"context"
	"strings"
	"testing"
	"time"

	"tournee/dispatch"
)

func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, c := range []struct {
		bearer    string
		status    int
		code      string
		challenge string
	}{
		{"", 401, "unauthenticated", `Bearer realm="tournee"`},
		{"stranger", 401, "unauthenticated", `Bearer realm="tournee", error="invalid_token"`},
		{"technician", 403, "forbidden", ""},
		{"unscoped", 403, "scope_missing", `Bearer realm="tournee", error="insufficient_scope", scope="things:write"`},
	} {
		w := s.ask("POST", "/v1/things", c.bearer, goodThing)
		refused(t, w, c.status, c.code)
		if got := w.Header().Get("WWW-Authenticate"); got != c.challenge {
			t.Errorf("%q: WWW-Authenticate %q, want %q", c.bearer, got, c.challenge)
		}
	}
	for _, bearer := range []string{"client", "dispatcher", "partner"} {
		if w := s.ask("POST", "/v1/things", bearer, goodThing); w.Code != 201 {
			t.Errorf("%s: %d %s", bearer, w.Code, w.Body)
		}
	}
	if w := s.ask("POST", "/v1/sign-in", "", `{"email":"a@example.org"}`); w.Code != 200 {
		t.Errorf("an operation open to everyone: %d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", "/v1/things", "", nil, "Authorization", "bearer client"); w.Code != 200 {
		t.Errorf("the scheme's case matters: %d", w.Code)
	}
}

func TestACallThatMayNotBeMadeIsNotLookedInto(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	refused(t, s.ask("POST", "/v1/things", "", "{"), 401, "unauthenticated")
	refused(t, s.ask("POST", "/v1/things", "technician", "{"), 403, "forbidden")
}

func TestACallerOverTheLimitIsToldWhenToComeBack(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.counter.left = 2
	for range 2 {
		if w := s.ask("GET", "/v1/things", "client", nil); w.Code != 200 || w.Header().Get("RateLimit") == "" {
			t.Fatalf("within the limit: %d, RateLimit %q", w.Code, w.Header().Get("RateLimit"))
		}
	}
	w := s.ask("GET", "/v1/things", "client", nil)
	p := refused(t, w, 429, "too_many_requests")
	if w.Header().Get("Retry-After") != "7" || !strings.Contains(p.Detail, "7") || w.Header().Get("RateLimit-Policy") == "" {
		t.Errorf("headers %v, detail %q", w.Header(), p.Detail)
	}
	refused(t, s.ask("GET", "/v1/things", "stranger", nil), 429, "too_many_requests")
	if w := s.ask("GET", "/metrics", "", nil); w.Code != 200 {
		t.Errorf("who watches over the program is limited: %d", w.Code)
	}
}

func TestWhomACallCountsAgainst(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.ask("POST", "/v1/things", "partner", goodThing)
	s.ask("GET", "/v1/things", "client", nil)
	s.ask("GET", "/v1/things", "stranger", nil)
	s.ask("POST", "/v1/sign-in", "", `{"email":" Jeanne@Example.org "}`)
	seen := s.counter.seen
	if seen[0].Key != people["partner"].ID.String() || seen[0].User != "" {
		t.Errorf("a partner counts as %+v", seen[0])
	}
	if seen[1].User != people["client"].ID.String() || seen[1].Key != "" {
		t.Errorf("a client counts as %+v", seen[1])
	}
	if seen[2].User != "" || seen[2].Key != "" || !seen[2].Address.IsValid() {
		t.Errorf("a refused token counts as %+v", seen[2])
	}
	if seen[3].Account != "jeanne@example.org" || seen[3].User != "" {
		t.Errorf("a sign-in counts against %+v", seen[3])
	}
}

// keyring refuses every bearer and counts how often it was asked.
type keyring struct{ asked int }

func (k *keyring) Authenticate(context.Context, string) (dispatch.Principal, error) {
	k.asked++
	return dispatch.Principal{}, &dispatch.Error{Kind: dispatch.KindUnauthenticated, Code: "api_key_invalid"}
}

func TestManyMadeUpAPIKeysAreRefusedWithoutLookingThemUp(t *testing.T) {
	t.Parallel()
	k, now := &keyring{}, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	s := newShop(t, func(c *Config) { c.Identity, c.Now = k, func() time.Time { return now } })
	for range 100 {
		s.ask("GET", "/v1/things", "trn_madeup", nil)
	}
	w := s.ask("GET", "/v1/things", "trn_madeup", nil)
	refused(t, w, 429, "too_many_requests")
	if w.Header().Get("Retry-After") == "" || w.Header().Get("RateLimit") == "" || k.asked != 60 {
		t.Errorf("%d of 101 keys were looked up, headers %v", k.asked, w.Header())
	}
	refused(t, s.ask("GET", "/v1/things", "a token", nil), 401, "api_key_invalid")
}
