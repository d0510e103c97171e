package dispatch

import (
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// Tariff is one version of what an organization asks for its work. A version never changes: another one is added. At any moment the version
// with the highest number among those already valid is in force, so that a correction also stands in for what was announced before it.
type Tariff struct {
	ID        uuid.UUID
	Version   int // 1, 2, 3 … within the organization
	ValidFrom time.Time
	Currency  string // ISO 4217, the organization's
	CreatedAt time.Time
	CreatedBy Actor
	TariffTerms
}

// TariffTerms are a tariff's figures. Amounts are in the currency's minor unit and before tax, percentages whole, rates of VAT in basis points
// (2000 is 20 %).
type TariffTerms struct {
	Works  []WorkPrice `json:"works"`
	Travel TravelPrice `json:"travel,omitzero"`

	Urgency  []UrgencySurcharge `json:"urgency,omitempty"` // the dearest of those that apply
	Evening  []HoursSurcharge   `json:"evening,omitempty"` // the dearest of those that apply
	Saturday Surcharge          `json:"saturday,omitzero"`
	Sunday   Surcharge          `json:"sunday,omitzero"`
	Holiday  Surcharge          `json:"holiday,omitzero"` // on the public holidays of Holidays
	Holidays HolidayCalendar    `json:"holidays"`

	GreenDiscount int `json:"green_discount,omitempty"` // per cent of the base price, where a technician is next door
	// SlotFloor and SlotCeiling bound the slot's own part (surcharges, green discount and the slot's adjustment together), in per cent of the
	// base price: -30 and 100 let a slot make the work 30 % cheaper or twice as dear.
	SlotFloor   int `json:"slot_floor"`
	SlotCeiling int `json:"slot_ceiling"`
	VATRate     int `json:"vat_rate"`
}

// WorkPrice is what work of a category in a mode costs: a call-out fee, and a flat price or one by the hour. Of several that fit, the one that
// names both counts before the one that names the category, that before the one that names the mode, and the one that names neither comes last.
type WorkPrice struct {
	Category string            `json:"category,omitempty"` // "": any
	Mode     Mode              `json:"mode,omitempty"`     // "": any
	CallOut  int64             `json:"call_out,omitempty"`
	Flat     *int64            `json:"flat,omitempty"`     // whatever the duration; instead of Hour, Minimum and Step
	Hour     int64             `json:"hour,omitempty"`     // an hour of work
	Minimum  scheduler.Seconds `json:"minimum,omitempty"`  // billed at least
	Step     scheduler.Seconds `json:"step,omitempty"`     // every one begun is billed; 0: to the second
	VATRate  *int              `json:"vat_rate,omitempty"` // instead of the tariff's
}

// TravelPrice is what coming to a site costs, beside the call-out fee; work without a journey pays none of it.
type TravelPrice struct {
	Zones      []ZonePrice `json:"zones,omitempty"`
	Elsewhere  int64       `json:"elsewhere,omitempty"`   // in every other territory
	FreeMetres int         `json:"free_metres,omitempty"` // of the journey
	Kilometre  int64       `json:"kilometre,omitempty"`   // each kilometre begun beyond FreeMetres
}

// ZonePrice is the price of coming into one territory.
type ZonePrice struct {
	TerritoryID uuid.UUID `json:"territory_id"`
	Price       int64     `json:"price"`
}

// Surcharge is so many per cent of the base price, or a fixed amount. Zero is none.
type Surcharge struct {
	Percent int   `json:"percent,omitempty"`
	Amount  int64 `json:"amount,omitempty"`
}

// of is what the surcharge comes to.
func (s Surcharge) of(base int64) int64 {
	if s.Amount != 0 {
		return s.Amount
	}
	return percent(base, s.Percent)
}

// UrgencySurcharge is for work that others have to wait for: either by priority or by how soon it is wanted.
type UrgencySurcharge struct {
	Surcharge
	Priority int               `json:"priority,omitempty"` // this one (1 is the most pressing) and those above it
	Lead     scheduler.Seconds `json:"lead,omitempty"`     // the window opens sooner after asking than this
}

// HoursSurcharge is for windows that open in certain hours of the site's clocks, every day.
type HoursSurcharge struct {
	Surcharge
	Start string `json:"start"` // HH:MM
	End   string `json:"end"`   // HH:MM, not included; before Start it is the next day's, 24:00 is midnight
}

// contains reports whether clocks that show so many minutes after midnight are within the hours.
func (h HoursSurcharge) contains(minutes int) bool {
	start, end := clockMinutes(h.Start), clockMinutes(h.End)
	if start < end {
		return start <= minutes && minutes < end
	}
	return minutes >= start || minutes < end
}

// work is the price that fits a category and a mode best.
func (t TariffTerms) work(category string, mode Mode) (best WorkPrice, found bool) {
	closest := -1
	for _, w := range t.Works {
		if (w.Category != "" && w.Category != category) || (w.Mode != "" && w.Mode != mode) {
			continue
		}
		fit := 0
		if w.Category != "" {
			fit += 2
		}
		if w.Mode != "" {
			fit++
		}
		if fit > closest {
			best, closest = w, fit
		}
	}
	return best, closest >= 0
}

// zone is the price of coming into a territory; the nil UUID is elsewhere.
func (p TravelPrice) zone(territory uuid.UUID) int64 {
	for _, z := range p.Zones {
		if z.TerritoryID == territory {
			return z.Price
		}
	}
	return p.Elsewhere
}
