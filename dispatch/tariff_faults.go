package dispatch

import (
	"fmt"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// The bounds of a tariff. The contract names them as well; with them no price comes near what an int64 holds.
const (
	maxAmount      = 10_000_000 // minor units
	maxWorkPrices  = 200
	maxZones       = 500
	maxSurcharges  = 10
	maxSurcharge   = 500  // per cent
	maxSlotCeiling = 1000 // per cent
	maxLead        = 30 * 24 * 3600
	maxVATRate     = 10_000 // basis points
)

// terms notes everything wrong with a tariff's figures.
func (f *Faults) terms(t TariffTerms, territories map[uuid.UUID]bool) {
	f.works(t.Works)
	f.travel(t.Travel, territories)
	f.count("/urgency", len(t.Urgency), maxSurcharges)
	for i, u := range t.Urgency {
		at := fmt.Sprintf("/urgency/%d", i)
		f.surcharge(at, u.Surcharge, true)
		f.Check((u.Priority == 0) != (u.Lead == 0), at, "tariff.priority_or_lead")
		bounded(f, at+"/priority", u.Priority, 0, 5)
		bounded(f, at+"/lead", u.Lead, 0, maxLead)
	}
	f.count("/evening", len(t.Evening), maxSurcharges)
	for i, h := range t.Evening {
		at := fmt.Sprintf("/evening/%d", i)
		f.surcharge(at, h.Surcharge, true)
		f.Check(clockMinutes(h.Start) >= 0 && h.Start != "24:00", at+"/start", "rules.clock")
		f.Check(clockMinutes(h.End) >= 0, at+"/end", "rules.clock")
		f.Check(h.Start != h.End, at+"/end", "window.ends_before_start")
	}
	f.surcharge("/saturday", t.Saturday, false)
	f.surcharge("/sunday", t.Sunday, false)
	f.surcharge("/holiday", t.Holiday, false)
	f.Check(t.Holidays.Valid(), "/holidays", "tariff.holidays")
	bounded(f, "/green_discount", t.GreenDiscount, 0, 100)
	bounded(f, "/slot_floor", t.SlotFloor, -100, 0)
	bounded(f, "/slot_ceiling", t.SlotCeiling, 0, maxSlotCeiling)
	bounded(f, "/vat_rate", t.VATRate, 0, maxVATRate)
}

// works notes prices that cannot be, two for the same work, and a tariff that leaves some work without a price.
func (f *Faults) works(works []WorkPrice) {
	type key struct {
		category string
		mode     Mode
	}
	f.count("/works", len(works), maxWorkPrices)
	seen := map[key]bool{}
	for i, w := range works {
		at := fmt.Sprintf("/works/%d", i)
		if w.Category != "" {
			f.kind(at+"/category", w.Category)
		}
		switch w.Mode {
		case "", Hotline, Remote, OnSite, Workshop:
		default:
			f.Add(at+"/mode", "field.enum", map[string]any{"allowed": modeNames})
		}
		k := key{w.Category, w.Mode}
		f.Check(!seen[k], at, "rules.twice")
		seen[k] = true
		bounded(f, at+"/call_out", w.CallOut, 0, maxAmount)
		bounded(f, at+"/hour", w.Hour, 0, maxAmount)
		bounded(f, at+"/minimum", w.Minimum, 0, scheduler.Seconds(maxDuration.Seconds()))
		bounded(f, at+"/step", w.Step, 0, scheduler.Seconds(maxDuration.Seconds()))
		if w.Flat != nil {
			bounded(f, at+"/flat", *w.Flat, 0, maxAmount)
			f.Check(w.Hour == 0 && w.Minimum == 0 && w.Step == 0, at+"/flat", "tariff.flat_or_hour")
		}
		if w.VATRate != nil {
			bounded(f, at+"/vat_rate", *w.VATRate, 0, maxVATRate)
		}
	}
	f.Check(seen[key{}], "/works", "tariff.no_default")
}

func (f *Faults) travel(p TravelPrice, territories map[uuid.UUID]bool) {
	f.count("/travel/zones", len(p.Zones), maxZones)
	seen := map[uuid.UUID]bool{}
	for i, z := range p.Zones {
		at := fmt.Sprintf("/travel/zones/%d", i)
		f.Check(territories[z.TerritoryID], at+"/territory_id", "territory.unknown")
		f.Check(!seen[z.TerritoryID], at+"/territory_id", "territory.twice")
		seen[z.TerritoryID] = true
		bounded(f, at+"/price", z.Price, 0, maxAmount)
	}
	bounded(f, "/travel/elsewhere", p.Elsewhere, 0, maxAmount)
	bounded(f, "/travel/free_distance", p.FreeMetres, 0, maxMetres)
	bounded(f, "/travel/kilometre", p.Kilometre, 0, maxAmount)
}

// surcharge notes one that is both a percentage and an amount, or, where there has to be one, neither.
func (f *Faults) surcharge(path string, s Surcharge, needed bool) {
	f.Check((s.Percent == 0 || s.Amount == 0) && (!needed || s != Surcharge{}), path, "tariff.percent_or_amount")
	bounded(f, path+"/percent", s.Percent, 0, maxSurcharge)
	bounded(f, path+"/amount", s.Amount, 0, maxAmount)
}
