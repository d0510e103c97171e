// Package scheduler plans visits on technicians' shifts: a Problem in, a Plan
// out. It has no clock, no network, no store and no log; travel times come in
// as finished matrices, randomness as a seed, a deadline as a stop predicate.
//
//	            Problem ──Validate──▶ *Invalid: every fault, by path
//	               │
//	            Compile ─▶ Model ──Solve──▶ Plan ──check.Plan──▶ violations, cost
//	                         │
//	                       Load(Plan)
//	                         │
//	                         ▼
//	                       Live ──Insert──▶ best places for a visit, exact cost
//	                            ──Explain─▶ why not, for every technician
//
//	scheduler        ids are strings; one file per rule: what it accepts, what it
//	                 forbids, its reason codes (skill.go, territory.go, technician.go,
//	                 pin.go, window.go, shift.go, load.go, breaks.go, frozen.go, travel.go)
//	  internal/core  ids are dense integers; routes, insertion, ruin and recreate
//	  check          the independent checker: the same rules once more, sharing
//	                 no code with the two above, a file for each
//
// # Vocabulary
//
// A Visit is one piece of work; a Shift one dated stretch of one technician's
// work. A shift with its ordered stops is a Route; routes and the visits left
// out are a Plan. A visit with NoPlace is remote: it happens wherever the
// technician is, as a break does, before travelling on. A Pin is what a
// dispatcher fixed. A frozen stop is done or under way.
//
// # What is hard and what has a price
//
// Hard, in every plan: skills and levels, territory, required and forbidden
// technicians, windows, shift limits, capacities, breaks, pins, frozen stops, travel times.
// Every visit is optional at its DropCost; a mandatory or pinned one costs more
// than everything else together. Travel, distance, waiting, using a shift and
// over-qualification are priced by Weights and Shift.Cost. No cost falls when
// something begins later, so stops begin as early as they can.
//
// # Reasons
//
// Codes of Reason, with their parameters:
//
//	skill_missing            skill, needs
//	skill_level_too_low      skill, needs, has
//	territory                territory: the visit's
//	not_required_technician  required
//	forbidden
//	pinned_to_technician     technician
//	pinned_to_shift          shift
//	pinned_to_position       position, before: so many visits are done in that shift
//	under_way                shift: the visit is frozen in that shift
//	no_shift
//	window_outside_shift     no window meets the shift
//	window_closed            minutes, seconds: arrives so long after the last window
//	too_far                  minutes, seconds: the same, and only because of the way there
//	shift_end                minutes, seconds: the shift would end so much too late
//	shift_too_short          minutes, seconds: the same, the visit being longer than the shift
//	load                     dimension (from 1), load, room: it loads more than there is room for
//	unreachable              mode: no way there and back by that mode
//	break                    the breaks leave no room
//	break_in_the_way         it would fit with a break moved
//	blocked_by               visits, count, pinned: it would fit without these
//	route_broken             the shift's stops, as given, break a rule already
//	dropped_for_cost         cost, drop_cost, difference: feasible but dearer than leaving out
package scheduler
