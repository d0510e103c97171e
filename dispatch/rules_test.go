package dispatch_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func TestAVisitIsDoneAtTheSiteThatTheTechnicianComesBy(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	// Karim lives at Montreuil, beside the company's second site; its first is across the city.
	request := w.Request(t, func(in *dispatch.NewRequest) {
		in.ClientID, in.SiteID = w.Company.ID, w.CompanySites[0].ID
		in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 3}}
		in.Rules.AlternativeSiteIDs = []uuid.UUID{w.CompanySites[1].ID}
	})
	w.WorkJobs(t)
	v := w.VisitOf(t, request)
	if v.Assignment == nil || v.Assignment.TechnicianID != w.Karim.ID || v.Assignment.SiteID != w.CompanySites[1].ID {
		t.Fatalf("the visit is %+v, want it at Karim's corner", v.Assignment)
	}
	routes, err := w.Service.Routes(t.Context(), w.Dispatcher, dispatch.RouteFilter{Span: dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)}, ShiftIDs: []uuid.UUID{v.Assignment.ShiftID}}, dispatch.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if site := routes.Items[0].Stops[0].Site; site == nil || site.ID != w.CompanySites[1].ID {
		t.Errorf("the phone shows %+v, want the site where it is done", site)
	}
}

func TestASubcontractorsVisitsRunSideBySide(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	jeanne, err := w.Service.CreateTechnician(t.Context(), w.Administrator, dispatch.Technician{
		Name: "Jeanne Roy", Employment: dispatch.Subcontractor, Home: dispatchtest.NotreDame, Skills: []dispatch.SkillLevel{{Skill: dispatchtest.Printing, Level: 4}},
		Rules: dispatch.TechnicianRules{Shifts: dispatch.ShiftRules{Pool: true, MaxVisits: 2, VisitPrice: 9000}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.CreateShift(t.Context(), w.Dispatcher, dispatch.ShiftDraft{TechnicianID: jeanne.ID, Span: dispatch.Span{Start: w.At(0, 8, 0), End: w.At(0, 18, 0)}}); err != nil {
		t.Fatal(err)
	}
	var requests []dispatch.Request
	for range 3 {
		requests = append(requests, w.Request(t, func(in *dispatch.NewRequest) {
			in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Printing, Level: 4}}
			in.Windows = []dispatch.Span{{Start: w.At(0, 10, 0), End: w.At(0, 10, 1)}}
		}))
	}
	w.WorkJobs(t)
	taken := 0
	for _, r := range requests {
		if v := w.VisitOf(t, r); v.Assignment != nil && v.Assignment.TechnicianID == jeanne.ID {
			taken++
		}
	}
	if taken != 2 {
		t.Errorf("%d of three visits at ten o'clock are with a subcontractor who takes two a day", taken)
	}
}

func TestARevisitWaitsForTheFirstVisitAndKeepsTheGap(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	week := dispatch.Span{Start: w.At(0, 8, 0), End: w.At(4, 16, 0)}
	request := w.Request(t, func(in *dispatch.NewRequest) {
		in.Windows = []dispatch.Span{{Start: w.At(0, 8, 0), End: w.At(0, 16, 0)}}
	})
	first := w.VisitOf(t, request)
	work := request.Work
	work.Windows = []dispatch.Span{week}
	back, err := w.Service.AddVisit(t.Context(), w.Dispatcher, request.ID, work, dispatch.VisitLinks{After: []dispatch.AfterVisit{{VisitID: first.ID, Least: 48 * 3600}}})
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	if _, err := w.Service.StartPlan(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(5, 0, 0)}, 1, 50); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	placed := func(id uuid.UUID) *dispatch.Assignment {
		v, err := w.Service.Visit(t.Context(), w.Dispatcher, id)
		if err != nil {
			t.Fatal(err)
		}
		return v.Assignment
	}
	a, b := placed(first.ID), placed(back.ID)
	if a == nil || b == nil || b.Begin.Sub(a.Depart) < 48*time.Hour {
		t.Errorf("the first visit is %+v and the second %+v, want two days between them", a, b)
	}
}
