package limit

import (
	"errors"
	"testing"
)

func TestTheBreakerOpensAfterFailuresInARowAndTriesOneRequestAtATime(t *testing.T) {
	t.Parallel()
	failure := errors.New("no answer")
	c := newClock()
	b := &breaker{now: c.now}
	fail := func() transition {
		t.Helper()
		if !b.allow() {
			t.Fatal("the store is not asked")
		}
		return b.done(failure)
	}
	for range failuresToOpen - 1 {
		if fail() != unchanged {
			t.Fatal("opened too soon")
		}
	}
	if b.done(nil) != unchanged {
		t.Fatal("an answer while closed changed something")
	}
	for range failuresToOpen - 1 {
		if fail() != unchanged {
			t.Fatal("opened by failures that were not in a row")
		}
	}
	if fail() != opened {
		t.Fatal("not opened")
	}
	if b.allow() {
		t.Error("asked right after opening")
	}
	c.advance(coolDown - 1)
	if b.allow() {
		t.Error("asked before the cool-down is over")
	}
	c.advance(1)
	if !b.allow() || b.allow() {
		t.Error("after the cool-down one request asks, and one only")
	}
	if b.done(failure) != unchanged || b.allow() {
		t.Error("a failed probe leaves it open")
	}
	c.advance(coolDown)
	if !b.allow() || b.done(nil) != closed || !b.allow() || !b.allow() {
		t.Error("an answered probe closes it")
	}
}
