package identity

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// sessionKept is how long a session that is over is kept, so that a stolen refresh token is still seen for what it is.
const sessionKept = 7 * 24 * time.Hour

// counterKept is how long a place somebody signed in from stays known.
const counterKept = 90 * 24 * time.Hour

// Sweep forgets what has had its time: audit entries beyond the retention, sessions and one-time tokens long over, old counts of sign-ins,
// retired signing keys. To be called daily or so by one job; it gives the number of rows deleted. Each kind is deleted by itself, so that an
// error loses no more than its own work.
func (s *Service) Sweep(ctx context.Context) (rows int64, err error) {
	now := s.now()
	for _, sweep := range []struct {
		delete func(context.Context, time.Time) (int64, error)
		before time.Time
	}{
		{s.store.DeleteAudit, now.Add(-s.config.Retention)},
		{s.store.DeleteSessions, now.Add(-sessionKept)},
		{s.store.DeleteExpiredOneTimes, now},
		{s.store.DeleteCounters, now.Add(-counterKept)},
		{s.store.DeleteSigningKeys, now},
	} {
		err := s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
			n, err := sweep.delete(ctx, sweep.before)
			rows += n
			return err
		})
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}
