package dispatch

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
)

func (s *Service) skillImporter() importer {
	return importer{key: "code", required: []string{"code", "name_fr", "name_en"}, take: s.takeSkill}
}

func (s *Service) takeSkill(ctx context.Context, p Principal, line csvLine) (outcome, error) {
	in := Skill{Code: line.text("code"), NameFR: line.text("name_fr"), NameEN: line.text("name_en")}
	if err := checkSkill(&in); err != nil {
		return unchanged, err
	}
	old, err := s.livingSkill(ctx, in.Code)
	if missing(err) {
		_, err = s.CreateSkill(ctx, p, in)
		return createdNew, err
	}
	if err != nil {
		return unchanged, err
	}
	skill, err := s.PatchSkill(ctx, p, in.Code, 0, func(to *Skill) { to.NameFR, to.NameEN = in.NameFR, in.NameEN })
	return did(false, old.Version, skill.Version), err
}

func (s *Service) technicianImporter() importer {
	return importer{
		key: "external_id", required: []string{"external_id", "name", "employment", "transport", "lat", "lon"},
		optional: []string{"email", "phone", "time_zone", "locale", "skills", "territories"}, take: s.takeTechnician,
	}
}

func (s *Service) takeTechnician(ctx context.Context, p Principal, line csvLine) (outcome, error) {
	old, err := s.store.TechnicianByExternalID(ctx, line.text("external_id"))
	if err != nil && !missing(err) {
		return unchanged, err
	}
	t := old
	line.externalID(&t.ExternalID)
	line.into("name", &t.Name)
	line.into("email", &t.Email)
	line.into("phone", &t.Phone)
	line.into("time_zone", &t.TimeZone)
	line.into("locale", &t.Locale)
	t.Employment = Employment(line.text("employment"))
	t.Transport = line.transport()
	t.Home = geo.Position{Lat: line.decimal("lat"), Lon: line.decimal("lon")}
	if line.has("skills") {
		t.Skills = line.skills()
	}
	if line.has("territories") {
		if t.TerritoryIDs, err = s.territoriesNamed(ctx, line); err != nil {
			return unchanged, err
		}
	}
	if len(*line.faults) > 0 {
		return unchanged, s.checkTechnician(ctx, &t)
	}
	now, created, err := s.UpsertTechnician(ctx, p, 0, t)
	return did(created, old.Version, now.Version), err
}

// externalID reads the column that names the record.
func (l csvLine) externalID(id *string) {
	*id = l.text("external_id")
	l.faults.Check(*id != "", "/external_id", "field.required")
}

// transport reads a means of transport.
func (l csvLine) transport() geo.Mode {
	mode, err := geo.ParseMode(l.text("transport"))
	l.faults.Check(err == nil, "/transport", "transport.unknown")
	return mode
}

// skills reads skill levels such as network:3;printing:2.
func (l csvLine) skills() (levels []SkillLevel) {
	for _, part := range l.list("skills") {
		code, level, _ := strings.Cut(part, ":")
		n, err := strconv.Atoi(strings.TrimSpace(level))
		if err != nil {
			l.faults.Add("/skills", "import.skill", map[string]any{"text": clipped(part)})
			continue
		}
		levels = append(levels, SkillLevel{Skill: strings.TrimSpace(code), Level: n})
	}
	return levels
}

func (s *Service) territoriesNamed(ctx context.Context, line csvLine) (ids []uuid.UUID, err error) {
	for _, name := range line.list("territories") {
		t, err := s.store.TerritoryByExternalID(ctx, name)
		switch {
		case missing(err) || (err == nil && t.DeletedAt != nil):
			line.faults.Add("/territories", "territory.unknown", nil)
		case err != nil:
			return nil, err
		default:
			ids = append(ids, t.ID)
		}
	}
	return ids, nil
}

func (s *Service) shiftImporter() importer {
	return importer{
		key: "external_id", required: []string{"external_id", "technician", "start", "end"},
		optional: []string{"time_zone", "transport", "breaks"}, take: s.takeShift,
	}
}

func (s *Service) takeShift(ctx context.Context, p Principal, line csvLine) (outcome, error) {
	old, err := s.store.ShiftByExternalID(ctx, line.text("external_id"))
	if err != nil && !missing(err) {
		return unchanged, err
	}
	var d ShiftDraft
	if err == nil {
		d = old.draft()
	}
	line.externalID(&d.ExternalID)
	t, err := s.store.TechnicianByExternalID(ctx, line.text("technician"))
	if err != nil && !missing(err) {
		return unchanged, err
	}
	d.TechnicianID = t.ID
	if t.DeletedAt != nil || missing(err) {
		line.faults.Add("/technician", "technician.unknown", nil)
	}
	zone := first(line.text("time_zone"), t.TimeZone)
	if zone == "" {
		if zone, err = s.store.TimeZone(ctx, uuid.Nil, uuid.Nil, uuid.Nil); err != nil {
			return unchanged, err
		}
	}
	line.hours(&d, zone)
	if line.text("transport") != "" {
		mode := line.transport()
		d.Transport = &mode
	}
	if len(*line.faults) > 0 {
		_, err := s.checkShift(ctx, d)
		return unchanged, d.known(err)
	}
	now, created, err := s.UpsertShift(ctx, p, 0, d)
	return did(created, old.Version, now.Version), err
}

// known leaves out the faults that only follow from what the line's own reading has named already: a technician who is not there, hours that
// cannot be read.
func (d ShiftDraft) known(err error) error {
	known, ok := err.(*Error) //nolint:errorlint // made a line above
	if !ok || known.Kind != KindInvalid {
		return err
	}
	unread := d.Start.IsZero() || d.End.IsZero()
	return Faults(slices.DeleteFunc(known.Faults, func(f Fault) bool {
		return f.Path == "/technician_id" || (unread && (f.Path == "/end" || strings.HasPrefix(f.Path, "/breaks")))
	})).Err()
}

// hours reads the start, the end and the breaks of a shift, local times in the zone.
func (l csvLine) hours(d *ShiftDraft, zone string) {
	in, err := Zone(zone)
	if err != nil {
		l.faults.Add("/time_zone", "time_zone.unknown", map[string]any{"zone": clipped(zone)})
		d.Span = Span{}
		return
	}
	d.Start, d.End = l.instant("start", l.text("start"), in), l.instant("end", l.text("end"), in)
	if l.has("breaks") && !d.Start.IsZero() {
		d.Breaks = nil
		for _, part := range l.list("breaks") {
			if b, ok := l.pause(part, d.Start, in); ok {
				d.Breaks = append(d.Breaks, b)
			}
		}
	}
}

// spreadsheetForms are the ways a French spreadsheet writes a local time.
var spreadsheetForms = []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "02/01/2006 15:04", "02/01/2006 15:04:05"}

// instant reads a time: with an offset it is that instant, without one it is what clocks in the zone show.
func (l csvLine) instant(column, text string, in *time.Location) time.Time {
	for _, form := range spreadsheetForms {
		if local, err := time.Parse(form, text); err == nil {
			text = local.Format("2006-01-02T15:04:05")
		}
	}
	var faults Faults
	at := faults.Instant("/"+column, text, in, "")
	for _, f := range faults {
		if f.Code == "time.ambiguous" { // a file has no column for which of the two
			f.Code = "import.time_ambiguous"
		}
		*l.faults = append(*l.faults, f)
	}
	return at
}

// pauseForm is a break such as 12:00-13:30/PT45M: it begins between the two times and lasts three quarters of an hour.
var pauseForm = regexp.MustCompile(`^(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})\s*/\s*(P\S+)$`)

// pause reads a break. Its times are the first ones after the shift's start that clocks show.
func (l csvLine) pause(text string, start time.Time, in *time.Location) (b Break, ok bool) {
	wrong := func() (Break, bool) {
		l.faults.Add("/breaks", "import.break", map[string]any{"text": clipped(text)})
		return Break{}, false
	}
	m := pauseForm.FindStringSubmatch(text)
	if m == nil {
		return wrong()
	}
	opens, badOpens := time.Parse("15:04", m[1])
	shuts, badShuts := time.Parse("15:04", m[2])
	lasts, badLasts := ParseDuration(m[3])
	if badOpens != nil || badShuts != nil || badLasts != nil {
		return wrong()
	}
	var opensAt, shutsAt bool
	b.Earliest, opensAt = l.next(start, opens, in)
	b.Latest, shutsAt = l.next(b.Earliest, shuts, in)
	b.Seconds = int(lasts / time.Second)
	return b, opensAt && shutsAt
}

// next is the first moment, not before t, at which clocks in the zone show a time of day. An hour that they skip is a fault.
func (l csvLine) next(t, clock time.Time, in *time.Location) (time.Time, bool) {
	local := t.In(in)
	for day := range 3 {
		shown := time.Date(local.Year(), local.Month(), local.Day()+day, clock.Hour(), clock.Minute(), 0, 0, time.UTC)
		found := Instants(shown, in)
		for _, at := range found {
			if !at.Before(t) {
				return at, true
			}
		}
		if past := day == 0 && sinceMidnight(clock) < sinceMidnight(local); len(found) == 0 && !past {
			l.faults.Add("/breaks", "time.does_not_exist", map[string]any{"time": shown.Format("2006-01-02T15:04:05"), "zone": in.String()})
			return time.Time{}, false
		}
	}
	return time.Time{}, false
}

// sinceMidnight is what clocks show at t, as the time since they showed midnight.
func sinceMidnight(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
}
