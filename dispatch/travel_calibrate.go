package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/geo/cell"
)

// CalibrationStatus is where a calibration stands.
type CalibrationStatus string

// The states of a calibration.
const (
	CalibrationNone    CalibrationStatus = "none" // there was never one
	CalibrationQueued  CalibrationStatus = "queued"
	CalibrationRunning CalibrationStatus = "running"
	CalibrationDone    CalibrationStatus = "done"
	CalibrationFailed  CalibrationStatus = "failed"
)

// TravelCalibration is one calibration of the estimator: what was asked, and what came of it.
type TravelCalibration struct {
	ID          uuid.UUID
	Status      CalibrationStatus
	RequestedBy uuid.UUID // the nil UUID: the program itself, every day
	CreatedAt   time.Time
	FinishedAt  *time.Time
	Failure     string // a code, when it failed
	Report      geo.Calibration
	InUse       bool // planning goes by what it learnt
}

// What a calibration learns from.
const (
	mostRoadSamples = 40_000
	mostTrips       = 20_000
	calibrateEvery  = 20 * time.Hour // the daily one is left out when another is younger
	shortestTrip    = time.Minute
	longestTrip     = 3 * time.Hour
)

// Calibration gives the last calibration of the organization's travel times, begun or done, or that there was none.
func (s *Service) Calibration(ctx context.Context, p Principal) (c TravelCalibration, err error) {
	if !p.Staff() {
		return c, Forbidden()
	}
	c, err = within(ctx, s, p, s.store.LastCalibration)
	if KindOf(err) == KindNotFound {
		return TravelCalibration{Status: CalibrationNone}, nil
	}
	return c, err
}

// StartCalibration enqueues a calibration; one that waits or runs already is given instead.
func (s *Service) StartCalibration(ctx context.Context, p Principal) (c TravelCalibration, err error) {
	if p.Role != RoleAdministrator {
		return c, Forbidden()
	}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		last, err := s.store.LastCalibration(ctx)
		if err == nil && last.underWay(s.clock()) {
			c = last
			return nil
		}
		if err != nil && KindOf(err) != KindNotFound {
			return err
		}
		c = TravelCalibration{ID: newID(), Status: CalibrationQueued, RequestedBy: p.ID, CreatedAt: s.clock()}
		if err := s.store.InsertCalibration(ctx, c); err != nil {
			return err
		}
		return s.store.Enqueue(ctx, CalibrateTravel{CalibrationID: c.ID})
	})
	return c, err
}

// underWay reports whether somebody still works on it; after an hour nobody does.
func (c TravelCalibration) underWay(now time.Time) bool {
	return (c.Status == CalibrationQueued || c.Status == CalibrationRunning) && now.Sub(c.CreatedAt) < time.Hour
}

// CalibrateTravel works a calibration off, or with the nil UUID the daily one: it learns from what a road engine said and from technicians' journeys, and
// planning goes by the result where it is better on places that it was not learnt from. One that is done is left alone, so the job may be repeated.
func (s *Service) CalibrateTravel(ctx context.Context, org, id uuid.UUID) error {
	var c TravelCalibration
	var samples []geo.Sample
	err := s.store.Tx(ctx, org, func(ctx context.Context) (err error) {
		if c, err = s.begin(ctx, id); err != nil || c.Status != CalibrationRunning {
			return err
		}
		samples, err = s.samples(ctx)
		return err
	})
	if err != nil || c.Status != CalibrationRunning {
		return err
	}
	if id == uuid.Nil && len(samples) == 0 {
		return nil // nothing to learn from: nobody asked
	}
	learnt, report := geo.Calibrate(samples, s.travel.Parameters(), tilings(samples))
	now := s.clock()
	c.Status, c.FinishedAt, c.Report = CalibrationDone, &now, report
	err = s.store.Tx(ctx, org, func(ctx context.Context) error { return s.finish(ctx, id, c, learnt) })
	if err == nil || KindOf(err) == KindUnavailable || errors.Is(err, context.Canceled) || id == uuid.Nil {
		return err
	}
	c.Status, c.Failure = CalibrationFailed, CodeOf(err)
	told, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, s.store.Tx(told, org, func(ctx context.Context) error { return s.store.UpdateCalibration(ctx, c, nil) }))
}

// begin reads the calibration that was asked for and says that it runs; or makes the daily one when its time has come, yet unwritten.
func (s *Service) begin(ctx context.Context, id uuid.UUID) (TravelCalibration, error) {
	if id == uuid.Nil {
		last, err := s.store.LastCalibration(ctx)
		if err == nil && s.clock().Sub(last.CreatedAt) < calibrateEvery {
			return TravelCalibration{}, nil
		}
		if err != nil && KindOf(err) != KindNotFound {
			return TravelCalibration{}, err
		}
		return TravelCalibration{ID: newID(), Status: CalibrationRunning, CreatedAt: s.clock()}, nil
	}
	c, err := s.store.LockCalibration(ctx, id)
	if err != nil || c.Status == CalibrationDone || c.Status == CalibrationFailed {
		return c, err
	}
	c.Status = CalibrationRunning
	return c, s.store.UpdateCalibration(ctx, c, nil)
}

// finish writes a calibration down, with what it learnt if that is better.
func (s *Service) finish(ctx context.Context, asked uuid.UUID, c TravelCalibration, learnt geo.Parameters) error {
	if asked == uuid.Nil {
		if err := s.store.InsertCalibration(ctx, c); err != nil {
			return err
		}
	}
	for _, mode := range c.Report {
		if mode.Applied {
			return s.store.UpdateCalibration(ctx, c, &learnt)
		}
	}
	return s.store.UpdateCalibration(ctx, c, nil)
}

// samples are the journeys whose times are known: of the road engine, and of technicians.
func (s *Service) samples(ctx context.Context) (samples []geo.Sample, err error) {
	times, err := s.store.SampleTravelTimes(ctx, mostRoadSamples)
	if err != nil {
		return nil, err
	}
	for _, t := range times {
		samples = append(samples, geo.Sample{
			From: cell.Cell(t.From).Centre(), To: cell.Cell(t.To).Centre(), Mode: t.Mode, Seconds: float64(t.Seconds), Metres: float64(t.Metres), Hour: t.Hour,
		})
	}
	trips, err := s.store.Trips(ctx, s.clock().Add(-positionsKept), mostTrips)
	if err != nil {
		return nil, err
	}
	for _, t := range trips {
		// Positions are coarse and reports late: cells are exact enough, and the same place is then the same place.
		from, to := cell.Cell(siteCell(t.From)).Centre(), cell.Cell(siteCell(t.To)).Centre()
		took := t.Arrive.Sub(t.Leave)
		if from != to && took >= shortestTrip && took <= longestTrip {
			samples = append(samples, geo.Sample{From: from, To: to, Mode: t.Mode, Seconds: took.Seconds(), Hour: t.Hour, Door: true})
		}
	}
	return samples, nil
}

// tilings cuts the ground of each mode's samples into zones.
func tilings(samples []geo.Sample) (out [geo.Modes]geo.Tiling) {
	positions := [geo.Modes][]geo.Position{}
	for _, s := range samples {
		positions[s.Mode] = append(positions[s.Mode], s.From, s.To)
	}
	for mode := range out {
		out[mode] = cell.Tiling(positions[mode])
	}
	return out
}
