package dispatch

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"tournee/geo"
)

// visibleTechnician reads a technician of a given version: one sees oneself, dispatchers see everybody.
func (s *Service) visibleTechnician(ctx context.Context, p Principal, id uuid.UUID, version int) (Technician, error) {
	if !ownTechnician(p, id) {
		return Technician{}, NotFound("technician")
	}
	t, err := s.store.Technician(ctx, id)
	if err != nil {
		return Technician{}, err
	}
	return t, fresh(t.Version, version, "technician")
}

// ownTechnician reports whether the technician is the principal's to see.
func ownTechnician(p Principal, id uuid.UUID) bool {
	return p.Staff() || (p.Role == RoleTechnician && p.TechnicianID == id)
}

// Technician gives one technician that the principal may see.
func (s *Service) Technician(ctx context.Context, p Principal, id uuid.UUID) (Technician, error) {
	return within(ctx, s, p, func(ctx context.Context) (Technician, error) { return s.visibleTechnician(ctx, p, id, 0) })
}

// Technicians lists the technicians.
func (s *Service) Technicians(ctx context.Context, p Principal, page Page) (Listing[Technician], error) {
	if !p.Staff() {
		return Listing[Technician]{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[Technician], error) { return s.store.Technicians(ctx, page) })
}

// TechnicianZones gives the time zone of each technician, deleted ones too: what their shifts and absences are told in.
func (s *Service) TechnicianZones(ctx context.Context, p Principal, ids ...uuid.UUID) (map[uuid.UUID]string, error) {
	return within(ctx, s, p, func(ctx context.Context) (map[uuid.UUID]string, error) { return s.store.TechnicianZones(ctx, ids) })
}

// checkTechnician tidies a technician, fills in the organization's zone and language, and notes everything wrong.
func (s *Service) checkTechnician(ctx context.Context, t *Technician) error {
	codes, err := s.store.SkillCodes(ctx)
	if err != nil {
		return err
	}
	living, err := s.store.LivingTerritories(ctx, slices.Concat(t.TerritoryIDs, t.Rules.SpareTerritoryIDs))
	if err != nil {
		return err
	}
	if t.TimeZone == "" || t.Locale == "" {
		o, err := s.store.Organization(ctx)
		if err != nil {
			return err
		}
		t.TimeZone, t.Locale = first(t.TimeZone, o.TimeZone), first(t.Locale, o.Locale)
	}
	return technicianFaults(t, codes, living).Err()
}

// first is the text unless it is empty.
func first(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func technicianFaults(t *Technician, codes map[string]bool, territories map[uuid.UUID]bool) (faults Faults) {
	faults.line("/external_id", &t.ExternalID, maxExternalID)
	faults.name("/name", &t.Name)
	faults.email("/email", &t.Email)
	faults.phone("/phone", &t.Phone)
	faults.Check(t.Employment == Employee || t.Employment == Independent || t.Employment == Subcontractor, "/employment", "technician.employment")
	faults.Check(t.Transport < geo.Modes, "/transport", "transport.unknown")
	faults.Check(t.Home.Validate() == nil, "/home", "position.coordinates")
	faults.zone("/time_zone", t.TimeZone)
	faults.locale("/locale", t.Locale)
	faults.labels("/metadata", &t.Metadata)
	checkSkills(&faults, "/skills", t.Skills, codes)
	for i, id := range t.TerritoryIDs {
		if !territories[id] {
			faults.Add(fmt.Sprintf("/territory_ids/%d", i), "territory.unknown", nil)
		}
		faults.Check(slices.Index(t.TerritoryIDs, id) == i, fmt.Sprintf("/territory_ids/%d", i), "territory.twice")
	}
	faults.technicianRules("/rules", t, territories)
	t.Skills, t.TerritoryIDs = append([]SkillLevel{}, t.Skills...), append([]uuid.UUID{}, t.TerritoryIDs...) // never nil, as read from the store
	t.Rules = stored(t.Rules)
	return faults
}

// CreateTechnician makes a technician.
func (s *Service) CreateTechnician(ctx context.Context, p Principal, in Technician) (Technician, error) {
	return within(ctx, s, p, func(ctx context.Context) (Technician, error) { return s.insertTechnician(ctx, p, in) })
}

func (s *Service) insertTechnician(ctx context.Context, p Principal, t Technician) (Technician, error) {
	if err := s.checkTechnician(ctx, &t); err != nil {
		return Technician{}, err
	}
	t.Record = s.newRecord()
	if err := s.store.InsertTechnician(ctx, t); err != nil {
		return Technician{}, err
	}
	return t, s.store.AppendEvents(ctx, technicianEvent(EventTechnicianUpdated, t.ID, p, nil))
}

func technicianEvent(kind string, technician uuid.UUID, p Principal, data map[string]any) Event {
	return Event{Kind: kind, TechnicianID: technician, ActorRole: p.Role, ActorID: p.ID, Data: data}
}

// PatchTechnician changes a technician of the given version: patch is applied to the record as it stands. Technicians change only how they
// are reached, and in what language.
func (s *Service) PatchTechnician(ctx context.Context, p Principal, id uuid.UUID, version int, patch func(*Technician)) (Technician, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Technician, error) {
		old, err := s.visibleTechnician(ctx, p, id, version)
		if err != nil {
			return old, err
		}
		t := old
		t.Skills, t.TerritoryIDs, t.Metadata, t.Rules = slices.Clone(old.Skills), slices.Clone(old.TerritoryIDs), maps.Clone(old.Metadata), stored(old.Rules)
		patch(&t)
		if p.Role == RoleTechnician {
			allowed := old
			allowed.Email, allowed.Phone, allowed.Locale = t.Email, t.Phone, t.Locale
			if !reflect.DeepEqual(allowed, t) {
				return Technician{}, Forbidden()
			}
		}
		return s.replaceTechnician(ctx, p, old, t)
	})
}

// replaceTechnician writes a changed technician; one that is as before is left alone. Visits planned for the technician that the changed one
// cannot do are taken off the routes ahead and placed again.
func (s *Service) replaceTechnician(ctx context.Context, p Principal, old, t Technician) (Technician, error) {
	if err := s.checkTechnician(ctx, &t); err != nil {
		return Technician{}, err
	}
	t.Record, t.ExternalID = old.Record, old.ExternalID
	if reflect.DeepEqual(t, old) && old.DeletedAt == nil {
		return old, nil
	}
	if !reflect.DeepEqual(t.Skills, old.Skills) || !reflect.DeepEqual(t.TerritoryIDs, old.TerritoryIDs) || t.Transport != old.Transport || !reflect.DeepEqual(t.Rules, old.Rules) {
		if err := s.releaseUnable(ctx, p, t); err != nil {
			return Technician{}, err
		}
	}
	t.Record = s.next(old.Record)
	if err := s.store.UpdateTechnician(ctx, t); err != nil {
		return Technician{}, overtaken(err)
	}
	return t, s.store.AppendEvents(ctx, technicianEvent(EventTechnicianUpdated, t.ID, p, nil))
}

// releaseUnable moves the versions of the technician's routes ahead and takes off them what he can no longer do.
func (s *Service) releaseUnable(ctx context.Context, p Principal, t Technician) error {
	shifts, err := s.store.ShiftsOf(ctx, t.ID, s.ahead())
	if err != nil || len(shifts) == 0 {
		return err
	}
	stops, err := s.lockStops(ctx, t.ID, shiftIDs(shifts))
	if err != nil {
		return err
	}
	lost := slices.DeleteFunc(stops, func(v Visit) bool { return v.Status.UnderWay() || t.can(v) })
	if err := s.release(ctx, p.Actor(), lost, Reason{Code: "technician.no_longer_able"}); err != nil {
		return err
	}
	_, err = s.store.BumpRoutes(ctx, shiftIDs(shifts))
	return err
}

// can reports whether the technician has the skills for a visit, may be sent, and works in its territory.
func (t Technician) can(v Visit) bool {
	for _, need := range v.RequiredSkills {
		if !t.has(need) {
			return false
		}
	}
	for _, list := range v.Rules.AnyOf {
		if !slices.ContainsFunc(list, t.has) {
			return false
		}
	}
	if slices.ContainsFunc(v.Rules.NoneOf, t.has) {
		return false
	}
	if r := v.Rules; slices.Contains(r.ExcludedTechnicianIDs, t.ID) || (len(r.RequiredTechnicianIDs) > 0 && !slices.Contains(r.RequiredTechnicianIDs, t.ID)) {
		return false
	}
	return len(t.TerritoryIDs) == 0 || v.TerritoryID == uuid.Nil || v.Mode != OnSite || slices.Contains(t.TerritoryIDs, v.TerritoryID) ||
		slices.Contains(t.Rules.SpareTerritoryIDs, v.TerritoryID)
}

func (t Technician) has(need SkillLevel) bool {
	return slices.ContainsFunc(t.Skills, func(own SkillLevel) bool { return own.Skill == need.Skill && own.Level >= need.Level })
}

// UpsertTechnician makes the technician with this external id, or replaces the one there is; a repeat changes nothing.
func (s *Service) UpsertTechnician(ctx context.Context, p Principal, version int, in Technician) (t Technician, created bool, err error) {
	return upserting[Technician]{
		noun: "technician",
		find: func(ctx context.Context) (Technician, error) {
			return s.store.TechnicianByExternalID(ctx, in.ExternalID)
		},
		record: func(t Technician) Record { return t.Record },
		insert: func(ctx context.Context) (Technician, error) { return s.insertTechnician(ctx, p, in) },
		replace: func(ctx context.Context, old Technician) (Technician, error) {
			return s.replaceTechnician(ctx, p, old, in)
		},
	}.run(ctx, s, p, version)
}

// DeleteTechnician takes a technician of the given version out, with the shifts ahead. It is refused while visits are to come.
func (s *Service) DeleteTechnician(ctx context.Context, p Principal, id uuid.UUID, version int) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		t, err := s.visibleTechnician(ctx, p, id, version)
		if err != nil {
			return err
		}
		shifts, err := s.store.ShiftsOf(ctx, id, s.ahead())
		if err != nil {
			return err
		}
		if _, err := s.store.LockRoutes(ctx, shiftIDs(shifts)); err != nil {
			return err
		}
		visits, err := s.store.AssignedVisits(ctx, id, uuid.Nil, Span{})
		if err != nil {
			return err
		}
		if len(visits) > 0 {
			return Conflict("technician.has_visits", map[string]any{"visits": len(visits)})
		}
		for _, shift := range shifts {
			shift.Record = s.buried(shift.Record)
			if err := s.store.UpdateShift(ctx, shift); err != nil {
				return overtaken(err)
			}
		}
		t.Record = s.buried(t.Record)
		if err := s.store.UpdateTechnician(ctx, t); err != nil {
			return overtaken(err)
		}
		return s.store.AppendEvents(ctx, technicianEvent(EventTechnicianUpdated, id, p, nil))
	})
}
