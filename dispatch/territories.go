package dispatch

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/geo/cell"
)

// TerritoryDraft is a territory as a caller describes it: by its cells, or by an outline.
type TerritoryDraft struct {
	ExternalID string
	Name       string
	Cells      []string         // H3 indexes at resolution 7, in hexadecimal
	Outline    [][]geo.Position // the outer ring, then holes; instead of Cells
	Metadata   Metadata
}

// maxCells bounds one territory: 50,000 km² at resolution 7.
const maxCells = 10_000

// Territory gives one territory.
func (s *Service) Territory(ctx context.Context, p Principal, id uuid.UUID) (Territory, error) {
	return within(ctx, s, p, func(ctx context.Context) (Territory, error) { return s.store.Territory(ctx, id) })
}

// Territories lists the territories.
func (s *Service) Territories(ctx context.Context, p Principal, page Page) (Listing[Territory], error) {
	return within(ctx, s, p, func(ctx context.Context) (Listing[Territory], error) { return s.store.Territories(ctx, page) })
}

// checkTerritory makes a territory of a draft, or notes everything wrong with it.
func checkTerritory(d TerritoryDraft) (Territory, error) {
	t := Territory{ExternalID: d.ExternalID, Name: d.Name, Metadata: d.Metadata}
	var faults Faults
	faults.line("/external_id", &t.ExternalID, maxExternalID)
	faults.name("/name", &t.Name)
	faults.labels("/metadata", &t.Metadata)
	switch {
	case len(d.Cells) > 0 && len(d.Outline) > 0:
		faults.Add("/polygon", "territory.cells_and_polygon", nil)
	case len(d.Outline) > 0:
		t.Cells = outlined(&faults, d.Outline)
	default:
		t.Cells = parsed(&faults, d.Cells)
	}
	if len(t.Cells) > maxCells {
		faults.Add("/cells", "territory.cell_count", map[string]any{"most": maxCells})
	}
	return t, faults.Err()
}

func parsed(faults *Faults, texts []string) []int64 {
	faults.Check(len(texts) > 0, "/cells", "field.required")
	cells := make([]int64, 0, len(texts))
	for i, text := range texts {
		c, err := cell.Parse(text)
		if err != nil || c.Resolution() != cell.TerritoryResolution {
			faults.Add(fmt.Sprintf("/cells/%d", i), "territory.cell", map[string]any{"cell": text, "resolution": cell.TerritoryResolution})
			continue
		}
		cells = append(cells, int64(c))
	}
	slices.Sort(cells)
	return slices.Compact(cells)
}

func outlined(faults *Faults, outline [][]geo.Position) []int64 {
	cells, err := cell.Polygon(outline[0], outline[1:], cell.TerritoryResolution)
	if err != nil {
		faults.Add("/polygon", "territory.polygon", map[string]any{"fault": err.Error()})
		return nil
	}
	out := make([]int64, len(cells))
	for i, c := range cells {
		out[i] = int64(c)
	}
	return out
}

// refuseTaken refuses cells that another territory has, and names it.
func (s *Service) refuseTaken(ctx context.Context, t Territory) error {
	owners, err := s.store.CellOwners(ctx, t.Cells)
	if err != nil {
		return err
	}
	counts := map[CellOwner]int{}
	var most CellOwner
	for _, owner := range owners {
		if owner.ID == t.ID {
			continue
		}
		counts[owner]++
		if more := cmp.Or(cmp.Compare(counts[owner], counts[most]), cmp.Compare(most.Name, owner.Name)); more > 0 {
			most = owner
		}
	}
	if len(counts) == 0 {
		return nil
	}
	return Conflict("territory.taken", map[string]any{"territory": most.Name, "cells": counts[most]})
}

// CreateTerritory makes a territory.
func (s *Service) CreateTerritory(ctx context.Context, p Principal, d TerritoryDraft) (Territory, error) {
	t, err := checkTerritory(d)
	if err != nil {
		return Territory{}, err
	}
	return changing(ctx, s, p, func(ctx context.Context) (Territory, error) { return s.insertTerritory(ctx, p, t) })
}

func (s *Service) insertTerritory(ctx context.Context, p Principal, t Territory) (Territory, error) {
	t.Record = s.newRecord()
	if err := s.refuseTaken(ctx, t); err != nil {
		return Territory{}, err
	}
	if err := s.store.InsertTerritory(ctx, t); err != nil {
		return Territory{}, cellTaken(err)
	}
	return t, s.store.AppendEvents(ctx, territoryEvent(t, p))
}

// cellTaken has a change made again when somebody else took one of its cells at the same moment.
func cellTaken(err error) error {
	if CodeOf(err) == "already_exists" {
		return errMoved
	}
	return overtaken(err)
}

func territoryEvent(t Territory, p Principal) Event {
	return Event{Kind: EventTerritoryUpdated, ActorRole: p.Role, ActorID: p.ID, Data: map[string]any{"territory": t.ID}}
}

// PatchTerritory changes a territory of the given version. Of the draft, patch gets the name and the metadata as they stand; without new
// cells or a new outline the cells stay.
func (s *Service) PatchTerritory(ctx context.Context, p Principal, id uuid.UUID, version int, patch func(*TerritoryDraft)) (Territory, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Territory, error) {
		old, err := s.freshTerritory(ctx, id, version)
		if err != nil {
			return old, err
		}
		d := TerritoryDraft{Name: old.Name, Metadata: maps.Clone(old.Metadata)}
		patch(&d)
		if d.Cells == nil && d.Outline == nil {
			for _, c := range old.Cells {
				d.Cells = append(d.Cells, cell.Cell(c).String())
			}
		}
		t, err := checkTerritory(d)
		if err != nil {
			return Territory{}, err
		}
		return s.replaceTerritory(ctx, p, old, t)
	})
}

func (s *Service) freshTerritory(ctx context.Context, id uuid.UUID, version int) (Territory, error) {
	old, err := s.store.Territory(ctx, id)
	if err != nil {
		return old, err
	}
	return old, fresh(old.Version, version, "territory")
}

// replaceTerritory writes a changed territory; one that is as before is left alone. It is refused when sites would fall outside.
func (s *Service) replaceTerritory(ctx context.Context, p Principal, old, t Territory) (Territory, error) {
	t.Record, t.ExternalID = old.Record, old.ExternalID
	if reflect.DeepEqual(t, old) && old.DeletedAt == nil {
		return old, nil
	}
	outside, err := s.sitesOutside(ctx, t)
	if err != nil {
		return Territory{}, err
	}
	if outside > 0 {
		return Territory{}, Conflict("territory.sites_outside", map[string]any{"sites": outside})
	}
	if err := s.refuseTaken(ctx, t); err != nil {
		return Territory{}, err
	}
	t.Record = s.next(old.Record)
	if err := s.store.UpdateTerritory(ctx, t); err != nil {
		return Territory{}, cellTaken(err)
	}
	return t, s.store.AppendEvents(ctx, territoryEvent(t, p))
}

// sitesOutside counts the territory's sites that its cells no longer hold.
func (s *Service) sitesOutside(ctx context.Context, t Territory) (n int, err error) {
	sites, err := s.store.SiteCells(ctx, t.ID)
	for _, site := range sites {
		if _, inside := slices.BinarySearch(t.Cells, int64(cell.Cell(site).Parent(cell.TerritoryResolution))); !inside {
			n++
		}
	}
	return n, err
}

// UpsertTerritory makes the territory with this external id, or replaces the one there is; a repeat changes nothing.
func (s *Service) UpsertTerritory(ctx context.Context, p Principal, version int, d TerritoryDraft) (t Territory, created bool, err error) {
	in, err := checkTerritory(d)
	if err != nil {
		return Territory{}, false, err
	}
	return upserting[Territory]{
		noun:   "territory",
		find:   func(ctx context.Context) (Territory, error) { return s.store.TerritoryByExternalID(ctx, in.ExternalID) },
		record: func(t Territory) Record { return t.Record },
		insert: func(ctx context.Context) (Territory, error) { return s.insertTerritory(ctx, p, in) },
		replace: func(ctx context.Context, old Territory) (Territory, error) {
			return s.replaceTerritory(ctx, p, old, in)
		},
	}.run(ctx, s, p, version)
}

// DeleteTerritory takes a territory of the given version out. It is refused while it has sites or technicians.
func (s *Service) DeleteTerritory(ctx context.Context, p Principal, id uuid.UUID, version int) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		t, err := s.freshTerritory(ctx, id, version)
		if err != nil {
			return err
		}
		sites, err := s.store.SiteCells(ctx, id)
		if err != nil {
			return err
		}
		technicians, err := s.store.TechniciansServing(ctx, id)
		if err != nil {
			return err
		}
		if len(sites)+technicians > 0 {
			return Conflict("territory.in_use", map[string]any{"sites": len(sites), "technicians": technicians})
		}
		t.Record = s.buried(t.Record)
		if err := s.store.UpdateTerritory(ctx, t); err != nil {
			return overtaken(err)
		}
		return s.store.AppendEvents(ctx, territoryEvent(t, p))
	})
}
