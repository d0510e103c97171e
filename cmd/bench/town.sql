-- A country of twenty territories around Paris with fifty technicians each, on shift for fourteen days from tomorrow, two visits a day in every
-- route, and two thousand clients of the partner's. $1 is the organization, $2 the partner. Ids are random: the benchmark reads none in order.
WITH
territory AS (
  INSERT INTO territories (organization_id, id, external_id, name)
  SELECT $1::uuid, gen_random_uuid(), 'bench-' || n, 'Secteur ' || n FROM generate_series(0, 19) AS n
  RETURNING id, substr(external_id, 7)::int AS n),
technician AS (
  INSERT INTO technicians (organization_id, id, external_id, name, employment, transport, home_lat, home_lon, time_zone, locale, skills, territory_ids)
  SELECT $1, gen_random_uuid(), format('bench-%s-%s', t.n, i), format('Technicien %s.%s', t.n, i), 'employee', 'car',
    47.5 + t.n / 5 * 0.6 + (random() - 0.5) * 0.2, 1.2 + t.n % 5 * 0.8 + (random() - 0.5) * 0.3, 'Europe/Paris', 'fr',
    jsonb_build_array(jsonb_build_object('skill', 'network', 'level', 1 + i % 4), jsonb_build_object('skill', 'printing', 'level', 1 + i % 3)), ARRAY[t.id]
  FROM territory t, generate_series(1, 50) AS i
  RETURNING id, home_lat, home_lon, territory_ids[1] AS territory_id),
client AS (
  INSERT INTO clients (organization_id, id, partner_id, external_id, kind, name, locale)
  SELECT $1, gen_random_uuid(), $2::uuid, format('bench-%s-%s', t.n, i), 'household', format('Client %s.%s', t.n, i), 'fr' FROM territory t, generate_series(1, 100) AS i
  RETURNING id, split_part(external_id, '-', 2)::int AS n),
site AS (
  INSERT INTO sites (organization_id, id, partner_id, client_id, street, postal_code, city, country, lat, lon, precision, cell, territory_id, time_zone)
  SELECT $1, gen_random_uuid(), $2, c.id, '1 rue du Banc', '75000', 'Ville', 'FR',
    47.5 + t.n / 5 * 0.6 + (random() - 0.5) * 0.2, 1.2 + t.n % 5 * 0.8 + (random() - 0.5) * 0.3, 'exact', 617550537331441663, t.id, 'Europe/Paris'
  FROM client c JOIN territory t ON t.n = c.n
  RETURNING id, client_id, territory_id),
numbered AS (SELECT id, client_id, territory_id, row_number() OVER (PARTITION BY territory_id ORDER BY id) AS n FROM site),
shift AS (
  INSERT INTO shifts (organization_id, id, technician_id, start_at, end_at, start_lat, start_lon, end_lat, end_lon, transport)
  SELECT $1, gen_random_uuid(), t.id, (current_date + d + time '08:00') AT TIME ZONE 'Europe/Paris', (current_date + d + time '18:00') AT TIME ZONE 'Europe/Paris',
    t.home_lat, t.home_lon, t.home_lat, t.home_lon, 'car'
  FROM technician t, generate_series(1, 14) AS d
  RETURNING id, technician_id, start_at),
work AS (
  SELECT s.id AS shift_id, s.technician_id, s.start_at + h * interval '1 hour' AS begin_at, gen_random_uuid() AS request_id, gen_random_uuid() AS visit_id,
    row_number() OVER (ORDER BY s.id, h) AS nr, t.territory_id, 1 + (hashtext(s.id::text || h) & 2147483647) % 100 AS n
  FROM shift s JOIN technician t ON t.id = s.technician_id, unnest(ARRAY[2, 7]) AS h),
placed AS (SELECT w.*, x.id AS site_id, x.client_id FROM work w JOIN numbered x ON x.territory_id = w.territory_id AND x.n = w.n),
request AS (
  INSERT INTO requests (organization_id, id, reference, partner_id, client_id, site_id, time_zone, category, description, support_level, severity, impact, urgency, priority, mode,
    required_skills, duration_seconds, windows, status, created_by_role, created_by)
  SELECT $1, request_id, 'B' || nr, $2, client_id, site_id, 'Europe/Paris', 'printer', 'Mesure.', 1, 'non_blocking', 'medium', 'medium', 3, 'on_site', '[]', 3600,
    jsonb_build_array(jsonb_build_object('start', begin_at - interval '1 hour', 'end', begin_at + interval '1 hour')), 'scheduled', 'system', $1 FROM placed
  RETURNING id),
visit AS (
  INSERT INTO visits (organization_id, id, request_id, reference, client_id, partner_id, site_id, territory_id, time_zone, mode, status, priority, required_skills,
    duration_seconds, windows, window_start, window_end)
  SELECT $1, visit_id, request_id, 'B' || nr, client_id, $2, site_id, territory_id, 'Europe/Paris', 'on_site', 'planned', 3, '[]', 3600,
    jsonb_build_array(jsonb_build_object('start', begin_at - interval '1 hour', 'end', begin_at + interval '1 hour')), begin_at - interval '1 hour', begin_at + interval '1 hour'
  FROM placed WHERE (SELECT count(*) FROM request) > 0
  RETURNING id),
assignment AS (
  INSERT INTO assignments (organization_id, visit_id, crew_place, shift_id, technician_id, arrive_at, begin_at, depart_at, travel_seconds, travel_metres, decided_by)
  SELECT $1, visit_id, 0, shift_id, technician_id, begin_at, begin_at, begin_at + interval '1 hour', 1200, 12000, 'planner' FROM placed WHERE (SELECT count(*) FROM visit) > 0
  RETURNING visit_id)
INSERT INTO occupancies (organization_id, id, technician_id, visit_id, crew_place, during)
SELECT $1, gen_random_uuid(), technician_id, visit_id, 0, tstzrange(begin_at, begin_at + interval '1 hour') FROM placed WHERE (SELECT count(*) FROM assignment) > 0
