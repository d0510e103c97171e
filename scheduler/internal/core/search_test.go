package core

import (
	"math"
	"testing"
)

func TestMinusLogIsTheLogarithmOfTheDraw(t *testing.T) {
	t.Parallel()
	g, same := rng{42}, rng{42}
	sum := 0.0
	for range 10_000 {
		got := float64(g.minusLog()) / 65536
		u := float64(same.next()>>32|1) / (1 << 32)
		if want := -math.Log(u); math.Abs(got-want) > 0.001 {
			t.Fatalf("-ln(%g) is %g, got %g", u, want, got)
		}
		sum += got
	}
	if mean := sum / 10_000; mean < 0.95 || mean > 1.05 {
		t.Errorf("mean %g, an exponential variate has 1", mean)
	}
}

func TestTheTemperatureFallsToAThirtieth(t *testing.T) {
	t.Parallel()
	h := heat{16 * 30_000}
	const n = 1_000
	if first := h.at(position(0, n)); first != 30_000 {
		t.Errorf("starts at %d, want 30000", first)
	}
	for i := int64(1); i < n; i++ {
		if h.at(position(i, n)) > h.at(position(i-1, n)) {
			t.Fatalf("rises at %d", i)
		}
		want := 30_000 * math.Pow(30, -float64(i)/n)
		if got := float64(h.at(position(i, n))); math.Abs(got-want) > 0.07*want {
			t.Fatalf("%g at %d, want about %g", got, i, want)
		}
	}
}

func TestDrawsStayInTheirRange(t *testing.T) {
	t.Parallel()
	g := rng{7}
	var seen [5]int
	for range 5_000 {
		seen[g.between(3, 7)-3]++
		if d := g.below(10); d >= 10 {
			t.Fatalf("drew %d below 10", d)
		}
	}
	for i, n := range seen {
		if n < 800 || n > 1_200 {
			t.Errorf("%d drawn %d times of 5000", i+3, n)
		}
	}
}
