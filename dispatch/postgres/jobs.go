package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"tournee/dispatch"
	"tournee/migrations"
)

// job carries a dispatch job through the queue, with the organization it belongs to.
type job[T dispatch.Job] struct {
	OrganizationID uuid.UUID `json:"organization_id"`
	Job            T         `json:"job"`
}

// Kind implements river.JobArgs.
func (j job[T]) Kind() string { return j.Job.Kind() }

// Enqueue implements dispatch.JobStore.
func (d *DB) Enqueue(ctx context.Context, jobs ...dispatch.Job) error {
	if len(jobs) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		params[i] = river.InsertManyParams{Args: queued(org(ctx), j), InsertOpts: &river.InsertOpts{MaxAttempts: maxAttempts, Priority: priority(j), UniqueOpts: unique(j)}}
		if later, ok := j.(dispatch.Later); ok {
			params[i].InsertOpts.ScheduledAt = later.Due()
		}
	}
	_, err := d.jobs.InsertManyTx(ctx, d.tx(ctx), params) // the Fast form is a COPY, which gains nothing for a row or two
	return err
}

// maxAttempts is about a day and a half of River's back-off: long enough for an outage of a push service.
const maxAttempts = 17

// queued wraps a job for the queue.
func queued(org uuid.UUID, j dispatch.Job) river.JobArgs {
	switch j := j.(type) {
	case dispatch.PlaceVisit:
		return job[dispatch.PlaceVisit]{org, j}
	case dispatch.RunPlan:
		return job[dispatch.RunPlan]{org, j}
	case dispatch.SendNotice:
		return job[dispatch.SendNotice]{org, j}
	case dispatch.ExpireHold:
		return job[dispatch.ExpireHold]{org, j}
	case dispatch.Replan:
		return job[dispatch.Replan]{org, j}
	case dispatch.OfferGap:
		return job[dispatch.OfferGap]{org, j}
	case dispatch.Forget:
		return job[dispatch.Forget]{org, j}
	case dispatch.LearnTravel:
		return job[dispatch.LearnTravel]{org, j}
	case dispatch.CalibrateTravel:
		return job[dispatch.CalibrateTravel]{org, j}
	case dispatch.Materialise:
		return job[dispatch.Materialise]{org, j}
	case dispatch.RepairDay:
		return job[dispatch.RepairDay]{org, j}
	case dispatch.SuggestRemedy:
		return job[dispatch.SuggestRemedy]{org, j}
	case dispatch.Project:
		return job[dispatch.Project]{org, j}
	}
	panic(fmt.Sprintf("postgres: no queue for job %q", j.Kind())) // a new kind of job needs a line above and one in Workers
}

// unique keeps what is asked for again and again from piling up while workers are away: one a period for each organization.
func unique(j dispatch.Job) river.UniqueOpts {
	switch j := j.(type) {
	case dispatch.LearnTravel:
		return river.UniqueOpts{ByArgs: true, ByPeriod: learnEvery / 2}
	case dispatch.CalibrateTravel:
		if j.CalibrationID == uuid.Nil {
			return river.UniqueOpts{ByArgs: true, ByPeriod: learnEvery / 2}
		}
	}
	return river.UniqueOpts{}
}

// priority lets notices overtake planning, and planning overtake housekeeping (River: 1 is first, 4 last).
func priority(j dispatch.Job) int {
	switch j.(type) {
	case dispatch.SendNotice:
		return 1
	case dispatch.PlaceVisit, dispatch.ExpireHold, dispatch.RepairDay, dispatch.Project, dispatch.SuggestRemedy:
		return 2
	case dispatch.RunPlan, dispatch.Replan, dispatch.Materialise:
		return 3
	}
	return 4
}

// Worker is who does the jobs: dispatch.Service.
type Worker interface {
	PlaceVisit(ctx context.Context, org, visit uuid.UUID) error
	RunPlan(ctx context.Context, org, plan uuid.UUID) error
	SendNotice(ctx context.Context, org, notice uuid.UUID) error
	ExpireHold(ctx context.Context, org, booking uuid.UUID) error
	Replan(ctx context.Context, org uuid.UUID, j dispatch.Replan) error
	OfferGap(ctx context.Context, org uuid.UUID, j dispatch.OfferGap) error
	LookForReplans(ctx context.Context, org uuid.UUID) error
	Forget(ctx context.Context, org uuid.UUID) error
	LearnTravel(ctx context.Context, org uuid.UUID) error
	CalibrateTravel(ctx context.Context, org, calibration uuid.UUID) error
	Materialise(ctx context.Context, org, series uuid.UUID) error
	Project(ctx context.Context, org, technician uuid.UUID) error
	SuggestRemedy(ctx context.Context, org, alert uuid.UUID) error
	RepairDay(ctx context.Context, org uuid.UUID, j dispatch.RepairDay) error
	WatchDay(ctx context.Context, org uuid.UUID) error
}

// workers says who does what.
func workers(w Worker) *river.Workers {
	all := river.NewWorkers()
	work(all, func(ctx context.Context, org uuid.UUID, j dispatch.PlaceVisit) error {
		return w.PlaceVisit(ctx, org, j.VisitID)
	})
	work(all, func(ctx context.Context, org uuid.UUID, j dispatch.RunPlan) error {
		return w.RunPlan(ctx, org, j.PlanID)
	})
	work(all, func(ctx context.Context, org uuid.UUID, j dispatch.SendNotice) error {
		return w.SendNotice(ctx, org, j.NoticeID)
	})
	work(all, func(ctx context.Context, org uuid.UUID, j dispatch.ExpireHold) error {
		return w.ExpireHold(ctx, org, j.BookingID)
	})
	work(all, w.Replan)
	work(all, w.RepairDay)
	work(all, func(ctx context.Context, org uuid.UUID, j dispatch.SuggestRemedy) error {
		return w.SuggestRemedy(ctx, org, j.AlertID)
	})
	work(all, func(ctx context.Context, org uuid.UUID, j dispatch.Project) error {
		return w.Project(ctx, org, j.TechnicianID)
	})
	work(all, w.OfferGap)
	work(all, func(ctx context.Context, org uuid.UUID, _ dispatch.Forget) error { return w.Forget(ctx, org) })
	work(all, func(ctx context.Context, org uuid.UUID, _ dispatch.LearnTravel) error { return w.LearnTravel(ctx, org) })
	work(all, func(ctx context.Context, org uuid.UUID, j dispatch.CalibrateTravel) error {
		return w.CalibrateTravel(ctx, org, j.CalibrationID)
	})
	work(all, func(ctx context.Context, org uuid.UUID, j dispatch.Materialise) error {
		return w.Materialise(ctx, org, j.SeriesID)
	})
	return all
}

func work[T dispatch.Job](all *river.Workers, do func(ctx context.Context, org uuid.UUID, j T) error) {
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job[T]]) error {
		err := do(ctx, j.Args.OrganizationID, j.Args.Job)
		var later *dispatch.RetryLater
		switch {
		case err == nil:
			return nil
		case errors.As(err, &later) && later.After > 0:
			return river.JobSnooze(later.After)
		case dispatch.KindOf(err) == dispatch.KindNotFound:
			return river.JobCancel(err) // what the job was about is gone
		}
		return err
	}))
}

// The queue's habits.
const (
	jobTimeout   = 5 * time.Minute // the longest job is a planning run of a large territory
	rescueAfter  = 6 * time.Minute // River's default is an hour: a job of a killed node would wait that long
	fetchPoll    = 500 * time.Millisecond
	fetchPause   = 50 * time.Millisecond
	forgetEvery  = 6 * time.Hour
	learnEvery   = 15 * time.Minute // the daily calibration is looked at as often
	defaultQueue = river.QueueDefault
)

// Jobs works the queue off until it is stopped.
type Jobs struct {
	client *river.Client[pgx.Tx]
	end    func() // of the looking, which it waits for
}

// OpenQueue lets the store enqueue jobs; they wait until some node works them off.
func (d *DB) OpenQueue(log *slog.Logger) error {
	client, err := river.NewClient(riverpgxv5.New(d.pool), &river.Config{Schema: migrations.JobSchema, Logger: log})
	if err != nil {
		return fmt.Errorf("postgres: opening the queue: %w", err)
	}
	d.jobs = client
	return nil
}

// lookEvery is how often days that have changed are looked for.
const lookEvery = 5 * time.Second

// lookKey is the advisory lock of the node that looks: one at a time, and the next one as soon as that one is gone.
const lookKey = 0x746f75726e6565

// look looks again and again for days that are to be planned again, whenever no other node does. It does not wait for the queue's leader to be
// replaced: a node that died holds no lock.
func (d *DB) look(ctx context.Context, w Worker, log *slog.Logger) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := d.lookOnce(ctx, w); err != nil && ctx.Err() == nil {
			log.Warn("looking for days to plan again", "error", err)
		}
	}
}

func (d *DB) lookOnce(ctx context.Context, w Worker) error {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var ours bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(lookKey)).Scan(&ours); err != nil || !ours {
		return err
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(lookKey)) }() // a connection that broke has lost it anyway
	organizations, err := d.Organizations(ctx)
	for _, id := range organizations {
		err = errors.Join(err, w.LookForReplans(ctx, id))
	}
	return err
}

// watchEvery is how often the routes under way are looked at, whether anything was heard of them or not.
const watchEvery = 2 * time.Minute

// watch is the periodic job that does.
type watch struct{}

// Kind implements river.JobArgs.
func (watch) Kind() string { return "watch_day" }

func watching() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(watchEvery), func() (river.JobArgs, *river.InsertOpts) {
		return watch{}, &river.InsertOpts{Priority: 2, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByPeriod: watchEvery}}
	}, nil)
}

// watchWorker is its work. An organization whose day could not be watched is watched again in a moment.
func (d *DB) watchWorker(w Worker) func(*river.Workers) {
	return func(all *river.Workers) {
		river.AddWorker(all, river.WorkFunc(func(ctx context.Context, _ *river.Job[watch]) error {
			organizations, err := d.Organizations(ctx)
			for _, id := range organizations {
				err = errors.Join(err, w.WatchDay(ctx, id))
			}
			return err
		}))
	}
}

// StartJobs works the queue off with so many jobs at once. more adds the jobs of other services on this database.
func (d *DB) StartJobs(ctx context.Context, w Worker, atOnce int, log *slog.Logger, more ...func(*river.Workers)) (*Jobs, error) {
	all := workers(w)
	for _, add := range append(more, d.watchWorker(w), d.addTravelWorker) {
		add(all)
	}
	client, err := river.NewClient(riverpgxv5.New(d.pool), &river.Config{
		Schema:               migrations.JobSchema,
		Logger:               log,
		Workers:              all,
		Queues:               map[string]river.QueueConfig{defaultQueue: {MaxWorkers: atOnce}},
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
		FetchPollInterval:    fetchPoll,
		FetchCooldown:        fetchPause,
		PeriodicJobs:         []*river.PeriodicJob{forgetting(), learningTravel(), watching()},
	})
	if err != nil {
		return nil, fmt.Errorf("postgres: opening the queue: %w", err)
	}
	if err := client.Start(ctx); err != nil {
		return nil, fmt.Errorf("postgres: starting the queue: %w", err)
	}
	looking, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var looked sync.WaitGroup
	looked.Go(func() { d.look(looking, w, log) })
	return &Jobs{client: client, end: func() {
		cancel()
		looked.Wait()
	}}, nil
}

// ReleaseJobs lets jobs that were running when their program was killed run again at once. Only a program that has the database for itself
// may call it, before StartJobs; elsewhere a job waits until it is rescued.
func (d *DB) ReleaseJobs(ctx context.Context) error {
	_, err := d.pool.Exec(ctx, `UPDATE `+migrations.JobSchema+`.river_job SET state = 'available' WHERE state = 'running'`)
	if err != nil {
		return fmt.Errorf("postgres: releasing the jobs of a killed program: %w", err)
	}
	return nil
}

// Stop lets running jobs end, until the context is over; then it cancels them. What was not done stays in the queue.
func (j *Jobs) Stop(ctx context.Context) error {
	j.end()
	err := j.client.Stop(ctx)
	if ctx.Err() == nil {
		return err
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return j.client.StopAndCancel(hard)
}

// sweep is the periodic job that asks every organization to forget what is over its time, and to make the requests of its series ahead.
type sweep struct{}

// Kind implements river.JobArgs.
func (sweep) Kind() string { return "sweep" }

func forgetting() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(forgetEvery), func() (river.JobArgs, *river.InsertOpts) {
		return sweep{}, &river.InsertOpts{Priority: 4, UniqueOpts: river.UniqueOpts{ByPeriod: forgetEvery / 2}}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// SweepWorker is the work of the periodic job: a Forget and a Materialise for each organization, and what the tenant-free identity tables are to forget.
func (d *DB) SweepWorker(identities func(ctx context.Context) (int64, error)) func(*river.Workers) {
	return func(all *river.Workers) {
		river.AddWorker(all, river.WorkFunc(func(ctx context.Context, _ *river.Job[sweep]) error {
			_, fault := identities(ctx)
			organizations, err := d.Organizations(ctx)
			fault = errors.Join(fault, err)
			for _, id := range organizations {
				fault = errors.Join(fault, d.Tx(ctx, id, func(ctx context.Context) error { return d.Enqueue(ctx, dispatch.Forget{}, dispatch.Materialise{}) }))
			}
			return fault
		}))
	}
}

// travels is the periodic job that has travel times learnt, and the estimator calibrated, for every organization.
type travels struct{}

// Kind implements river.JobArgs.
func (travels) Kind() string { return "travels" }

func learningTravel() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(learnEvery), func() (river.JobArgs, *river.InsertOpts) {
		return travels{}, &river.InsertOpts{Priority: 4, UniqueOpts: river.UniqueOpts{ByPeriod: learnEvery / 2}}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

func (d *DB) addTravelWorker(all *river.Workers) {
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, _ *river.Job[travels]) error {
		organizations, err := d.Organizations(ctx)
		for _, id := range organizations {
			err = errors.Join(err, d.Tx(ctx, id, func(ctx context.Context) error {
				return d.Enqueue(ctx, dispatch.LearnTravel{}, dispatch.CalibrateTravel{})
			}))
		}
		return err
	}))
}
