package vroom_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournee/scheduler"
	"tournee/scheduler/check"
	"tournee/scheduler/vroom"
)

func TestWhateverIsAskedTheAnswerIsConsistent(t *testing.T) {
	t.Parallel()
	planned, left := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		in, err := vroom.Read(strings.NewReader(c.text()))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := scheduler.Solve(in.Problem, scheduler.Options{Seed: 1, Iterations: 60})
		if err != nil {
			t.Fatal(err)
		}
		if broken, _ := check.Plan(in.Problem, plan); len(broken) > 0 {
			t.Errorf("the plan breaks %v", broken)
		}
		var out bytes.Buffer
		if err := in.Write(&out, plan, vroom.Times{Loading: time.Second}); err != nil {
			t.Fatal(err)
		}
		a, wrong := judge(c, out.Bytes())
		for _, w := range wrong {
			t.Error(w)
		}
		if t.Failed() {
			t.Logf("%s\n%s", c.text(), out.String())
		}
		planned, left = planned+len(c.Jobs)-len(a.Unassigned), left+len(a.Unassigned)
	})
	if planned == 0 || left == 0 {
		t.Errorf("%d jobs were planned and %d left out: nothing was tested", planned, left)
	}
}
