package dispatch

import (
	"fmt"
	"maps"

	"tournee/dispatch/message"
)

// Text tells the line to the client, in the locale ("fr", anything else is English). A line that was kept as JSON reads as it did.
func (l PriceLine) Text(locale string) string {
	key := l.Code
	params := maps.Clone(l.Params)
	if _, ok := params["minutes"]; ok {
		params["duration"] = hours(whole(params["minutes"]))
	}
	if code, ok := params["holiday"].(string); ok {
		params["holiday"] = message.Text(locale, code, nil)
	}
	if l.Code == LineKilometres {
		params["free"] = whole(params["metres"]) / 1000
		if whole(params["metres"]) == 0 {
			key += ".all"
		}
	}
	switch l.Code {
	case LineUrgency, LineEvening, LineSaturday, LineSunday, LineHoliday:
		if _, byPercent := params["percent"]; !byPercent {
			key += ".amount"
		}
	case LineSlot:
		if l.Net < 0 {
			key += ".cheaper"
		}
	case LineFloor:
		if whole(params["percent"]) == 0 {
			key += ".none"
		}
	}
	return message.Text(locale, key, params)
}

// hours writes minutes as people say them: 45 min, 2 h, 1 h 30.
func hours(minutes int64) string {
	switch h, m := minutes/60, minutes%60; {
	case h == 0:
		return fmt.Sprintf("%d min", m)
	case m == 0:
		return fmt.Sprintf("%d h", h)
	default:
		return fmt.Sprintf("%d h %02d", h, m)
	}
}

// whole reads a number that may have been through JSON.
func whole(v any) int64 {
	switch n := v.(type) {
	case int:
		return int64(n)
	case int64:
		return n
	case float64:
		return int64(n)
	}
	return 0
}
