package limit

import (
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// allowSHA names the script that redis_rate v10.0.1 sends for AllowN; with another version the test of it fails, and until it is
// brought up to date the script is interpreted.
const allowSHA = "f52a5b566060d79fd321d695df55bc918339c4aa"

// epoch is where the script counts seconds from, to keep the fractions that a float64 has room for.
var epoch = time.Date(2017, time.January, 1, 0, 0, 0, 0, time.UTC)

// shortcut answers redis_rate's script in Go, digit by digit as the script does. Interpreting Lua takes miniredis a good part of a
// millisecond for each limit of a request, which is more than the rest of many a request.
func shortcut(m *miniredis.Miniredis, now func() time.Time) server.Hook {
	var mu sync.Mutex // a script runs alone
	return func(c *server.Peer, cmd string, args ...string) bool {
		if cmd != "EVALSHA" || len(args) != 7 || args[0] != allowSHA || args[1] != "1" {
			return false
		}
		var numbers [4]float64
		for i := range numbers {
			n, err := strconv.ParseFloat(args[3+i], 64)
			if err != nil {
				return false
			}
			numbers[i] = n
		}
		mu.Lock()
		defer mu.Unlock()
		runAllow(c, m, args[2], numbers, now())
		return true
	}
}

// runAllow is the script, line by line; numbers are its burst, rate, period and cost.
func runAllow(c *server.Peer, m *miniredis.Miniredis, key string, numbers [4]float64, at time.Time) {
	burst, rate, period, cost := numbers[0], numbers[1], numbers[2], numbers[3]
	interval := period / rate
	now := float64(at.Unix()-epoch.Unix()) + float64(at.Nanosecond()/1000)/1e6
	tat := now
	if kept, err := m.Get(key); err == nil { // the only other error is that there is none
		if n, err := strconv.ParseFloat(kept, 64); err == nil {
			tat = max(n, now)
		}
	}
	next := tat + interval*cost
	diff := now - (next - interval*burst)
	remaining := diff / interval
	if remaining < 0 {
		reply(c, 0, 0, -diff, tat-now)
		return
	}
	resetAfter := next - now
	if resetAfter > 0 {
		_ = m.Set(key, strconv.FormatFloat(next, 'f', -1, 64)) // fails only for a key of another type
		m.SetTTL(key, time.Duration(math.Ceil(resetAfter))*time.Second)
	}
	reply(c, cost, remaining, -1, resetAfter)
}

// reply writes numbers as Redis turns those of Lua into its own: integers cut off, tostring with 14 digits.
func reply(c *server.Peer, allowed, remaining, retryAfter, resetAfter float64) {
	c.WriteLen(4)
	c.WriteInt(int(allowed))
	c.WriteInt(int(remaining))
	c.WriteBulk(strconv.FormatFloat(retryAfter, 'g', 14, 64))
	c.WriteBulk(strconv.FormatFloat(resetAfter, 'g', 14, 64))
}
