package limit

import (
	"testing"
	"time"
)

func TestTheHeadersTellThePolicyWhatIsLeftAndWhenToComeBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		result        Result
		policy, state string
		retryAfter    int
	}{
		"allowed": {
			Result{Name: "read-user", Limit: Limit{Rate: 600, Period: time.Minute, Burst: 200}, Allowed: true, Remaining: 199, ResetAfter: 100 * time.Millisecond},
			`"read-user";q=200;w=20`, `"read-user";r=199;t=1`, 1,
		},
		"refused": {
			Result{Name: "guess-address", Limit: Limit{Rate: 7, Period: time.Minute, Burst: 10}, RetryAfter: 8001 * time.Millisecond, ResetAfter: 85 * time.Second},
			`"guess-address";q=10;w=86`, `"guess-address";r=0;t=85`, 9,
		},
		"refused for whole seconds": {
			Result{Name: "bulk-key", Limit: Limit{Rate: 1, Period: time.Hour, Burst: 1}, RetryAfter: time.Hour, ResetAfter: time.Hour},
			`"bulk-key";q=1;w=3600`, `"bulk-key";r=0;t=3600`, 3600,
		},
	} {
		if got := RateLimitPolicy(c.result); got != c.policy {
			t.Errorf("%s: RateLimit-Policy: %s; want %s", name, got, c.policy)
		}
		if got := RateLimit(c.result); got != c.state {
			t.Errorf("%s: RateLimit: %s; want %s", name, got, c.state)
		}
		if got := RetryAfter(c.result); got != c.retryAfter {
			t.Errorf("%s: Retry-After: %d; want %d", name, got, c.retryAfter)
		}
	}
}

func TestTheStrictestOfSeveralAnswersIsGiven(t *testing.T) {
	t.Parallel()
	roomy := Result{Name: "roomy", Allowed: true, Remaining: 50}
	tight := Result{Name: "tight", Allowed: true, Remaining: 1, ResetAfter: time.Second}
	slow := Result{Name: "slow", Allowed: true, Remaining: 1, ResetAfter: time.Minute}
	refused := Result{Name: "refused", RetryAfter: time.Second}
	longer := Result{Name: "longer", RetryAfter: time.Minute}
	for _, c := range []struct {
		want string
		of   []Result
	}{
		{"roomy", []Result{roomy}},
		{"tight", []Result{roomy, tight}},
		{"slow", []Result{tight, slow, roomy}},
		{"refused", []Result{slow, refused, roomy}},
		{"longer", []Result{refused, roomy, longer}},
	} {
		if got := strictest(c.of); got.Name != c.want {
			t.Errorf("%s; want %s", got.Name, c.want)
		}
	}
}
