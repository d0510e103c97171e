package dispatch

import (
	"context"

	"github.com/google/uuid"

	"tournee/geo"
)

// RegistryStore keeps what changes rarely: the organization, its territories, skills, clients, technicians, shifts.
type RegistryStore interface {
	SkillCodes(ctx context.Context) (map[string]bool, error) // those in use
	Technician(ctx context.Context, id uuid.UUID) (Technician, error)
	ShiftsOf(ctx context.Context, technician uuid.UUID, span Span) ([]Shift, error) // overlapping the span
}

// Geocoder turns addresses into positions.
type Geocoder interface {
	// Locate gives the best position known for an address, and how exact it is. KindInvalid when nothing matches.
	Locate(ctx context.Context, a Address) (geo.Position, Precision, error)
}
