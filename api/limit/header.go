package limit

import (
	"fmt"
	"time"
)

// RateLimitPolicy gives the RateLimit-Policy field of draft-ietf-httpapi-ratelimit-headers-10, a structured field (RFC 9651): the quota
// is what may come at once, the window how long it takes to come back in full, so that quota / window is the lasting rate.
//
//	"read-user";q=200;w=20
func RateLimitPolicy(r Result) string {
	window := r.Limit.Period * time.Duration(r.Limit.Burst) / time.Duration(r.Limit.Rate)
	return fmt.Sprintf("%q;q=%d;w=%d", r.Name, r.Limit.Burst, seconds(window))
}

// RateLimit gives the RateLimit field of the same draft: what remains, and the seconds until the quota is whole again.
//
//	"read-user";r=199;t=1
func RateLimit(r Result) string {
	return fmt.Sprintf("%q;r=%d;t=%d", r.Name, r.Remaining, seconds(r.ResetAfter))
}

// RetryAfter gives the Retry-After field (RFC 9110 §10.2.3) of a refusal, in seconds: at least 1, rounded up, so that who waits that
// long is not refused again.
func RetryAfter(r Result) int {
	return max(1, seconds(r.RetryAfter))
}

// seconds rounds up.
func seconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}
