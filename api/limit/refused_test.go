package limit

import (
	"net/netip"
	"testing"
	"time"
)

func TestMadeUpKeysOfOneAddressStopBeingLookedUp(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	r := NewRefused(func() time.Time { return now })
	guesser, office := netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("203.0.113.8")
	for range refusedKeys.Address.Burst {
		if got := r.Look(guesser); !got.Allowed {
			t.Fatalf("refused too early: %+v", got)
		}
		r.Count(guesser)
	}
	if got := r.Look(guesser); got.Allowed || got.RetryAfter <= 0 {
		t.Errorf("still looked up: %+v", got)
	}
	if got := r.Look(office); !got.Allowed || got.Remaining != refusedKeys.Address.Burst-1 {
		t.Errorf("the neighbour pays for it: %+v", got)
	}
	now = now.Add(time.Minute)
	if got := r.Look(guesser); !got.Allowed {
		t.Errorf("not looked up a minute later: %+v", got)
	}
}

func TestAStrangersTriesAtANameCountAtHisAddressAlone(t *testing.T) {
	t.Parallel()
	keys := func(address string) map[string]bool {
		out := map[string]bool{}
		for _, b := range Guess.buckets(Caller{Account: "claire@example.fr", Address: netip.MustParseAddr(address)}) {
			out[b.key] = true
		}
		return out
	}
	stranger, owner := keys("203.0.113.7"), keys("198.51.100.9")
	if len(stranger) != 2 || len(owner) != 2 {
		t.Fatalf("counted in %v and %v, want the account's and the address's buckets", stranger, owner)
	}
	for key := range stranger {
		if owner[key] {
			t.Errorf("both count in %s", key)
		}
	}
}
