package core

// Rule: a visit takes as long as it takes whoever does it, and its setup more
// when the technician comes from another place.

// OnSite is how long a node takes a technician, in seconds.
type OnSite struct{ Service, Setup int32 }

// Durations walks the visits that do not take everyone as long.
type Durations struct{}

// Stop has nothing to add: Walk.step asks how long the technician takes.
func (Durations) Stop(*Walk, *stop) {}

// Close has nothing to add.
func (Durations) Close(*Walk) {}

// onSite is how long a node takes a technician. The node's own Service and
// Setup are the least of all.
func (n *Node) onSite(technician int32, moved bool) (service, setup int32) {
	o := OnSite{n.Service, n.Setup}
	if n.Durations != nil {
		o = n.Durations[technician]
	}
	if !moved {
		return o.Service, 0
	}
	return o.Service, o.Setup
}
