package main

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// gap is how far a run is above the best known objective, in percent; NaN if none is known or the solution does not count.
func (r *run) gap() float64 {
	if r.instance.best == 0 || len(r.verdict.faults) > 0 {
		return math.NaN()
	}
	return 100 * (r.verdict.objective/r.instance.best - 1)
}

func writeHead(w io.Writer) {
	fmt.Fprintf(w, "%-12s %4s %11s %11s %8s %8s %8s %8s %11s  %-12s  %s\n", "instance", "seed", "objective", "best known", "gap %", "cpu s", "wall s", "speed-up", "iterations", "plan", "note")
}

func writeRun(w io.Writer, r *run) {
	best := "-"
	if r.instance.best > 0 {
		best = fmt.Sprintf("%.1f", r.instance.best)
	}
	fmt.Fprintf(w, "%-12s %4d %11.1f %11s %8s %8.2f %8.2f %8s %11d  %-12s  %s\n", r.instance.name, r.seed, r.verdict.objective, best,
		percent(r.gap()), r.cpu.Seconds(), r.wall.Seconds(), factor(r.speedup), r.iterations, r.hash, r.verdict.note)
	for _, f := range r.verdict.faults {
		fmt.Fprintf(w, "%-12s %4d REFUSED: %s\n", r.instance.name, r.seed, f)
	}
}

func percent(gap float64) string {
	if math.IsNaN(gap) {
		return "-"
	}
	return fmt.Sprintf("%.2f", gap)
}

func factor(x float64) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", x)
}

// writeMeans sums up the runs by group and, last, all of them.
func writeMeans(w io.Writer, set string, runs []*run) {
	var groups []string
	for level := range runs[0].instance.groups {
		for _, r := range runs {
			if g := r.instance.groups[level]; !slices.Contains(groups, g) {
				groups = append(groups, g)
			}
		}
	}
	fmt.Fprintf(w, "\n%-12s %5s %11s %7s %18s %18s %8s\n", "mean of", "cases", "objective", "gap %", "least-greatest", "worst case %", "cpu s")
	for _, g := range groups {
		writeMean(w, g, slices.DeleteFunc(slices.Clone(runs), func(r *run) bool { return !slices.Contains(r.instance.groups, g) }))
	}
	writeMean(w, set, runs)
}

// writeMean writes one group's line: the mean over its runs, and the least and the greatest of the seeds' means.
func writeMean(w io.Writer, name string, runs []*run) {
	var objective, cpu float64
	var gaps []float64
	cases := map[string]bool{}
	bySeed := map[uint64][]float64{}
	worst := runs[0]
	for _, r := range runs {
		objective += r.verdict.objective / float64(len(runs))
		cpu += r.cpu.Seconds() / float64(len(runs))
		cases[r.instance.name] = true
		gaps = append(gaps, r.gap())
		bySeed[r.seed] = append(bySeed[r.seed], r.gap())
		if r.gap() > worst.gap() {
			worst = r
		}
	}
	least, greatest := math.Inf(1), math.Inf(-1)
	for _, own := range bySeed {
		least, greatest = min(least, mean(own)), max(greatest, mean(own)) // NaN stays: a mean over some of the cases is none
	}
	fmt.Fprintf(w, "%-12s %5d %11.1f %7s %18s %18s %8.2f\n", name, len(cases), objective, percent(mean(gaps)),
		percent(least)+" - "+percent(greatest), percent(worst.gap())+" "+worst.instance.name, cpu)
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
