package dispatch

import (
	"maps"
	"time"

	"github.com/google/uuid"
)

// PriceQuery is the work that a price is asked for, at one slot.
type PriceQuery struct {
	Category     string
	Mode         Mode
	Priority     int           // 1 (most pressing) to 5
	Duration     time.Duration // 5 minutes to 12 hours
	TerritoryID  uuid.UUID     // the site's; nil UUID: in no zone of the tariff
	TravelMetres int           // of the journey; 0: not known
	Begin        time.Time     // when the arrival window opens
	TimeZone     string        // IANA, the site's: by its clocks evenings, Sundays and holidays are told
	Asked        time.Time     // when the client asks
	Green        bool          // a technician is next door
	Adjustment   int64         // the slot's opportunity price, in minor units before tax; may be negative
}

// Price is what work costs: lines that a client understands, in a fixed order, and their sums.
type Price struct {
	TariffVersion int         `json:"tariff_version"`
	Currency      string      `json:"currency"`
	Lines         []PriceLine `json:"lines"`
	NetTotal      int64       `json:"net_total"` // minor units
	VATTotal      int64       `json:"vat_total"`
	Total         int64       `json:"total"`
}

// PriceLine is one reason to pay, or to pay less. Code is a key of the message catalogue, Params is what its sentence is made from: numbers
// and codes, so that a stored line can be told in either language.
type PriceLine struct {
	Code    string         `json:"code"`
	Params  map[string]any `json:"params,omitempty"`
	Net     int64          `json:"net"`      // minor units before tax
	VATRate int            `json:"vat_rate"` // basis points
	VAT     int64          `json:"vat"`
	Gross   int64          `json:"gross"`
}

// The codes of the lines, in their order.
const (
	LineCallOut    = "price.call_out"   // coming to the site
	LineOpening    = "price.opening"    // the same fee where nobody comes
	LineLabour     = "price.labour"     // by the hour
	LineFlat       = "price.flat"       // whatever the duration
	LineTravel     = "price.travel"     // by zone
	LineKilometres = "price.kilometres" // beyond the free ones
	LineUrgency    = "price.urgency"
	LineEvening    = "price.evening"
	LineSaturday   = "price.saturday"
	LineSunday     = "price.sunday"
	LineHoliday    = "price.holiday"
	LineGreen      = "price.green"
	LineSlot       = "price.slot"    // the slot's adjustment, as far as floor and ceiling let it through
	LineFloor      = "price.floor"   // brings the slot's own part up to the floor
	LineCeiling    = "price.ceiling" // brings it down to the ceiling
)

// Price says what work costs at a slot. It is pure integer arithmetic: an amount that is a share of another is rounded half away from zero on its
// line, and the totals are the lines' sums exactly.
//
// The base price is the work and the journey. On it come, for the moment at which the arrival window opens by the clocks of the site: one
// urgency surcharge, one for the hour, and one for the day. A Sunday (or a Saturday) that is also a public holiday pays the dearer of the two
// surcharges only, never both; of two that are equal, the holiday's. Then the green discount and the slot's adjustment. Together these are the
// slot's own part; it stays between the floor and the ceiling, and a line of its own says so where that changed anything.
//
// VAT is reckoned on the net total and shared out over the lines, so that the total is the one that an invoice shows (EN 16931, BR-S-09, reckons VAT
// per rate, not per line); a line's VAT is within one minor unit of its own rounding. The net total never falls as the duration grows.
//
// A query that cannot be priced is KindInvalid with every fault, by the names of the API.
func (t Tariff) Price(q PriceQuery) (Price, error) {
	var faults Faults
	zone := faults.priced(q)
	if err := faults.Err(); err != nil {
		return Price{}, err
	}
	work, found := t.work(q.Category, q.Mode)
	if !found {
		return Price{}, Conflict("tariff.no_price", map[string]any{"category": q.Category, "mode": q.Mode})
	}
	rate := t.VATRate
	if work.VATRate != nil {
		rate = *work.VATRate
	}
	b := bill{rate: rate}
	b.work(work, q)
	if q.Mode == OnSite {
		b.travel(t.Travel, q)
	}
	base := b.net
	b.surcharges(t.TariffTerms, q, base, q.Begin.In(zone))
	if q.Green {
		b.add(LineGreen, -percent(base, t.GreenDiscount), map[string]any{"percent": t.GreenDiscount})
	}
	b.slot(t.TariffTerms, base, q.Adjustment)
	return b.price(t), nil
}

// priced notes everything that keeps work from having a price, and gives the site's zone.
func (f *Faults) priced(q PriceQuery) *time.Location {
	switch q.Mode {
	case Hotline, Remote, OnSite, Workshop:
	default:
		f.Add("/mode", "field.enum", map[string]any{"allowed": modeNames})
	}
	f.Check(q.Priority >= 1 && q.Priority <= 5, "/priority", "visit.priority")
	if q.Duration < minDuration || q.Duration > maxDuration {
		f.Add("/duration", "work.duration", map[string]any{"least": minDuration.Minutes(), "most": maxDuration.Hours()})
	}
	bounded(f, "/travel_distance", q.TravelMetres, 0, maxMetres)
	f.Check(!q.Begin.IsZero(), "/begin", "field.required")
	zone, err := Zone(q.TimeZone)
	if err != nil {
		f.Add("/time_zone", "time_zone.unknown", map[string]any{"zone": q.TimeZone})
	}
	return zone
}

// modeNames lists the modes for people.
const modeNames = "hotline, remote, on_site, workshop"

// bill is a price in the making.
type bill struct {
	rate  int
	lines []PriceLine
	net   int64
}

// add writes a line, unless it comes to nothing.
func (b *bill) add(code string, net int64, params map[string]any) {
	if net == 0 {
		return
	}
	b.lines = append(b.lines, PriceLine{Code: code, Params: params, Net: net, VATRate: b.rate})
	b.net += net
}

// work adds the call-out fee and the work itself; free work is told as well, since that is what the client asked for.
func (b *bill) work(w WorkPrice, q PriceQuery) {
	opening := LineOpening
	if q.Mode == OnSite {
		opening = LineCallOut
	}
	b.add(opening, w.CallOut, nil)
	line := PriceLine{Code: LineFlat, VATRate: b.rate}
	if w.Flat != nil {
		line.Net = *w.Flat
	} else {
		billed := max(int64(q.Duration/time.Second), int64(w.Minimum))
		if step := int64(w.Step); step > 0 {
			billed = (billed + step - 1) / step * step
		}
		line.Code, line.Net = LineLabour, rounded(w.Hour*billed, 3600)
		line.Params = map[string]any{"minutes": (billed + 59) / 60}
	}
	b.lines = append(b.lines, line)
	b.net += line.Net
}

// travel adds the journey: by territory, and by its length where that is known.
func (b *bill) travel(p TravelPrice, q PriceQuery) {
	b.add(LineTravel, p.zone(q.TerritoryID), nil)
	if beyond := int64(q.TravelMetres) - int64(p.FreeMetres); beyond > 0 {
		kilometres := (beyond + 999) / 1000
		b.add(LineKilometres, kilometres*p.Kilometre, map[string]any{"kilometres": kilometres, "metres": p.FreeMetres})
	}
}

// surcharges adds those of urgency, of the hour and of the day; begin is in the site's zone.
func (b *bill) surcharges(t TariffTerms, q PriceQuery, base int64, begin time.Time) {
	var urgency, evening, day dearest
	for _, u := range t.Urgency {
		byPriority := u.Priority != 0 && q.Priority <= u.Priority
		byLead := u.Lead != 0 && q.Begin.Sub(q.Asked) < time.Duration(u.Lead)*time.Second
		urgency.offer(byPriority || byLead, LineUrgency, u.Surcharge, base, nil)
	}
	minutes := begin.Hour()*60 + begin.Minute()
	for _, h := range t.Evening {
		evening.offer(h.contains(minutes), LineEvening, h.Surcharge, base, map[string]any{"start": h.Start, "end": h.End})
	}
	holiday := t.Holidays.On(begin)
	day.offer(holiday != "", LineHoliday, t.Holiday, base, map[string]any{"holiday": holiday})
	day.offer(begin.Weekday() == time.Sunday, LineSunday, t.Sunday, base, nil)
	day.offer(begin.Weekday() == time.Saturday, LineSaturday, t.Saturday, base, nil)
	for _, d := range []dearest{urgency, evening, day} {
		b.add(d.code, d.net, d.params)
	}
}

// dearest is the one of several surcharges that is paid.
type dearest struct {
	code   string
	net    int64
	params map[string]any
}

func (d *dearest) offer(applies bool, code string, s Surcharge, base int64, params map[string]any) {
	net := s.of(base)
	if !applies || net <= d.net {
		return
	}
	d.code, d.net, d.params = code, net, map[string]any{}
	maps.Copy(d.params, params)
	if s.Amount == 0 {
		d.params["percent"] = s.Percent
	}
}

// slot adds the adjustment as far as the bounds let it through, and what brings the slot's own part inside them.
func (b *bill) slot(t TariffTerms, base, adjustment int64) {
	part := b.net - base
	least, most := base*int64(t.SlotFloor)/100, base*int64(t.SlotCeiling)/100 // cut off towards zero: never beyond the bound
	change := min(max(adjustment, least-part), most-part)
	through := min(max(change, min(adjustment, 0)), max(adjustment, 0))
	b.add(LineSlot, through, nil)
	b.add(LineFloor, max(change-through, 0), map[string]any{"percent": -t.SlotFloor})
	b.add(LineCeiling, min(change-through, 0), map[string]any{"percent": t.SlotCeiling})
}

// price adds the lines up and shares the VAT of their sum out over them.
func (b *bill) price(t Tariff) Price {
	p := Price{TariffVersion: t.Version, Currency: t.Currency, Lines: b.lines}
	for i := range p.Lines {
		l := &p.Lines[i]
		p.NetTotal += l.Net
		l.VAT = rounded(p.NetTotal*int64(b.rate), 10_000) - p.VATTotal
		l.Gross = l.Net + l.VAT
		p.VATTotal += l.VAT
		p.Total += l.Gross
	}
	return p
}

// percent is so many per cent of an amount, rounded half away from zero.
func percent(amount int64, percent int) int64 { return rounded(amount*int64(percent), 100) }

// rounded is n/d, rounded half away from zero; d is positive.
func rounded(n, d int64) int64 {
	if n < 0 {
		return -((-n + d/2) / d)
	}
	return (n + d/2) / d
}
