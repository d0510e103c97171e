// Package demo makes a demo organization in Île-de-France as plain values: who works where and when, and who asks for what. People,
// companies and streets are invented; communes, populations and rates of demand are real.
package demo

import (
	"math/rand/v2"
	"time"

	"tournee/geo"
	"tournee/geo/cell"
)

// Days is how many days the demo spans, and Requests how many requests fall into them.
const (
	Days     = 3
	Requests = 600
)

const (
	technicians = 60
	clients     = 320
)

// World is the demo organization. Every record has a Code, unique among its kind, by which others name it.
type World struct {
	Organization Organization
	Territories  []Territory
	Skills       []Skill
	Technicians  []Technician
	Clients      []Client
	Requests     []Request // in the order of OpenedAt
}

// Organization is the tenant.
type Organization struct {
	Slug, Name, TimeZone, Locale, Currency string
}

// Territory is a department as H3 cells of cell.TerritoryResolution, in ascending order; no cell is in two territories.
type Territory struct {
	Code, Name string
	Cells      []cell.Cell
}

// Skill is a competence.
type Skill struct {
	Code, NameFR, NameEN string
}

// SkillLevel is a skill at a level, 1 to 4.
type SkillLevel struct {
	Skill string
	Level int
}

// Technician does the work. Employment is employee, independent or subcontractor.
type Technician struct {
	Code, Name, Email, Phone, Employment string
	Transport                            geo.Mode
	HomeCity                             string
	Home                                 geo.Position
	Skills                               []SkillLevel
	Territories                          []string
	Shifts                               []Shift
	Absences                             []Absence
}

// Span is a stretch of time, Start included and End not.
type Span struct {
	Start, End time.Time
}

// Shift is a day's work from home to home, with a lunch break that begins between BreakEarliest and BreakLatest.
type Shift struct {
	Span
	BreakEarliest, BreakLatest time.Time
	Break                      time.Duration
}

// Absence takes a technician out for a while. Kind is sick, holiday, training or other.
type Absence struct {
	Span
	Kind string
}

// Client is a household, or a company with one site or several. Email is empty for some households.
type Client struct {
	Code, Kind, Name, Email, Phone string
	Contact                        string // whom to ask for, at a company
	Sites                          []Site
}

// Site is an address, and the position somewhere near the centre of its commune.
type Site struct {
	Code, Name, Street, Postcode, City, CityCode string
	Position                                     geo.Position
	Territory                                    string
	AccessNotes                                  string
}

// Request is a demand for help. Mode is on_site or remote; Severity non_blocking, blocking or crisis; Impact and Urgency
// high, medium or low. Hard marks the few that are meant to be difficult to serve.
type Request struct {
	Code, Client, Site    string
	OpenedAt              time.Time
	Category, Description string
	Mode                  string
	SupportLevel          int // 1 to 4
	Severity              string
	Impact, Urgency       string
	Skills                []SkillLevel
	Duration              time.Duration
	Windows               []Span // ascending, disjoint; service may begin inside
	Hard                  bool
}

// New makes the demo organization whose days are the three local days that begin with from's, in from's location
// (Europe/Paris). No window ends before from, none begins before it. The same seed and instant give the same world.
func New(seed uint64, from time.Time) World {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x746f75726e6565)), from: from}
	g.midnight = time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, from.Location())
	g.region = readRegion()
	g.mobiles, g.landlines = g.Perm(10_000), g.Perm(10_000)
	w := World{
		Organization: Organization{
			Slug: "depann-idf", Name: "Dépann’IDF Informatique", TimeZone: "Europe/Paris", Locale: "fr", Currency: "EUR",
		},
		Territories: g.region.territories,
		Skills:      skills,
	}
	w.Technicians = g.technicians()
	w.Clients = g.clients()
	w.Requests = g.requests(w.Clients)
	return w
}

// generator draws the world. It never walks a map, so that the same seed draws the same.
type generator struct {
	*rand.Rand
	from, midnight     time.Time
	region             *region
	mobiles, landlines []int // numbers not yet given out
	addresses          map[string]int
}

// at is a local time of one of the days, as hours and minutes on the clock.
func (g *generator) at(day, hour, minute int) time.Time {
	m := g.midnight
	return time.Date(m.Year(), m.Month(), m.Day()+day, hour, minute, 0, 0, m.Location())
}

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// weighted draws an index in proportion to the weights.
func weighted(g *generator, weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	draw := g.IntN(total)
	for i, w := range weights {
		if draw < w {
			return i
		}
		draw -= w
	}
	panic("demo: no weight is above 0")
}

// chance is true so many times in a hundred.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }
