package dispatch

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/geo/cell"
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
	// CalibrationInUse is the newest with parameters; the nil UUID when there is none.
	CalibrationInUse(ctx context.Context) (uuid.UUID, error)
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

// travel is how long journeys take as far as an organization knows: its estimator, and what a road engine said of some cells.
type travel struct {
	*geo.Estimator
	known map[travelKey]correction
}

type travelKey struct {
	mode     geo.Mode
	from, to int64
}

// correction is what a road engine's word is of the estimator's, in time and way.
type correction struct{ time, way float64 }

// mostCorrected is how many times longer or shorter than estimated a journey may be believed to be: a cell's centre may lie on the wrong side of
// a fence.
const mostCorrected = 5.

// matrix is the journeys between places at the planning hour.
func (t travel) matrix(positions []geo.Position, mode geo.Mode) geo.Matrix {
	return t.CorrectedMatrix(positions, mode, planningHour, t.correction(positions, mode))
}

// spokes is what the matrix of the places has for the last of them.
func (t travel) spokes(positions []geo.Position, mode geo.Mode) geo.Spokes {
	last := len(positions) - 1
	return t.CorrectedSpokes(positions[last], positions[:last], mode, planningHour, t.correction(positions, mode))
}

// correction is what is known better about the journeys between places; nil when nothing is.
func (t travel) correction(positions []geo.Position, mode geo.Mode) geo.Correction {
	if len(t.known) == 0 {
		return nil
	}
	cells := make([]int64, len(positions))
	for i, p := range positions {
		cells[i] = siteCell(p)
	}
	return func(i, j int) (time, way float64) {
		if c, ok := t.known[travelKey{mode, cells[i], cells[j]}]; ok {
			return c.time, c.way
		}
		return 1, 1
	}
}

func siteCell(p geo.Position) int64 { return int64(cell.Of(p, cell.SiteResolution)) }

// travelAmong reads, in the transaction, how long journeys among some places take as far as the organization knows.
func (s *Service) travelAmong(ctx context.Context, positions []geo.Position) (travel, error) {
	estimator, err := s.estimator(ctx)
	if err != nil {
		return travel{}, err
	}
	cells := cellsOf(positions)
	times, err := s.store.TravelTimes(ctx, cells, cells)
	if err != nil {
		return travel{}, err
	}
	return travel{estimator, corrections(estimator, times)}, nil
}

// corrections compares what a road engine said with what the estimator thinks of the same ways. Of several hours the one nearest the planning hour counts, and
// any hour more than free flow. A way that was not found says nothing: perhaps no road leads to the cell's centre, and yet one to the place.
func corrections(e *geo.Estimator, times []TravelTime) map[travelKey]correction {
	known, hours := map[travelKey]correction{}, map[travelKey]int{}
	parameters := e.Parameters()
	for _, t := range times {
		key := travelKey{t.Mode, t.From, t.To}
		if hour, seen := hours[key]; !t.Reachable || seen && hourGap(hour) <= hourGap(t.Hour) {
			continue
		}
		work := float64(t.Seconds)
		if t.Hour != geo.FreeFlow {
			work *= float64(parameters.Modes[t.Mode].Hours[t.Hour]) / 1000
		}
		seconds, metres := e.FreeFlow(cell.Cell(t.From).Centre(), cell.Cell(t.To).Centre(), t.Mode)
		if seconds <= 0 || metres <= 0 {
			continue
		}
		hours[key] = t.Hour
		known[key] = correction{believed(work / seconds), believed(float64(t.Metres) / metres)}
	}
	return known
}

// hourGap is how far an hour of a road engine is from the planning hour; free flow is farther than any.
func hourGap(hour int) int {
	if hour == geo.FreeFlow {
		return 24
	}
	gap := max(hour-planningHour, planningHour-hour)
	return min(gap, 24-gap)
}

func believed(ratio float64) float64 { return max(1/mostCorrected, min(mostCorrected, ratio)) }

// estimators keeps the estimators that organizations have calibrated, by calibration. The zero value is empty.
type estimators struct {
	mu sync.Mutex
	of map[uuid.UUID]*geo.Estimator
}

// mostEstimators bounds the memory: more than so many organizations are read again now and then.
const mostEstimators = 500

// estimator is the organization's own, in the transaction: as calibrated last, or as it comes.
func (s *Service) estimator(ctx context.Context) (*geo.Estimator, error) {
	id, err := s.store.CalibrationInUse(ctx)
	if err != nil || id == uuid.Nil {
		return s.travel, err
	}
	s.estimators.mu.Lock()
	kept := s.estimators.of[id]
	s.estimators.mu.Unlock()
	if kept != nil {
		return kept, nil
	}
	parameters, err := s.store.CalibratedParameters(ctx, id)
	if err != nil {
		return nil, err
	}
	made, err := geo.NewEstimator(parameters, s.travel.Location())
	if err != nil {
		return nil, err
	}
	s.estimators.mu.Lock()
	defer s.estimators.mu.Unlock()
	if s.estimators.of == nil || len(s.estimators.of) >= mostEstimators {
		s.estimators.of = map[uuid.UUID]*geo.Estimator{}
	}
	s.estimators.of[id] = made
	return made, nil
}

// view is PlanView with the travel times among its places.
func (s *Service) view(ctx context.Context, q ViewQuery) (PlanView, error) {
	view, err := s.store.PlanView(ctx, q)
	if err != nil {
		return view, err
	}
	view.travel, err = s.travelAmong(ctx, view.positions())
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
