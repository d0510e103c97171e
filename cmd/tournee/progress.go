package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"tournee/scheduler"
)

// progress shows how a search goes, on one line of a terminal that is written
// over; elsewhere it says nothing.
type progress struct {
	to    io.Writer // nil: nothing is shown
	mu    sync.Mutex
	began time.Time
	shown time.Time
	last  scheduler.Progress
}

const showEvery = 100 * time.Millisecond

func newProgress(log io.Writer) *progress {
	p := &progress{began: time.Now()}
	if file, ok := log.(*os.File); ok && isTerminal(file) {
		p.to = file
	}
	return p
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) observe(now scheduler.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = now
	if time.Since(p.shown) >= showEvery {
		p.show()
	}
}

func (p *progress) show() {
	if p.to == nil {
		return
	}
	p.shown = time.Now()
	fmt.Fprintf(p.to, "\r\x1b[K%.0f s, %d iterations, cost %d, %d unassigned", p.shown.Sub(p.began).Seconds(), p.last.Iteration, p.last.Cost, p.last.Unassigned)
}

// end leaves the last line standing.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show()
	if p.to != nil {
		fmt.Fprintln(p.to)
	}
}
