package dispatch

import (
	"context"
	"errors"
	"sync"

	"github.com/google/uuid"
)

// clientImport takes clients over, each with the site whose address stands in the same line; the site has the client's external id.
type clientImport struct {
	*Service
	places map[Address]place // found before the transaction
}

// place is what the geocoder said of an address.
type place struct {
	spot
	err error
}

func (s *Service) clientImporter() importer {
	c := clientImport{Service: s, places: map[Address]place{}}
	return importer{
		key: "external_id", required: []string{"external_id", "kind", "name"},
		optional: []string{"email", "phone", "locale", "notes", "street", "complement", "postal_code", "city", "country"},
		prepare:  c.look, take: c.take,
	}
}

// address is the line's, nil where the line has none.
func (l csvLine) address() *Address {
	a := Address{
		Street: l.text("street"), Complement: l.text("complement"), PostalCode: l.text("postal_code"), City: l.text("city"), Country: first(l.text("country"), "FR"),
	}
	if a.Street == "" && a.PostalCode == "" && a.City == "" {
		return nil
	}
	return &a
}

func (l csvLine) site(client uuid.UUID, a Address) SiteDraft {
	return SiteDraft{External: External{ExternalID: l.text("external_id")}, ClientID: client, Address: a}
}

// lookUps is how many addresses are asked for at once.
const lookUps = 8

// look asks for the addresses that are new, before the transaction begins: a geocoder is slow, and locks would wait for it.
func (c clientImport) look(ctx context.Context, p Principal, lines []csvLine) error {
	wanted, err := within(ctx, c.Service, p, func(ctx context.Context) (map[Address]bool, error) { return c.newAddresses(ctx, p, lines) })
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	free := make(chan struct{}, lookUps)
	for a := range wanted {
		free <- struct{}{}
		group.Go(func() {
			defer func() { <-free }()
			at, err := c.locate(ctx, SiteDraft{Address: a}, nil)
			mu.Lock()
			defer mu.Unlock()
			c.places[a] = place{at, err}
		})
	}
	group.Wait()
	return ctx.Err()
}

func (c clientImport) newAddresses(ctx context.Context, p Principal, lines []csvLine) (map[Address]bool, error) {
	wanted := map[Address]bool{}
	for _, line := range lines {
		a := line.address()
		if a == nil {
			continue
		}
		d := line.site(uuid.Nil, *a)
		if checkSite(p, &d) != nil {
			continue // the line is refused later, with its reasons
		}
		old, err := c.store.SiteByExternalID(ctx, External{ExternalID: d.ExternalID})
		if err != nil && !missing(err) {
			return nil, err
		}
		if err != nil || old.Address != d.Address {
			wanted[d.Address] = true
		}
	}
	return wanted, nil
}

func (c clientImport) take(ctx context.Context, p Principal, line csvLine) (outcome, error) {
	old, err := c.store.ClientByExternalID(ctx, External{ExternalID: line.text("external_id")})
	if err != nil && !missing(err) {
		return unchanged, err
	}
	in := old
	line.externalID(&in.ExternalID)
	in.Kind = ClientKind(line.text("kind"))
	line.into("name", &in.Name)
	line.into("email", &in.Email)
	line.into("phone", &in.Phone)
	line.into("locale", &in.Locale)
	line.into("notes", &in.Notes)
	client, created, err := c.UpsertClient(ctx, p, 0, in)
	var refused *Error
	errors.As(err, &refused)
	if err != nil && (refused == nil || refused.Kind != KindInvalid) {
		return unchanged, err
	}
	what := did(created, old.Version, client.Version)
	a := line.address()
	if a == nil {
		return what, err
	}
	if refused != nil { // what is wrong with the address is told with what is wrong with the client
		d := line.site(uuid.Nil, *a)
		return unchanged, withMore(refused.Faults, c.checkPlace(p, d))
	}
	moved, err := c.takeSite(ctx, p, line.site(client.ID, *a))
	return max(what, min(moved, updated)), err
}

// checkPlace finds what is wrong with an address alone.
func (c clientImport) checkPlace(p Principal, d SiteDraft) error {
	if err := checkSite(p, &d); err != nil {
		return err
	}
	return c.places[d.Address].err
}

// takeSite makes or changes the site of a line.
func (c clientImport) takeSite(ctx context.Context, p Principal, d SiteDraft) (outcome, error) {
	if err := checkSite(p, &d); err != nil {
		return unchanged, err
	}
	found := c.places[d.Address]
	if found.err != nil {
		return unchanged, found.err
	}
	old, err := c.store.SiteByExternalID(ctx, d.External)
	if missing(err) {
		_, err = c.insertSite(ctx, p, d, found.spot)
		return createdNew, err
	}
	if err != nil {
		return unchanged, err
	}
	if old.ClientID != d.ClientID {
		return unchanged, Conflict("record.identity", nil)
	}
	at := found.spot
	if old.Address == d.Address {
		at = spot{old.Position, old.Precision}
	}
	d.Name, d.AccessNotes, d.Metadata, d.TimeZone = old.Name, old.AccessNotes, old.Metadata, old.TimeZone
	site, err := c.writeSite(ctx, p, old, d, at)
	return did(false, old.Version, site.Version), err
}
