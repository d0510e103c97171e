package api

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"tournee/dispatch"
)

func TestAChangeSaysWhichVersionItsAuthorRead(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	path := "/v1/things/" + thingID
	refused(t, s.ask("PATCH", path, "dispatcher", "{}"), 428, "version_required")
	for _, stale := range []string{`"2"`, `W/"3"`, `"three"`, `3`, `"03"`, `"-3"`, `""`} {
		refused(t, s.ask("PATCH", path, "dispatcher", "{}", "If-Match", stale), 412, "stale_version")
	}
	for _, current := range []string{`"3"`, `*`, `"2", "3"`, ` "3" `} {
		if w := s.ask("PATCH", path, "dispatcher", "{}", "If-Match", current); w.Code != 200 {
			t.Errorf("If-Match %s: %d %s", current, w.Code, w.Body)
		}
	}
}

func TestAReaderWhoHasTheRecordGetsNoSecondCopy(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	path := "/v1/things/" + thingID
	w := s.ask("GET", path, "client", nil, "If-None-Match", `"2", W/"3"`)
	if w.Code != 304 || w.Body.Len() != 0 || w.Header().Get("ETag") != `"3"` {
		t.Errorf("%d, %d bytes, ETag %s", w.Code, w.Body.Len(), w.Header().Get("ETag"))
	}
	if w := s.ask("GET", path, "client", nil, "If-None-Match", `"2"`); w.Code != 200 || w.Body.Len() == 0 {
		t.Errorf("an older copy: %d", w.Code)
	}
	if !strings.Contains(s.log.String(), `"status":304`) {
		t.Error("the log does not tell the 304")
	}
}

func TestCursorsComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := dispatch.Cursor{ID: uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))}
		if rapid.Bool().Draw(t, "changes") {
			c.At = time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "at")).UTC()
		}
		got, ok := cursorOf(*cursorText(&c))
		if !ok || got.ID != c.ID || !got.At.Equal(c.At) {
			t.Fatalf("%+v became %+v, %v", c, got, ok)
		}
		e := dispatch.EventCursor{Era: rapid.Int32Range(0, 1<<31-1).Draw(t, "era"), Transaction: rapid.Uint64Range(0, 1<<63-1).Draw(t, "tx"), ID: rapid.Int64Range(0, 1<<63-1).Draw(t, "n")}
		if got, ok := eventCursorOf(eventID(e)); !ok || got != e {
			t.Fatalf("%+v became %+v, %v", e, got, ok)
		}
	})
}

func TestAForeignCursorIsAFault(t *testing.T) {
	t.Parallel()
	since := time.Now()
	byID, byTime := cursorText(&dispatch.Cursor{ID: uuid.UUID{1}}), cursorText(&dispatch.Cursor{ID: uuid.UUID{1}, At: since})
	empty, word := "", "page-2"
	for name, c := range map[string]struct {
		cursor *string
		since  *time.Time
		ok     bool
	}{
		"a word": {&word, nil, false}, "empty": {&empty, nil, false}, "of a list of changes": {byTime, nil, false}, "of a plain list": {byID, &since, false},
		"ours": {byID, nil, true}, "ours, of changes": {byTime, &since, true},
	} {
		if _, err := page(nil, c.cursor, c.since); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	zero, many := 0, 201
	for _, limit := range []*int{&zero, &many} {
		if _, err := page(limit, nil, nil); err == nil {
			t.Errorf("a page of %d is given", *limit)
		}
	}
	if p, err := page(nil, nil, nil); err != nil || p.Limit != defaultLimit {
		t.Errorf("without a wish: %+v, %v", p, err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("AQECAwQFBgcICQoLDA0ODxA")
	f.Add("1.8841.52")
	f.Fuzz(func(t *testing.T, text string) {
		if c, ok := cursorOf(text); ok {
			if again, ok := cursorOf(*cursorText(&c)); !ok || again.ID != c.ID || !again.At.Equal(c.At) {
				t.Fatalf("%q is read as %+v, and that as %+v", text, c, again)
			}
		}
		if c, ok := eventCursorOf(text); ok {
			if again, _ := eventCursorOf(eventID(c)); again != c {
				t.Fatalf("%q is read as %+v, and that as %+v", text, c, again)
			}
		}
	})
}

func TestDurationsComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(dispatch.MaxDuration/time.Second)).Draw(t, "seconds")) * time.Second
		if got, err := dispatch.ParseDuration(durationText(d)); err != nil || got != d {
			t.Fatalf("%v is written %s and read %v (%v)", d, durationText(d), got, err)
		}
	})
	for text, want := range map[string]time.Duration{"PT1H30M": 90 * time.Minute, "P1D": 24 * time.Hour, "P1DT1S": 24*time.Hour + time.Second, "PT0S": 0, "PT90M": 90 * time.Minute} {
		if got, err := dispatch.ParseDuration(text); err != nil || got != want {
			t.Errorf("%s is %v (%v), want %v", text, got, err, want)
		}
	}
	for d, want := range map[time.Duration]string{90 * time.Minute: "PT1H30M", time.Hour: "PT1H", 0: "PT0S", 10 * time.Minute: "PT10M", 26 * time.Hour: "PT26H", time.Hour + time.Second: "PT1H0M1S"} {
		if got := durationText(d); got != want {
			t.Errorf("%v is written %s, want %s", d, got, want)
		}
	}
	for _, text := range []string{"", "P", "PT", "P1", "1H", "PT1", "P1H", "PT1D", "PT1M1H", "PT1H1H", "P1Y", "P1W", "PT1.5H", "-PT1H", "PT-1H", "pt1h", "PT99999999999999H", "P3651D", "PT1H ", "P1DT"} {
		if got, err := dispatch.ParseDuration(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func FuzzDuration(f *testing.F) {
	f.Add("PT1H30M")
	f.Add("P10DT23H59M59S")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := dispatch.ParseDuration(text)
		if err != nil {
			return
		}
		if again, err := dispatch.ParseDuration(durationText(d)); err != nil || again != d || d < 0 || d > dispatch.MaxDuration {
			t.Fatalf("%q is %v, written %s, read %v (%v)", text, d, durationText(d), again, err)
		}
	})
}

func TestTraceparentIsReadAsTheStandardSays(t *testing.T) {
	t.Parallel()
	const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	if tr, ok := parseTraceparent(good); !ok || tr.String() != good {
		t.Errorf("%s became %s, %v", good, tr, ok)
	}
	if _, ok := parseTraceparent("01" + good[2:] + "-more"); !ok {
		t.Error("a later version is not read")
	}
	for name, bad := range map[string]string{
		"nothing": "", "short": good[:54], "longer": good + "-01", "version ff": "ff" + good[2:], "upper case": strings.ToUpper(good),
		"no trace": "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "no parent": "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"not hex": strings.Replace(good, "4bf", "xyz", 1), "dashes": strings.ReplaceAll(good, "-", "_"),
	} {
		if _, ok := parseTraceparent(bad); ok {
			t.Errorf("%s: %q is taken", name, bad)
		}
	}
}

func FuzzTraceparent(f *testing.F) {
	f.Add("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	f.Fuzz(func(t *testing.T, h string) {
		tr, ok := parseTraceparent(h)
		if !ok {
			return
		}
		if again, ok := parseTraceparent(tr.String()); !ok || again != tr || tr.ID == [16]byte{} {
			t.Fatalf("%q became %s, and that %s", h, tr, again)
		}
	})
}
