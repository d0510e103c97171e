package core

import "testing"

func TestOnlyWhatIsNotMandatoryIsEased(t *testing.T) {
	t.Parallel()
	m := &Model{Visits: 5, Nodes: []Node{
		{Drop: 900}, {Drop: 300}, {Drop: 1 << 40, Mandatory: true}, {Drop: 600}, {Drop: 1 << 40, Mandatory: true}, {Drop: 7},
	}}
	if got := medianDrop(m); got != 600 {
		t.Errorf("the median is %d, want 600 of 300, 600 and 900", got)
	}
	b := &sub{Model: *m}
	b.ease(100)
	for v, want := range []int64{9, 3, 1 << 40, 6, 1 << 40, 7} {
		if got := b.Nodes[v].Drop; got != want {
			t.Errorf("node %d costs %d to leave out, want %d", v, got, want)
		}
	}
}

func TestTrueCostsHoldInEveryOtherEpochAtTheEndAndWhereTheyAreModerate(t *testing.T) {
	t.Parallel()
	s := &State{absent: []int32{0}, routes: []route{{served: 1, legs: 20}}} // two legs of ten, counted as three
	w := &search{s: s}
	for _, c := range []struct {
		epoch  uint64
		from   int64
		drop   int64
		absent []int32
		want   int64
	}{
		{1, 0, 3_000, []int32{0}, 3_000 / 33},
		{1, 0, 263, []int32{0}, 1},
		{2, 0, 3_000, []int32{0}, 1},
		{3, whole * 84 / 100, 3_000, []int32{0}, 3_000 / 33},
		{3, whole * 86 / 100, 3_000, []int32{0}, 1},
		{1, 0, 3_000, nil, 1},
	} {
		s.absent, w.drop, w.pace.epoch, w.pace.from = c.absent, c.drop, c.epoch, c.from
		if got := w.ease(); got != c.want {
			t.Errorf("epoch %d from %d, %d to leave out, %d left out: divided by %d, want %d", c.epoch, c.from, c.drop, len(c.absent), got, c.want)
		}
	}
}
