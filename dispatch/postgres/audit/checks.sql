-- What must be true of the plan whatever happens, as queries for what is not. Each begins with its name and the sentence for a dispatcher, and
-- gives the id of what is wrong and how. They see one organization: set app.organization_id first. They share nothing with the program that
-- writes these tables. What a dispatcher forced (assignments.forced) may break rules, but for one person's time.
-- Times that a day under way is expected to take (etas) are the truth: what was planned in their place is judged.

-- name: double_booking
-- says: One person is planned for two visits at once.
SELECT a.visit_id, format('technician %s also has visit %s at %s', a.technician_id, b.visit_id, greatest(a.begin_at, b.begin_at))
FROM assignments a
JOIN assignments b ON b.organization_id = a.organization_id AND b.technician_id = a.technician_id AND b.visit_id > a.visit_id
  AND tstzrange(a.begin_at, a.depart_at) && tstzrange(b.begin_at, b.depart_at)
JOIN visits va ON va.organization_id = a.organization_id AND va.id = a.visit_id
JOIN visits vb ON vb.organization_id = b.organization_id AND vb.id = b.visit_id
JOIN shifts s ON s.organization_id = a.organization_id AND s.id = a.shift_id
WHERE va.status IN ('held', 'planned', 'published', 'accepted') AND vb.status IN ('held', 'planned', 'published', 'accepted')
  AND NOT coalesce((s.rules ->> 'pool')::boolean, false);

-- name: overlapping_occupancies
-- says: One person's time is taken twice.
SELECT a.visit_id, format('technician %s: %s and %s', a.technician_id, a.during, b.during)
FROM occupancies a
JOIN occupancies b ON b.organization_id = a.organization_id AND b.technician_id = a.technician_id AND b.id > a.id AND b.during && a.during
WHERE a.exclusive AND b.exclusive;

-- name: unoccupied_assignment
-- says: A planned visit does not take its technician's time, or takes another time than planned.
SELECT a.visit_id, format('planned %s to %s, taken %s', a.begin_at, a.depart_at, coalesce(o.during::text, 'nothing'))
FROM assignments a
JOIN visits v ON v.organization_id = a.organization_id AND v.id = a.visit_id
LEFT JOIN occupancies o ON o.organization_id = a.organization_id AND o.visit_id = a.visit_id AND o.crew_place = a.crew_place
WHERE v.status IN ('held', 'planned', 'published', 'accepted')
  AND (o.id IS NULL OR o.technician_id <> a.technician_id OR lower(o.during) <> a.begin_at OR upper(o.during) <> a.depart_at);

-- name: occupied_for_nothing
-- says: Time is taken for a visit that nobody is to do.
SELECT o.visit_id, format('technician %s, %s, the visit is %s', o.technician_id, o.during, v.status)
FROM occupancies o
JOIN visits v ON v.organization_id = o.organization_id AND v.id = o.visit_id
WHERE v.status IN ('draft', 'unassigned', 'refused', 'cancelled');

-- name: visit_without_place
-- says: A visit is said to be planned and nobody has it.
SELECT v.id, format('it is %s', v.status)
FROM visits v
LEFT JOIN assignments a ON a.organization_id = v.organization_id AND a.visit_id = v.id
WHERE v.status IN ('held', 'planned', 'published', 'accepted', 'en_route', 'arrived') AND a.visit_id IS NULL;

-- name: place_without_visit
-- says: Somebody has a visit that is said to be nobody's.
SELECT v.id, format('technician %s, the visit is %s', a.technician_id, v.status)
FROM visits v
JOIN assignments a ON a.organization_id = v.organization_id AND a.visit_id = v.id
WHERE v.status IN ('draft', 'unassigned', 'refused', 'cancelled');

-- name: outside_shift
-- says: A visit is planned outside the shift it is in, or with somebody else's.
SELECT a.visit_id, format('%s to %s in the shift from %s to %s', a.begin_at, a.depart_at, s.start_at, s.end_at)
FROM assignments a
JOIN visits v ON v.organization_id = a.organization_id AND v.id = a.visit_id
JOIN shifts s ON s.organization_id = a.organization_id AND s.id = a.shift_id
LEFT JOIN etas e ON e.organization_id = a.organization_id AND e.visit_id = a.visit_id AND e.shift_id = a.shift_id AND e.begin_at = a.begin_at
WHERE v.status IN ('held', 'planned', 'published', 'accepted')
  AND (s.technician_id <> a.technician_id OR s.deleted_at IS NOT NULL OR NOT a.forced AND (a.begin_at < s.start_at
    OR coalesce(e.planned_depart, a.depart_at) > s.end_at + make_interval(secs => coalesce((s.rules ->> 'overtime')::integer, 0))));

-- name: broken_promise
-- says: A visit is outside the window that its client was told, and nobody is alarmed.
SELECT v.id, format('told %s to %s, planned %s', v.promised_start, v.promised_end, a.begin_at)
FROM visits v
JOIN assignments a ON a.organization_id = v.organization_id AND a.visit_id = v.id
WHERE v.status IN ('held', 'planned', 'published', 'accepted') AND v.promised_start IS NOT NULL
  AND NOT a.forced
  AND (a.begin_at < v.promised_start OR a.begin_at > v.promised_end)
  AND NOT EXISTS (SELECT FROM alerts l WHERE l.organization_id = v.organization_id AND l.visit_id = v.id AND l.kind = 'will_be_late' AND l.resolved_at IS NULL
    AND a.begin_at > v.promised_end);

-- name: lost_booking
-- says: A slot was booked, and its visit has no place.
SELECT b.id, format('booked for %s, its visits: %s', b.slot_start, coalesce(string_agg(v.status, ', '), 'none'))
FROM bookings b
LEFT JOIN visits v ON v.organization_id = b.organization_id AND v.booking_id = b.id
WHERE b.status = 'booked'
GROUP BY b.id, b.slot_start
HAVING count(v.id) = 0 OR bool_or(v.status IN ('draft', 'held', 'unassigned', 'refused'));

-- name: overdue_hold
-- says: A slot is kept for somebody whose time for it ended more than two minutes ago.
SELECT b.id, format('until %s', b.held_until)
FROM bookings b WHERE b.status = 'held' AND b.held_until < now() - interval '2 minutes';

-- name: hold_without_booking
-- says: A visit is held for a booking that is not.
SELECT v.id, format('the booking is %s', coalesce(b.status, 'not there'))
FROM visits v
LEFT JOIN bookings b ON b.organization_id = v.organization_id AND b.id = v.booking_id
WHERE v.status = 'held' AND b.status IS DISTINCT FROM 'held';

-- name: other_window_than_booked
-- says: A visit's promise is not the slot that was booked.
SELECT v.id, format('booked %s to %s, told %s to %s', b.slot_start, b.slot_end, v.promised_start, v.promised_end)
FROM visits v
JOIN bookings b ON b.organization_id = v.organization_id AND b.id = v.booking_id
WHERE b.status IN ('held', 'booked') AND v.status IN ('held', 'planned', 'published', 'accepted')
  AND (v.promised_start IS DISTINCT FROM b.slot_start OR v.promised_end IS DISTINCT FROM b.slot_end)
  AND NOT EXISTS (SELECT FROM consents c WHERE c.organization_id = v.organization_id AND c.visit_id = v.id AND c.window_start = v.promised_start AND c.window_end = v.promised_end);

-- name: untold_event
-- says: A booking was made and no event says so.
SELECT b.id, format('it is %s', b.status)
FROM bookings b
WHERE b.status IN ('booked', 'moved', 'cancelled') AND NOT EXISTS (
  SELECT FROM events e WHERE e.organization_id = b.organization_id AND e.request_id = b.request_id AND e.kind = 'booking.booked' AND e.data ->> 'booking' = b.id::text);

-- name: planned_while_absent
-- says: A technician has a visit while absent.
SELECT a.visit_id, format('technician %s, absent %s to %s, planned %s', a.technician_id, ab.start_at, ab.end_at, a.begin_at)
FROM assignments a
JOIN visits v ON v.organization_id = a.organization_id AND v.id = a.visit_id
JOIN absences ab ON ab.organization_id = a.organization_id AND ab.technician_id = a.technician_id AND ab.deleted_at IS NULL
  AND tstzrange(ab.start_at, ab.end_at) && tstzrange(a.begin_at, a.depart_at)
LEFT JOIN etas e ON e.organization_id = a.organization_id AND e.visit_id = a.visit_id AND e.shift_id = a.shift_id AND e.begin_at = a.begin_at
WHERE v.status IN ('held', 'planned', 'published', 'accepted') AND NOT a.forced
  AND tstzrange(ab.start_at, ab.end_at) && tstzrange(coalesce(e.planned_begin, a.begin_at), coalesce(e.planned_depart, a.depart_at));

-- name: unskilled
-- says: A visit is planned with somebody who lacks a skill that it needs.
SELECT a.visit_id, format('technician %s: %s at level %s', a.technician_id, need ->> 'skill', need ->> 'level')
FROM assignments a
JOIN visits v ON v.organization_id = a.organization_id AND v.id = a.visit_id
JOIN technicians t ON t.organization_id = a.organization_id AND t.id = a.technician_id
CROSS JOIN jsonb_array_elements(v.required_skills) AS need
WHERE v.status IN ('held', 'planned', 'published', 'accepted') AND NOT a.forced AND NOT EXISTS (
  SELECT FROM jsonb_array_elements(t.skills) AS has WHERE has ->> 'skill' = need ->> 'skill' AND (has ->> 'level')::integer >= (need ->> 'level')::integer);

-- name: broken_pin
-- says: A visit is not with the technician, or not at the time, that a dispatcher fixed.
SELECT v.id, format('pinned to %s at %s, planned with %s at %s', v.pinned_technician_id, v.pinned_start, a.technician_id, a.begin_at)
FROM visits v
JOIN assignments a ON a.organization_id = v.organization_id AND a.visit_id = v.id
LEFT JOIN etas e ON e.organization_id = a.organization_id AND e.visit_id = a.visit_id AND e.shift_id = a.shift_id AND e.begin_at = a.begin_at
WHERE v.status IN ('planned', 'published', 'accepted')
  AND NOT a.forced
  AND (v.pinned_technician_id IS NOT NULL AND v.pinned_technician_id <> a.technician_id
    OR v.pinned_start IS NOT NULL AND v.pinned_start <> coalesce(e.planned_begin, a.begin_at));

-- name: request_out_of_step
-- says: A request is said to be over while one of its visits is not.
SELECT r.id, format('it is %s, its visit %s', r.status, v.status)
FROM requests r
JOIN visits v ON v.organization_id = r.organization_id AND v.request_id = r.id
WHERE r.status IN ('completed', 'failed', 'cancelled') AND v.status NOT IN ('completed', 'failed', 'cancelled');
