// Command travel measures how near the travel-time estimator comes to a road engine, before and after calibration, on matrices of public places.
//
//	travel -data DIR [-splits 5] [-seed 1]
//
// Every lyon_200.json, porto_200.json or other *_200.json in DIR holds points {lat, lon} and matrices durations_s and distances_m between them, made by
// OSRM. Half of the places, drawn by the seed, are calibrated on; the error is the mean of |estimate − road| ÷ road over the
// journeys above five minutes among the other half. The table has a line for each split and one for their mean.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"tournee/geo"
	"tournee/geo/cell"
)

func main() {
	if err := travel(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "travel:", err)
		os.Exit(1)
	}
}

func travel(args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("travel", flag.ContinueOnError)
	flags.SetOutput(log)
	data := flags.String("data", "", "folder of the matrices")
	splits := flags.Int("splits", 5, "how many times the places are halved, each by the next seed")
	seed := flags.Uint64("seed", 1, "seed of the first split")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *data == "" || *splits < 1 || flags.NArg() > 0 {
		return errors.New("want -data DIR, and -splits of at least 1")
	}
	files, err := filepath.Glob(filepath.Join(*data, "*_200.json"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no *_200.json in %s", *data)
	}
	fmt.Fprintln(out, "| places | split | journeys | as it comes | by distance only | calibrated |\n|---|---|---|---|---|---|")
	for _, file := range files {
		m, err := read(file)
		if err != nil {
			return err
		}
		var sum figures
		for i := range *splits {
			f, err := m.measure(*seed + uint64(i))
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			f.write(out, m.Name, strconv.FormatUint(*seed+uint64(i), 10), 1)
			sum.add(f)
		}
		sum.write(out, "**"+m.Name+"**", "**mean**", float64(*splits))
	}
	return nil
}

// matrix is the journeys between some places, as OSRM found them without traffic.
type matrix struct {
	Name   string `json:"name"`
	Points []struct {
		Lat float64 `json:"lat"`
		Lon float64 `json:"lon"`
	} `json:"points"`
	Durations [][]*float64 `json:"durations_s"`
	Distances [][]*float64 `json:"distances_m"`
}

func read(file string) (m matrix, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s: %w", file, err)
	}
	n := len(m.Points)
	if len(m.Durations) != n || len(m.Distances) != n {
		return m, fmt.Errorf("%s: %d points, %d rows of times and %d of lengths", file, n, len(m.Durations), len(m.Distances))
	}
	for i := range n {
		if len(m.Durations[i]) != n || len(m.Distances[i]) != n {
			return m, fmt.Errorf("%s: row %d is not as long as there are points", file, i)
		}
	}
	return m, nil
}

// among is the journeys among some of the places.
func (m *matrix) among(places []int) (samples []geo.Sample) {
	for _, i := range places {
		for _, j := range places {
			if seconds, metres := m.Durations[i][j], m.Distances[i][j]; i != j && seconds != nil && metres != nil {
				samples = append(samples, geo.Sample{
					From: geo.Position(m.Points[i]), To: geo.Position(m.Points[j]), Mode: geo.Car, Seconds: *seconds, Metres: *metres, Hour: geo.FreeFlow,
				})
			}
		}
	}
	return samples
}

// figures are errors, as shares.
type figures struct {
	journeys             int
	before, level, after float64
}

func (f *figures) add(g figures) {
	f.journeys += g.journeys
	f.before, f.level, f.after = f.before+g.before, f.level+g.level, f.after+g.after
}

func (f *figures) write(out io.Writer, name, split string, of float64) {
	fmt.Fprintf(out, "| %s | %s | %d | %.1f %% | %.1f %% | %.1f %% |\n", name, split, f.journeys/int(of), 100*f.before/of, 100*f.level/of, 100*f.after/of)
}

// measure halves the places, calibrates on one half and measures on the other.
func (m *matrix) measure(seed uint64) (f figures, err error) {
	places := rand.New(rand.NewPCG(seed, 0)).Perm(len(m.Points))
	learnt, kept := places[:len(places)/2], places[len(places)/2:]
	samples, check := m.among(learnt), m.among(kept)
	var positions []geo.Position
	for _, i := range learnt {
		positions = append(positions, geo.Position(m.Points[i]))
	}
	for _, try := range []struct {
		error  *float64
		tiling geo.Tiling
		learn  bool
	}{{&f.before, geo.Tiling{}, false}, {&f.level, geo.Tiling{}, true}, {&f.after, cell.Tiling(positions), true}} {
		parameters := geo.DefaultParameters()
		if try.learn {
			var report geo.Calibration
			if parameters, report = geo.Calibrate(samples, parameters, [geo.Modes]geo.Tiling{geo.Car: try.tiling}); !report[geo.Car].Applied {
				return f, errors.New("calibrating brought nothing")
			}
		}
		if err := parameters.Validate(); err != nil {
			return f, err
		}
		*try.error, f.journeys, err = geo.MeanError(parameters, check)
		if err != nil {
			return f, err
		}
	}
	return f, nil
}
