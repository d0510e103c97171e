package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tournee/dispatch/push/fcmtest"
)

// company is an organization on a running program: a technician on shift, and a household that has signed up.
type company struct {
	*program
	fcm                           *fcmtest.Server
	boss, technician, client      string // access tokens
	technicianID, clientID, shift string
	site                          string
	from, to                      time.Time // of the shift
}

const passphrase = "une carafe de tisane"

var token = regexp.MustCompile(`"token": "([^"]+)"`)

// found starts the program on an empty folder and makes a company of it, as its people would.
func found(t *testing.T) *company {
	t.Helper()
	fcm := fcmtest.Start()
	t.Cleanup(fcm.Close)
	c := &company{program: start(t, filepath.Join(newDir(t), "data"), fcm.Endpoint()), fcm: fcm}
	printed := token.FindStringSubmatch(c.out.String())
	if printed == nil {
		t.Fatalf("no token for the first administrator: %s", c.out)
	}
	var s struct {
		AccessToken string `json:"access_token"`
		Principal   struct {
			ClientID string `json:"client_id"`
		}
	}
	c.call("POST", "/v1/auth/bootstrap", "", fields{
		"token": printed[1], "organization_name": "Dépannage", "organization_slug": "depannage", "time_zone": "Europe/Paris", "locale": "fr",
		"name": "Samir Benali", "email": "samir@example.fr", "password": passphrase,
	}, &s)
	c.boss = s.AccessToken
	territory := c.made("/v1/territories", c.boss, fields{
		"name": "Paris", "polygon": [][][2]float64{{{2.2, 48.8}, {2.5, 48.8}, {2.5, 48.95}, {2.2, 48.95}, {2.2, 48.8}}},
	})
	c.made("/v1/skills", c.boss, fields{"code": "network", "name_fr": "Réseau", "name_en": "Networking"})
	c.technicianID = c.made("/v1/technicians", c.boss, fields{
		"name": "Karim Haddad", "employment": "employee", "transport": "car", "home": fields{"lat": 48.8566, "lon": 2.3922}, "time_zone": "Europe/Paris",
		"locale": "fr", "skills": []fields{{"skill": "network", "level": 3}}, "territory_ids": []string{territory},
	})
	now := time.Now().UTC().Truncate(time.Second)
	c.from, c.to = now.Add(-time.Minute), now.Add(12*time.Hour)
	c.shift = c.made("/v1/shifts", c.boss, fields{"technician_id": c.technicianID, "start": c.from, "end": c.to})
	c.made("/v1/invitations", c.boss, fields{"role": "technician", "email": "karim@example.fr", "name": "Karim Haddad", "locale": "fr", "technician_id": c.technicianID})
	c.call("POST", "/v1/auth/invitations/accept", "", fields{"token": c.link("karim@example.fr"), "password": passphrase}, &s)
	c.technician = s.AccessToken
	c.call("POST", "/v1/auth/sign-up", "", fields{"organization": "depannage", "kind": "household", "name": "Claire Moreau", "email": "claire@example.fr", "locale": "fr"}, nil)
	c.call("POST", "/v1/auth/confirm", "", fields{"token": c.link("claire@example.fr"), "password": passphrase}, &s)
	c.client, c.clientID = s.AccessToken, s.Principal.ClientID
	c.made("/v1/devices", c.technician, fields{"platform": "android", "token": "karims-phone"})
	c.made("/v1/devices", c.client, fields{"platform": "ios", "token": "claires-phone"})
	c.site = c.made("/v1/clients/"+c.clientID+"/sites", c.client, fields{
		"address":  fields{"street": "52 rue de Charonne", "postal_code": "75011", "city": "Paris", "country": "FR"},
		"position": fields{"lat": 48.85364, "lon": 2.37817},
	})
	return c
}

func (c *company) demand(minutes int) fields {
	return fields{
		"site_id": c.site, "category": "network", "description": "La box ne se connecte plus.", "mode": "on_site",
		"required_skills": []fields{{"skill": "network", "level": 2}}, "duration": fmt.Sprintf("PT%dM", minutes), "windows": []fields{{"start": c.from, "end": c.to.Add(-time.Hour)}},
	}
}

type visit struct {
	ID, Status string
	Version    int
	Assignment *struct {
		TechnicianID string `json:"technician_id"`
	}
	Eta struct{ Earliest, Latest time.Time }
}

// visitOf is the request's visit, as the client sees it.
func (c *company) visitOf(request string) visit {
	c.t.Helper()
	var list struct{ Items []visit }
	c.call("GET", "/v1/requests/"+request+"/visits", c.client, nil, &list)
	if len(list.Items) != 1 {
		c.t.Fatalf("the request has %d visits", len(list.Items))
	}
	return list.Items[0]
}

// accepted waits until the push service took n messages, and gives those to one phone.
func (c *company) accepted(n int, phone string) []fcmtest.Message {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	if _, err := c.fcm.Wait(ctx, n); err != nil {
		c.t.Fatalf("waiting for %d notices: %v", n, err)
	}
	return c.fcm.To(phone)
}

func (c *company) publish() {
	c.t.Helper()
	c.call("POST", "/v1/routes/publish", c.boss, fields{"from": c.from.Add(-time.Hour), "to": c.to}, nil)
}

func TestFromARequestForHelpToTheTechniciansPhoneAndBack(t *testing.T) {
	t.Parallel()
	c := found(t)
	request := c.made("/v1/requests", c.client, c.demand(30))
	c.eventually("the visit is planned", func() bool { return c.visitOf(request).Status == "planned" })
	v := c.visitOf(request)
	if v.Assignment == nil || v.Assignment.TechnicianID != c.technicianID || v.Eta.Earliest.Before(c.from) || v.Eta.Latest.After(c.to) {
		t.Fatalf("the visit is with %+v, want Karim during his shift", v)
	}
	if status, _, err := c.ask(t.Context(), "GET", "/v1/visits/"+v.ID, c.technician, nil); status != http.StatusNotFound || err != nil {
		t.Errorf("before the publication Karim's phone gets %d %v", status, err)
	}
	c.publish()
	if sent := c.accepted(1, "karims-phone"); len(sent) != 1 || strings.Contains(string(sent[0].JSON), "Moreau") || strings.Contains(string(sent[0].JSON), "Charonne") {
		t.Fatalf("Karim's phone was sent %d notices: %s", len(sent), sent[0].JSON)
	}
	for _, to := range []string{"accepted", "en_route", "arrived", "started", "completed"} {
		c.call("POST", "/v1/visits/"+v.ID+"/transitions", c.technician, fields{"to": to, "outcome": "Câble remplacé."}, &v)
		if v.Status != to {
			t.Fatalf("after the step to %s the visit is %s", to, v.Status)
		}
	}
	var seen struct{ Status string }
	c.call("GET", "/v1/requests/"+request, c.client, nil, &seen)
	if seen.Status != "completed" || c.visitOf(request).Status != "completed" {
		t.Errorf("the client sees the request %s and the visit %s", seen.Status, c.visitOf(request).Status)
	}
	if sent := c.accepted(2, "claires-phone"); len(sent) != 1 {
		t.Errorf("the client's phone was sent %d notices, want that the technician is on the way", len(sent))
	}
	if sent := c.fcm.To("karims-phone"); len(sent) != 1 {
		t.Errorf("Karim's phone was sent %d notices in all, want one", len(sent))
	}
}

// ledger is what was acknowledged to people who go on asking while things break.
type ledger struct {
	mu    sync.Mutex
	known map[string]string // request by idempotency key
}

func (l *ledger) note(key, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known[key] = id
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.known)
}

// asking sends requests, one after the other, until the context ends; one without an answer is sent again with its key.
func (c *company) asking(ctx context.Context, who, address string, l *ledger) {
	p := &program{t: c.t, address: address}
	for n := 0; ctx.Err() == nil; n++ {
		key := fmt.Sprintf("%s-%d", who, n)
		status, answer, err := p.ask(ctx, "POST", "/v1/requests", c.client, c.demand(5), "Idempotency-Key", key)
		var r struct{ ID string }
		switch {
		case err != nil, status >= http.StatusInternalServerError, status == http.StatusConflict, status == http.StatusTooManyRequests:
			// not acknowledged
		case status != http.StatusCreated || json.Unmarshal(answer, &r) != nil:
			c.t.Errorf("asking for help: %d %s", status, answer)
			return
		default:
			l.note(key, r.ID)
		}
		select {
		case <-ctx.Done():
		case <-time.After(40 * time.Millisecond): // people are not that quick, and the limiter counts
		}
	}
}

func TestNothingAcknowledgedIsLostWhateverIsKilled(t *testing.T) {
	t.Parallel()
	c := found(t)
	first := c.made("/v1/requests", c.client, c.demand(5))
	c.eventually("the visit is planned", func() bool { return c.visitOf(first).Status == "planned" })
	c.publish() // from now on what is placed is told at once
	c.accepted(1, "karims-phone")
	l := &ledger{known: map[string]string{"first": first}}
	for i, harm := range []struct {
		what string
		do   func()
	}{
		{"the program", func() { c.kill(); c.run() }},
		{"PostgreSQL", c.killPostgres},
		{"both", func() { c.killPostgres(); c.kill(); c.run() }},
	} {
		ctx, enough := context.WithCancel(t.Context())
		before := l.count()
		var writers sync.WaitGroup
		for w := range 2 {
			writers.Go(func() { c.asking(ctx, fmt.Sprintf("%d-%d", i, w), c.address, l) })
		}
		c.eventually("some are acknowledged", func() bool { return l.count() >= before+6 })
		harm.do() // with calls and jobs under way
		enough()
		writers.Wait()
		for key, id := range l.known {
			if status, answer := c.again("GET", "/v1/requests/"+id, nil); status != http.StatusOK {
				t.Fatalf("after %s was killed, request %s of key %s: %d %s", harm.what, id, key, status, answer)
			}
			if key == "first" {
				continue
			}
			var same struct{ ID string }
			status, answer := c.again("POST", "/v1/requests", c.demand(5), "Idempotency-Key", key)
			if status != http.StatusCreated || json.Unmarshal(answer, &same) != nil || same.ID != id {
				t.Fatalf("after %s was killed, the repeat of %s: %d %s, want %s", harm.what, key, status, answer, id)
			}
		}
	}
	c.eventually("every visit is told", func() bool { return c.allTold(l) })
	c.oneContentEach()
}

// again makes the client's call until it is answered with something else than that the database is away.
func (c *company) again(method, path string, body any, headers ...string) (status int, answer []byte) {
	c.t.Helper()
	c.eventually("it answers "+path, func() bool {
		var err error
		status, answer, err = c.ask(c.t.Context(), method, path, c.client, body, headers...)
		return err == nil && status != http.StatusServiceUnavailable && status != http.StatusTooManyRequests
	})
	return status, answer
}

// allTold reports whether every acknowledged visit was placed, and the technician sent a notice of each.
func (c *company) allTold(l *ledger) bool {
	c.t.Helper()
	told := map[string]bool{}
	for _, m := range c.fcm.To("karims-phone") {
		var body struct {
			Message struct{ Data map[string]string }
		}
		if json.Unmarshal(m.JSON, &body) == nil {
			told[body.Message.Data["visit_id"]] = true
		}
	}
	var list struct {
		Items []struct {
			visit
			RequestID string `json:"request_id"`
		}
	}
	c.call("GET", "/v1/visits?limit=200", c.boss, nil, &list)
	settled := map[string]bool{} // by request
	for _, v := range list.Items {
		settled[v.RequestID] = v.Status == "published" && (told[v.ID] || v.RequestID == l.known["first"])
	}
	for _, id := range l.known {
		if !settled[id] {
			return false
		}
	}
	return true
}

// oneContentEach fails the test when a notice went to a phone twice with different words.
func (c *company) oneContentEach() {
	c.t.Helper()
	contents := map[string][]byte{}
	for _, m := range c.fcm.Messages() {
		key := m.NoticeID + " " + m.Token
		if m.NoticeID == "" {
			c.t.Errorf("a message without the notice's id: %s", m.JSON)
		}
		if earlier, twice := contents[key]; twice && !bytes.Equal(earlier, m.JSON) {
			c.t.Errorf("a notice was sent as\n%s and as\n%s", earlier, m.JSON)
		}
		contents[key] = m.JSON
	}
}

// readings are the questions whose answers a restored program must give alike.
func (c *company) readings(request string) map[string]string {
	c.t.Helper()
	span := "?from=" + c.from.Add(-time.Hour).Format("2006-01-02T15:04:05Z") + "&to=" + c.to.Add(time.Hour).Format("2006-01-02T15:04:05Z")
	out := map[string]string{}
	for _, path := range []string{
		"/v1/organization", "/v1/territories", "/v1/skills", "/v1/clients", "/v1/sites", "/v1/technicians", "/v1/shifts", "/v1/requests", "/v1/visits", "/v1/accounts",
		"/v1/routes" + span, "/v1/routes/" + c.shift, "/v1/requests/" + request, "/v1/requests/" + request + "/events", "/v1/requests?updated_since=2026-01-01T00:00:00Z",
	} {
		var answer map[string]any
		c.call("GET", path, c.boss, nil, &answer)
		delete(answer, "as_of") // when it was asked
		if items, ok := answer["items"].([]any); ok && len(items) == 0 {
			c.t.Fatalf("%s is empty: nothing would be compared", path)
		}
		text, err := json.Marshal(answer)
		if err != nil {
			c.t.Fatal(err)
		}
		out[path] = string(text)
	}
	return out
}

func TestABackupMadeWhileTheProgramRunsIsRestoredToTheSameAnswers(t *testing.T) {
	t.Parallel()
	c := found(t)
	request := c.made("/v1/requests", c.client, c.demand(30))
	c.eventually("the visit is planned", func() bool { return c.visitOf(request).Status == "planned" })
	c.publish()
	c.accepted(1, "karims-phone")
	seen := c.stream(c.boss, "0.0.0", 5)
	before := c.readings(request)
	backup := filepath.Join(newDir(t), "backup")
	tool(t, c.dataDir, "backup", backup)
	rest := c.stream(c.boss, seen[1].id, 3)

	restored := filepath.Join(newDir(t), "data")
	tool(t, restored, "restore", backup)
	twin := *c
	twin.program = start(t, restored, c.fcm.Endpoint())
	after := twin.readings(request)
	for path := range maps.Keys(before) {
		if before[path] != after[path] {
			t.Errorf("%s answered\n%s\nand after the restore\n%s", path, before[path], after[path])
		}
	}
	if again := twin.stream(twin.boss, seen[1].id, 3); !slices.Equal(again, rest) {
		t.Errorf("after event %s came %v, and after the restore %v", seen[1].id, rest, again)
	}
	// What happens after the restore comes after everything before it, for who read the old program to its end too.
	var trace struct{ Items []struct{ ID string } }
	c.call("GET", "/v1/requests/"+request+"/events", c.boss, nil, &trace)
	last := trace.Items[len(trace.Items)-1].ID
	twin.call("POST", "/v1/requests/"+request+"/cancel", twin.client, fields{"reason": "Cela remarche."}, nil)
	if next := twin.stream(twin.boss, last, 1); !strings.Contains(next[0].data, `"visit.cancelled"`) {
		t.Errorf("after the last event of the old program, %s, comes %v", last, next)
	}
}
