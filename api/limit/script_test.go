package limit

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTheShortcutAnswersAsTheScriptDoes(t *testing.T) {
	t.Parallel()
	c := newClock()
	interpreted, short := miniredis.RunT(t), miniredis.RunT(t)
	short.Server().SetPreHook(shortcut(short, c.now))
	stores := [2]*Store{openStore(t, "redis://"+interpreted.Addr()), openStore(t, "redis://"+short.Addr())}
	defer func() { _ = stores[0].Close(); _ = stores[1].Close() }()
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		l := drawLimit(t)
		for range rapid.IntRange(1, 30).Draw(t, "requests") {
			at := c.advance(time.Duration(rapid.Int64Range(0, 2*int64(l.Period)/int64(l.Rate)).Draw(t, "step")))
			interpreted.SetTime(at)
			n := rapid.SampledFrom([]int{1, 1, 1, -1}).Draw(t, "cost")
			var answers [2][]Result
			for i, s := range stores {
				var err error
				if answers[i], err = s.add(t.Context(), []bucket{{key: fmt.Sprint(run), limit: l}}, n); err != nil {
					t.Fatal(err)
				}
			}
			// The 14 digits of tostring are cut differently in the last one: less than a microsecond for limits of hours.
			if diff := cmp.Diff(answers[0], answers[1], approximateDurations); diff != "" {
				t.Fatalf("script and shortcut differ: %s", diff)
			}
		}
		if diff := cmp.Diff(kept(t, interpreted), kept(t, short)); diff != "" {
			t.Fatalf("script and shortcut leave different keys: %s", diff)
		}
	})
	if got := short.Server().TotalCommands(); got > 20 { // what a client says when it connects
		t.Errorf("%d commands were executed behind the shortcut: it does not know the script", got)
	}
}

var approximateDurations = cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() < time.Microsecond })

// kept gives every key with its number and the seconds it lives.
func kept(t *rapid.T, m *miniredis.Miniredis) map[string][2]float64 {
	all := map[string][2]float64{}
	for _, key := range m.Keys() {
		text, err := m.Get(key)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		all[key] = [2]float64{n, m.TTL(key).Seconds()}
	}
	return all
}
