package main

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestEveryWorkerOfACrewWorksOnce(t *testing.T) {
	t.Parallel()
	var c crew
	var worked [3]atomic.Int32
	c.run(3, func(worker int) { worked[worker].Add(1) })
	for i := range worked {
		if n := worked[i].Load(); n != 1 {
			t.Errorf("worker %d worked %d times", i, n)
		}
	}
	if c.all < c.busiest {
		t.Errorf("all used %v, the busiest %v", c.all, c.busiest)
	}
}

func TestTheSpeedUpIsBoundByTheBusiestAndByWhatOnlyOneCanDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		crew crew
		want float64
	}{
		{crew{}, 0},
		{crew{all: 10 * time.Second, busiest: 5 * time.Second}, 2},   // two, always busy, nothing else to do
		{crew{all: 8 * time.Second, busiest: 6 * time.Second}, 1.25}, // 2 s on one thread, then the busiest's 6
		{crew{all: 10 * time.Second, busiest: 10 * time.Second}, 1},  // one worker
	} {
		if got := c.crew.speedup(10 * time.Second); got != c.want {
			t.Errorf("%+v: %v, want %v", c.crew, got, c.want)
		}
	}
}
