package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// tariffOf is a version of the tariff in the organization's zone.
func tariffOf(o dispatch.Organization, t dispatch.Tariff) oapi.Tariff {
	return oapi.Tariff{
		ID: t.ID, Version: t.Version, ValidFrom: inZone(t.ValidFrom, o.TimeZone), TimeZone: o.TimeZone, Currency: t.Currency, CreatedAt: inZone(t.CreatedAt, o.TimeZone),
		Works: each(t.Works, workPriceOf), Travel: travelPriceOf(t.Travel),
		Urgency: some(t.Urgency, func(u dispatch.UrgencySurcharge) oapi.UrgencySurcharge {
			return oapi.UrgencySurcharge{Percent: u.Percent, Amount: u.Amount, Priority: u.Priority, Lead: secondsText(u.Lead)}
		}),
		Evening: some(t.Evening, func(h dispatch.HoursSurcharge) oapi.HoursSurcharge {
			return oapi.HoursSurcharge{Percent: h.Percent, Amount: h.Amount, Start: h.Start, End: h.End}
		}),
		Saturday: surchargeOf(t.Saturday), Sunday: surchargeOf(t.Sunday), Holiday: surchargeOf(t.Holiday), Holidays: oapi.HolidayCalendar(t.Holidays),
		GreenDiscount: t.GreenDiscount, SlotFloor: t.SlotFloor, SlotCeiling: t.SlotCeiling, VatRate: t.VATRate,
	}
}

func surchargeOf(s dispatch.Surcharge) oapi.Surcharge {
	return oapi.Surcharge{Percent: s.Percent, Amount: s.Amount}
}

func surcharge(s oapi.Surcharge) dispatch.Surcharge {
	return dispatch.Surcharge{Percent: s.Percent, Amount: s.Amount}
}

func workPriceOf(w dispatch.WorkPrice) oapi.WorkPrice {
	return oapi.WorkPrice{
		Category: w.Category, Mode: oapi.Mode(w.Mode), CallOut: w.CallOut, Flat: w.Flat, Hour: w.Hour, Minimum: secondsText(w.Minimum), Step: secondsText(w.Step), VatRate: w.VATRate,
	}
}

func travelPriceOf(p dispatch.TravelPrice) oapi.TravelPrice {
	zones := some(p.Zones, func(z dispatch.ZonePrice) oapi.ZonePrice {
		return oapi.ZonePrice{TerritoryID: z.TerritoryID, Price: z.Price}
	})
	return oapi.TravelPrice{Zones: zones, Elsewhere: p.Elsewhere, FreeDistance: p.FreeMetres, Kilometre: p.Kilometre}
}

// terms reads a tariff's figures.
func (d *durations) terms(b *oapi.TariffCreate) dispatch.TariffTerms {
	out := dispatch.TariffTerms{
		Saturday: surcharge(b.Saturday), Sunday: surcharge(b.Sunday), Holiday: surcharge(b.Holiday), Holidays: dispatch.HolidayCalendar(b.Holidays),
		GreenDiscount: b.GreenDiscount, SlotFloor: b.SlotFloor, SlotCeiling: b.SlotCeiling, VATRate: b.VatRate,
	}
	for i, w := range b.Works {
		at := pointer("/works", i)
		out.Works = append(out.Works, dispatch.WorkPrice{
			Category: w.Category, Mode: dispatch.Mode(w.Mode), CallOut: w.CallOut, Flat: w.Flat, Hour: w.Hour,
			Minimum: d.seconds(at+"/minimum", w.Minimum), Step: d.seconds(at+"/step", w.Step), VATRate: w.VatRate,
		})
	}
	out.Travel = dispatch.TravelPrice{Elsewhere: b.Travel.Elsewhere, FreeMetres: b.Travel.FreeDistance, Kilometre: b.Travel.Kilometre}
	for _, z := range b.Travel.Zones {
		out.Travel.Zones = append(out.Travel.Zones, dispatch.ZonePrice{TerritoryID: z.TerritoryID, Price: z.Price})
	}
	for i, u := range b.Urgency {
		out.Urgency = append(out.Urgency, dispatch.UrgencySurcharge{
			Surcharge: dispatch.Surcharge{Percent: u.Percent, Amount: u.Amount}, Priority: u.Priority, Lead: d.seconds(pointer("/urgency", i)+"/lead", u.Lead),
		})
	}
	for _, h := range b.Evening {
		out.Evening = append(out.Evening, dispatch.HoursSurcharge{Surcharge: dispatch.Surcharge{Percent: h.Percent, Amount: h.Amount}, Start: h.Start, End: h.End})
	}
	return out
}

// ListTariffs lists the versions of the tariff, newest first.
func (h *handlers) ListTariffs(ctx context.Context, in oapi.ListTariffsRequestObject) (oapi.ListTariffsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, time.Time{})
	if err != nil {
		return nil, err
	}
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Tariffs(ctx, principal(ctx), p)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(t dispatch.Tariff) oapi.Tariff { return tariffOf(o, t) })
	return oapi.ListTariffs200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// ReadTariff gives one version of the tariff.
func (h *handlers) ReadTariff(ctx context.Context, in oapi.ReadTariffRequestObject) (oapi.ReadTariffResponseObject, error) {
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	t, err := h.dispatch.TariffVersion(ctx, principal(ctx), in.Version)
	if err != nil {
		return nil, err
	}
	return oapi.ReadTariff200JSONResponse(tariffOf(o, t)), nil
}

// AddTariff adds a version of the tariff.
func (h *handlers) AddTariff(ctx context.Context, in oapi.AddTariffRequestObject) (oapi.AddTariffResponseObject, error) {
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	l, err := h.localTimes(ctx, o.TimeZone, uuid.Nil)
	if err != nil {
		return nil, err
	}
	var d durations
	t := dispatch.Tariff{Currency: in.Body.Currency, TariffTerms: d.terms(in.Body)}
	if in.Body.ValidFrom != "" {
		t.ValidFrom = l.instant("/valid_from", in.Body.ValidFrom, in.Body.Fold)
	}
	if err := append(l.faults, d.faults...).Err(); err != nil {
		return nil, err
	}
	if t, err = h.dispatch.AddTariff(ctx, principal(ctx), t); err != nil {
		return nil, err
	}
	return oapi.AddTariff201JSONResponse(tariffOf(o, t)), nil
}

// PriceWork says what described work would cost.
func (h *handlers) PriceWork(ctx context.Context, in oapi.PriceWorkRequestObject) (oapi.PriceWorkResponseObject, error) {
	b := in.Body
	l, err := h.localTimes(ctx, b.TimeZone, b.SiteID)
	if err != nil {
		return nil, err
	}
	work := dispatch.DescribedWork{
		Category: b.Category, Mode: dispatch.Mode(b.Mode), Impact: dispatch.Grade(b.Impact), Urgency: dispatch.Grade(b.Urgency), Duration: l.duration("/duration", b.Duration),
		SiteID: b.SiteID, TerritoryID: b.TerritoryID, Begin: l.instant("/begin", b.Begin, b.Fold),
		TariffVersion: b.TariffVersion, Green: b.Green, TravelMetres: b.TravelDistance, Adjustment: b.Adjustment,
	}
	if err := l.faults.Err(); err != nil {
		return nil, err
	}
	price, err := h.dispatch.PriceOf(ctx, principal(ctx), work)
	if err != nil {
		return nil, err
	}
	return oapi.PriceWork200JSONResponse(priceOf(callOf(ctx).locale, price)), nil
}

// priceOf tells a price in the caller's language.
func priceOf(locale string, p dispatch.Price) oapi.Price {
	lines := each(p.Lines, func(l dispatch.PriceLine) oapi.PriceLine {
		return oapi.PriceLine{Code: l.Code, Detail: l.Text(locale), Net: l.Net, VatRate: l.VATRate, Vat: l.VAT, Gross: l.Gross}
	})
	return oapi.Price{TariffVersion: p.TariffVersion, Currency: p.Currency, Lines: lines, NetTotal: p.NetTotal, VatTotal: p.VATTotal, Total: p.Total}
}
