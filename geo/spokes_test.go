package geo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSpokesAreARowAndAColumnOfTheMatrix(t *testing.T) {
	t.Parallel()
	e, err := NewEstimator(DefaultParameters(), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
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
	})
}
