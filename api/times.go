package api

import (
	"strings"
	"time"
)

// durationText writes a duration as ISO 8601 does, in hours, minutes and seconds: PT1H30M. Less than a second is cut off.
func durationText(d time.Duration) string {
	if d < time.Second {
		return "PT0S"
	}
	s := strings.ToUpper(d.Truncate(time.Second).String()) // 1H30M0S
	for _, zero := range []string{"M0S", "H0M"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return "PT" + s
}
