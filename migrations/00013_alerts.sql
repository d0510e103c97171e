-- +goose Up
-- What somebody should look at: opened and resolved by what the day is like, acknowledged by dispatchers, with what would help.
CREATE TABLE alerts (
  organization_id uuid NOT NULL REFERENCES organizations,
  id              uuid NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('will_be_late', 'sla_at_risk', 'sla_broken', 'no_progress', 'deviation', 'not_acknowledged', 'out_of_hours',
                    'technician_offline', 'unplanned_promise', 'unplanned_crisis')),
  visit_id        uuid NOT NULL, -- the nil UUID: it is about the technician's route
  technician_id   uuid NOT NULL, -- the nil UUID: nobody has the visit
  shift_id        uuid NOT NULL, -- the nil UUID likewise
  territory_id    uuid NOT NULL, -- of the visit; the nil UUID: none
  params          jsonb NOT NULL, -- what its sentence names
  remedy          jsonb,          -- see dispatch.Remedy; null: none was found yet
  accepted_at     timestamptz,    -- the remedy was
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  resolved_at     timestamptz,
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  deleted_at      timestamptz, -- never set: an alert is part of the written trace
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX alerts_open ON alerts (organization_id, kind, visit_id, technician_id) WHERE resolved_at IS NULL;
CREATE INDEX alerts_technician ON alerts (organization_id, technician_id) WHERE resolved_at IS NULL;
CREATE INDEX alerts_updated ON alerts (organization_id, updated_at, id);

ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON alerts USING (organization_id = current_organization());
GRANT SELECT, INSERT, UPDATE, DELETE ON alerts TO tournee;
