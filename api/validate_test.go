package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestEveryFaultOfABodyIsToldAtOnceWithItsPointer(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	body := `{"name":"","level":9,"kind":"teleport","code":"A1","day":"2026-02-30","duration":"1h30","tags":["x","x"],"id":"` + thingID + `",
		"metadata":{"a":"123456","b":"1","c":"2"},"price":0,"a/b~c":1,"windows":[{"start":"2026-11-23T09:00:00+01:00","finish":1},{"start":17,"end":null}]}`
	p := refused(t, s.ask("POST", "/v1/things", "client", body), 422, "invalid")
	want := map[string]string{
		"/name": "field.empty", "/level": "field.maximum", "/kind": "field.enum", "/code": "field.pattern", "/day": "field.format",
		"/duration": "field.format", "/tags": "field.not_unique", "/tags/0": "field.too_short", "/tags/1": "field.too_short",
		"/id": "field.read_only", "/metadata": "field.too_many", "/metadata/a": "field.too_long", "/price": "field.minimum",
		"/a~1b~0c": "field.unknown", "/windows/0/end": "field.required", "/windows/0/finish": "field.unknown",
		"/windows/1/start": "field.type", "/windows/1/end": "field.null",
	}
	if got := faults(p); !reflect.DeepEqual(got, want) {
		t.Errorf("faults\n%v\nwant\n%v", got, want)
	}
	if s.calls != 0 {
		t.Error("the handler was called")
	}
	for _, f := range p.Errors {
		if f.Detail == f.Code || strings.ContainsAny(f.Detail, "{}") && f.Code != "field.pattern" {
			t.Errorf("%s has no whole sentence: %q", f.Code, f.Detail)
		}
	}
}

func TestOfSeveralFormsTheNearestOneIsExplained(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for at, want := range map[string]map[string]string{
		`"yesterday"`:   {"/at": "field.format"},
		`{"lokal":"x"}`: {"/at/local": "field.required", "/at/lokal": "field.unknown"},
		`7`:             {"/at": "field.one_of"},
	} {
		body := strings.Replace(goodThing, `"level"`, `"at":`+at+`,"level"`, 1)
		if got := faults(refused(t, s.ask("POST", "/v1/things", "client", body), 422, "invalid")); !reflect.DeepEqual(got, want) {
			t.Errorf("at %s: faults %v, want %v", at, got, want)
		}
	}
}

func TestParametersAreCheckedToo(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for query, want := range map[string]map[string]string{
		"limit=0&since=yesterday&offset=3": {"?limit": "field.minimum", "?since": "field.format", "?offset": "field.unknown"},
		"limit=many":                       {"?limit": "field.unreadable"},
		"limit=1&limit=2":                  {"?limit": "field.repeated"},
		"kinds=a,c":                        {"?kinds": "field.enum"},
		"since=%00":                        {"?since": "field.format"},
	} {
		got := faults(refused(t, s.ask("GET", "/v1/things?"+query, "client", nil), 422, "invalid"))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: faults %v, want %v", query, got, want)
		}
	}
	refused(t, s.ask("GET", "/v1/things?limit=%zz", "client", nil), 400, "malformed_query")
	if got := faults(refused(t, s.ask("GET", "/v1/things/12", "client", nil), 422, "invalid")); got["?id"] != "field.format" {
		t.Errorf("faults %v, want the id's", got)
	}
	if w := s.ask("GET", "/v1/things?kinds=a,b&limit=200&since=2026-11-21T09:00:00%2B01:00", "client", nil); w.Code != 200 {
		t.Errorf("good parameters: %d %s", w.Code, w.Body)
	}
}

func TestABodyThatIsNoDocumentIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for body, want := range map[string]struct{ code, at string }{
		`{"name":}`:                             {"malformed_json", "9"},
		`{"name":"Panne"`:                       {"malformed_json", "15"},
		`{"name":"a"} {"name":"b"}`:             {"malformed_json", "14"},
		`{"name":"a","name":"b"}`:               {"duplicate_key", "name"},
		"{\"name\":\"caf\xe9\"}":                {"invalid_utf8", "12"},
		strings.Repeat("[", 40):                 {"too_deep", "32"},
		`{"name":"a"}` + "\x00":                 {"malformed_json", "12"},
		`{"windows":[{"start":"a","start":1}]}`: {"duplicate_key", "start"},
	} {
		p := refused(t, s.ask("POST", "/v1/things", "client", body), 400, want.code)
		if !strings.Contains(p.Detail, want.at) {
			t.Errorf("%s: %q does not name %s", body, p.Detail, want.at)
		}
	}
	if got := faults(refused(t, s.ask("POST", "/v1/things", "client", strings.Replace(goodThing, "Panne", `Pan\u0000ne`, 1)), 422, "invalid")); got["/name"] != "field.character" {
		t.Errorf("a zero character: %v", got)
	}
	if got := faults(refused(t, s.ask("POST", "/v1/things", "client", ""), 422, "invalid")); got[""] != "body_required" {
		t.Errorf("no body: %v", got)
	}
	refused(t, s.ask("GET", "/v1/things", "client", "{}"), 400, "body_unexpected")
}

func TestTheWrongMediaTypeIsToldTheRightOnes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, mediaType := range []string{"text/plain", "", "application/json; charset=latin1", "application/"} {
		w := s.ask("POST", "/v1/things", "client", goodThing, "Content-Type", mediaType)
		refused(t, w, 415, "unsupported_media_type")
		if w.Header().Get("Accept-Post") != "application/json" {
			t.Errorf("Accept-Post is %q", w.Header().Get("Accept-Post"))
		}
	}
	refused(t, s.ask("POST", "/v1/things", "client", goodThing, "Content-Encoding", "gzip"), 415, "unsupported_encoding")
	if w := s.ask("POST", "/v1/things", "client", goodThing, "Content-Type", "application/json; charset=UTF-8"); w.Code != 201 {
		t.Errorf("charset=UTF-8: %d %s", w.Code, w.Body)
	}
}

// endless is a body whose length nobody announced.
type endless struct{ sent int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.sent += len(p)
	return len(p), nil
}

func TestALargeBodyIsRefusedWithoutReadingIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	refused(t, s.ask("POST", "/v1/things", "client", strings.Repeat(" ", 10<<20)), 413, "body_too_large")
	body := &endless{}
	r := httptest.NewRequest(http.MethodPost, "/v1/things", io.NopCloser(body))
	r.ContentLength = -1
	r.Header.Set("Authorization", "Bearer client")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	refused(t, w, 413, "body_too_large")
	if body.sent > 4*defaultMaxBody {
		t.Errorf("%d bytes were read", body.sent)
	}
	if w := s.ask("POST", "/v1/imports", "dispatcher", strings.Repeat("a;b\n", 20000), "Content-Type", "text/csv"); w.Code != 200 {
		t.Errorf("80 kB where 100 kB are allowed: %d %s", w.Code, w.Body)
	}
	refused(t, s.ask("POST", "/v1/imports", "dispatcher", strings.Repeat("a;b\n", 30000), "Content-Type", "text/csv"), 413, "body_too_large")
	refused(t, s.ask("POST", "/v1/imports", "dispatcher", "caf\xe9", "Content-Type", "text/csv"), 400, "invalid_utf8")
}

func TestTheHandlerReadsTheBodyThatWasChecked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var got struct{ Name string }
	s.handler = func(e echo.Context) error { return e.Bind(&got) }
	s.ask("POST", "/v1/things", "client", goodThing)
	if got.Name != "Panne" {
		t.Errorf("the handler read %+v", got)
	}
	s.handler = func(e echo.Context) error {
		var wrong struct {
			Level string `json:"level"`
		}
		return e.Bind(&wrong)
	}
	if got := faults(refused(t, s.ask("POST", "/v1/things", "client", goodThing), 422, "invalid")); got["/level"] != "field.type" {
		t.Errorf("what Go's types refuse: %v", got)
	}
}

func TestOAuthErrorsAreAsItsStandardSays(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	w := s.ask("POST", "/oauth/token", "", "grant_type=password", form...)
	var got map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 400 || got["error"] != "unsupported_grant_type" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %s (%v)", w.Code, w.Body, err)
	}
	if w := s.ask("POST", "/oauth/token", "", "grant_type=client_credentials&client_id=x", form...); w.Code != 200 || w.Body.String() != "client_credentials" {
		t.Errorf("good form: %d %s", w.Code, w.Body)
	}
	if got := s.counter.seen[len(s.counter.seen)-1].Account; got != "" {
		t.Errorf("the call counted against the name %q, though its secret cannot be guessed", got)
	}
}

func TestProblemsSpeakTheCallersLanguage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, c := range []struct{ bearer, accept, want string }{
		{"client", "", "Certaines informations"},     // French unless told otherwise
		{"client", "en-GB,fr;q=0.5", "Some of what"}, // the call's wish
		{"dispatcher", "", "Some of what"},           // the account's
		{"dispatcher", "fr", "Certaines"},            // the call's before the account's
	} {
		headers := []string{}
		if c.accept != "" {
			headers = append(headers, "Accept-Language", c.accept)
		}
		if p := refused(t, s.ask("POST", "/v1/things", c.bearer, "{}", headers...), 422, "invalid"); !strings.HasPrefix(p.Detail, c.want) {
			t.Errorf("%+v: %q", c, p.Detail)
		}
	}
}

func FuzzDocument(f *testing.F) {
	for _, seed := range []string{goodThing, `[1,2,{"a":[null,true,1e9]}]`, `{"a":1,"a":2}`, `[1 2]`, `"\ud800"`, `{"":{}}`, ` 1 `, `[,]`, `{"a" 1}`, `-`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := decodeDocument(body)
		if err != nil {
			if p := problemOf(t.Context(), err); p.Status != http.StatusBadRequest {
				t.Fatalf("%q: %v is no 400", body, err)
			}
			return
		}
		var want any
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("%q is taken though encoding/json says %v", body, err)
		}
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var got any
		if err := json.Unmarshal(raw, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q became %s (%v)", body, raw, err)
		}
	})
}

// BenchmarkValidate is one creation of about 1 KiB with ten windows, through every stage but the network and the database.
func BenchmarkValidate(b *testing.B) {
	s := newShop(b)
	s.log.Grow(1 << 20)
	window := `{"start":"2026-11-23T09:00:00+01:00","end":"2026-11-23T11:00:00+01:00"}`
	body := fmt.Sprintf(`{"name":"Panne","level":2,"kind":"repair","code":"abc","day":"2026-11-23","duration":"PT1H30M","tags":["ab","cd"],"metadata":{"a":"1"},"at":"2026-11-23T09:00:00+01:00","windows":[%s,%s,%s,%s,%s]}`, window, window, window, window, window)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		s.log.Reset()
		if w := s.ask("POST", "/v1/things", "client", body); w.Code != http.StatusCreated {
			b.Fatal(w.Code, w.Body)
		}
	}
}

// BenchmarkDocument is the decoding of that body alone.
func BenchmarkDocument(b *testing.B) {
	body := []byte(goodThing)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeDocument(body); err != nil {
			b.Fatal(err)
		}
	}
}
