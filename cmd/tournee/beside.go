package main

import (
	"runtime"
	"sync"
)

// searches is how many planning searches run at once: one fewer than there are processors.
func searches() int { return max(1, runtime.NumCPU()-1) }

// beside runs planning searches, each on a thread of its own that yields to those that answer people; the runtime gets as many more threads to
// run Go on, so that a search that waits for a processor keeps none of theirs.
func beside(n int, work func(worker int)) {
	spare.Do(func() { runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + searches()) })
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine, and its rank with it
			yield()
			work(i)
		})
	}
	all.Wait()
}

var spare sync.Once
