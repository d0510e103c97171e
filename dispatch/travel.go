package dispatch

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
)

// TravelStore keeps what is learnt about travel times.
type TravelStore interface {
	// TravelTimes gives what a road engine said of the ways between the cells of two lists.
	TravelTimes(ctx context.Context, from, to []int64) ([]TravelTime, error)
	// SampleTravelTimes gives at most so many of the reachable ones, evenly spread and in the same order every time.
	SampleTravelTimes(ctx context.Context, most int) ([]TravelTime, error)
	SaveTravelTimes(ctx context.Context, times []TravelTime) error
	// ForgetTravel deletes what a road engine said before an instant, and the calibrations before it but for the newest and the one in use.
	ForgetTravel(ctx context.Context, before time.Time) error
	// Trips gives the journeys that technicians reported since an instant, oldest first, at most so many: from en_route to arrived.
	Trips(ctx context.Context, since time.Time, most int) ([]Trip, error)

	InsertCalibration(ctx context.Context, c TravelCalibration) error
	UpdateCalibration(ctx context.Context, c TravelCalibration, learnt *geo.Parameters) error
	// LockCalibration gives one, and keeps others from it until the transaction ends.
	LockCalibration(ctx context.Context, id uuid.UUID) (TravelCalibration, error)
	LastCalibration(ctx context.Context) (TravelCalibration, error) // KindNotFound: there was none
	// TravelInUse is the newest calibration with parameters, the nil UUID when there is none, and whether a road engine said anything.
	TravelInUse(ctx context.Context) (calibration uuid.UUID, words bool, err error)
	CalibratedParameters(ctx context.Context, id uuid.UUID) (geo.Parameters, error)
}

// Road is a road engine. It is asked in the background only: whoever waits for an answer gets what is known, and the estimator's word for the rest.
type Road interface {
	Modes() []geo.Mode
	Hours() []int // at which it knows the traffic, beside none at all
	// Table gives the journeys from every source to every destination, row by row. Leave is the local time of leaving; zero: without traffic.
	Table(ctx context.Context, mode geo.Mode, from, to []geo.Position, leave time.Time) ([]geo.Leg, error)
}

// TravelTime is what a road engine said of the way from one cell's centre to another's.
type TravelTime struct {
	Mode      geo.Mode
	From, To  int64 // cells at cell.SiteResolution
	Hour      int   // geo.FreeFlow: without traffic
	Seconds   int
	Metres    int
	Reachable bool
	LearntAt  time.Time
}

// Trip is a journey that a technician reported.
type Trip struct {
	From, To geo.Position
	Mode     geo.Mode
	Leave    time.Time
	Arrive   time.Time
	Hour     int // local, of leaving
}

// estimators keeps the estimators that organizations have calibrated, by calibration. The zero value is empty.
type estimators struct {
	mu sync.Mutex
	of map[uuid.UUID]*geo.Estimator
}

// mostEstimators bounds the memory: more than so many organizations are read again now and then.
const mostEstimators = 500

// inUse is what TravelInUse says.
type inUse struct {
	calibration uuid.UUID
	words       bool
}

// estimator is the organization's own, in the transaction: as calibrated last, or as it comes.
func (s *Service) estimator(ctx context.Context) (e *geo.Estimator, using inUse, err error) {
	id, words, err := s.store.TravelInUse(ctx)
	using = inUse{id, words}
	if err != nil || id == uuid.Nil {
		return s.travel, using, err
	}
	s.estimators.mu.Lock()
	kept := s.estimators.of[id]
	s.estimators.mu.Unlock()
	if kept != nil {
		return kept, using, nil
	}
	parameters, err := s.store.CalibratedParameters(ctx, id)
	if err != nil {
		return nil, using, err
	}
	made, err := geo.NewEstimator(parameters, s.travel.Location())
	if err != nil {
		return nil, using, err
	}
	s.estimators.mu.Lock()
	defer s.estimators.mu.Unlock()
	if s.estimators.of == nil || len(s.estimators.of) >= mostEstimators {
		s.estimators.of = map[uuid.UUID]*geo.Estimator{}
	}
	s.estimators.of[id] = made
	return made, using, nil
}

// view is PlanView with the travel times among its places.
func (s *Service) view(ctx context.Context, q ViewQuery) (PlanView, error) {
	view, err := s.store.PlanView(ctx, q)
	if err != nil {
		return view, err
	}
	view.travel, err = s.travelOf(ctx, view.Organization.ID, view.positions())
	return view, err
}

// positions are the places that the view's journeys lead between.
func (v PlanView) positions() (out []geo.Position) {
	for _, s := range v.Shifts {
		out = append(out, s.StartPlace, s.EndPlace)
	}
	for _, p := range v.Places {
		out = append(out, p.Position)
	}
	for _, d := range v.Organization.Policy.Depots {
		out = append(out, d.Place)
	}
	return out
}
