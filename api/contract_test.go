package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"tournee/api/limit"
	"tournee/dispatch"
	"tournee/openapi"
)

// anybody is whoever the token says: a role's name. Partners have every scope but those of "scopeless".
type anybody struct{ scopes []string }

func (a anybody) Authenticate(_ context.Context, bearer string) (dispatch.Principal, error) {
	p := dispatch.Principal{OrganizationID: organization, Role: dispatch.Role(bearer), ID: uuid.NewSHA1(uuid.Nil, []byte(bearer)), Scopes: a.scopes, Locale: "en"}
	if bearer == "scopeless" {
		p.Role, p.Scopes = dispatch.RolePartner, nil
	} else if !slices.Contains(dispatch.Roles(), p.Role) {
		return dispatch.Principal{}, &dispatch.Error{Kind: dispatch.KindUnauthenticated, Code: "unauthenticated"}
	}
	return p, nil
}

// wholeContract is a server over the real contract whose handlers do nothing: what is left is what every operation owes its callers.
type wholeContract struct {
	*shop
	called map[string]int
}

func newWholeContract(t *testing.T) *wholeContract {
	t.Helper()
	c, err := loadContract(openapi.YAML)
	if err != nil {
		t.Fatal(err)
	}
	w := &wholeContract{called: map[string]int{}}
	var scopes []string
	for _, op := range c.each() {
		scopes = append(scopes, op.scope)
	}
	server, err := New(Config{
		Spec: openapi.YAML, Identity: anybody{scopes}, Limiter: &counter{left: 1 << 30}, Repeater: newMemory(), Events: &ledger{},
		Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Routes: func(e *echo.Echo, _ *Streams) {
			for _, op := range c.each() {
				e.Add(op.route.Method, op.path, func(e echo.Context) error {
					w.called[op.id]++
					return e.NoContent(http.StatusNoContent)
				})
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.shop = &shop{Server: server}
	return w
}

// path is the operation's path with its parameters' examples.
func examplePath(op *operation) string {
	path := op.route.Path
	var query []string
	for _, p := range op.parameters {
		text := exampleText(p.Example)
		if list, ok := p.Example.([]any); ok {
			parts := make([]string, len(list))
			for i, v := range list {
				parts[i] = exampleText(v)
			}
			text = strings.Join(parts, ",")
		}
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", text)
		case p.In == "query" && p.Required:
			query = append(query, p.Name+"="+strings.NewReplacer("+", "%2B", " ", "%20").Replace(text))
		}
	}
	if len(query) > 0 {
		return path + "?" + strings.Join(query, "&")
	}
	return path
}

// exampleBody is the operation's own example of its JSON body.
func exampleBody(op *operation) map[string]any {
	if op.body == nil || op.body.Content["application/json"] == nil {
		return nil
	}
	media := op.body.Content["application/json"]
	example := media.Example
	if example == nil {
		example = media.Schema.Value.Example
	}
	raw, err := json.Marshal(example)
	if err != nil {
		panic(err)
	}
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		panic(err)
	}
	return body
}

// try calls an operation as somebody who may, with its examples, unless body says otherwise.
func (w *wholeContract) try(op *operation, body any, headers ...string) *httptest.ResponseRecorder {
	bearer := ""
	if !op.public {
		bearer = string(op.roles[0])
	}
	return w.as(op, bearer, body, headers...)
}

func (w *wholeContract) as(op *operation, bearer string, body any, headers ...string) *httptest.ResponseRecorder {
	return w.ask(op.route.Method, examplePath(op), bearer, body, headers...)
}

// own is the body that the operation's example shows, or what else it takes, or nil.
func own(op *operation) (any, []string) {
	switch body := exampleBody(op); {
	case body != nil:
		return body, nil
	case op.body == nil:
		return nil, nil
	case op.oauth:
		return "grant_type=client_credentials", []string{"Content-Type", "application/x-www-form-urlencoded"}
	}
	return "a;b\n", []string{"Content-Type", "text/csv"}
}

func TestEveryOperationTakesItsOwnExample(t *testing.T) {
	t.Parallel()
	w := newWholeContract(t)
	for _, op := range w.contract.each() {
		body, headers := own(op)
		got := w.try(op, body, headers...)
		if got.Code != http.StatusNoContent {
			t.Errorf("%s: %d %s", op.id, got.Code, got.Body)
		}
		if got.Header().Get("X-Request-Id") == "" || got.Header().Get("Traceparent") == "" {
			t.Errorf("%s: no request id or trace", op.id)
		}
		if limited := got.Header().Get("RateLimit") != "" && got.Header().Get("RateLimit-Policy") != ""; limited == op.unlimited {
			t.Errorf("%s: rate-limit headers %v", op.id, got.Header())
		}
	}
}

func TestEveryOperationAsksWhoCalls(t *testing.T) {
	t.Parallel()
	w := newWholeContract(t)
	for _, op := range w.contract.each() {
		if op.public {
			continue
		}
		for _, bearer := range []string{"", "forged"} {
			got := w.as(op, bearer, nil)
			if refused(t, got, 401, "unauthenticated"); !strings.HasPrefix(got.Header().Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s: no challenge", op.id)
			}
		}
		for _, role := range dispatch.Roles() {
			if !slices.Contains(op.roles, role) {
				refused(t, w.as(op, string(role), nil), 403, "forbidden")
			}
		}
		if op.scope != "" && slices.Contains(op.roles, dispatch.RolePartner) {
			refused(t, w.as(op, "scopeless", nil), 403, "scope_missing")
		}
		if w.called[op.id] != 0 {
			t.Errorf("%s was done for somebody who may not", op.id)
		}
	}
}

func TestEveryOperationRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := newWholeContract(t)
	for _, op := range w.contract.each() {
		if op.oauth {
			continue
		}
		separator := "?"
		if strings.Contains(examplePath(op), "?") {
			separator = "&"
		}
		bearer := ""
		if !op.public {
			bearer = string(op.roles[0])
		}
		body, headers := own(op)
		p := refused(t, w.ask(op.route.Method, examplePath(op)+separator+"no_such_parameter=1", bearer, body, headers...), 422, "invalid")
		if got := faults(p); got["?no_such_parameter"] != "field.unknown" {
			t.Errorf("%s: faults %v", op.id, got)
		}
		if example := exampleBody(op); example != nil {
			example["no_such_field"] = 1
			if got := faults(refused(t, w.try(op, example), 422, "invalid")); got["/no_such_field"] != "field.unknown" {
				t.Errorf("%s: faults %v", op.id, got)
			}
		}
		if w.called[op.id] != 0 {
			t.Errorf("%s was done all the same", op.id)
		}
	}
}

func TestEveryOperationWithABodyBoundsAndReadsIt(t *testing.T) {
	t.Parallel()
	w := newWholeContract(t)
	large := strings.Repeat("x", 10<<20)
	for _, op := range w.contract.each() {
		if op.body == nil || op.oauth {
			continue
		}
		refused(t, w.try(op, large), 413, "body_too_large")
		refused(t, w.try(op, "x", "Content-Type", "image/png"), 415, "unsupported_media_type")
		if exampleBody(op) == nil {
			continue
		}
		for _, broken := range []string{"{", "{} {}", `{"a":1,}`, "nil", "{'a':1}"} {
			refused(t, w.try(op, broken), 400, "malformed_json")
		}
		refused(t, w.try(op, `{"a":1,"a":2}`), 400, "duplicate_key")
		refused(t, w.try(op, "{\"a\":\"\xff\"}"), 400, "invalid_utf8")
		if got := faults(refused(t, w.try(op, `[]`), 422, "invalid")); got[""] != "field.type" {
			t.Errorf("%s takes a list: %v", op.id, got)
		}
		if w.called[op.id] != 0 {
			t.Errorf("%s was done all the same", op.id)
		}
	}
}

func TestEveryPostTakesAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	w := newWholeContract(t)
	for _, op := range w.contract.each() {
		if op.route.Method != http.MethodPost {
			continue
		}
		body, headers := own(op)
		headers = append(headers, "Idempotency-Key", "call-1")
		for range 2 {
			if got := w.try(op, body, headers...); got.Code != http.StatusNoContent {
				t.Errorf("%s: %d %s", op.id, got.Code, got.Body)
			}
		}
		want := 1
		if op.secret || op.public {
			want = 2 // never kept
		}
		if w.called[op.id] != want {
			t.Errorf("%s was done %d times, want %d", op.id, w.called[op.id], want)
		}
		if want == 2 {
			continue
		}
		if example := exampleBody(op); example != nil {
			raw, err := json.Marshal(example)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.try(op, string(raw)+" \n", headers...); got.Header().Get("Idempotent-Replayed") != "true" {
				t.Errorf("%s: the same call written otherwise is not a repeat: %d %s", op.id, got.Code, got.Body)
			}
		}
	}
}

func TestEveryOperationIsLimitedByItsClass(t *testing.T) {
	t.Parallel()
	w := newWholeContract(t)
	w.config.Limiter = &counter{}
	for _, op := range w.contract.each() {
		body, headers := own(op)
		got := w.try(op, body, headers...)
		switch {
		case op.unlimited:
			if got.Code != http.StatusNoContent {
				t.Errorf("%s: %d, though nothing limits it", op.id, got.Code)
			}
		case got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "":
			t.Errorf("%s: %d %v", op.id, got.Code, got.Header())
		case !strings.Contains(got.Header().Get("RateLimit-Policy"), op.class.Name):
			t.Errorf("%s: policy %s, want class %s", op.id, got.Header().Get("RateLimit-Policy"), op.class.Name)
		}
	}
}

func TestProblemsAreWhatTheContractSays(t *testing.T) {
	t.Parallel()
	w := newWholeContract(t)
	schema := w.contract.doc.Components.Schemas["Problem"].Value
	for _, op := range w.contract.each() {
		if op.oauth || op.public {
			continue
		}
		for _, got := range []*httptest.ResponseRecorder{w.as(op, "", nil), w.try(op, "{"), w.try(op, map[string]any{"no_such_field": 1})} {
			var document any
			if err := json.Unmarshal(got.Body.Bytes(), &document); err != nil {
				t.Fatalf("%s: %s: %v", op.id, got.Body, err)
			}
			if err := schema.VisitJSON(document, bodyOptions...); err != nil {
				t.Fatalf("%s: %s: %v", op.id, got.Body, err)
			}
		}
	}
}

// guard against a class of which the limiter knows nothing.
var _ Limiter = (*limit.Limiter)(nil)
