package identity

import (
	"context"
	"time"

	"tournee/dispatch"
)

// Counter counts failed sign-ins under one name from one source; the source "" counts every place the name never signed in from.
type Counter struct {
	Name        []byte // MAC of the normalised e-mail
	Source      string
	Failures    int
	FailedAt    time.Time
	SucceededAt time.Time // zero: the name never signed in from here
}

// How guessing is slowed down. A place the person has signed in from answers for itself alone, so a stranger's failures never keep the
// owner out there; every other place is held to its own count and to one count for all such places together, so a guesser with many
// addresses gets some hundred tries a day. An owner at a new place during such an attack resets the password by mail, which clears
// the counts.
const (
	freeOwn   = 5                // failures from one place before waiting
	freeWide  = 20               // failures from all unknown places together before waiting
	WaitMax   = 15 * time.Minute // the longest wait: nobody is locked out for good
	forgetful = 24 * time.Hour   // a count that rests this long starts again
	everyone  = ""               // the source that counts all unknown places
)

// wait is how long the next try must still wait: 2^(failures-free) seconds after the last failure, at most WaitMax.
func (c Counter) wait(free int, now time.Time) time.Duration {
	over := c.Failures - free
	if over < 0 || now.Sub(c.FailedAt) >= forgetful {
		return 0
	}
	pause := WaitMax
	if over < 10 {
		pause = min(WaitMax, time.Second<<over)
	}
	return max(0, c.FailedAt.Add(pause).Sub(now))
}

func (c Counter) failed(now time.Time) Counter {
	if now.Sub(c.FailedAt) >= forgetful {
		c.Failures = 0
	}
	c.Failures++
	c.FailedAt = now
	return c
}

func (s *Service) counterName(email string) []byte {
	return mac(s.secrets[0], "sign-in name", []byte(email))
}

// reserve counts the try as failed before it is made, so that a hundred tries at once are counted as a hundred. A try that must
// wait is not counted, and answers sign_in_backoff (429) with the seconds to wait.
func (s *Service) reserve(ctx context.Context, email string, c Caller) error {
	name, source, now := s.counterName(email), c.source(), s.now()
	var wait time.Duration
	err := s.store.Alone(ctx, func(ctx context.Context) error {
		own, err := s.store.Counter(ctx, name, source)
		if err != nil {
			return err
		}
		var counters []Counter
		if own.SucceededAt.IsZero() {
			wide, err := s.store.LockCounter(ctx, name, everyone, now)
			if err != nil {
				return err
			}
			if wait = wide.wait(freeWide, now); wait > 0 {
				return nil
			}
			counters = append(counters, wide)
		}
		if own, err = s.store.LockCounter(ctx, name, source, now); err != nil {
			return err
		}
		if wait = own.wait(freeOwn, now); wait > 0 {
			return nil
		}
		for _, counter := range append(counters, own) {
			if err := s.store.UpdateCounter(ctx, counter.failed(now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if wait > 0 {
		seconds := int64((wait + time.Second - 1) / time.Second)
		return &dispatch.Error{Kind: dispatch.KindTooMany, Code: "sign_in_backoff", Params: map[string]any{"seconds": seconds}}
	}
	return nil
}

// refund takes back what reserve counted, inside the transaction in ctx: the place is now known, and owes nothing.
func (s *Service) refund(ctx context.Context, email string, c Caller) error {
	name, now := s.counterName(email), s.now()
	wide, err := s.store.LockCounter(ctx, name, everyone, now)
	if err != nil {
		return err
	}
	own, err := s.store.LockCounter(ctx, name, c.source(), now)
	if err != nil {
		return err
	}
	if own.SucceededAt.IsZero() && wide.Failures > 0 {
		wide.Failures--
		if err := s.store.UpdateCounter(ctx, wide); err != nil {
			return err
		}
	}
	own.Failures, own.SucceededAt = 0, now
	return s.store.UpdateCounter(ctx, own)
}

// forgive clears the counts that stand in the way of someone who just proved to own the e-mail.
func (s *Service) forgive(ctx context.Context, email string, c Caller) error {
	name, now := s.counterName(email), s.now()
	wide, err := s.store.LockCounter(ctx, name, everyone, now)
	if err != nil {
		return err
	}
	own, err := s.store.LockCounter(ctx, name, c.source(), now)
	if err != nil {
		return err
	}
	wide.Failures = 0
	own.Failures, own.SucceededAt = 0, now
	if err := s.store.UpdateCounter(ctx, wide); err != nil {
		return err
	}
	return s.store.UpdateCounter(ctx, own)
}
