package identity_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

// Whoever reads the database or the queue must not come by a token that works.
func TestNoSecretIsKept(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	_, key, err := h.CreateAPIKey(t.Context(), admin, h.newKey(), phone)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.RequestReset(t.Context(), "admin@example.fr", "fr", phone); err != nil {
		t.Fatal(err)
	}
	queued := fmt.Sprintf("%+v", h.queue.mails)
	reset := h.link()
	tokens := h.signIn("admin@example.fr", phone)
	dump := queued + h.dump()
	_, keySecret, _ := strings.Cut(strings.TrimPrefix(key, "trn_"), "_")
	for name, secret := range map[string]string{"password": password, "refresh token": tokens.RefreshToken, "access token": tokens.AccessToken, "API key": keySecret, "reset link": reset} {
		if secret == "" || strings.Contains(dump, secret) || strings.Contains(dump, strings.TrimPrefix(secret, "trr_")) {
			t.Errorf("the %s is kept in the clear", name)
		}
	}
	if !strings.Contains(dump, "admin@example.fr") || !strings.Contains(dump, "signed_in") {
		t.Error("the dump does not hold the tables")
	}
}

// dump is every row of the identity schema as text.
func (h *house) dump() string {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.db.Superuser)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(h.t.Context())) }()
	var b strings.Builder
	for _, table := range []string{"accounts", "external_subjects", "sessions", "one_time_tokens", "sign_in_counters", "api_keys", "signing_keys", "audit"} {
		rows, err := conn.Query(h.t.Context(), "SELECT to_jsonb(x)::text FROM identity."+table+" x")
		if err != nil {
			h.t.Fatal(err)
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			h.t.Fatal(err)
		}
		b.WriteString(strings.Join(list, "\n"))
	}
	return b.String()
}

func TestTheSweepForgetsWhatHasHadItsTimeAndNothingElse(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	h.signIn("admin@example.fr", phone)
	if err := h.RequestReset(t.Context(), "admin@example.fr", "fr", phone); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("%d rows swept at once: %v", n, err)
	}
	h.clock.pass(h.config.Retention + time.Hour)
	fresh := h.signIn("admin@example.fr", phone)
	if _, err := h.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := h.ListAudit(t.Context(), admin, uuid.Nil, 10)
	if err != nil || len(list) != 1 {
		t.Errorf("%d entries left: %v", len(list), err)
	}
	if dump := h.dump(); strings.Contains(dump, "password_reset") || strings.Count(dump, `"generation"`) != 1 || strings.Count(dump, `"sealed_key"`) != 1 {
		t.Errorf("left: %s", dump)
	}
	if _, err := h.Authenticate(t.Context(), fresh.AccessToken); err != nil {
		t.Error(err)
	}
}
