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
//	                            ──Quote──▶ the same for each slot of many days
//	                            ──Repair─▶ what changes after a disruption
//	                            ──Explain─▶ why not, for every technician; Summary counts
//	                            ──Relax──▶ the least that would make it possible
//	                            ──Costs──▶ what each stop causes
//	                      Add, Place, Release, Remove change it as the day goes
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
// dispatcher fixed. A frozen stop is done or under way. A slot is a stretch of
// time that a visit could be promised for. A Disruption is what has happened
// since the plan was made; a Relaxation a small change that would make a visit
// possible.
//
// # What is hard and what has a price
//
// Hard, in every plan: skills and levels, territory, required and forbidden
// technicians, windows, shift limits, capacities, breaks, pins, frozen stops, travel times.
// Every visit is optional at its DropCost; a mandatory or pinned one costs more
// than everything else together. With Weights.Lexicographic, what is left out
// counts by priority first, then by number, then in money. All else that has a
// price is a Term, by Weights (see Profile) or by the shift. No cost falls when
// something begins later, so stops begin as early as they can.
//
// # Reasons
//
// Codes of Reason, with their parameters:
//
//	skill_missing            skill, needs
//	skill_level_too_low      skill, needs, has
//	skill_none_of_these      skills: one of them is needed, with its level
//	skill_excluded           skill, level: not wanted from there on, has
//	territory                territory: the visit's
//	not_required_technician  required
//	forbidden
//	same_technician          link, visit: who does that one must do this one, technician
//	different_technician     link, visit: the technician does that one, and another must do this one
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
//	not_before_preferred     minutes, seconds: the last possible time is so long before the preferred window
//	not_before_told          minutes, seconds: the same, before the window that was told
//	overtime                 minutes, seconds: beyond the overtime allowed
//	max_travel               minutes, seconds: the shift would travel so much too long
//	max_distance             kilometres, metres: the shift would travel so much too far
//	max_visits               most: visits in the shift
//	pool_full                most: visits that the subcontractor takes in the shift
//	rest                     minutes, seconds: of rest are lacking between this shift and another
//	no_connection            place: where the technician would be
//	part_missing             part, needs, has: in the van, and no depot has it
//	no_pickup                part: no stop at a depot that has it fits in
//	resource_busy            resource, quantity: all are held by other visits
//	crew_incomplete          link, visits: those that cannot begin at the same moment with others
//	after_missing            link, visit: what must be done first is not planned
//	after_gap                link, visit, minutes, seconds: the gap would be missed by so much
//	load                     dimension (from 1), load, room: it loads more than there is room for
//	unreachable              mode: no way there and back by that mode
//	break                    the breaks leave no room
//	break_in_the_way         it would fit with a break moved
//	blocked_by               visits, count, pinned: it would fit without these
//	route_broken             the shift's stops, as given, break a rule already
//	dropped_for_cost         cost, drop_cost, difference: feasible but dearer than leaving out
//	relax_skill              skill, level: it would fit if the technician had it
//	relax_skill_level        skill, level: if this level were enough
//	relax_skill_excluded     skill: if owning it were no obstacle
//	relax_territory          territory: if the technician served it
//	relax_required           technician: if this one were asked for as well
//	relax_forbidden          technician: if this one were not refused
//	relax_pin                if the visit were not pinned
//	relax_shift_end          minutes: if the shift ended so much later
//	relax_shift_start        minutes: if it started so much earlier
//	relax_window_close       minutes: if the window closed so much later
//	relax_window_open        minutes: if it opened so much earlier
//	relax_break              break: without this break
//	relax_move               visit: if this one were moved elsewhere
//	relax_load               dimension (from 1), amount: with room for so much more
//	relax_max_travel         minutes: if the shift might travel so much longer
//	relax_max_distance       kilometres: if it might go so much further
//	relax_max_visits         amount: if it might serve so many more
package scheduler
