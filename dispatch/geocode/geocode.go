// Package geocode lets the business look addresses up with the geocoder of package address.
package geocode

import (
	"context"
	"errors"
	"strings"

	"tournee/dispatch"
	"tournee/geo"
	"tournee/geo/address"
)

// Geocoder is an address.Geocoder as dispatch.Geocoder.
type Geocoder struct{ addresses *address.Geocoder }

var _ dispatch.Geocoder = Geocoder{}

// New makes a Geocoder.
func New(addresses *address.Geocoder) Geocoder { return Geocoder{addresses} }

// precisions are the geocoder's as the business calls them.
var precisions = map[address.Precision]dispatch.Precision{
	address.HouseNumber: dispatch.PrecisionHouseNumber, address.Street: dispatch.PrecisionStreet,
	address.Locality: dispatch.PrecisionLocality, address.Commune: dispatch.PrecisionCommune,
}

// france is the one country whose addresses the geocoder knows.
const france = "FR"

// Locate implements dispatch.Geocoder.
func (g Geocoder) Locate(ctx context.Context, a dispatch.Address) (geo.Position, dispatch.Precision, error) {
	if a.Country != france {
		return geo.Position{}, "", unknown(nil)
	}
	found, err := g.addresses.Locate(ctx, address.Query{Text: a.Street, Postcode: a.PostalCode, City: a.City})
	if errors.Is(err, address.ErrNotFound) {
		return geo.Position{}, "", unknown(err)
	}
	return found.Position, precisions[found.Precision], err
}

func unknown(cause error) error {
	return &dispatch.Error{Kind: dispatch.KindInvalid, Code: "address.unknown", Err: cause}
}

// Suggest implements dispatch.Geocoder.
func (g Geocoder) Suggest(ctx context.Context, text, postalCode string) ([]dispatch.Suggestion, error) {
	found, err := g.addresses.Suggest(ctx, address.Query{Text: text, Postcode: postalCode})
	if err != nil {
		return nil, err
	}
	suggestions := make([]dispatch.Suggestion, len(found))
	for i, f := range found {
		suggestions[i] = dispatch.Suggestion{
			Label: f.Label, Position: f.Position, Precision: precisions[f.Precision], Score: f.Score,
			Address: dispatch.Address{Street: street(f), PostalCode: f.Postcode, City: f.City, Country: france},
		}
	}
	return suggestions, nil
}

// street is the label without the commune; a commune's own label stands for its street.
func street(r address.Result) string {
	return strings.TrimSuffix(r.Label, " "+r.Postcode+" "+r.City)
}
