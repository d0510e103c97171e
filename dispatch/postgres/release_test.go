package postgres_test

import (
	"testing"

	"tournee/dispatch/dispatchtest"
)

func TestAJobOfAKilledProgramIsFreeAtTheNextStart(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Request(t, nil)
	if _, err := w.Pool.Exec(t.Context(), `UPDATE jobs.river_job SET state = 'running', attempt = 1, attempted_at = now()`); err != nil {
		t.Fatal(err)
	}
	if err := w.DB.ReleaseJobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if free := count(t, w.Pool, `SELECT count(*) FROM jobs.river_job WHERE kind = 'place_visit' AND state = 'available'`); free != 1 {
		t.Errorf("%d jobs are free, want the one that was running", free)
	}
}
