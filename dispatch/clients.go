package dispatch

import (
	"context"
	"maps"
	"reflect"

	"github.com/google/uuid"
)

// visibleClient reads a client and hides it from those who have no part in it: a client sees its own, a partner those that it created.
func (s *Service) visibleClient(ctx context.Context, p Principal, id uuid.UUID) (Client, error) {
	c, err := s.store.Client(ctx, id)
	if err != nil {
		return Client{}, err
	}
	switch {
	case p.Staff():
	case p.Role == RoleClient && c.ID == p.ClientID:
	case p.Role == RolePartner && c.PartnerID == p.PartnerID:
	default:
		return Client{}, NotFound("client")
	}
	return c, nil
}

// freshClient is a client of the given version that the principal may see.
func (s *Service) freshClient(ctx context.Context, p Principal, id uuid.UUID, version int) (Client, error) {
	c, err := s.visibleClient(ctx, p, id)
	if err != nil {
		return c, err
	}
	return c, fresh(c.Version, version, "client")
}

// Client gives one client that the principal may see.
func (s *Service) Client(ctx context.Context, p Principal, id uuid.UUID) (Client, error) {
	return within(ctx, s, p, func(ctx context.Context) (Client, error) { return s.visibleClient(ctx, p, id) })
}

// Clients lists the clients: all of them, or those that a partner created.
func (s *Service) Clients(ctx context.Context, p Principal, page Page) (Listing[Client], error) {
	if !p.Staff() && p.Role != RolePartner {
		return Listing[Client]{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[Client], error) { return s.store.Clients(ctx, p.PartnerID, page) })
}

// checkClient tidies a client and notes everything wrong with it.
func checkClient(p Principal, c *Client) error {
	var faults Faults
	faults.externalID(p, &c.External)
	faults.Check(c.Kind == Household || c.Kind == Company, "/kind", "client.kind")
	faults.name("/name", &c.Name)
	faults.email("/email", &c.Email)
	faults.phone("/phone", &c.Phone)
	faults.locale("/locale", c.Locale)
	faults.tidy("/notes", &c.Notes, 0, maxNotes, true)
	faults.labels("/metadata", &c.Metadata)
	return faults.Err()
}

// CreateClient makes a client. A partner's client is the partner's.
func (s *Service) CreateClient(ctx context.Context, p Principal, in Client) (Client, error) {
	return within(ctx, s, p, func(ctx context.Context) (Client, error) { return s.insertClient(ctx, p, in) })
}

func (s *Service) insertClient(ctx context.Context, p Principal, c Client) (Client, error) {
	if err := s.defaultLocale(ctx, &c.Locale); err != nil {
		return Client{}, err
	}
	if err := checkClient(p, &c); err != nil {
		return Client{}, err
	}
	c.Record = s.newRecord()
	if err := s.store.InsertClient(ctx, c); err != nil {
		return Client{}, err
	}
	return c, s.store.AppendEvents(ctx, clientEvent(c, p))
}

// defaultLocale is the organization's language where none is given.
func (s *Service) defaultLocale(ctx context.Context, locale *string) error {
	if *locale != "" {
		return nil
	}
	o, err := s.store.Organization(ctx)
	*locale = o.Locale
	return err
}

func clientEvent(c Client, p Principal) Event {
	return Event{Kind: EventClientUpdated, ClientID: c.ID, PartnerID: c.PartnerID, ActorRole: p.Role, ActorID: p.ID}
}

// PatchClient changes a client of the given version: patch is applied to it as it stands. The notes and metadata on a client are
// not the client's to change.
func (s *Service) PatchClient(ctx context.Context, p Principal, id uuid.UUID, version int, patch func(*Client)) (Client, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Client, error) {
		old, err := s.freshClient(ctx, p, id, version)
		if err != nil {
			return old, err
		}
		c := old
		c.Metadata = maps.Clone(old.Metadata)
		patch(&c)
		if p.Role == RoleClient && (c.Notes != old.Notes || !maps.Equal(c.Metadata, old.Metadata)) {
			return Client{}, Forbidden()
		}
		return s.replaceClient(ctx, p, old, c)
	})
}

// replaceClient writes a changed client; one that is as before is left alone.
func (s *Service) replaceClient(ctx context.Context, p Principal, old, c Client) (Client, error) {
	c.External = External{}
	if err := checkClient(p, &c); err != nil {
		return Client{}, err
	}
	c.Record, c.External = old.Record, old.External
	if reflect.DeepEqual(old, c) && old.DeletedAt == nil {
		return old, nil
	}
	c.Record = s.next(old.Record)
	if err := s.store.UpdateClient(ctx, c); err != nil {
		return Client{}, overtaken(err)
	}
	return c, s.store.AppendEvents(ctx, clientEvent(c, p))
}

// UpsertClient makes the client with this external id, or replaces the one there is; a repeat changes nothing.
func (s *Service) UpsertClient(ctx context.Context, p Principal, version int, in Client) (c Client, created bool, err error) {
	return upserting[Client]{
		noun: "client",
		find: func(ctx context.Context) (Client, error) {
			return s.store.ClientByExternalID(ctx, External{p.PartnerID, in.ExternalID})
		},
		record: func(c Client) Record { return c.Record },
		insert: func(ctx context.Context) (Client, error) { return s.insertClient(ctx, p, in) },
		replace: func(ctx context.Context, old Client) (Client, error) {
			c := in
			if err := s.defaultLocale(ctx, &c.Locale); err != nil {
				return Client{}, err
			}
			return s.replaceClient(ctx, p, old, c)
		},
	}.run(ctx, s, p, version)
}

// DeleteClient takes a client of the given version out, with its sites, contacts and assets. It is refused while a request is open.
func (s *Service) DeleteClient(ctx context.Context, p Principal, id uuid.UUID, version int) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		c, err := s.freshClient(ctx, p, id, version)
		if err != nil {
			return err
		}
		if err := s.refuseOpenRequests(ctx, "client", id); err != nil {
			return err
		}
		c.Record = s.buried(c.Record)
		if err := s.store.UpdateClient(ctx, c); err != nil {
			return overtaken(err)
		}
		return s.store.AppendEvents(ctx, clientEvent(c, p))
	})
}

// refuseOpenRequests keeps what an open request or a series names from going.
func (s *Service) refuseOpenRequests(ctx context.Context, noun string, id uuid.UUID) error {
	open, err := s.store.OpenRequests(ctx, noun, id)
	if err == nil && open > 0 {
		return Conflict("record.open_requests", map[string]any{"requests": open})
	}
	if err != nil {
		return err
	}
	series, err := s.store.LivingSeries(ctx, noun, id)
	if err == nil && series > 0 {
		return Conflict("record.series", map[string]any{"series": series})
	}
	return err
}
