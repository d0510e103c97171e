package dispatchtest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

// queued is a job's row.
type queued struct {
	id   int64
	kind string
	args []byte
}

// WorkJobs works the queue off, in order of priority and age, until nothing is left that can be done now. A job that asks to be tried again
// later stays in the queue, and its wish is returned; any other error fails the test.
func (w *World) WorkJobs(t testing.TB) []*dispatch.RetryLater {
	t.Helper()
	ctx := t.Context()
	var put []int64
	var later []*dispatch.RetryLater
	for {
		job, ok := w.nextJob(t, put)
		if !ok {
			return later
		}
		err := w.work(ctx, job)
		if retry, ok := errors.AsType[*dispatch.RetryLater](err); ok {
			later = append(later, retry)
			put = append(put, job.id)
			continue
		}
		if err != nil && dispatch.KindOf(err) != dispatch.KindNotFound { // what the job was about may be gone
			t.Fatalf("job %s %s: %v", job.kind, job.args, err)
		}
		if _, err := w.Pool.Exec(ctx, `DELETE FROM jobs.river_job WHERE id = $1`, job.id); err != nil {
			t.Fatalf("taking a job off the queue: %v", err)
		}
	}
}

// Jobs lists the kinds of the jobs that wait, oldest first.
func (w *World) Jobs(t testing.TB) []string {
	t.Helper()
	rows, err := w.Pool.Query(t.Context(), `SELECT kind FROM jobs.river_job ORDER BY id`)
	if err != nil {
		t.Fatalf("reading the queue: %v", err)
	}
	kinds, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("reading the queue: %v", err)
	}
	return kinds
}

func (w *World) nextJob(t testing.TB, put []int64) (job queued, ok bool) {
	t.Helper()
	if put == nil {
		put = []int64{}
	}
	err := w.Pool.QueryRow(t.Context(), `SELECT id, kind, args FROM jobs.river_job WHERE kind NOT IN ('sweep', 'watch_day') AND id <> ALL($1)
		ORDER BY priority, id LIMIT 1`, put).Scan(&job.id, &job.kind, &job.args)
	if errors.Is(err, pgx.ErrNoRows) {
		return job, false
	}
	if err != nil {
		t.Fatalf("reading the queue: %v", err)
	}
	return job, true
}

func (w *World) work(ctx context.Context, job queued) error {
	var args struct {
		OrganizationID uuid.UUID `json:"organization_id"`
		Job            struct {
			VisitID       uuid.UUID `json:"visit_id"`
			PlanID        uuid.UUID `json:"plan_id"`
			NoticeID      uuid.UUID `json:"notice_id"`
			BookingID     uuid.UUID `json:"booking_id"`
			CalibrationID uuid.UUID `json:"calibration_id"`
			SeriesID      uuid.UUID `json:"series_id"`
			AlertID       uuid.UUID `json:"alert_id"`
			TechnicianID  uuid.UUID `json:"technician_id"`
		} `json:"job"`
	}
	if err := json.Unmarshal(job.args, &args); err != nil {
		return err
	}
	switch job.kind {
	case dispatch.PlaceVisit{}.Kind():
		return w.Service.PlaceVisit(ctx, args.OrganizationID, args.Job.VisitID)
	case dispatch.RunPlan{}.Kind():
		return w.Service.RunPlan(ctx, args.OrganizationID, args.Job.PlanID)
	case dispatch.ExpireHold{}.Kind():
		return w.Service.ExpireHold(ctx, args.OrganizationID, args.Job.BookingID)
	case dispatch.Replan{}.Kind():
		var replan struct {
			Job dispatch.Replan `json:"job"`
		}
		if err := json.Unmarshal(job.args, &replan); err != nil {
			return err
		}
		return w.Service.Replan(ctx, args.OrganizationID, replan.Job)
	case dispatch.RepairDay{}.Kind():
		var repair struct {
			Job dispatch.RepairDay `json:"job"`
		}
		if err := json.Unmarshal(job.args, &repair); err != nil {
			return err
		}
		return w.Service.RepairDay(ctx, args.OrganizationID, repair.Job)
	case dispatch.SuggestRemedy{}.Kind():
		return w.Service.SuggestRemedy(ctx, args.OrganizationID, args.Job.AlertID)
	case dispatch.Project{}.Kind():
		return w.Service.Project(ctx, args.OrganizationID, args.Job.TechnicianID)
	case dispatch.OfferGap{}.Kind():
		var gap struct {
			Job dispatch.OfferGap `json:"job"`
		}
		if err := json.Unmarshal(job.args, &gap); err != nil {
			return err
		}
		return w.Service.OfferGap(ctx, args.OrganizationID, gap.Job)
	case dispatch.SendNotice{}.Kind():
		return w.Service.SendNotice(ctx, args.OrganizationID, args.Job.NoticeID)
	case dispatch.LearnTravel{}.Kind():
		return w.Service.LearnTravel(ctx, args.OrganizationID)
	case dispatch.CalibrateTravel{}.Kind():
		return w.Service.CalibrateTravel(ctx, args.OrganizationID, args.Job.CalibrationID)
	case dispatch.Materialise{}.Kind():
		return w.Service.Materialise(ctx, args.OrganizationID, args.Job.SeriesID)
	}
	return w.Service.Forget(ctx, args.OrganizationID)
}
