package dispatchtest

import (
	"github.com/google/uuid"

	"tournee/dispatch"
)

// Tariff is a tariff with something of everything, in figures that are easy to reckon with: 50 € to come, 60 € an hour by quarters and one hour at
// least, 10 € for the journey into the territory and 20 € elsewhere, a euro a kilometre beyond ten.
func Tariff(territory uuid.UUID) dispatch.Tariff {
	flat, reduced := int64(20_000), 1000
	return dispatch.Tariff{TariffTerms: dispatch.TariffTerms{
		Works: []dispatch.WorkPrice{
			{CallOut: 5000, Hour: 6000, Minimum: 3600, Step: 900},
			{Mode: dispatch.Remote, Hour: 4000, Step: 300},
			{Mode: dispatch.Hotline, Flat: new(int64)},
			{Category: "data_recovery", CallOut: 1000, Flat: &flat},
			{Category: "data_recovery", Mode: dispatch.Workshop, Flat: &flat, VATRate: &reduced},
		},
		Travel:  dispatch.TravelPrice{Zones: []dispatch.ZonePrice{{TerritoryID: territory, Price: 1000}}, Elsewhere: 2000, FreeMetres: 10_000, Kilometre: 100},
		Urgency: []dispatch.UrgencySurcharge{{Priority: 1, Surcharge: dispatch.Surcharge{Percent: 30}}, {Lead: 4 * 3600, Surcharge: dispatch.Surcharge{Amount: 2500}}},
		Evening: []dispatch.HoursSurcharge{
			{Start: "19:00", End: "22:00", Surcharge: dispatch.Surcharge{Percent: 25}}, {Start: "22:00", End: "07:00", Surcharge: dispatch.Surcharge{Percent: 60}},
		},
		Saturday: dispatch.Surcharge{Percent: 20}, Sunday: dispatch.Surcharge{Percent: 50}, Holiday: dispatch.Surcharge{Percent: 100}, Holidays: dispatch.FranceHolidays,
		GreenDiscount: 10, SlotFloor: -20, SlotCeiling: 150, VATRate: 2000,
	}}
}
