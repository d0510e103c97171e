package dispatch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/dispatch/message"
	"tournee/geo"
)

// read imports a file as the administrator.
func read(t *testing.T, w *dispatchtest.World, kind dispatch.ImportKind, file string, dryRun bool) dispatch.ImportReport {
	t.Helper()
	r, err := w.Service.Import(t.Context(), w.Administrator, kind, strings.NewReader(file), dryRun)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// told is what a report says is wrong: "line column code", each of which has a sentence in both languages.
func told(t *testing.T, r dispatch.ImportReport) []string {
	t.Helper()
	out := make([]string, len(r.Problems))
	for i, p := range r.Problems {
		out[i] = strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", p.Line, p.Column, p.Code)), " ")
		for _, locale := range []string{message.French, message.English} {
			if text := message.Text(locale, p.Code, p.Params); text == p.Code || strings.ContainsAny(text, "{}") {
				t.Errorf("%s says %q in %s", p.Code, text, locale)
			}
		}
	}
	return out
}

// counted is what an import did: lines, new, changed, as before, refused.
func counted(r dispatch.ImportReport) [5]int {
	return [5]int{r.Lines, r.Created, r.Updated, r.Unchanged, r.Rejected}
}

func technicianNamed(t *testing.T, w *dispatchtest.World, externalID string) (dispatch.Technician, bool) {
	t.Helper()
	list, err := w.Service.Technicians(t.Context(), w.Administrator, dispatch.Page{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list.Items, func(who dispatch.Technician) bool { return who.ExternalID == externalID })
	if i < 0 {
		return dispatch.Technician{}, false
	}
	return list.Items[i], true
}

const staff = `external_id,name,email,phone,employment,transport,lat,lon,skills,territories
T-17,Sofia Reyes,sofia@example.org,06 11 22 33 44,employee,bike,48.8570,2.3790,network:3;printing:2,paris
T-18,"Morel, Jean",,,subcontractor,public_transport,48.9,2.35,windows:1,
T-1,Karim Haddad,,,employee,car,48.8566,2.4422,network:4,paris
`

func TestAFileOfTechniciansIsTakenOver(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	if r := read(t, w, dispatch.ImportTechnicians, staff, false); !r.Applied || counted(r) != [5]int{3, 2, 1, 0, 0} {
		t.Fatalf("%+v", r)
	}
	sofia, ok := technicianNamed(t, w, "T-17")
	want := []dispatch.SkillLevel{{Skill: "network", Level: 3}, {Skill: "printing", Level: 2}}
	if !ok || sofia.Name != "Sofia Reyes" || sofia.Phone != "+33611223344" || sofia.Transport != geo.Bike || sofia.Home != (geo.Position{Lat: 48.857, Lon: 2.379}) ||
		!slices.Equal(sofia.Skills, want) || !slices.Equal(sofia.TerritoryIDs, w.Karim.TerritoryIDs) || sofia.TimeZone != "Europe/Paris" || sofia.Locale != "fr" {
		t.Errorf("Sofia came as %+v", sofia)
	}
	if jean, _ := technicianNamed(t, w, "T-18"); jean.Name != "Morel, Jean" || jean.Employment != dispatch.Subcontractor || len(jean.TerritoryIDs) != 0 {
		t.Errorf("Jean came as %+v", jean)
	}
	if karim, _ := technicianNamed(t, w, "T-1"); karim.ID != w.Karim.ID || karim.Version != 2 || karim.Skills[0].Level != 4 {
		t.Errorf("Karim became %+v", karim)
	}
}

func TestTheSameFileAgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Geocoder.Know("9 rue Oberkampf", "75011", geo.Position{Lat: 48.8640, Lon: 2.3700}, dispatch.PrecisionStreet)
	files := []struct {
		kind dispatch.ImportKind
		text string
		new  int
	}{
		{dispatch.ImportSkills, "code,name_fr,name_en\nbackup,Sauvegarde,Backup\nnetwork,Réseau,Networking\n", 1},
		{dispatch.ImportTechnicians, staff, 2},
		{dispatch.ImportShifts, "external_id,technician,start,end,transport,breaks\nS-1,T-17,2026-06-20T09:00,2026-06-20T17:00,car,12:00-13:30/PT45M\n", 1},
		{dispatch.ImportClients, "external_id,kind,name,street,postal_code,city\nC-1,household,Mme Ode,9 rue Oberkampf,75011,Paris\nC-2,company,Sans Adresse SARL,,,\n", 2},
	}
	for _, f := range files {
		if r := read(t, w, f.kind, f.text, false); !r.Applied || r.Created != f.new {
			t.Fatalf("%+v", r)
		}
	}
	w.Clock.Advance(time.Hour)
	w.Geocoder.Fail(fmt.Errorf("an address that is known is not looked up again"))
	for _, f := range files {
		if r := read(t, w, f.kind, f.text, false); !r.Applied || r.Created+r.Updated != 0 || r.Unchanged != r.Lines {
			t.Errorf("%s again: %+v", f.kind, r)
		}
	}
}

func TestADryRunWritesNothing(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	if r := read(t, w, dispatch.ImportTechnicians, staff, true); r.Applied || !r.DryRun || counted(r) != [5]int{3, 2, 1, 0, 0} {
		t.Errorf("%+v", r)
	}
	if who, there := technicianNamed(t, w, "T-17"); there {
		t.Errorf("%+v is there all the same", who)
	}
}

func TestEveryFaultOfEveryLineIsNamedAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := read(t, w, dispatch.ImportTechnicians, `external_id,name,email,phone,employment,transport,lat,lon,time_zone,skills,territories
T-17,Sofia Reyes,,,employee,bike,48.8570,2.3790,,network:3,paris
T-18,,jean@,12,boss,plane,91,north,Mars/Olympus,plumbing:2;network:9;windows,lyon
T-19,Too,few
,Nameless,,,employee,car,48.8,2.3,,,
T-17,Sofia again,,,employee,car,48.8,2.3,,,
`, false)
	want := []string{
		"3 transport transport.unknown", "3 lon import.number", "3 skills import.skill", "3 territories territory.unknown",
		"3 name field.required", "3 email email.invalid", "3 phone phone.invalid", "3 employment technician.employment", "3 lat position.coordinates",
		"3 time_zone time_zone.unknown", "3 skills skill.unknown", "3 skills skill.level",
		"4 import.fields", "5 external_id field.required", "6 external_id import.repeated",
	}
	got := told(t, r)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.Applied || r.Lines != 5 || r.Rejected != 4 || r.Created != 0 {
		t.Errorf("%+v", r)
	}
	if who, there := technicianNamed(t, w, "T-17"); there {
		t.Errorf("the right line was taken over: %+v", who)
	}
}

func TestEveryFaultOfAShiftIsTrue(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	for line, want := range map[string]string{
		"S-1,T-1,2027-03-28T02:30,2027-03-28T09:00,,car,":                         "2 start time.does_not_exist",
		"S-1,T-1,2026-10-25T02:30,2026-10-25T09:00,,car,":                         "2 start import.time_ambiguous",
		"S-1,T-1,2026-06-20T09:00,demain,,car,":                                   "2 end time.malformed",
		"S-1,T-1,2026-06-20T09:00,2026-06-20T17:00,Mars/Olympus,car,":             "2 time_zone time_zone.unknown",
		"S-1,T-99,2026-06-20T09:00,2026-06-20T17:00,,car,":                        "2 technician technician.unknown",
		"S-1,T-99,2027-03-28T02:30,2027-03-28T09:00,,plane,":                      "2 technician technician.unknown|2 start time.does_not_exist|2 transport transport.unknown",
		"S-1,T-1,2026-06-20T09:00,2026-06-22T01:00,,car,":                         "2 end shift.too_long_for_employee",
		"S-1,T-1,2026-06-15T09:00,2026-06-15T10:00,,car,":                         "2 shift.overlap",
		"S-1,T-1,2026-06-20T09:00,2026-06-20T17:00,,car,noon":                     "2 breaks import.break",
		"S-1,T-1,2026-06-20T09:00,2026-06-20T17:00,,car,18:00-19:00/PT45M":        "2 breaks shift.break_outside",
		"S-1,T-1,2027-03-27T22:00,2027-03-28T06:00,,car,02:30-04:00/PT45M":        "2 breaks time.does_not_exist",
		"S-1,T-1,2026-06-20T09:00,2026-06-20T17:00,,car,12:00-13:30/PT45M;x-y/PT": "2 breaks import.break",
	} {
		r := read(t, w, dispatch.ImportShifts, "external_id,technician,start,end,time_zone,transport,breaks\n"+line+"\n", false)
		if got := strings.Join(told(t, r), "|"); got != want {
			t.Errorf("%s: told %s, want %s", line, got, want)
		}
	}
}

func TestShiftsAreReadInTheZoneOfTheLineElseTheTechnicians(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := read(t, w, dispatch.ImportShifts, `external_id;technician;start;end;time_zone;breaks
night;T-1;20/06/2026 22:00;2026-06-21T05:00;;23:30-01:00/PT45M
abroad;T-2;2026-06-20T09:00;2026-06-20T12:00;Europe/London;
exact;T-3;2026-06-20T09:00:00Z;2026-06-20T12:00;;
`, false)
	if !r.Applied || r.Created != 3 {
		t.Fatalf("%+v", r)
	}
	list, err := w.Service.Shifts(t.Context(), w.Dispatcher, dispatch.SpanFilter{Span: dispatch.Span{Start: w.At(5, 0, 0)}}, dispatch.Page{Limit: 50})
	if err != nil || len(list.Items) != 3 {
		t.Fatalf("%d shifts: %v", len(list.Items), err)
	}
	for _, s := range list.Items {
		want := map[string]dispatch.Span{
			"night": {Start: w.At(5, 22, 0), End: w.At(6, 5, 0)}, "abroad": {Start: w.At(5, 10, 0), End: w.At(5, 13, 0)}, "exact": {Start: w.At(5, 11, 0), End: w.At(5, 12, 0)},
		}[s.ExternalID]
		if !s.Start.Equal(want.Start) || !s.End.Equal(want.End) {
			t.Errorf("%s runs from %v to %v", s.ExternalID, s.Start, s.End)
		}
		if s.ExternalID == "night" && (len(s.Breaks) != 1 || !s.Breaks[0].Earliest.Equal(w.At(5, 23, 30)) || !s.Breaks[0].Latest.Equal(w.At(6, 1, 0)) || s.Breaks[0].Seconds != 2700) {
			t.Errorf("the night's break is %+v", s.Breaks)
		}
	}
}

func TestAFrenchSpreadsheetIsReadAsItIs(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := read(t, w, dispatch.ImportTechnicians, "\ufeffexternal_id;name;employment;transport;lat;lon;skills\r\nT-17;Zoé Lefèvre;employee;foot;48,8570;2,3790;\"network:3;printing:2\"\r\n\r\n", false)
	if !r.Applied || counted(r) != [5]int{1, 1, 0, 0, 0} {
		t.Fatalf("%+v", r)
	}
	if zoe, _ := technicianNamed(t, w, "T-17"); zoe.Name != "Zoé Lefèvre" || zoe.Home != (geo.Position{Lat: 48.857, Lon: 2.379}) || len(zoe.Skills) != 2 {
		t.Errorf("Zoé came as %+v", zoe)
	}
}

func TestClientsComeWithTheirSites(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Geocoder.Know("9 rue Oberkampf", "75011", geo.Position{Lat: 48.8640, Lon: 2.3700}, dispatch.PrecisionStreet)
	w.Geocoder.Know("1 place Bellecour", "69002", geo.Position{Lat: 45.7578, Lon: 4.8320}, dispatch.PrecisionStreet)
	header := "external_id,kind,name,phone,street,complement,postal_code,city\n"
	bad := read(t, w, dispatch.ImportClients, header+`C-1,household,Mme Ode,,9 rue Oberkampf,Bât. B,75011,Paris
C-2,castle,M. Duc,,1 place Bellecour,,69002,Lyon
C-3,household,M. Rhône,,1 place Bellecour,,69002,Lyon
C-4,household,M. Nulle Part,,rue de nulle part,,99999,Ailleurs
C-5,household,Mme Sans Rue,,,,75011,Paris
`, false)
	want := "3 kind client.kind|4 street site.outside_territories|5 street address.unknown|6 street field.required"
	if got := strings.Join(told(t, bad), "|"); got != want || bad.Applied {
		t.Errorf("told %s, want %s", got, want)
	}
	good := header + "C-1,household,Mme Ode,0612345679,9 rue Oberkampf,Bât. B,75011,Paris\nC-2,company,Duc SARL,,,,,\n"
	if r := read(t, w, dispatch.ImportClients, good, false); !r.Applied || r.Created != 2 {
		t.Fatalf("%+v", r)
	}
	sites, err := w.Service.Sites(t.Context(), w.Dispatcher, [16]byte{}, dispatch.Page{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(sites.Items, func(s dispatch.Site) bool { return s.ExternalID == "C-1" })
	if i < 0 || sites.Items[i].Address.Complement != "Bât. B" || sites.Items[i].Address.Country != "FR" || sites.Items[i].TerritoryID != w.Territory.ID || sites.Items[i].Precision != dispatch.PrecisionStreet {
		t.Fatalf("the site came as %+v", sites.Items)
	}
	moved := strings.Replace(good, "9 rue Oberkampf", "52 rue de Charonne", 1)
	if r := read(t, w, dispatch.ImportClients, moved, false); counted(r) != [5]int{2, 0, 1, 1, 0} {
		t.Errorf("Mme Ode moved: %+v", r)
	}
}

func TestWhatIsNoFileOfThisKindIsRefusedWhole(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	for name, c := range map[string]struct{ text, code string }{
		"nothing":        {"", "import.no_header"},
		"Latin-1":        {"code,name_fr,name_en\nnet,R\xe9seau,Network\n", "import.not_utf8"},
		"too many lines": {"code,name_fr,name_en\n" + strings.Repeat("a,b,c\n", 20_001), "import.too_many_lines"},
		"too many bytes": {"code,name_fr,name_en\n" + strings.Repeat("a", 5<<20), "import.too_large"},
	} {
		_, err := w.Service.Import(t.Context(), w.Administrator, dispatch.ImportSkills, strings.NewReader(c.text), false)
		t.Log(name)
		wantFaults(t, err, " "+c.code)
	}
	r := read(t, w, dispatch.ImportSkills, "code,nom,name_fr,code\nnet,Réseau,Réseau,net\n", false)
	want := "1 nom import.column_unknown|1 code import.column_twice|1 name_en import.column_missing"
	if got := strings.Join(told(t, r), "|"); got != want || r.Applied {
		t.Errorf("told %s, want %s", got, want)
	}
	r = read(t, w, dispatch.ImportSkills, "code,name_fr,name_en\nbackup,Sauvegarde,Backup\nnet,\"Réseau,Network\n", false)
	if got := strings.Join(told(t, r), "|"); got != "3 import.quotes" || r.Applied {
		t.Errorf("told %s", got)
	}
	if _, err := w.Service.Import(t.Context(), w.Dispatcher, dispatch.ImportSkills, strings.NewReader(staff), false); dispatch.KindOf(err) != dispatch.KindForbidden {
		t.Errorf("a dispatcher imports: %v", err)
	}
}
