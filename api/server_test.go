package api

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"tournee/api/limit"
	"tournee/dispatch"
)

//go:embed testdata/small.yaml
var smallContract []byte

// The people of these tests.
var (
	organization = uuid.MustParse("0193a5c2-7b3e-7000-8000-000000000001")
	thingID      = "0193a5c2-7b3e-7019-9c41-2f6d8e0b1a19"
	people       = map[string]dispatch.Principal{
		"client":     {OrganizationID: organization, Role: dispatch.RoleClient, ID: uuid.UUID{1}, ClientID: uuid.UUID{11}},
		"dispatcher": {OrganizationID: organization, Role: dispatch.RoleDispatcher, ID: uuid.UUID{2}, Locale: "en"},
		"technician": {OrganizationID: organization, Role: dispatch.RoleTechnician, ID: uuid.UUID{3}},
		"partner":    {OrganizationID: organization, Role: dispatch.RolePartner, ID: uuid.UUID{4}, Scopes: []string{"things:write"}},
		"unscoped":   {OrganizationID: organization, Role: dispatch.RolePartner, ID: uuid.UUID{5}},
	}
)

// directory knows the people by their token, and can forget one.
type directory struct{ gone sync.Map }

func (d *directory) Authenticate(_ context.Context, bearer string) (dispatch.Principal, error) {
	p, ok := people[bearer]
	if _, gone := d.gone.Load(bearer); !ok || gone {
		return dispatch.Principal{}, &dispatch.Error{Kind: dispatch.KindUnauthenticated, Code: "unauthenticated"}
	}
	return p, nil
}

// counter lets a number of calls through and remembers who they counted against.
type counter struct {
	mu   sync.Mutex
	left int
	seen []limit.Caller
}

func (c *counter) Allow(_ context.Context, class limit.Class, who limit.Caller) limit.Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left--
	c.seen = append(c.seen, who)
	return limit.Result{Name: class.Name + "-user", Limit: class.Caller, Allowed: c.left >= 0, Remaining: max(c.left, 0), RetryAfter: 7 * time.Second}
}

// shop is a server over the small contract, with what its handlers were given.
type shop struct {
	*Server
	people  *directory
	counter *counter
	handler echo.HandlerFunc // of createThing and createKey
	calls   int
	log     *strings.Builder
}

func newShop(t testing.TB, change ...func(*Config)) *shop {
	t.Helper()
	s := &shop{people: &directory{}, counter: &counter{left: 1 << 30}, log: &strings.Builder{}}
	s.handler = func(e echo.Context) error {
		e.Response().Header().Set("ETag", etag(1))
		e.Response().Header().Set("Location", "/v1/things/"+thingID)
		return e.JSON(http.StatusCreated, map[string]string{"id": thingID})
	}
	config := Config{
		Spec: smallContract, Identity: s.people, Limiter: s.counter, Registry: prometheus.NewRegistry(), Events: &ledger{}, Repeater: noRepeats{},
		Log: slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: time.Now,
		Routes: s.routes,
	}
	for _, c := range change {
		c(&config)
	}
	server, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = server
	return s
}

// noRepeats runs every call.
type noRepeats struct{}

func (noRepeats) Once(ctx context.Context, _ dispatch.Principal, _ dispatch.IdempotencyKey, fn func(context.Context) (dispatch.Answer, error)) (dispatch.Answer, bool, error) {
	a, err := fn(ctx)
	return a, false, err
}

func (s *shop) routes(e *echo.Echo, streams *Streams) {
	made := func(e echo.Context) error { s.calls++; return s.handler(e) }
	e.POST("/v1/things", made)
	e.POST("/v1/keys", made)
	e.GET("/v1/things", func(e echo.Context) error { return e.JSON(http.StatusOK, []string{}) })
	e.GET("/v1/things/:id", func(e echo.Context) error {
		e.Response().Header().Set("ETag", etag(3))
		return e.JSON(http.StatusOK, map[string]string{"id": e.Param("id")})
	})
	e.PATCH("/v1/things/:id", func(e echo.Context) error {
		var given *string
		if h := e.Request().Header.Get("If-Match"); h != "" {
			given = &h
		}
		v, err := version(given, "thing")
		if err != nil {
			return err
		}
		if v != 0 && v != 3 {
			return dispatch.Stale("thing")
		}
		return e.NoContent(http.StatusOK)
	})
	ok := func(e echo.Context) error { return e.NoContent(http.StatusOK) }
	e.POST("/v1/imports", ok)
	e.POST("/v1/sign-in", ok)
	e.POST("/oauth/token", func(e echo.Context) error { return e.String(http.StatusOK, e.FormValue("grant_type")) })
	e.GET("/v1/events", func(e echo.Context) error {
		ctx := e.Request().Context()
		return streams.Serve(ctx, e.Response(), Stream{
			Bearer: callOf(ctx).bearer, Principal: principal(ctx), Filter: dispatch.EventFilterFor(principal(ctx), nil),
			LastEventID: e.Request().Header.Get("Last-Event-ID"), Render: func(e dispatch.Event) ([]byte, error) { return json.Marshal(e.Kind) },
		})
	})
}

// ask makes a call; headers are pairs. A bearer named "" stays away, and a body that is no reader is JSON.
func (s *shop) ask(method, path, bearer string, body any, headers ...string) *httptest.ResponseRecorder {
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			panic(err)
		}
		r = strings.NewReader(string(raw))
	}
	request := httptest.NewRequest(method, path, r)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, request)
	return w
}

const goodThing = `{"name":"Panne","level":2,"windows":[{"start":"2026-11-23T09:00:00+01:00","end":"2026-11-23T11:00:00+01:00"}]}`

// refused checks that an answer is the problem document of that status and code, and gives it.
func refused(t *testing.T, w *httptest.ResponseRecorder, status int, code string) problem {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != problemType {
		t.Fatalf("content type %q, want %q", got, problemType)
	}
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Code != code || p.Status != status || p.Type != problemTypes+code {
		t.Fatalf("problem %+v, want code %s and status %d", p, code, status)
	}
	if p.RequestID == "" || p.RequestID != w.Header().Get("X-Request-Id") {
		t.Fatalf("request id %q in the document, %q in the header", p.RequestID, w.Header().Get("X-Request-Id"))
	}
	if p.Title == "" || p.Detail == "" || p.Detail == code || strings.HasPrefix(p.Title, "title.") {
		t.Fatalf("no sentence for people in %+v", p)
	}
	return p
}

// faults are the faults of a problem, as "where code".
func faults(p problem) map[string]string {
	out := map[string]string{}
	for _, f := range p.Errors {
		where := "?" + f.Parameter
		if f.Pointer != nil {
			where = *f.Pointer
		}
		out[where] = f.Code
	}
	return out
}

func TestEveryAnswerCarriesItsRequestIDTraceAndSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	w := s.ask("GET", "/v1/things", "client", nil, "X-Request-Id", "phone-7", "Traceparent", parent)
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if got := w.Header().Get("X-Request-Id"); got != "phone-7" {
		t.Errorf("request id %q, want the caller's", got)
	}
	out, ok := parseTraceparent(w.Header().Get("Traceparent"))
	in, _ := parseTraceparent(parent)
	if !ok || out.ID != in.ID || out.Parent == in.Parent || !out.Sampled {
		t.Errorf("traceparent %q does not go on with %q", w.Header().Get("Traceparent"), parent)
	}
	for _, name := range []string{"X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "X-Frame-Options", "RateLimit", "RateLimit-Policy"} {
		if w.Header().Get(name) == "" {
			t.Errorf("header %s is missing", name)
		}
	}
	if w := s.ask("GET", "/v1/things", "client", nil, "X-Request-Id", "a b\r\nSet-Cookie: x"); w.Header().Get("X-Request-Id") == "a b\r\nSet-Cookie: x" {
		t.Error("an unsafe request id was taken over")
	}
}

func TestUnknownPathsAndMethodsAreProblems(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	refused(t, s.ask("GET", "/v1/nothing", "client", nil), 404, "no_such_path")
	w := s.ask("DELETE", "/v1/things", "client", nil)
	refused(t, w, 405, "method_not_allowed")
	if allow := w.Header().Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "POST") {
		t.Errorf("Allow is %q", allow)
	}
}

func TestAPanicAndAnUnknownErrorSayNothingButTheRequestID(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, handler := range map[string]echo.HandlerFunc{
		"panic": func(echo.Context) error { panic("the password is hunter2") },
		"error": func(echo.Context) error { return errors.New("the password is hunter2") },
	} {
		s.handler = handler
		w := s.ask("POST", "/v1/things", "client", goodThing)
		p := refused(t, w, 500, "internal")
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s: the answer tells the cause: %s", name, w.Body)
		}
		if !strings.Contains(s.log.String(), "hunter2") || !strings.Contains(s.log.String(), p.RequestID) {
			t.Errorf("%s: the log lacks the cause or the request id", name)
		}
	}
}

func TestTheLogNamesTheRouteAndTheCallerButNoValues(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.ask("GET", "/v1/things/"+thingID+"?limit=7", "client", nil)
	s.ask("GET", "/v1/things?since=2026-11-21T09:00:00Z", "client", nil)
	log := s.log.String()
	for _, want := range []string{`"route":"/v1/things/:id"`, `"status":200`, `"organization_id":"` + organization.String(), `"principal_id":"01000000`, `"trace_id"`, `"ms"`, `"bytes"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	for _, secret := range []string{"2026-11-21T09", thingID, "Bearer"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log tells %q:\n%s", secret, log)
		}
	}
}

func TestMetricsCountByRoute(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.ask("GET", "/v1/things", "client", nil)
	s.ask("BREW", "/v1/pots", "client", nil)
	body := s.ask("GET", "/metrics", "", nil).Body.String()
	for _, want := range []string{
		`tournee_http_requests_total{method="GET",route="/v1/things",status="200"} 1`,
		`method="other"`, `tournee_http_request_duration_seconds_count{method="GET",route="/v1/things"} 1`, "go_goroutines",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

func TestAForwardedAddressIsBelievedFromATrustedProxyAlone(t *testing.T) {
	t.Parallel()
	for proxies, want := range map[string]string{"": "192.0.2.1", "192.0.2.0/24": "198.51.100.9", "203.0.113.0/24": "192.0.2.1"} {
		s := newShop(t, func(c *Config) {
			if proxies != "" {
				c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(proxies)}
			}
		})
		s.ask("GET", "/v1/things", "client", nil, "X-Forwarded-For", "198.51.100.9") // httptest calls from 192.0.2.1
		if got := s.counter.seen[0].Address.String(); got != want {
			t.Errorf("trusting %q: address %s, want %s", proxies, got, want)
		}
	}
}

func TestTheServerRefusesAnOperationThatNobodyGuards(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"no x-roles": func(c *Config) {
			c.Spec = []byte(strings.Replace(string(smallContract), "x-roles: [dispatcher]\n", "", 1))
		},
		"unknown role": func(c *Config) { c.Spec = []byte(strings.Replace(string(smallContract), "[dispatcher]", "[boss]", 1)) },
		"unknown class": func(c *Config) {
			c.Spec = []byte(strings.Replace(string(smallContract), "x-limit: bulk", "x-limit: huge", 1))
		},
		"no handler": func(c *Config) { c.Routes = func(*echo.Echo, *Streams) {} },
		"not in contract": func(c *Config) {
			r := c.Routes
			c.Routes = func(e *echo.Echo, s *Streams) { r(e, s); e.GET("/v1/more", e.AcquireContext().Handler()) }
		},
	} {
		s := &shop{people: &directory{}, counter: &counter{}}
		config := Config{Spec: smallContract, Routes: s.routes, Identity: s.people, Limiter: s.counter, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler), Now: time.Now}
		change(&config)
		if _, err := New(config); err == nil {
			t.Errorf("%s: the server starts", name)
		}
	}
}

func TestTheDocumentationIsWholeAndNeedsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	w := s.ask("GET", "/docs", "", nil)
	page := w.Body.String()
	for _, op := range s.contract.each() {
		if !strings.Contains(page, `<article id="`+op.id+`">`) {
			t.Errorf("operation %s is not documented", op.id)
		}
	}
	if !strings.Contains(page, `<strong>thing</strong>`) || !strings.Contains(page, `&#34;name&#34;: &#34;Panne&#34;`) {
		t.Error("the schema's description or example is missing")
	}
	for _, outside := range []string{`src="http`, `href="http`, "@import", "url("} {
		if strings.Contains(page, outside) {
			t.Errorf("the page fetches something: %s", outside)
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, sourceHash(docsScript)) {
		t.Errorf("the page's own script is not allowed by %q", policy)
	}
	if got := s.ask("GET", "/openapi.yaml", "", nil).Body.String(); got != string(smallContract) {
		t.Error("/openapi.yaml is not the contract")
	}
	if got := s.ask("GET", "/openapi.json", "", nil).Body.Bytes(); !json.Valid(got) {
		t.Error("/openapi.json is not JSON")
	}
}
