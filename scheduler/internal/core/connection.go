package core

// Rule: remote work needs a connection where the technician is.

// Connection walks remote visits.
type Connection struct{}

// Stop forbids a remote visit at a place without connection.
func (Connection) Stop(w *Walk, st *stop) {
	if st.place == Float && st.node < w.m.Visits && int(w.at) < len(w.m.Offline) && w.m.Offline[w.at] {
		w.forbid(NoConnection, int64(w.at))
	}
}

// Close has nothing to add.
func (Connection) Close(*Walk) {}
