package push_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"tournee/dispatch"
	"tournee/dispatch/push"
	"tournee/dispatch/push/fcmtest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

func notice() dispatch.Notice {
	return dispatch.Notice{
		ID:       uuid.MustParse("0195a000-0000-7000-8000-000000000001"),
		Title:    "Nouvelle intervention",
		Body:     "Une intervention a été ajoutée à votre tournée.",
		Collapse: "visit-0195a000-0000-7000-8000-0000000000aa",
		TTL:      4 * time.Hour, CreatedAt: noon.Add(-time.Hour), // told again an hour later
		Data: map[string]string{"kind": "visit_planned", "visit_id": "0195a000-0000-7000-8000-0000000000aa"},
	}
}

func start(t *testing.T) *fcmtest.Server {
	t.Helper()
	server := fcmtest.Start()
	t.Cleanup(server.Close)
	return server
}

func sender(t *testing.T, server *fcmtest.Server, timeout time.Duration) dispatch.Sender {
	t.Helper()
	s, err := push.NewFCM(t.Context(), push.Config{
		ProjectID: "demo", Endpoint: server.Endpoint(), Timeout: timeout, Now: func() time.Time { return noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func send(t *testing.T, s dispatch.Sender, n dispatch.Notice, tokens ...string) ([]dispatch.Delivery, time.Duration) {
	t.Helper()
	deliveries, retryAfter, err := s.Send(t.Context(), n, tokens)
	if err != nil {
		t.Fatal(err)
	}
	if len(deliveries) != len(tokens) {
		t.Fatalf("%d deliveries for %d tokens", len(deliveries), len(tokens))
	}
	for i, d := range deliveries {
		if d.Token != tokens[i] {
			t.Fatalf("delivery %d is for another token", i)
		}
		if (d.State == dispatch.Delivered) != (d.Err == nil) {
			t.Errorf("delivery %d: state %d with error %v", i, d.State, d.Err)
		}
		if d.Err != nil && tokens[i] != "" && strings.Contains(d.Err.Error(), tokens[i]) {
			t.Errorf("delivery %d: the error gives the token away: %v", i, d.Err)
		}
	}
	return deliveries, retryAfter
}

func TestEveryAnswerOfThePushServiceSaysWhatToDoWithTheToken(t *testing.T) {
	t.Parallel()
	many := func(a fcmtest.Answer) []fcmtest.Answer {
		return []fcmtest.Answer{a, a, a, a, a, a}
	}
	for name, c := range map[string]struct {
		script     []fcmtest.Answer
		timeout    time.Duration
		want       dispatch.DeliveryState
		retryAfter time.Duration
		requests   int // 0: as many as the SDK makes before the deadline
	}{
		"accepted":                                 {want: dispatch.Delivered, requests: 1},
		"the app was removed":                      {script: many(fcmtest.Unregistered), want: dispatch.TokenGone, requests: 1},
		"another sender's token":                   {script: many(fcmtest.SenderIDMismatch), want: dispatch.TokenGone, requests: 1},
		"a wrong message":                          {script: many(fcmtest.InvalidArgument), want: dispatch.MessageRefused, requests: 1},
		"too many messages":                        {script: many(fcmtest.QuotaExceeded.After(90 * time.Second)), want: dispatch.Undelivered, retryAfter: 90 * time.Second, requests: 1},
		"too many messages, no wish":               {script: many(fcmtest.QuotaExceeded), want: dispatch.Undelivered, requests: 1},
		"an internal error":                        {script: many(fcmtest.Internal), want: dispatch.Undelivered, requests: 1},
		"an internal error with a wish":            {script: many(fcmtest.Internal.After(7 * time.Second)), want: dispatch.Undelivered, retryAfter: 7 * time.Second, requests: 1},
		"unavailable once":                         {script: []fcmtest.Answer{fcmtest.Unavailable}, want: dispatch.Delivered, requests: 2},
		"unavailable past the deadline":            {script: many(fcmtest.Unavailable), timeout: 300 * time.Millisecond, want: dispatch.Undelivered},
		"unavailable, back in a minute":            {script: many(fcmtest.Unavailable.After(time.Minute)), want: dispatch.Undelivered, retryAfter: time.Minute, requests: 1},
		"the service hangs":                        {script: many(fcmtest.Hang), timeout: 300 * time.Millisecond, want: dispatch.Undelivered, requests: 1},
		"the connection breaks once":               {script: []fcmtest.Answer{fcmtest.Drop}, want: dispatch.Delivered, requests: 2},
		"the connection keeps breaking":            {script: many(fcmtest.Drop), timeout: 300 * time.Millisecond, want: dispatch.Undelivered},
		"an answer cut short":                      {script: many(fcmtest.Malformed), want: dispatch.Undelivered, requests: 1},
		"Apple does not know our certificate":      {script: many(fcmtest.ThirdPartyAuth), want: dispatch.Undelivered, requests: 1},
		"our account may not send":                 {script: many(fcmtest.PermissionDenied), want: dispatch.Undelivered, requests: 1},
		"our project is unknown, the token is not": {script: many(fcmtest.ProjectNotFound), want: dispatch.Undelivered, requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t)
			server.Script("phone", c.script...)
			deliveries, retryAfter := send(t, sender(t, server, c.timeout), notice(), "phone")
			if deliveries[0].State != c.want || retryAfter != c.retryAfter {
				t.Errorf("state %d, retry after %v; want %d, %v (%v)", deliveries[0].State, retryAfter, c.want, c.retryAfter, deliveries[0].Err)
			}
			if got := len(server.To("phone")); c.requests != 0 && got != c.requests {
				t.Errorf("%d requests; want %d", got, c.requests)
			}
		})
	}
}

func TestWhenTheServiceIsUnreachableTheNoticeIsUndelivered(t *testing.T) {
	t.Parallel()
	server := fcmtest.Start()
	s := sender(t, server, 300*time.Millisecond)
	server.Close()
	deliveries, _ := send(t, s, notice(), "phone")
	if deliveries[0].State != dispatch.Undelivered {
		t.Errorf("state %d; want Undelivered", deliveries[0].State)
	}
}

func TestAPhoneThatFailsDoesNotHoldUpTheOthersAndTheOrderIsKept(t *testing.T) {
	t.Parallel()
	server := start(t)
	server.Script("gone", fcmtest.Unregistered)
	server.Script("busy", fcmtest.QuotaExceeded.After(30*time.Second))
	server.Script("busier", fcmtest.QuotaExceeded.After(40*time.Second))
	server.Script("wrong", fcmtest.InvalidArgument)
	deliveries, retryAfter := send(t, sender(t, server, 0), notice(), "good", "gone", "", "busy", "wrong", "busier", "fine")
	want := []dispatch.DeliveryState{
		dispatch.Delivered, dispatch.TokenGone, dispatch.MessageRefused, dispatch.Undelivered, dispatch.MessageRefused, dispatch.Undelivered, dispatch.Delivered,
	}
	if diff := cmp.Diff(want, states(deliveries)); diff != "" {
		t.Error(diff)
	}
	if retryAfter != 40*time.Second {
		t.Errorf("retry after %v; want the longest wish", retryAfter)
	}
}

func TestFiveHundredAndOnePhonesTakeTwoCalls(t *testing.T) {
	t.Parallel()
	server := start(t)
	tokens := make([]string, 501)
	for i := range tokens {
		tokens[i] = fmt.Sprintf("phone-%d", i)
	}
	server.Script("phone-499", fcmtest.Unregistered)
	server.Script("phone-500", fcmtest.Internal)
	deliveries, _ := send(t, sender(t, server, 0), notice(), tokens...)
	for i, state := range states(deliveries) {
		want := map[int]dispatch.DeliveryState{499: dispatch.TokenGone, 500: dispatch.Undelivered}[i]
		if state != want {
			t.Errorf("phone %d: state %d; want %d (%v)", i, state, want, deliveries[i].Err)
		}
	}
	messages := server.Messages()
	if len(messages) != len(tokens) {
		t.Errorf("%d messages; want %d", len(messages), len(tokens))
	}
	if messages[500].Token != "phone-500" {
		t.Errorf("the last to arrive is %s; the 501st goes alone, after the first 500", messages[500].Token)
	}
}

func TestAJobNoticeAsksForDeliveryNowOnEveryPlatform(t *testing.T) {
	t.Parallel()
	server := start(t)
	send(t, sender(t, server, 0), notice(), "phone")
	const collapse = "visit-0195a000-0000-7000-8000-0000000000aa"
	want := map[string]any{"message": map[string]any{
		"token":        "phone",
		"notification": map[string]any{"title": "Nouvelle intervention", "body": "Une intervention a été ajoutée à votre tournée."},
		"data": map[string]any{
			"kind":      "visit_planned",
			"visit_id":  "0195a000-0000-7000-8000-0000000000aa",
			"notice_id": "0195a000-0000-7000-8000-000000000001",
		},
		"android": map[string]any{
			"priority": "high", "collapse_key": collapse, "ttl": "14400s",
			"notification": map[string]any{"tag": collapse, "notification_priority": "PRIORITY_HIGH", "default_sound": true},
		},
		"apns": map[string]any{
			"headers": map[string]any{
				"apns-push-type": "alert", "apns-priority": "10", "apns-collapse-id": collapse,
				"apns-expiration": fmt.Sprint(noon.Add(3 * time.Hour).Unix()),
			},
			"payload": map[string]any{"aps": map[string]any{"sound": "default"}},
		},
		"webpush": map[string]any{
			"headers":      map[string]any{"TTL": "14400", "Urgency": "high"},
			"notification": map[string]any{"tag": collapse},
		},
	}}
	messages := server.Messages()
	var got map[string]any
	if err := json.Unmarshal(messages[0].JSON, &got); err != nil {
		t.Fatal(err)
	}
	headers := at(got, "message", "webpush", "headers")
	topic := headers["Topic"].(string)
	if len(topic) != 32 || strings.Trim(topic, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		t.Errorf("the web-push topic %q is not 32 URL-safe characters", topic)
	}
	delete(headers, "Topic")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if messages[0].Project != "demo" || messages[0].NoticeID != notice().ID.String() {
		t.Errorf("project %q, notice %q", messages[0].Project, messages[0].NoticeID)
	}
}

func TestARepeatOfANoticeCollapsesWithItselfOnly(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := sender(t, server, 0)
	first, second := notice(), notice()
	first.Collapse, second.Collapse = "", ""
	second.ID = uuid.MustParse("0195a000-0000-7000-8000-000000000002")
	for _, n := range []dispatch.Notice{first, first, second} {
		send(t, s, n, "phone")
	}
	var keys []string
	for _, m := range server.To("phone") {
		var got map[string]any
		if err := json.Unmarshal(m.JSON, &got); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, at(got, "message", "android")["collapse_key"].(string), at(got, "message", "webpush", "headers")["Topic"].(string))
	}
	if keys[0] != keys[2] || keys[1] != keys[3] || keys[0] == keys[4] || keys[1] == keys[5] {
		t.Errorf("android key and web topic of first, repeat, second: %v", keys)
	}
}

func TestALongCollapseKeyFitsApple(t *testing.T) {
	t.Parallel()
	server := start(t)
	n := notice()
	n.Collapse = strings.Repeat("é", 40)
	n.TTL = 0
	send(t, sender(t, server, 0), n, "phone")
	var got map[string]any
	if err := json.Unmarshal(server.Messages()[0].JSON, &got); err != nil {
		t.Fatal(err)
	}
	headers := at(got, "message", "apns", "headers")
	if id := headers["apns-collapse-id"].(string); id == "" || len(id) > 64 {
		t.Errorf("apns-collapse-id of %d bytes", len(id))
	}
	if headers["apns-expiration"] != "0" {
		t.Errorf("apns-expiration %v; now or never is 0", headers["apns-expiration"])
	}
}

func TestANoticeThatNoServiceWouldTakeIsRefusedWithEveryFaultAndNothingSent(t *testing.T) {
	t.Parallel()
	server := start(t)
	n := notice()
	n.ID = uuid.Nil
	n.TTL = -time.Second
	n.Data = map[string]string{
		"from": "x", "gcm": "x", "gcm.notification.title": "x", "google.ttl": "x", "notification": "x", "message_type": "x",
		"collapse_key": "x", "aps": "x", "notice_id": "x", "": "x", "fine": strings.Repeat("a", 4097),
	}
	deliveries, _ := send(t, sender(t, server, 0), n, "phone", "tablet")
	for _, d := range deliveries {
		if d.State != dispatch.MessageRefused {
			t.Fatalf("state %d; want MessageRefused", d.State)
		}
		for _, fault := range []string{
			"no id", "-1s", `"from"`, `"gcm"`, `"gcm.notification.title"`, `"google.ttl"`, `"notification"`, `"message_type"`,
			`"collapse_key"`, `"aps"`, `"notice_id"`, `""`, "4096",
		} {
			if !strings.Contains(d.Err.Error(), fault) {
				t.Errorf("the error does not say %s:\n%v", fault, d.Err)
			}
		}
	}
	if got := len(server.Messages()); got != 0 {
		t.Errorf("%d messages were sent", got)
	}
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := sender(t, server, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Send(ctx, notice(), []string{"phone"}); err == nil {
		t.Error("no error")
	}
	if got := len(server.Messages()); got != 0 {
		t.Errorf("%d messages were sent", got)
	}
}

func TestAServiceAccountSignsIn(t *testing.T) {
	t.Parallel()
	server := start(t)
	key, err := server.ServiceAccount("atelier")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(file, key, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]push.Config{
		"given":     {Endpoint: server.Endpoint(), CredentialsJSON: key},
		"in a file": {Endpoint: server.Endpoint(), CredentialsFile: file},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := push.NewFCM(ctx, c)
		cancel() // the set-up is over: fetching a token must not depend on it
		if err != nil {
			t.Fatal(err)
		}
		if deliveries, _ := send(t, s, notice(), "phone-"+name); deliveries[0].State != dispatch.Delivered {
			t.Errorf("%s: %v", name, deliveries[0].Err)
		}
		if m := server.To("phone-" + name)[0]; m.Project != "atelier" {
			t.Errorf("%s: project %q; want the key's", name, m.Project)
		}
	}
	if deliveries, _ := send(t, sender(t, server, 0), notice(), "anonymous"); deliveries[0].State != dispatch.Undelivered {
		t.Errorf("without a token the state is %d; want Undelivered", deliveries[0].State)
	}
}

func TestAWrongConfigurationIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config push.Config
		says   []string
	}{
		"no project":         {push.Config{Endpoint: "http://127.0.0.1:1/v1"}, []string{"project"}},
		"no such file":       {push.Config{CredentialsFile: "/nowhere/key.json"}, []string{"/nowhere/key.json"}},
		"not a key":          {push.Config{CredentialsJSON: []byte("{")}, []string{"service account"}},
		"another kind":       {push.Config{CredentialsJSON: []byte(`{"type":"external_account"}`)}, []string{"service account"}},
		"not an address":     {push.Config{ProjectID: "demo", Endpoint: "fcm"}, []string{`"fcm"`}},
		"in the clear":       {push.Config{ProjectID: "demo", Endpoint: "http://fcm.example/v1"}, []string{"in the clear"}},
		"two faults at once": {push.Config{CredentialsFile: "a", CredentialsJSON: []byte("b"), Endpoint: "fcm"}, []string{"keep one", `"fcm"`}},
	} {
		_, err := push.NewFCM(t.Context(), c.config)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, s := range c.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not say %q", name, err, s)
			}
		}
	}
}

func states(deliveries []dispatch.Delivery) []dispatch.DeliveryState {
	var s []dispatch.DeliveryState
	for _, d := range deliveries {
		s = append(s, d.State)
	}
	return s
}

// at walks down nested JSON objects.
func at(v map[string]any, path ...string) map[string]any {
	for _, p := range path {
		v = v[p].(map[string]any)
	}
	return v
}
