package dispatch

import "tournee/scheduler"

// LivePolicy is how the day under way is watched.
type LivePolicy struct {
	Threshold   scheduler.Seconds `json:"threshold"`   // what is expected is told anew from such a change on
	Silence     scheduler.Seconds `json:"silence"`     // a visit that should have ended so long ago, and of which nothing is heard, has come to a stop
	Offline     scheduler.Seconds `json:"offline"`     // a phone that sent positions and has not for so long is offline
	Acknowledge scheduler.Seconds `json:"acknowledge"` // a route has to be accepted so long before its first visit
	Deviation   scheduler.Metres  `json:"deviation"`   // whoever is so far from the site, or the way there, is elsewhere
	Fence       scheduler.Metres  `json:"fence"`       // whoever is so near the site has arrived; positions are coarse by a hundred
}

// DefaultLivePolicy tells changes of five minutes, and worries after twenty to sixty.
func DefaultLivePolicy() LivePolicy {
	return LivePolicy{Threshold: 5 * 60, Silence: 20 * 60, Offline: 30 * 60, Acknowledge: 60 * 60, Deviation: 2000, Fence: 200}
}

// live notes everything wrong with a policy of the day under way.
func (f *Faults) live(path string, p LivePolicy) {
	bounded(f, path+"/threshold", p.Threshold, 60, 3600)
	bounded(f, path+"/silence", p.Silence, 60, 12*3600)
	bounded(f, path+"/offline", p.Offline, 60, 12*3600)
	bounded(f, path+"/acknowledge", p.Acknowledge, 0, 24*3600)
	bounded(f, path+"/deviation", int(p.Deviation), 200, 100_000)
	bounded(f, path+"/fence", int(p.Fence), 100, 5000)
}
