package dispatch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func TestColumnsThatAFileDoesNotHaveStayAsTheyAre(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	read(t, w, dispatch.ImportTechnicians, "external_id,name,employment,transport,lat,lon,phone,skills\nT-17,Inès Colombier,employee,car,48.8566,2.4422,06 11 22 33 44,network:3;printing:2\n", false)
	r := read(t, w, dispatch.ImportTechnicians, "external_id,name,employment,transport,lat,lon\nT-17,Inès Roy,employee,car,48.8566,2.4422\n", false)
	if !r.Applied || r.Updated != 1 {
		t.Errorf("the second file did %+v, want one change", r)
	}
	ines, known := technicianNamed(t, w, "T-17")
	if !known || ines.Name != "Inès Roy" || ines.Phone != "+33611223344" || len(ines.Skills) != 2 {
		t.Errorf("Inès is %+v, want her phone and skills kept", ines)
	}
}

func TestSkillsAreMatchedByTheirCode(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := read(t, w, dispatch.ImportSkills, "code,name_fr,name_en\nnetwork,Réseaux,Networks\nwindows,Windows,Windows\nvoip,Téléphonie,VoIP\n", false)
	if !r.Applied || r.Created != 1 || r.Updated != 1 || r.Unchanged != 1 {
		t.Errorf("the file did %+v, want one skill made, one renamed and one left", r)
	}
}

func TestALongFileIsTakenOverWhole(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	var file strings.Builder
	file.WriteString("external_id,technician,start,end\n")
	day := time.Date(2026, time.July, 1, 8, 0, 0, 0, w.Zone)
	for i := range 200 {
		at := day.AddDate(0, 0, i)
		fmt.Fprintf(&file, "L-%d,T-1,%s,%s\n", i, at.Format("2006-01-02T15:04"), at.Add(9*time.Hour).Format("2006-01-02T15:04"))
	}
	if r := read(t, w, dispatch.ImportShifts, file.String(), false); !r.Applied || r.Created != 200 {
		t.Errorf("the file did %+v, want 200 shifts", r)
	}
}
