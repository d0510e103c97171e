package core

// Rule: beginning or ending after a moment that matters to somebody is priced
// by the hour: a preferred window, the window that was told, a service promise.

// Deadline is a moment after which a visit costs more.
type Deadline struct {
	At   int32
	Hour int64 // cost of an hour
	Term Term
	Done bool // what counts is the departure, not the beginning
}

func (d *Deadline) moment(st *stop) int32 {
	if d.Done {
		return st.dep
	}
	return st.begin
}

// Lateness walks the deadlines of visits.
type Lateness struct{}

// Stop prices what is late.
func (Lateness) Stop(w *Walk, st *stop) {
	for i := range w.m.Nodes[st.node].Deadlines {
		d := &w.m.Nodes[st.node].Deadlines[i]
		w.pay(d.Term, hourly(d.moment(st)-d.At, d.Hour))
	}
}

// Close has nothing to add.
func (Lateness) Close(*Walk) {}

// hourly prices a time, rounding halves up; none below zero.
func hourly(seconds int32, hour int64) int64 {
	if seconds <= 0 {
		return 0
	}
	return (int64(seconds)*hour + 1800) / 3600
}
