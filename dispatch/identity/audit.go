package identity

import (
	"context"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// Entry is one line of the audit: who did what to whose account or key, and roughly from where. It holds no secret and no full address.
type Entry struct {
	ID             uuid.UUID
	At             time.Time
	OrganizationID uuid.UUID // nil UUID: before one is known
	SubjectID      uuid.UUID // the account or API key; nil UUID: a name nobody has
	ActorID        uuid.UUID // who did it; nil UUID: nobody signed in
	Action         string    // signed_in, sign_in_failed, refresh_token_reused, password_reset, api_key_created, …
	Source         string    // see Caller
	Details        map[string]any
}

func (s *Service) record(ctx context.Context, c Caller, action string, organizationID, subject, actor uuid.UUID, details map[string]any) error {
	id, err := s.newID()
	if err != nil {
		return err
	}
	return s.store.InsertAudit(ctx, Entry{
		ID: id, At: s.now(), OrganizationID: organizationID, SubjectID: subject, ActorID: actor,
		Action: action, Source: c.source(), Details: details,
	})
}

// ListAudit gives at most limit entries of the administrator's organization, newest first, older than the entry before (nil UUID: from the newest).
func (s *Service) ListAudit(ctx context.Context, p dispatch.Principal, before uuid.UUID, limit int) (list []Entry, err error) {
	if p.Role != dispatch.RoleAdministrator {
		return nil, dispatch.Forbidden()
	}
	if before == uuid.Nil {
		before = uuid.Max
	}
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		list, err = s.store.Audit(ctx, p.OrganizationID, before, limit)
		return err
	})
	return list, err
}

// source is the caller's network: the first 24 bits of an IPv4 address, 48 of an IPv6 one; enough to tell places apart, not people.
func (c Caller) source() string {
	a, err := netip.ParseAddr(c.Address)
	if err != nil {
		return "unknown"
	}
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits) // the bits fit the family
	return p.String()
}

const agentMax = 200 // bytes kept of a user agent

func (c Caller) agent() string {
	a := strings.ToValidUTF8(strings.ReplaceAll(c.UserAgent, "\x00", ""), "")
	if len(a) <= agentMax {
		return a
	}
	a = a[:agentMax]
	for !utf8.ValidString(a) {
		a = a[:len(a)-1]
	}
	return a
}
