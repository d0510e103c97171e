package api

import (
	"cmp"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/scheduler"
)

func livePolicyOf(p dispatch.LivePolicy) oapi.LivePolicy {
	return oapi.LivePolicy{
		Threshold: secondsText(p.Threshold), Silence: secondsText(p.Silence), Offline: secondsText(p.Offline), Acknowledge: secondsText(p.Acknowledge),
		Deviation: int(p.Deviation), Fence: int(p.Fence),
	}
}

// livePolicy reads a policy of the day under way into the defaults.
func (d *durations) livePolicy(into *dispatch.LivePolicy, b oapi.LivePolicy) {
	length := func(name, text string, field *scheduler.Seconds) {
		if text != "" {
			*field = d.seconds("/policy/live/"+name, text)
		}
	}
	length("threshold", b.Threshold, &into.Threshold)
	length("silence", b.Silence, &into.Silence)
	length("offline", b.Offline, &into.Offline)
	length("acknowledge", b.Acknowledge, &into.Acknowledge)
	into.Deviation = cmp.Or(scheduler.Metres(b.Deviation), into.Deviation)
	into.Fence = cmp.Or(scheduler.Metres(b.Fence), into.Fence)
}
