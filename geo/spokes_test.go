package geo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSpokesAreARowAndAColumnOfTheMatrix(t *testing.T) {
	t.Parallel()
	zoned := DefaultParameters()
	zoned.Modes[Car].Zones = Zones{
		Centres: []Position{{48.5, 2}, {48.8, 2.4}}, Reach: 30_000, Out: []float64{90, -200}, In: []float64{-10, 300}, Between: []float64{0, 500, -40, 1},
	}
	rapid.Check(t, func(t *rapid.T) {
		parameters := rapid.SampledFrom([]Parameters{DefaultParameters(), zoned}).Draw(t, "parameters")
		e, err := NewEstimator(parameters, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		position := rapid.Custom(func(t *rapid.T) Position {
			return Position{Lat: rapid.Float64Range(48, 49.5).Draw(t, "lat"), Lon: rapid.Float64Range(1.5, 3).Draw(t, "lon")}
		})
		all := rapid.SliceOfN(position, 1, 8).Draw(t, "positions")
		all = append(all, all[0]) // one place twice
		mode, hour := Mode(rapid.IntRange(0, int(Modes)-1).Draw(t, "mode")), rapid.IntRange(0, 23).Draw(t, "hour")
		m := e.Matrix(all, mode, hour)
		hub := rapid.IntRange(0, len(all)-1).Draw(t, "hub")
		s := e.Spokes(all[hub], all, mode, hour)
		for i := range all {
			to, metres := m.At(i, hub)
			from, _ := m.At(hub, i)
			if s.To[i] != to || s.From[i] != from || s.ToMetres[i] != metres {
				t.Fatalf("place %d: %d to, %d from, %d m; the matrix has %d, %d, %d", i, s.To[i], s.From[i], s.ToMetres[i], to, from, metres)
			}
		}
		// What is known better counts the same in both.
		better := func(i, j int) (time, way float64) { return 1 + float64(i)/7, 1 + float64(j)/3 }
		last := len(all) - 1
		m, s = e.CorrectedMatrix(all, mode, hour, better), e.CorrectedSpokes(all[last], all[:last], mode, hour, better)
		for i := range last {
			to, metres := m.At(i, last)
			from, back := m.At(last, i)
			if s.To[i] != to || s.From[i] != from || s.ToMetres[i] != metres || s.FromMetres[i] != back {
				t.Fatalf("place %d, corrected: %d to, %d from; the matrix has %d, %d", i, s.To[i], s.From[i], to, from)
			}
		}
	})
}
