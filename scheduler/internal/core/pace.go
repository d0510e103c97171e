package core

import "math/bits"

// Epochs are a hundredth of the budget, within bounds per visit, and at least
// eight fit.
const (
	epochs        = 100
	fewestEpochs  = 8
	longestEpoch  = 1000 // iterations per visit
	shortestEpoch = 20
)

// startHeat is the temperature at the start, in hundredths of the mean leg.
const startHeat = 120

// whole is the position of a budget's end: positions count in 2^-32 of it.
const whole int64 = 1 << 32

// pace says how long each epoch is and where in the annealing it lies.
type pace struct {
	b        Budget
	visits   int64
	epoch    uint64
	length   int64 // iterations of the epoch
	from, to int64 // positions
	last     int64 // iterations done when the epoch began
}

func newPace(visits int32, b Budget) pace {
	return pace{b: b, visits: max(1, int64(visits))}
}

// next begins an epoch and reports false when the budget is used up.
func (p *pace) next(r *Result) bool {
	p.epoch++
	if p.b.StopAt > 0 && r.Iterations >= p.b.StopAt {
		r.Stopped = true
		return false
	}
	if p.b.Elapsed != nil {
		return p.follow(r)
	}
	total := p.b.Iterations
	left := total - r.Iterations
	if left <= 0 {
		return false
	}
	p.length = min(max(total/epochs, shortestEpoch*p.visits), longestEpoch*p.visits, total/fewestEpochs+1, left)
	p.from, p.to = position(r.Iterations, total), position(r.Iterations+p.length, total)
	return true
}

// follow sets the next epoch by how much of the time the last one took.
func (p *pace) follow(r *Result) bool {
	elapsed := p.b.Elapsed()
	r.Elapsed = append(r.Elapsed, elapsed)
	at, share := int64(elapsed)<<16, whole/epochs
	if whole-at < share/8 {
		return false
	}
	took, done := max(at-p.from, 1), r.Iterations-p.last
	p.from, p.last = at, r.Iterations
	p.length, p.to = shortestEpoch*p.visits/4, min(whole, at+share) // until the first epoch has told the speed
	if done > 0 {
		least := min(scale(took, shortestEpoch*p.visits, done), whole/fewestEpochs)
		share = min(max(share, least), whole-at)
		fits := max(1, scale(done, share, took))
		p.length = min(fits, longestEpoch*p.visits)
		p.to = at + scale(share, p.length, fits)
	}
	return true
}

// scale is n*times/over, or whole if that is less.
func scale(n, times, over int64) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(times))
	if hi >= uint64(over) {
		return whole
	}
	quotient, _ := bits.Div64(hi, lo, uint64(over))
	return int64(min(quotient, uint64(whole)))
}

// position is n of total, in 2^-32.
func position(n, total int64) int64 { return scale(whole, n, total) }

// heat is an annealing temperature that falls exponentially from a share of
// the plan's mean leg to a thirtieth of it.
type heat struct{ start int64 }

// halvings is log2 of 30, the fall in temperature, in 1/65536ths.
const halvings = 321577

func schedule(s *State) heat { return heat{meanLeg(s) * startHeat / 100} }

// meanLeg is the mean cost of a leg of the plan, in sixteenths, or of all that
// a stop costs where going anywhere is free.
func meanLeg(s *State) int64 {
	legs, all, n := int64(0), int64(0), int64(1)
	for i := range s.routes {
		if r := &s.routes[i]; r.served > 0 {
			legs += r.legs
			all += r.cost
			n += int64(r.served) + 1
		}
	}
	if legs == 0 {
		legs = all
	}
	return legs * 16 / n
}

// at is the temperature at a position, in cost units: T = start * 30^-position,
// linear between halvings.
func (h heat) at(position int64) int64 {
	x := position * halvings >> 32
	half := h.start >> (x >> 16)
	return (half - (half*(x&0xffff))>>17) / 16
}
