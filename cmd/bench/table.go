package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// comparison holds both sides of every round.
type comparison struct {
	ours, theirs []sample
	used         time.Duration // the program's processor time in all rounds; 0 if not known
}

func (c *comparison) add(ours, theirs sample) {
	c.ours, c.theirs = append(c.ours, ours), append(c.theirs, theirs)
}

func (c *comparison) write(w io.Writer, s series) {
	fmt.Fprintf(w, "\ndurable request creations, %d client(s), %d a round, %d rounds in turns\n", s.clients, s.clients*s.each, len(c.ours))
	for _, side := range []struct {
		name    string
		samples []sample
	}{{"tournee over HTTP", c.ours}, {"pgbench -M prepared, same statements", c.theirs}} {
		var rates []float64
		var latencies []time.Duration
		for _, one := range side.samples {
			rates = append(rates, one.rate)
			latencies = append(latencies, one.latencies...)
		}
		slices.Sort(latencies)
		fmt.Fprintf(w, "  %-42s %s /s   p50 %s   p99 %s\n", side.name, spread(rates, "%.0f"), milliseconds(quantile(latencies, 0.50)), milliseconds(quantile(latencies, 0.99)))
	}
	ratios := make([]float64, len(c.ours))
	for i := range c.ours {
		ratios[i] = c.ours[i].rate / c.theirs[i].rate
	}
	fmt.Fprintf(w, "  %-42s %s\n", "ratio", spread(ratios, "%.2f"))
	if creations := s.clients * s.each * len(c.ours); c.used > 0 {
		fmt.Fprintf(w, "  %-42s %s a creation\n", "processor time of tournee", milliseconds(c.used/time.Duration(creations)))
	}
}

// spread is the median with the least and the greatest.
func spread(values []float64, format string) string {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	median := (sorted[(n-1)/2] + sorted[n/2]) / 2
	return fmt.Sprintf(format+" ("+format+"–"+format+")", median, sorted[0], sorted[n-1])
}

// quantile is the value below which that part of a sorted slice lies (nearest rank).
func quantile(sorted []time.Duration, part float64) time.Duration {
	return sorted[min(len(sorted)-1, int(part*float64(len(sorted))))]
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}
