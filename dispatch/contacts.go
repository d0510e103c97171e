package dispatch

import (
	"context"

	"github.com/google/uuid"
)

// maxFunction is the longest text of what a contact does, in characters.
const maxFunction = 100

// visibleContact reads a contact of a given version and hides it from those who may not see its client.
func (s *Service) visibleContact(ctx context.Context, p Principal, id uuid.UUID, version int) (Contact, error) {
	c, err := s.store.Contact(ctx, id)
	if err != nil {
		return Contact{}, err
	}
	if err := s.ofVisibleClient(ctx, p, c.ClientID, "contact"); err != nil {
		return Contact{}, err
	}
	return c, fresh(c.Version, version, "contact")
}

// Contact gives one contact that the principal may see.
func (s *Service) Contact(ctx context.Context, p Principal, id uuid.UUID) (Contact, error) {
	return within(ctx, s, p, func(ctx context.Context) (Contact, error) { return s.visibleContact(ctx, p, id, 0) })
}

// Contacts lists a client's contacts.
func (s *Service) Contacts(ctx context.Context, p Principal, client uuid.UUID, page Page) (Listing[Contact], error) {
	return within(ctx, s, p, func(ctx context.Context) (list Listing[Contact], err error) {
		f, err := s.partyFilter(ctx, p, client)
		if err != nil {
			return list, err
		}
		return s.store.Contacts(ctx, f, page)
	})
}

// checkContact tidies a contact and notes everything wrong with it.
func (s *Service) checkContact(ctx context.Context, c *Contact) error {
	var faults Faults
	faults.name("/name", &c.Name)
	faults.email("/email", &c.Email)
	faults.phone("/phone", &c.Phone)
	faults.line("/function", &c.Function, maxFunction)
	if err := s.checkSiteOf(ctx, &faults, c.ClientID, c.SiteID); err != nil {
		return err
	}
	return faults.Err()
}

// checkSiteOf notes a site that is not the client's.
func (s *Service) checkSiteOf(ctx context.Context, faults *Faults, client, id uuid.UUID) error {
	if id == uuid.Nil {
		return nil
	}
	site, err := s.store.Site(ctx, id)
	if err != nil && !missing(err) {
		return err
	}
	faults.Check(err == nil && site.ClientID == client, "/site_id", "request.site_unknown")
	return nil
}

// CreateContact makes a contact of a client that the principal may see.
func (s *Service) CreateContact(ctx context.Context, p Principal, c Contact) (Contact, error) {
	return within(ctx, s, p, func(ctx context.Context) (Contact, error) {
		client, err := s.visibleClient(ctx, p, c.ClientID)
		if err != nil {
			return Contact{}, err
		}
		if err := s.checkContact(ctx, &c); err != nil {
			return Contact{}, err
		}
		c.Record = s.newRecord()
		if err := s.store.InsertContact(ctx, c); err != nil {
			return Contact{}, err
		}
		return c, s.store.AppendEvents(ctx, clientEvent(client, p))
	})
}

// PatchContact changes a contact of the given version: patch is applied to it as it stands.
func (s *Service) PatchContact(ctx context.Context, p Principal, id uuid.UUID, version int, patch func(*Contact)) (Contact, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Contact, error) {
		old, err := s.visibleContact(ctx, p, id, version)
		if err != nil {
			return old, err
		}
		c := old
		patch(&c)
		c.Record, c.ClientID = old.Record, old.ClientID
		if err := s.checkContact(ctx, &c); err != nil || c == old {
			return c, err
		}
		c.Record = s.next(old.Record)
		return c, s.writeContact(ctx, p, c)
	})
}

func (s *Service) writeContact(ctx context.Context, p Principal, c Contact) error {
	if err := s.store.UpdateContact(ctx, c); err != nil {
		return overtaken(err)
	}
	client, err := s.store.Client(ctx, c.ClientID)
	if err != nil {
		return err
	}
	return s.store.AppendEvents(ctx, clientEvent(client, p))
}

// DeleteContact takes a contact of the given version out. It is refused while an open request names it.
func (s *Service) DeleteContact(ctx context.Context, p Principal, id uuid.UUID, version int) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		c, err := s.visibleContact(ctx, p, id, version)
		if err != nil {
			return err
		}
		if err := s.refuseOpenRequests(ctx, "contact", id); err != nil {
			return err
		}
		c.Record = s.buried(c.Record)
		return s.writeContact(ctx, p, c)
	})
}
