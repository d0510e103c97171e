package push

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// beyond is more than the two minutes the SDK is ready to wait between its own attempts: with it, it returns at once.
const beyond = "3600"

// wish is the longest Retry-After seen during one call.
type wish struct {
	mu   sync.Mutex
	wait time.Duration
}

func (w *wish) record(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wait = max(w.wait, d)
}

func (w *wish) longest() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wait
}

type wishKey struct{}

func recordWish(ctx context.Context) (context.Context, *wish) {
	w := &wish{}
	return context.WithValue(ctx, wishKey{}, w), w
}

// wishRecorder notes the Retry-After of every answer in the wish of the request's context. The SDK's errors do not suffice: when the
// deadline passes while it waits to repeat after a 503, its error no longer carries the answer. And since waiting past the deadline
// serves nobody, such an answer is made to look like one the SDK does not wait for: the queue will.
type wishRecorder struct {
	base http.RoundTripper
	now  func() time.Time
}

// RoundTrip implements http.RoundTripper.
func (t *wishRecorder) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	wait := parseRetryAfter(answer.Header.Get("Retry-After"), t.now())
	if wait == 0 {
		return answer, nil
	}
	if w, ok := r.Context().Value(wishKey{}).(*wish); ok {
		w.record(wait)
	}
	// A context's deadline is on the machine's clock, not on the injected one.
	if deadline, ok := r.Context().Deadline(); ok && wait >= time.Until(deadline) {
		answer.Header.Set("Retry-After", beyond)
	}
	return answer, nil
}

// parseRetryAfter reads seconds or an HTTP date (RFC 9110 §10.2.3); zero when absent, past or unreadable. More than a day is a day.
func parseRetryAfter(value string, now time.Time) time.Duration {
	const day = 24 * time.Hour
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(day/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), day)
	}
	return 0
}
