package core

import "math/bits"

// rng is SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every
// machine and in every version of Go.
type rng struct{ state uint64 }

func (g *rng) next() uint64 {
	g.state += 0x9e3779b97f4a7c15
	z := g.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// below draws from [0, n).
func (g *rng) below(n uint32) uint32 {
	return uint32((g.next() >> 32) * uint64(n) >> 32)
}

// between draws from [low, high].
func (g *rng) between(low, high int32) int32 {
	return low + int32(g.below(uint32(high-low+1)))
}

// minusLog draws -ln(u) for u uniform in (0, 1], in 1/65536ths: the
// exponential variate of an annealing test, without floating point.
func (g *rng) minusLog() int64 {
	x := g.next()>>32 | 1 // u = x / 2^32
	whole := int64(bits.Len64(x) - 1)
	y := x << (31 - uint(whole)) // 1.0 <= y/2^31 < 2.0
	log2 := whole << 16
	for bit := int64(1 << 15); bit > 0; bit >>= 1 {
		y = y * y >> 31
		if y >= 1<<32 {
			y >>= 1
			log2 |= bit
		}
	}
	return ((32<<16 - log2) * 45426) >> 16 // ln 2 = 45426/65536
}

// stream is a generator of its own for each epoch and index.
func stream(seed, epoch, index uint64) rng {
	g := rng{seed}
	g.state = g.next() ^ epoch
	g.state = g.next() ^ index
	return rng{g.next()}
}
