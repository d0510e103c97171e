package dispatch

import "time"

// Instants are the moments at which clocks in a zone show a local time (its digits held in UTC), the earlier first: none for an hour that is
// skipped in spring, two for one that comes twice in autumn. Each offset that the zone has within a day of it is tried; zones change their
// offset by whole days at most (Samoa, 2011).
func Instants(local time.Time, in *time.Location) (found []time.Time) {
	for _, around := range []time.Time{local.Add(-25 * time.Hour), local, local.Add(25 * time.Hour)} {
		_, offset := around.In(in).Zone()
		t := local.Add(-time.Duration(offset) * time.Second).In(in)
		_, shown := t.Zone()
		if shown != offset || (len(found) > 0 && found[len(found)-1].Equal(t)) {
			continue
		}
		found = append(found, t)
	}
	return found
}
