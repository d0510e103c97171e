package dispatch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func TestAPlanThatWasDecidedOnIsMadeAgainToTheBit(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	booked(t, w, 1)
	for range 5 {
		w.Request(t, func(r *dispatch.NewRequest) {
			r.RequiredSkills, r.WaitForPlan = nil, true
			r.Windows = []dispatch.Span{{Start: w.At(0, 8, 0), End: w.At(2, 17, 0)}}
		})
	}
	run, err := w.Service.StartPlan(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(3, 0, 0)}, 7, 3000)
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	if run, err = w.Service.Plan(t.Context(), w.Dispatcher, run.ID); err != nil || run.Summary.Decision == uuid.Nil {
		t.Fatalf("the run names the decision %s (%v)", run.Summary.Decision, err)
	}
	made, err := w.Service.ReplayDecision(t.Context(), w.Organization.ID, run.Summary.Decision)
	if err != nil || !made.Same {
		t.Fatalf("made again it is the same: %v (%v)", made.Same, err)
	}
	if made.Seed != 7 || made.Iterations != 3000 || len(made.Plan.Routes) == 0 {
		t.Errorf("seed %d, %d iterations, %d routes", made.Seed, made.Iterations, len(made.Plan.Routes))
	}
	if _, err := w.Service.ReplayDecision(t.Context(), w.Organization.ID, dispatchtest.NewID()); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("a decision that nobody made: %v", err)
	}
}

func TestADecisionHoldsNoNamesAndNoPlaces(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Request(t, nil)
	if _, err := w.Service.StartPlan(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)}, 1, 100); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	text := unpackedDecision(t, w)
	for _, secret := range []string{w.Household.Name, w.HouseholdSite.Address.Street, w.Karim.Name, "48.8", "La box"} {
		if strings.Contains(text, secret) {
			t.Errorf("the decision holds %q", secret)
		}
	}
}

// unpackedDecision is the input of the one decision there is.
func unpackedDecision(t *testing.T, w *dispatchtest.World) string {
	t.Helper()
	super, err := pgx.Connect(t.Context(), w.Database.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = super.Close(context.WithoutCancel(t.Context())) }()
	var packed []byte
	if err := super.QueryRow(t.Context(), `SELECT input FROM decisions`).Scan(&packed); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestDecisionsAreForgottenWhenThePolicySaysSo(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	run, err := w.Service.StartPlan(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)}, 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	if run, err = w.Service.Plan(t.Context(), w.Dispatcher, run.ID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Set(w.At(61, 8, 0))
	if err := w.Service.Forget(t.Context(), w.Organization.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.ReplayDecision(t.Context(), w.Organization.ID, run.Summary.Decision); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("after 61 days: %v", err)
	}
}
