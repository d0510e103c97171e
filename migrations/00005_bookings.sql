-- +goose Up
-- A client chooses a slot: a visit that waits for that is a draft, one whose slot is kept for some minutes is held. A booking is a slot that
-- was held, and whatever became of it; the price that the client accepted stays with it.

ALTER TABLE visits DROP CONSTRAINT visits_status_check;
ALTER TABLE visits ADD CONSTRAINT visits_status_check CHECK (status IN ('draft', 'held', 'unassigned', 'planned', 'published', 'accepted', 'refused', 'en_route',
  'arrived', 'started', 'paused', 'completed', 'failed', 'cancelled'));
ALTER TABLE requests DROP CONSTRAINT requests_status_check;
ALTER TABLE requests ADD CONSTRAINT requests_status_check CHECK (status IN ('draft', 'open', 'scheduled', 'in_progress', 'completed', 'failed', 'cancelled'));

CREATE TABLE bookings (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  request_id      uuid NOT NULL,
  client_id       uuid NOT NULL,
  partner_id      uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  time_zone       text NOT NULL, -- the site's: the zone its times are told in
  status          text NOT NULL CHECK (status IN ('held', 'booked', 'moved', 'released', 'expired', 'cancelled')),
  slot_start      timestamptz NOT NULL,
  slot_end        timestamptz NOT NULL CHECK (slot_end > slot_start),
  held_until      timestamptz NOT NULL,
  price           jsonb, -- as the client accepted it, see dispatch.Price; null where the organization has no tariff
  replaced_by     uuid, -- the booking that a change of slot made of this one
  created_by_role text NOT NULL,
  created_by      uuid NOT NULL,
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  booked_at       timestamptz,
  deleted_at      timestamptz, -- never set: a booking is part of the written trace
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, request_id) REFERENCES requests (organization_id, id),
  FOREIGN KEY (organization_id, client_id) REFERENCES clients (organization_id, id),
  FOREIGN KEY (organization_id, replaced_by) REFERENCES bookings (organization_id, id),
  CHECK ((status IN ('booked', 'moved', 'cancelled')) = (booked_at IS NOT NULL))
);
CREATE INDEX bookings_request ON bookings (organization_id, request_id);
CREATE INDEX bookings_updated ON bookings (organization_id, updated_at, id);
CREATE INDEX bookings_sold ON bookings (organization_id, booked_at) WHERE booked_at IS NOT NULL;
CREATE INDEX visits_client ON visits (organization_id, client_id, status);
CREATE INDEX bookings_held ON bookings (organization_id, held_until) WHERE status = 'held';

ALTER TABLE bookings ENABLE ROW LEVEL SECURITY;
ALTER TABLE bookings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON bookings USING (organization_id = current_organization());
GRANT SELECT, INSERT, UPDATE, DELETE ON bookings TO tournee;

ALTER TABLE visits
  ADD COLUMN by_slot    boolean NOT NULL DEFAULT false, -- its client chooses a slot: until one is booked it is nobody else's affair
  ADD COLUMN booking_id uuid,
  ADD COLUMN held_until timestamptz,
  ADD FOREIGN KEY (organization_id, booking_id) REFERENCES bookings (organization_id, id),
  ADD CHECK ((status = 'held') = (held_until IS NOT NULL));
CREATE INDEX visits_booking ON visits (organization_id, booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX visits_held ON visits (organization_id, held_until) WHERE status = 'held';

-- A held visit occupies its technician's time as a planned one does, until the hold expires.
ALTER TABLE occupancies DROP CONSTRAINT occupancies_check;
ALTER TABLE occupancies ADD CHECK (visit_id IS NOT NULL);
