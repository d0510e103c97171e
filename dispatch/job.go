package dispatch

import (
	"time"

	"github.com/google/uuid"
)

// Job is work for later, of the organization whose transaction enqueues it: it survives a crash, runs at least once, and is safe to run again.
type Job interface {
	// Kind is the job's stable name in the queue.
	Kind() string
}

// Later is a job that is not to be done before its time.
type Later interface{ Due() time.Time }

// PlaceVisit finds a place for one visit in the live plan.
type PlaceVisit struct {
	VisitID uuid.UUID `json:"visit_id"`
}

// Kind implements Job.
func (PlaceVisit) Kind() string { return "place_visit" }

// RunPlan works a planning run off.
type RunPlan struct {
	PlanID uuid.UUID `json:"plan_id"`
}

// Kind implements Job.
func (RunPlan) Kind() string { return "run_plan" }

// SendNotice delivers one notice to its account's devices.
type SendNotice struct {
	NoticeID uuid.UUID `json:"notice_id"`
}

// Kind implements Job.
func (SendNotice) Kind() string { return "send_notice" }

// LearnTravel learns travel times from the road engine.
type LearnTravel struct{}

// Kind implements Job.
func (LearnTravel) Kind() string { return "learn_travel" }

// CalibrateTravel works a calibration of the travel-time estimator off; the nil UUID is the daily one.
type CalibrateTravel struct {
	CalibrationID uuid.UUID `json:"calibration_id"`
}

// Kind implements Job.
func (CalibrateTravel) Kind() string { return "calibrate_travel" }

// Forget deletes what an organization keeps for a limited time only: positions, notices, idempotency keys.
type Forget struct{}

// Kind implements Job.
func (Forget) Kind() string { return "forget" }

// Materialise makes the requests of one series that are due, and brings those that nobody was told of into line with it; the nil UUID enqueues
// one for each series of the organization that has something to make.
type Materialise struct {
	SeriesID uuid.UUID `json:"series_id"`
}

// Kind implements Job.
func (Materialise) Kind() string { return "materialise" }

// Project thinks out how a technician's day goes on.
type Project struct {
	TechnicianID uuid.UUID `json:"technician_id"`
}

// Kind implements Job.
func (Project) Kind() string { return "project" }
