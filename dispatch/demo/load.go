package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// Loaded is what the loader made that a demonstration needs to name.
type Loaded struct {
	Administrator  dispatch.Principal // who the loader acted as; it has no account
	Span           dispatch.Span      // the demo's days
	Partner        uuid.UUID
	Client         uuid.UUID // a household with a visit to come
	ClientName     string
	Technician     uuid.UUID // one who works today
	TechnicianName string
}

// Transaction runs fn in one transaction bound to the organization.
type Transaction func(ctx context.Context, organization uuid.UUID, fn func(ctx context.Context) error) error

// Load sends the world through the business's own doors, so that it is checked like anybody's data: all of it, or nothing. The visits are
// left to a planning run.
func Load(ctx context.Context, business *dispatch.Service, tx Transaction, w World) (Loaded, error) {
	var out Loaded
	// The organization's id is not known before it is made: the transaction begins with none, and its parts bind it.
	err := tx(ctx, uuid.Nil, func(ctx context.Context) error {
		l := loader{Service: business, world: w, territories: map[string]uuid.UUID{}, clients: map[string]uuid.UUID{}, sites: map[string]uuid.UUID{}, contacts: map[string]uuid.UUID{}}
		if err := l.organization(ctx); err != nil {
			return err
		}
		for _, step := range []func(context.Context) error{l.places, l.prices, l.workforce, l.customers, l.demands} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		out = l.out
		return nil
	})
	return out, err
}

type loader struct {
	*dispatch.Service
	world       World
	out         Loaded
	territories map[string]uuid.UUID // by code, like the others
	clients     map[string]uuid.UUID
	sites       map[string]uuid.UUID
	contacts    map[string]uuid.UUID // by client
}

func (l *loader) organization(ctx context.Context) error {
	o := l.world.Organization
	made, err := l.CreateOrganization(ctx, dispatch.NewOrganization{Slug: o.Slug, Name: o.Name, TimeZone: o.TimeZone, Locale: o.Locale})
	if err != nil {
		return err
	}
	l.out.Administrator = dispatch.Principal{OrganizationID: made.ID, Role: dispatch.RoleAdministrator, Locale: o.Locale}
	partner, err := l.CreatePartner(ctx, l.out.Administrator, "Assurances du Parvis")
	l.out.Partner = partner.ID
	return err
}

func (l *loader) places(ctx context.Context) error {
	for _, s := range l.world.Skills {
		if _, err := l.CreateSkill(ctx, l.out.Administrator, dispatch.Skill{Code: s.Code, NameFR: s.NameFR, NameEN: s.NameEN}); err != nil {
			return fmt.Errorf("skill %s: %w", s.Code, err)
		}
	}
	for _, t := range l.world.Territories {
		cells := make([]string, len(t.Cells))
		for i, c := range t.Cells {
			cells[i] = c.String()
		}
		made, err := l.CreateTerritory(ctx, l.out.Administrator, dispatch.TerritoryDraft{ExternalID: t.Code, Name: t.Name, Cells: cells})
		if err != nil {
			return fmt.Errorf("territory %s: %w", t.Name, err)
		}
		l.territories[t.Code] = made.ID
	}
	return nil
}

func (l *loader) workforce(ctx context.Context) error {
	for _, t := range l.world.Technicians {
		in := dispatch.Technician{
			ExternalID: t.Code, Name: t.Name, Email: t.Email, Phone: t.Phone, Employment: dispatch.Employment(t.Employment), Transport: t.Transport, Home: t.Home,
			TimeZone: l.world.Organization.TimeZone, Locale: l.world.Organization.Locale, Skills: levels(t.Skills),
		}
		for _, code := range t.Territories {
			in.TerritoryIDs = append(in.TerritoryIDs, l.territories[code])
		}
		made, err := l.CreateTechnician(ctx, l.out.Administrator, in)
		if err != nil {
			return fmt.Errorf("technician %s: %w", t.Name, err)
		}
		if err := l.attendance(ctx, made, t); err != nil {
			return err
		}
		if l.out.Technician == uuid.Nil && len(t.Absences) == 0 {
			l.out.Technician, l.out.TechnicianName = made.ID, made.Name
		}
	}
	return nil
}

func (l *loader) attendance(ctx context.Context, who dispatch.Technician, t Technician) error {
	for _, s := range t.Shifts {
		if _, err := l.CreateShift(ctx, l.out.Administrator, dispatch.ShiftDraft{
			TechnicianID: who.ID, Span: dispatch.Span(s.Span),
			Breaks: []dispatch.Break{{Earliest: s.BreakEarliest, Latest: s.BreakLatest, Seconds: int(s.Break / time.Second)}},
		}); err != nil {
			return fmt.Errorf("shift of %s: %w", t.Name, err)
		}
		if l.out.Span.Start.IsZero() || s.Start.Before(l.out.Span.Start) {
			l.out.Span.Start = s.Start
		}
		if s.End.After(l.out.Span.End) {
			l.out.Span.End = s.End
		}
	}
	for _, a := range t.Absences {
		if _, err := l.CreateAbsence(ctx, l.out.Administrator, dispatch.Absence{TechnicianID: who.ID, Span: dispatch.Span(a.Span), Kind: dispatch.AbsenceKind(a.Kind)}); err != nil {
			return fmt.Errorf("absence of %s: %w", t.Name, err)
		}
	}
	return nil
}

func (l *loader) customers(ctx context.Context) error {
	for _, c := range l.world.Clients {
		made, err := l.CreateClient(ctx, l.out.Administrator, dispatch.Client{
			External: dispatch.External{ExternalID: c.Code}, Kind: dispatch.ClientKind(c.Kind), Name: c.Name, Email: c.Email, Phone: c.Phone, Locale: l.world.Organization.Locale,
		})
		if err != nil {
			return fmt.Errorf("client %s: %w", c.Name, err)
		}
		l.clients[c.Code] = made.ID
		for _, s := range c.Sites {
			if err := l.site(ctx, made, s); err != nil {
				return err
			}
		}
		name := c.Contact
		if name == "" {
			name = c.Name
		}
		contact, err := l.CreateContact(ctx, l.out.Administrator, dispatch.Contact{ClientID: made.ID, Name: name, Phone: c.Phone})
		if err != nil {
			return fmt.Errorf("contact of %s: %w", c.Name, err)
		}
		l.contacts[c.Code] = contact.ID
	}
	return nil
}

func (l *loader) site(ctx context.Context, owner dispatch.Client, s Site) error {
	made, err := l.CreateSite(ctx, l.out.Administrator, dispatch.SiteDraft{
		External: dispatch.External{ExternalID: s.Code}, ClientID: owner.ID, Name: s.Name, Position: &s.Position,
		Address:  dispatch.Address{Street: s.Street, PostalCode: s.Postcode, City: s.City, Country: "FR"},
		TimeZone: l.world.Organization.TimeZone, AccessNotes: s.AccessNotes,
	})
	if err != nil {
		return fmt.Errorf("site %s: %w", s.Code, err)
	}
	l.sites[s.Code] = made.ID
	return nil
}

func (l *loader) demands(ctx context.Context) error {
	for _, r := range l.world.Requests {
		level := r.SupportLevel
		in := dispatch.NewRequest{
			External: dispatch.External{ExternalID: r.Code}, ClientID: l.clients[r.Client], ContactID: l.contacts[r.Client], Category: r.Category,
			Description: r.Description, SupportLevel: &level, Severity: dispatch.Severity(r.Severity), Impact: dispatch.Grade(r.Impact), Urgency: dispatch.Grade(r.Urgency),
			Work:        dispatch.Work{Mode: dispatch.Mode(r.Mode), RequiredSkills: levels(r.Skills), Duration: r.Duration},
			WaitForPlan: true,
		}
		if in.Mode == dispatch.OnSite {
			in.SiteID = l.sites[r.Site]
		}
		for _, w := range r.Windows {
			in.Windows = append(in.Windows, dispatch.Span(w))
		}
		if _, err := l.CreateRequest(ctx, l.out.Administrator, in); err != nil {
			return fmt.Errorf("request %s: %w", r.Code, err)
		}
		if l.out.Client == uuid.Nil && in.Mode == dispatch.OnSite && !r.Hard {
			l.chooseClient(r.Client)
		}
	}
	return nil
}

// showcase is the territory of the client to sign in as: Paris, where most technicians are near.
const showcase = "75"

// chooseClient makes the client with this code the one to sign in as, when it is a household of the showcase.
func (l *loader) chooseClient(code string) {
	for _, c := range l.world.Clients {
		if c.Code == code && c.Kind == string(dispatch.Household) && c.Sites[0].Territory == showcase {
			l.out.Client, l.out.ClientName = l.clients[code], c.Name
		}
	}
}

func levels(in []SkillLevel) []dispatch.SkillLevel {
	out := make([]dispatch.SkillLevel, len(in))
	for i, s := range in {
		out[i] = dispatch.SkillLevel{Skill: s.Skill, Level: s.Level}
	}
	return out
}
