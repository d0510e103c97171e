package main

import (
	"runtime"
	"slices"
	"sync"
	"time"
)

// crew runs the solver's workers, each on a thread of its own, and measures the processor time of each.
type crew struct {
	all     time.Duration // used by all workers
	busiest time.Duration // used by the busiest worker of each round, added up: the others waited for it
}

// run is a scheduler.Options.Run.
func (c *crew) run(workers int, work func(worker int)) {
	used := make([]time.Duration, workers)
	var round sync.WaitGroup
	for i := range workers {
		round.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			began := threadTime()
			work(i)
			used[i] = threadTime() - began
		})
	}
	round.Wait()
	for _, u := range used {
		c.all += u
	}
	c.busiest += slices.Max(used)
}

// speedup is how many times faster than on one thread a run that used so much processor time can be at best, if each worker has a processor to
// itself: what no worker did was done by one thread, and every round lasts as long as its busiest worker. 0 if no worker was timed.
func (c *crew) speedup(total time.Duration) float64 {
	if c.busiest == 0 {
		return 0
	}
	return float64(total) / float64(total-c.all+c.busiest)
}
