package cell_test

import (
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"github.com/uber/h3-go/v4"
	"pgregory.net/rapid"

	"tournee/geo"
	"tournee/geo/cell"
)

var notreDame = geo.Position{Lat: 48.8530, Lon: 2.3499}

func anywhere(t *rapid.T) geo.Position {
	return geo.Position{Lat: rapid.Float64Range(-90, 90).Draw(t, "latitude"), Lon: rapid.Float64Range(-180, 180).Draw(t, "longitude")}
}

func TestACellIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := cell.Of(anywhere(t), rapid.IntRange(0, 15).Draw(t, "resolution"))
		back, err := cell.Parse(c.String())
		if err != nil || back != c || int64(c) <= 0 || c.String() != h3.Cell(c).String() {
			t.Fatalf("%d is written %s and read %d, %v", c, c, back, err)
		}
	})
	for _, wrong := range []string{"", "871fb466", "871fb4662fffffff", "0x871fb4662ffffff", "ffffffffffffffff", "871fb4662fffffg", "-71fb4662ffffff", strings.Repeat("8", 400)} {
		if c, err := cell.Parse(wrong); err == nil {
			t.Errorf("%q is read as the cell %v", wrong, c)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("871fb4662ffffff")
	f.Add("ffffffffffffffff")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := cell.Parse(s); err == nil && (!c.Valid() || c.Resolution() > 15) {
			t.Errorf("%q is read as %d, which is no cell", s, c)
		}
	})
}

func TestParentsAreThoseOfTheH3Library(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := cell.Of(anywhere(t), rapid.IntRange(0, 15).Draw(t, "resolution"))
		if got := c.Resolution(); got != h3.Cell(c).Resolution() {
			t.Fatalf("%s: resolution %d", c, got)
		}
		coarser := rapid.IntRange(0, c.Resolution()).Draw(t, "coarser")
		if got, want := c.Parent(coarser), cell.Cell(h3.Cell(c).Parent(coarser)); got != want {
			t.Fatalf("%s: parent at %d is %s, want %s", c, coarser, got, want)
		}
	})
}

func TestASiteLiesInATerritoryOfMixedCells(t *testing.T) {
	t.Parallel()
	whole := cell.Of(notreDame, 9).Parent(6)
	parts, err := mustSet(t, cell.Of(geo.Position{Lat: 48.727, Lon: 2.283}, 7)).Uncompact(9)
	if err != nil {
		t.Fatal(err)
	}
	territory := mustSet(t, append(parts[:10:10], whole, cell.Of(notreDame, 9).Parent(8))...)
	if territory.Len() != 11 {
		t.Errorf("the territory has %d cells, want 11: the cell inside another counts once", territory.Len())
	}
	for _, site := range []struct {
		position geo.Position
		inside   bool
	}{
		{notreDame, true},
		{parts[3].Centre(), true},
		{parts[20].Centre(), false},
		{geo.Position{Lat: 45.76, Lon: 4.85}, false},
	} {
		if got := territory.ContainsPosition(site.position); got != site.inside {
			t.Errorf("%v inside: %v, want %v", site.position, got, site.inside)
		}
	}
	if territory.Contains(whole.Parent(5)) {
		t.Error("a cell larger than the territory is said to be inside it")
	}
}

func TestFaultyTerritoryCellsAreAllNamed(t *testing.T) {
	t.Parallel()
	fine := cell.Of(notreDame, 10)
	_, err := cell.NewSet([]cell.Cell{cell.Of(notreDame, 7), 12, fine, -1})
	if err == nil || !strings.Contains(err.Error(), "cell 1: c is not") || !strings.Contains(err.Error(), "cell 2: "+fine.String()+" has resolution 10") ||
		!strings.Contains(err.Error(), "cell 3: ") {
		t.Errorf("got %v, want cells 1, 2 and 3 named", err)
	}
}

func TestTwoTerritoriesShareTheCellsThatBothCover(t *testing.T) {
	t.Parallel()
	small := cell.Of(notreDame, 8)
	big := small.Parent(6)
	far := cell.Of(geo.Position{Lat: 45.76, Lon: 4.85}, 7)
	one, two := mustSet(t, big, far), mustSet(t, small)
	if d := diff.Diff([]cell.Cell{small}, one.Common(two)); d != "" {
		t.Error(d)
	}
	if d := diff.Diff([]cell.Cell{small}, two.Common(one)); d != "" {
		t.Error(d)
	}
	if d := diff.Diff([]cell.Cell{big}, one.Common(mustSet(t, big))); d != "" {
		t.Error(d)
	}
	if common := two.Common(mustSet(t, far)); len(common) != 0 {
		t.Errorf("disjoint territories share %v", common)
	}
}

func TestCompactingATerritoryKeepsItsLand(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		centre := geo.Position{Lat: rapid.Float64Range(-60, 60).Draw(t, "latitude"), Lon: rapid.Float64Range(-180, 180).Draw(t, "longitude")}
		cells, err := cell.Disk(centre, rapid.Float64Range(0, 12_000).Draw(t, "radius"), 8)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := cell.NewSet(cells)
		if err != nil {
			t.Fatal(err)
		}
		compact := whole.Compact()
		back, err := compact.Uncompact(8)
		if err != nil {
			t.Fatal(err)
		}
		if d := diff.Diff(cells, back); d != "" {
			t.Fatalf("given (-), compacted and uncompacted (+):\n%s", d)
		}
		if compact.Len() > whole.Len() || whole.Len() > 200 && compact.Len() == whole.Len() {
			t.Fatalf("%d cells compact to %d", whole.Len(), compact.Len())
		}
		for _, c := range cells[:min(5, len(cells))] {
			if !compact.Contains(c) || !compact.ContainsPosition(c.Centre()) {
				t.Fatalf("%s is lost", c)
			}
		}
	})
}

func TestUncompactingRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	for _, refused := range []struct {
		cells      []cell.Cell
		resolution int
		words      string
	}{
		{[]cell.Cell{cell.Of(notreDame, 9)}, 8, "finer than resolution 8"},
		{[]cell.Cell{cell.Of(notreDame, 0)}, 9, "more than 1000000"},
		{[]cell.Cell{cell.Of(notreDame, 9)}, 12, "outside 0 to 9"},
	} {
		if cells, err := mustSet(t, refused.cells...).Uncompact(refused.resolution); err == nil || !strings.Contains(err.Error(), refused.words) {
			t.Errorf("got %d cells, error %v, want %q", len(cells), err, refused.words)
		}
	}
}

func TestADiskHoldsTheCellsWhoseCentresAreNear(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		centre := geo.Position{Lat: rapid.Float64Range(42, 51).Draw(t, "latitude"), Lon: rapid.Float64Range(-5, 8).Draw(t, "longitude")}
		radius := rapid.Float64Range(0, 30_000).Draw(t, "radius")
		cells, err := cell.Disk(centre, radius, 6)
		if err != nil {
			t.Fatal(err)
		}
		// Twenty rings of resolution 6 reach a hundred kilometres: far beyond any radius drawn.
		want := map[cell.Cell]bool{cell.Of(centre, 6): true}
		for _, c := range h3.GridDisk(h3.Cell(cell.Of(centre, 6)), 20) {
			if geo.Distance(centre, cell.Cell(c).Centre()) <= radius {
				want[cell.Cell(c)] = true
			}
		}
		got := make(map[cell.Cell]bool)
		for _, c := range cells {
			got[c] = true
		}
		if d := diff.Diff(want, got); d != "" || len(cells) != len(got) {
			t.Fatalf("by hand (-), the disk (+), %d cells:\n%s", len(cells), d)
		}
	})
}

func TestAnOutlineBecomesTheCellsInside(t *testing.T) {
	t.Parallel()
	square := func(half float64) []geo.Position {
		return []geo.Position{
			{Lat: 48.85 - half, Lon: 2.35 - half},
			{Lat: 48.85 - half, Lon: 2.35 + half},
			{Lat: 48.85 + half, Lon: 2.35 + half},
			{Lat: 48.85 + half, Lon: 2.35 - half},
		}
	}
	outline, hole := square(0.1), square(0.03)
	closed := slices.Concat(outline, outline[:1])
	cells, err := cell.Polygon(closed, [][]geo.Position{hole}, 7)
	if err != nil {
		t.Fatal(err)
	}
	inside := func(p geo.Position, half float64) bool {
		return max(p.Lat-48.85, 48.85-p.Lat) < half && max(p.Lon-2.35, 2.35-p.Lon) < half
	}
	for _, c := range cells {
		if centre := c.Centre(); !inside(centre, 0.1) || inside(centre, 0.03) {
			t.Errorf("%s, centred at %v, is not between the outline and the hole", c, centre)
		}
	}
	// 22.3 km by 14.6 km less the hole of 6.7 km by 4.4 km is 296 km²; a cell is 5.2 km² on average, a little more here.
	if len(cells) < 45 || len(cells) > 65 {
		t.Errorf("%d cells, want about 55", len(cells))
	}
}

func TestAFaultyOutlineIsRefused(t *testing.T) {
	t.Parallel()
	_, err := cell.Polygon([]geo.Position{notreDame, {Lat: 95}}, [][]geo.Position{{notreDame}}, 12)
	for _, words := range []string{"resolution 12", "outline: 2 corners", "corner 1: latitude 95", "hole 0: 1 corners"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want it to say %q", err, words)
		}
	}
	half := []geo.Position{{Lat: -80, Lon: -90}, {Lat: -80, Lon: 90}, {Lat: 80, Lon: 90}, {Lat: 80, Lon: -90}}
	if _, err := cell.Polygon(half, nil, 9); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("half the Earth in small cells: got %v", err)
	}
	speck := []geo.Position{{Lat: 48.85, Lon: 2.35}, {Lat: 48.85, Lon: 2.350001}, {Lat: 48.850001, Lon: 2.35}}
	if _, err := cell.Polygon(speck, nil, 5); err == nil || !strings.Contains(err.Error(), "draw it larger") {
		t.Errorf("a speck: got %v", err)
	}
	if _, err := cell.Disk(notreDame, -1, 7); err == nil || !strings.Contains(err.Error(), "radius -1") {
		t.Errorf("a negative radius: got %v", err)
	}
	if _, err := cell.Disk(notreDame, 1_000_000, 9); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("a disk of millions of cells: got %v", err)
	}
}

func mustSet(t testing.TB, cells ...cell.Cell) cell.Set {
	t.Helper()
	s, err := cell.NewSet(cells)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
