package limit

import (
	"net/netip"
	"time"
)

// refusedKeys is how many API keys that are nobody's one address may show: a partner's program with a revoked key tries now and then, and
// who makes keys up costs the database no more than this.
var refusedKeys = Class{Name: "refused", Address: Limit{Rate: 60, Period: time.Minute, Burst: 60}}

// Refused counts, for each address and in this process, the API keys that were looked up for nothing. It stands before the look-up, so
// that a stranger's made-up keys do not reach the database once there were many; signed tokens need no look-up to be refused.
type Refused struct{ process *process }

// NewRefused has counted nothing yet.
func NewRefused(now func() time.Time) *Refused {
	return &Refused{process: newProcess(processKeys, now)}
}

// Look says whether a key from the address may be looked up, and counts nothing.
func (r *Refused) Look(from netip.Addr) Result {
	r.process.mu.Lock()
	defer r.process.mu.Unlock()
	b := refusedBucket(from)
	result, _ := gcra(b, r.process.arrival(b.key), r.process.now())
	return result
}

// Count counts one key from the address that was refused.
func (r *Refused) Count(from netip.Addr) { r.process.take([]bucket{refusedBucket(from)}) }

func refusedBucket(from netip.Addr) bucket {
	return refusedKeys.bucket("address", network(from), refusedKeys.Address)
}
