package dispatch_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/geo"
)

func TestEverythingWrongWithATechnicianIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	_, err := w.Service.CreateTechnician(t.Context(), w.Administrator, dispatch.Technician{
		Name: "", Employment: "slave", Transport: geo.Modes, Home: geo.Position{Lat: 91}, TimeZone: "Europe/Lutece",
		Skills:       []dispatch.SkillLevel{{Skill: "juggling", Level: 1}, {Skill: dispatchtest.Network, Level: 5}, {Skill: dispatchtest.Network, Level: 2}},
		TerritoryIDs: []uuid.UUID{dispatchtest.NewID(), w.Territory.ID},
	})
	wantFaults(t, err, "/name field.required", "/employment technician.employment", "/transport transport.unknown", "/home position.coordinates",
		"/time_zone time_zone.unknown", "/skills/0/skill skill.unknown", "/skills/1/level skill.level", "/skills/2/skill skill.twice", "/territory_ids/0 territory.unknown")
}

func TestATechnicianChangesHowHeIsReachedAndNothingElse(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	changed, err := w.Service.PatchTechnician(t.Context(), w.AsKarim, w.Karim.ID, 1, func(k *dispatch.Technician) { k.Phone = "0611223344" })
	if err != nil || changed.Phone != "+33611223344" {
		t.Fatalf("the phone is %q (%v)", changed.Phone, err)
	}
	_, err = w.Service.PatchTechnician(t.Context(), w.AsKarim, w.Karim.ID, 2, func(k *dispatch.Technician) { k.Skills[0].Level = 4 })
	wantError(t, err, dispatch.KindForbidden, "forbidden")
	_, err = w.Service.Technician(t.Context(), w.AsKarim, w.Lea.ID)
	wantError(t, err, dispatch.KindNotFound, "not_found")
}

func TestATechnicianWhoLosesTheSkillLosesTheVisitToSomebodyWhoHasIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := published(t, w) // network 2: Karim alone
	learned := func(l *dispatch.Technician) {
		l.Skills = append(l.Skills[:0:0], dispatch.SkillLevel{Skill: dispatchtest.Network, Level: 2})
	}
	if _, err := w.Service.PatchTechnician(t.Context(), w.Administrator, w.Lea.ID, 1, learned); err != nil {
		t.Fatal(err)
	}
	before := routeVersion(t, w, v.Assignment.ShiftID)
	forgot := func(k *dispatch.Technician) {
		k.Skills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 1}}
	}
	if _, err := w.Service.PatchTechnician(t.Context(), w.Administrator, w.Karim.ID, 1, forgot); err != nil {
		t.Fatal(err)
	}
	waiting := mustVisit(t, w, v)
	if waiting.Status != dispatch.Unassigned || len(waiting.UnassignedReasons) != 1 || waiting.UnassignedReasons[0].Reasons[0].Code != "technician.no_longer_able" {
		t.Errorf("the visit is %s for %+v, want it released with the reason", waiting.Status, waiting.UnassignedReasons)
	}
	if after := routeVersion(t, w, v.Assignment.ShiftID); after <= before {
		t.Errorf("the route stays at version %d, want it moved on from %d", after, before)
	}
	w.WorkJobs(t)
	if after := mustVisit(t, w, v); after.Assignment == nil || after.Assignment.TechnicianID != w.Lea.ID {
		t.Errorf("the visit is with %+v, want it with Léa", after.Assignment)
	}
}

func routeVersion(t *testing.T, w *dispatchtest.World, shift uuid.UUID) int {
	t.Helper()
	return count(t, w, `SELECT route_version FROM shifts WHERE id = $1`, shift)
}

func TestATechnicianWithVisitsToComeCannotBeDeleted(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := published(t, w)
	wantError(t, w.Service.DeleteTechnician(t.Context(), w.Administrator, w.Karim.ID, 1), dispatch.KindConflict, "technician.has_visits")
	walk(t, w, w.AsKarim, v, dispatch.Accepted, dispatch.EnRoute, dispatch.Arrived, dispatch.Started, dispatch.Completed)
	if err := w.Service.DeleteTechnician(t.Context(), w.Administrator, w.Karim.ID, 1); err != nil {
		t.Fatal(err)
	}
	list, err := w.Service.Shifts(t.Context(), w.Dispatcher, dispatch.SpanFilter{TechnicianID: w.Karim.ID}, dispatch.Page{Limit: 50})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("%d shifts are left (%v), want none", len(list.Items), err)
	}
}

func TestAShiftThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	shift := func(from, to time.Time, who dispatch.Technician, breaks ...dispatch.Break) error {
		_, err := w.Service.CreateShift(t.Context(), w.Dispatcher, dispatch.ShiftDraft{TechnicianID: who.ID, Span: dispatch.Span{Start: from, End: to}, Breaks: breaks})
		return err
	}
	wantFaults(t, shift(w.At(10, 8, 0), w.At(12, 0, 0), w.Karim), "/end shift.too_long_for_employee")
	wantFaults(t, shift(w.At(10, 8, 0), w.At(10, 21, 1), w.Karim), "/end shift.too_long_for_employee")
	wantFaults(t, shift(w.At(10, 8, 0), w.At(10, 8, 0), w.Karim), "/end window.ends_before_start")
	wantFaults(t, shift(w.At(10, 8, 0), w.At(10, 17, 0), dispatch.Technician{}), "/technician_id technician.unknown")
	wantFaults(t, shift(w.At(10, 8, 0), w.At(10, 17, 0), w.Karim,
		dispatch.Break{Earliest: w.At(10, 16, 0), Latest: w.At(10, 16, 30), Seconds: 1801},
		dispatch.Break{Earliest: w.At(10, 13, 0), Latest: w.At(10, 12, 0), Seconds: 600},
		dispatch.Break{Earliest: w.At(10, 12, 0), Latest: w.At(10, 13, 0)}),
		"/breaks/0 shift.break_outside", "/breaks/1/latest window.ends_before_start", "/breaks/2/duration shift.break_duration")
	wantError(t, shift(w.At(0, 16, 59), w.At(0, 20, 0), w.Karim), dispatch.KindConflict, "shift.overlap")
	if err := shift(w.At(0, 17, 0), w.At(0, 20, 0), w.Karim); err != nil {
		t.Errorf("a shift that begins as the other ends: %v", err)
	}
	if err := shift(w.At(10, 8, 0), w.At(10, 21, 0), w.Karim); err != nil {
		t.Errorf("13 hours: %v", err)
	}
	independent := func(m *dispatch.Technician) { m.Employment = dispatch.Independent }
	if _, err := w.Service.PatchTechnician(t.Context(), w.Administrator, w.Moussa.ID, 1, independent); err != nil {
		t.Fatal(err)
	}
	if err := shift(w.At(10, 8, 0), w.At(11, 8, 0), w.Moussa); err != nil {
		t.Errorf("24 hours of an independent: %v", err)
	}
	wantFaults(t, shift(w.At(12, 0, 0), w.At(13, 16, 0), w.Moussa), "/end shift.too_long")
}

func TestAShiftBeginsAndEndsAtHomeUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	depot := geo.Position{Lat: 48.9, Lon: 2.3}
	span := dispatch.Span{Start: w.At(7, 8, 0), End: w.At(7, 16, 0)}
	shift, err := w.Service.CreateShift(t.Context(), w.Dispatcher, dispatch.ShiftDraft{TechnicianID: w.Lea.ID, Span: span, EndPlace: &depot})
	if err != nil || shift.StartPlace != w.Lea.Home || shift.EndPlace != depot || shift.Transport != geo.Bike {
		t.Errorf("the shift is %+v (%v)", shift, err)
	}
}

func TestAShortenedShiftReleasesWhatNoLongerFitsAndTellsTheTechnician(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := published(t, w)
	notices := count(t, w, `SELECT count(*) FROM notices WHERE technician_id = $1`, w.Karim.ID)
	shorten := func(d *dispatch.ShiftDraft) { d.End, d.Breaks = v.Assignment.Begin.Add(30*time.Minute), nil }
	if _, err := w.Service.PatchShift(t.Context(), w.Dispatcher, v.Assignment.ShiftID, 1, shorten); err != nil {
		t.Fatal(err)
	}
	gone := mustVisit(t, w, v)
	if gone.Status != dispatch.Unassigned || gone.UnassignedReasons[0].Reasons[0].Code != "shift.changed" {
		t.Errorf("the visit is %s for %+v, want it released", gone.Status, gone.UnassignedReasons)
	}
	if n := count(t, w, `SELECT count(*) FROM notices WHERE technician_id = $1`, w.Karim.ID); n != notices+1 {
		t.Errorf("Karim got %d notices, want one more than %d", n, notices)
	}
	if status := requestOf(t, w, v).Status; status != dispatch.RequestOpen {
		t.Errorf("the request is %s, want it open again", status)
	}
	if n := count(t, w, `SELECT count(*) FROM occupancies`); n != 0 {
		t.Errorf("%d hours are still taken", n)
	}
}

func requestOf(t *testing.T, w *dispatchtest.World, v dispatch.Visit) dispatch.Request {
	t.Helper()
	r, err := w.Service.Request(t.Context(), w.Dispatcher, v.RequestID)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestALongerShiftKeepsItsVisits(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := published(t, w)
	shift, err := w.Service.PatchShift(t.Context(), w.Dispatcher, v.Assignment.ShiftID, 1, func(d *dispatch.ShiftDraft) { d.End = d.End.Add(time.Hour) })
	if err != nil || shift.Version != 2 {
		t.Fatalf("the shift is at version %d (%v)", shift.Version, err)
	}
	if after := mustVisit(t, w, v); after.Version != v.Version {
		t.Errorf("the visit went from version %d to %d, want it untouched", v.Version, after.Version)
	}
}

func TestWorkUnderWayKeepsItsShift(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := walk(t, w, w.AsKarim, published(t, w), dispatch.Accepted, dispatch.EnRoute)
	wantError(t, w.Service.DeleteShift(t.Context(), w.Dispatcher, v.Assignment.ShiftID, 0), dispatch.KindConflict, "shift.under_way")
	_, err := w.Service.PatchShift(t.Context(), w.Dispatcher, v.Assignment.ShiftID, 0, func(d *dispatch.ShiftDraft) { d.End, d.Breaks = v.Assignment.Begin, nil })
	wantError(t, err, dispatch.KindConflict, "shift.under_way")
}

func TestTheVisitsOfADeletedShiftGoToAnotherDayOrTechnician(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, func(in *dispatch.NewRequest) {
		in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 2}}
		in.Windows = []dispatch.Span{{Start: w.At(0, 8, 0), End: w.At(0, 16, 0)}, {Start: w.At(1, 8, 0), End: w.At(1, 16, 0)}}
	})
	w.WorkJobs(t)
	first := w.VisitOf(t, r)
	if err := w.Service.DeleteShift(t.Context(), w.Dispatcher, first.Assignment.ShiftID, 1); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	then := w.VisitOf(t, r)
	if then.Assignment == nil || then.Assignment.TechnicianID != w.Karim.ID || then.Assignment.ShiftID == first.Assignment.ShiftID {
		t.Errorf("the visit is at %+v, want it in Karim's other shift", then.Assignment)
	}
}

func TestASickTechniciansVisitsAreReleasedButNotTheOneUnderWay(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	begun := published(t, w)
	later := w.Request(t, func(in *dispatch.NewRequest) {
		in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 2}}
		in.Windows = []dispatch.Span{{Start: w.At(0, 14, 0), End: w.At(0, 16, 0)}}
	})
	w.WorkJobs(t)
	begun = walk(t, w, w.AsKarim, begun, dispatch.Accepted, dispatch.EnRoute)
	sick := dispatch.Absence{TechnicianID: w.Karim.ID, Kind: dispatch.Sick, Span: dispatch.Span{Start: w.At(0, 6, 0), End: w.At(3, 0, 0)}}
	a, err := w.Service.CreateAbsence(t.Context(), w.AsKarim, sick)
	if err != nil {
		t.Fatal(err)
	}
	if v := mustVisit(t, w, begun); v.Status != dispatch.EnRoute || v.Assignment == nil {
		t.Errorf("the visit under way is %s with %+v, want it left alone", v.Status, v.Assignment)
	}
	v := w.VisitOf(t, later)
	if v.Status != dispatch.Unassigned || v.UnassignedReasons[0].Reasons[0].Code != "technician.absent" {
		t.Errorf("the later visit is %s for %+v, want it released because he is absent", v.Status, v.UnassignedReasons)
	}
	w.WorkJobs(t)
	if v := w.VisitOf(t, later); v.Assignment != nil {
		t.Errorf("the later visit is with %+v, although Karim is absent and nobody else can", v.Assignment)
	}
	before := routeVersion(t, w, w.ShiftOf(w.Karim, 1).ID)
	if err := w.Service.DeleteAbsence(t.Context(), w.Dispatcher, a.ID, 1); err != nil {
		t.Fatal(err)
	}
	if after := routeVersion(t, w, w.ShiftOf(w.Karim, 1).ID); after <= before {
		t.Errorf("Tuesday's route stays at version %d, want it moved on: its time is free again", after)
	}
}

func TestAnAbsenceOfTheAfternoonLeavesTheMorningAlone(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	at := func(hour int) dispatch.Request {
		return w.Request(t, func(in *dispatch.NewRequest) {
			in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 2}}
			in.Windows = []dispatch.Span{{Start: w.At(0, hour, 0), End: w.At(0, hour, 30)}}
		})
	}
	morning, afternoon := at(9), at(15)
	w.WorkJobs(t)
	training := dispatch.Absence{TechnicianID: w.Karim.ID, Kind: dispatch.Training, Span: dispatch.Span{Start: w.At(0, 14, 0), End: w.At(0, 18, 0)}}
	if _, err := w.Service.CreateAbsence(t.Context(), w.Dispatcher, training); err != nil {
		t.Fatal(err)
	}
	if v := w.VisitOf(t, morning); v.Status != dispatch.Planned {
		t.Errorf("the morning's visit is %s, want it planned", v.Status)
	}
	if v := w.VisitOf(t, afternoon); v.Status != dispatch.Unassigned {
		t.Errorf("the afternoon's visit is %s, want it released", v.Status)
	}
}

func TestATechnicianEntersHisOwnAbsencesOnly(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	_, err := w.Service.CreateAbsence(t.Context(), w.AsKarim, dispatch.Absence{TechnicianID: w.Lea.ID, Kind: "hangover", Span: dispatch.Span{Start: w.At(1, 0, 0), End: w.At(0, 0, 0)}})
	wantFaults(t, err, "/technician_id technician.unknown", "/kind absence.kind", "/end window.ends_before_start")
	a, err := w.Service.CreateAbsence(t.Context(), w.Dispatcher, dispatch.Absence{TechnicianID: w.Lea.ID, Kind: dispatch.Holiday, Span: dispatch.Span{Start: w.At(1, 0, 0), End: w.At(2, 0, 0)}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Service.Absence(t.Context(), w.AsKarim, a.ID)
	wantError(t, err, dispatch.KindNotFound, "not_found")
	wantError(t, w.Service.DeleteAbsence(t.Context(), w.AsKarim, a.ID, 0), dispatch.KindNotFound, "not_found")
}

func TestASkillInUseCannotBeDeleted(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	wantError(t, w.Service.DeleteSkill(t.Context(), w.Administrator, dispatchtest.Windows, 1), dispatch.KindConflict, "skill.in_use")
	_, err := w.Service.CreateSkill(t.Context(), w.Administrator, dispatch.Skill{Code: "Wi-Fi", NameFR: "", NameEN: "Wi-Fi"})
	wantFaults(t, err, "/code skill.code", "/name_fr field.required")
	wifi := dispatch.Skill{Code: "wifi", NameFR: "Wi-Fi", NameEN: "Wi-Fi"}
	if _, err := w.Service.CreateSkill(t.Context(), w.Administrator, wifi); err != nil {
		t.Fatal(err)
	}
	_, err = w.Service.CreateSkill(t.Context(), w.Administrator, wifi)
	wantError(t, err, dispatch.KindConflict, "skill.exists")
	if err := w.Service.DeleteSkill(t.Context(), w.Administrator, "wifi", 1); err != nil {
		t.Fatal(err)
	}
	if again, err := w.Service.CreateSkill(t.Context(), w.Administrator, wifi); err != nil || again.Version != 3 {
		t.Errorf("the skill that comes back is at version %d (%v), want 3", again.Version, err)
	}
}

func TestEverySkillIsListedOnceWhateverThePage(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	var codes []string
	page := dispatch.Page{Limit: 2}
	for {
		list, err := w.Service.Skills(t.Context(), w.AsHousehold, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list.Items {
			codes = append(codes, s.Code)
		}
		if list.Next == nil {
			break
		}
		page.After = list.Next
	}
	slices.Sort(codes)
	if want := []string{dispatchtest.Network, dispatchtest.Printing, dispatchtest.Windows}; !slices.Equal(codes, want) {
		t.Errorf("listed %v, want %v", codes, want)
	}
}

func TestAnAbsenceThatHasBegunStillKeepsItsTimeFree(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	training := dispatch.Absence{TechnicianID: w.Karim.ID, Kind: dispatch.Training, Span: dispatch.Span{Start: w.At(0, 9, 0), End: w.At(0, 15, 0)}}
	if _, err := w.Service.CreateAbsence(t.Context(), w.Dispatcher, training); err != nil {
		t.Fatal(err)
	}
	w.Clock.Set(w.At(0, 10, 0))
	r := w.Request(t, func(in *dispatch.NewRequest) {
		in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 2}}
		in.Windows = []dispatch.Span{{Start: w.At(0, 10, 0), End: w.At(0, 16, 0)}}
	})
	w.WorkJobs(t)
	if v := w.VisitOf(t, r); v.Assignment == nil || v.Assignment.Begin.Before(w.At(0, 15, 0)) {
		t.Errorf("the visit is at %+v, want it after the training", v.Assignment)
	}
}
