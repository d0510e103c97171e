package dispatch

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/geo/cell"
)

// Coverage says whether a place is served.
type Coverage struct {
	Label       string // the address as the geocoder writes it; "" for a position
	Position    geo.Position
	Precision   Precision
	TerritoryID uuid.UUID // nil UUID: nobody serves it
	TimeZone    string    // that a site there would have
}

// CoverageOf says whether a written address is served: the best that it may mean. An address that may mean nothing is KindNotFound.
func (s *Service) CoverageOf(ctx context.Context, p Principal, text, postalCode string) (Coverage, error) {
	found, err := s.geo.Suggest(ctx, text, postalCode)
	if err != nil {
		return Coverage{}, fmt.Errorf("dispatch: looking an address up: %w", err)
	}
	if len(found) == 0 {
		return Coverage{}, NotFound("address")
	}
	best := found[0]
	return s.coverage(ctx, p, Coverage{Label: best.Label, Position: best.Position, Precision: best.Precision})
}

// CoverageAt says whether a position is served.
func (s *Service) CoverageAt(ctx context.Context, p Principal, at geo.Position) (Coverage, error) {
	if at.Validate() != nil {
		var faults Faults
		faults.Add("", "position.coordinates", nil)
		return Coverage{}, faults.Err()
	}
	return s.coverage(ctx, p, Coverage{Position: at, Precision: PrecisionExact})
}

func (s *Service) coverage(ctx context.Context, p Principal, c Coverage) (Coverage, error) {
	here := int64(cell.Of(c.Position, cell.SiteResolution).Parent(cell.TerritoryResolution))
	return within(ctx, s, p, func(ctx context.Context) (Coverage, error) {
		owners, err := s.store.CellOwners(ctx, []int64{here})
		if err != nil {
			return c, err
		}
		c.TerritoryID = owners[here].ID
		c.TimeZone, err = s.store.TimeZone(ctx, uuid.Nil, uuid.Nil, uuid.Nil)
		return c, err
	})
}
