-- +goose Up
-- The day as it goes: what happened to a visit so far, when its technician is expected from there on, how far off such expectations were, and
-- which other windows clients consented to.

ALTER TABLE visits
  ADD COLUMN set_off_at     timestamptz,
  ADD COLUMN arrived_at     timestamptz,
  ADD COLUMN paused_at      timestamptz, -- while paused
  ADD COLUMN paused_seconds integer NOT NULL DEFAULT 0 CHECK (paused_seconds >= 0), -- in pauses that are over
  ADD COLUMN expected_end   timestamptz; -- as whoever does it says

-- What is expected of a visit in a route of today. The assignment has the expected times; here stands what they replaced, and how sure they are.
CREATE TABLE etas (
  organization_id uuid NOT NULL,
  visit_id        uuid NOT NULL,
  shift_id        uuid NOT NULL, -- whose route it was in: of another route it says nothing
  planned_begin   timestamptz NOT NULL,
  planned_depart  timestamptz NOT NULL,
  begin_at        timestamptz NOT NULL, -- as the assignment says, unless it was planned anew since
  earliest        timestamptz NOT NULL CHECK (earliest <= begin_at), -- p10 of the begin
  latest          timestamptz NOT NULL CHECK (latest >= begin_at),   -- p90
  said            jsonb NOT NULL, -- the begin expected last, by how many visits came before it then: see dispatch.ETA
  at              timestamptz NOT NULL,
  PRIMARY KEY (organization_id, visit_id),
  FOREIGN KEY (organization_id, visit_id) REFERENCES visits (organization_id, id),
  FOREIGN KEY (organization_id, shift_id) REFERENCES shifts (organization_id, id)
);

-- How often a begin was how far from what was expected: see dispatch.ErrorCounts.
CREATE TABLE eta_errors (
  organization_id uuid NOT NULL REFERENCES organizations,
  mode            text NOT NULL CHECK (mode IN ('hotline', 'remote', 'on_site', 'workshop')),
  hour            smallint NOT NULL CHECK (hour BETWEEN 0 AND 23), -- local
  ahead           smallint NOT NULL CHECK (ahead >= 0),            -- visits that came before it when it was expected so
  counts          integer[] NOT NULL,
  PRIMARY KEY (organization_id, mode, hour, ahead)
);

-- A client's word that another window suits. A row is never changed.
CREATE TABLE consents (
  organization_id  uuid NOT NULL,
  id               uuid NOT NULL,
  visit_id         uuid NOT NULL,
  told_start       timestamptz, -- the window that was promised before; null: none
  told_end         timestamptz CHECK ((told_end IS NULL) = (told_start IS NULL)),
  window_start     timestamptz NOT NULL,
  window_end       timestamptz NOT NULL CHECK (window_end > window_start),
  how              text NOT NULL CHECK (how IN ('phone', 'app', 'link')),
  said_by          text NOT NULL, -- who said yes, as whoever wrote it down calls them
  recorded_by_role text NOT NULL,
  recorded_by      uuid NOT NULL,
  created_at       timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, visit_id) REFERENCES visits (organization_id, id)
);
CREATE INDEX consents_visit ON consents (organization_id, visit_id, id);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['etas', 'eta_errors', 'consents'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I USING (organization_id = current_organization())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tournee', t);
  END LOOP;
END $$;
-- +goose StatementEnd

REVOKE UPDATE, DELETE ON consents FROM tournee;
