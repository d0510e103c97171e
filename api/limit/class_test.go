package limit

import (
	"net/netip"
	"testing"
	"time"
)

func TestTheTableOfClassesMakesSense(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range Classes() {
		if c.Name == "" || names[c.Name] {
			t.Errorf("class %q is unnamed or twice", c.Name)
		}
		names[c.Name] = true
		limits := []Limit{c.Caller, c.Address}
		if c.Strict != nil {
			limits = append(limits, c.Strict.Address, c.Strict.Global)
		}
		for _, l := range limits {
			if l.Rate <= 0 || l.Burst <= 0 || l.Period < time.Second {
				t.Errorf("%s: %+v", c.Name, l)
			}
		}
		if c.Address.Burst < c.Caller.Burst {
			t.Errorf("%s: an address gets less than one caller behind it", c.Name)
		}
		if c.Strict != nil && (perHour(c.Strict.Address) >= perHour(c.Address) || c.Strict.Address.Burst > c.Address.Burst) {
			t.Errorf("%s: without the store an address gets no less", c.Name)
		}
	}
	if Guess.Strict == nil {
		t.Error("guessing is not strict")
	}
	if perHour := Guess.Caller.Burst + perHour(Guess.Caller); perHour > 100 {
		t.Errorf("%d guesses an hour at one account; want at most 100", perHour)
	}
}

func perHour(l Limit) int { return int(time.Hour * time.Duration(l.Rate) / l.Period) }

func TestAddressesAreLimitedByWhatOneSubscriberHas(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.7":           "203.0.113.7",
		"::ffff:203.0.113.7":    "203.0.113.7",
		"2001:db8:1:2::1":       "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::9":  "2001:db8:1:2::/64",
		"2001:db8:1:3::1":       "2001:db8:1:3::/64",
		"fe80::1%eth0":          "fe80::/64",
		"::1":                   "::/64",
		"2001:db8:ffff:ffff::1": "2001:db8:ffff:ffff::/64",
	} {
		if got := network(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s; want %s", address, got, want)
		}
	}
	if got := network(netip.Addr{}); got != "unknown" {
		t.Errorf("no address: %q", got)
	}
}
