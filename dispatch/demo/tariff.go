package demo

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/scheduler"
)

// outskirts are the departments of the outer ring.
var outskirts = []string{"77", "78", "91", "95"}

// What coming costs, in centimes: nothing in Paris, nearby elsewhere, far in the outskirts.
const (
	nearby = 600
	far    = 1500
)

// tariff is what the demo organization asks: invented figures in the order of what help at home with computers costs in France.
func tariff(territories map[string]uuid.UUID) dispatch.Tariff {
	const quarter, half, hour scheduler.Seconds = 900, 1800, 3600
	recovery, free := int64(24_900), int64(0)
	t := dispatch.Tariff{TariffTerms: dispatch.TariffTerms{
		Works: []dispatch.WorkPrice{
			{CallOut: 3900, Hour: 6600, Minimum: hour, Step: quarter},
			{Mode: dispatch.Remote, Hour: 4900, Minimum: half, Step: quarter},
			{Mode: dispatch.Hotline, Flat: &free},
			{Mode: dispatch.Workshop, CallOut: 1900, Hour: 5400, Minimum: half, Step: quarter},
			{Category: "serveur", CallOut: 5900, Hour: 9500, Minimum: hour, Step: half},
			{Category: "donnees_perdues", CallOut: 3900, Flat: &recovery},
		},
		Travel:   dispatch.TravelPrice{Elsewhere: nearby, FreeMetres: 20_000, Kilometre: 60},
		Urgency:  []dispatch.UrgencySurcharge{{Priority: 1, Surcharge: dispatch.Surcharge{Percent: 25}}, {Lead: 4 * hour, Surcharge: dispatch.Surcharge{Percent: 25}}},
		Evening:  []dispatch.HoursSurcharge{{Start: "19:00", End: "22:00", Surcharge: dispatch.Surcharge{Percent: 25}}, {Start: "22:00", End: "07:00", Surcharge: dispatch.Surcharge{Percent: 75}}},
		Saturday: dispatch.Surcharge{Percent: 15}, Sunday: dispatch.Surcharge{Percent: 50}, Holiday: dispatch.Surcharge{Percent: 100}, Holidays: dispatch.FranceHolidays,
		GreenDiscount: 10, SlotFloor: -20, SlotCeiling: 150, VATRate: 2000, // 20 %: Code général des impôts, article 278
	}}
	if paris, known := territories[showcase]; known {
		t.Travel.Zones = append(t.Travel.Zones, dispatch.ZonePrice{TerritoryID: paris})
	}
	for _, code := range outskirts {
		if id, known := territories[code]; known {
			t.Travel.Zones = append(t.Travel.Zones, dispatch.ZonePrice{TerritoryID: id, Price: far})
		}
	}
	return t
}

func (l *loader) prices(ctx context.Context) error {
	if _, err := l.AddTariff(ctx, l.out.Administrator, tariff(l.territories)); err != nil {
		return fmt.Errorf("tariff: %w", err)
	}
	return nil
}
