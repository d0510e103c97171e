-- +goose Up
-- How long journeys take, learnt: from a road engine, cell by cell, and as factors of the estimator.

-- What a road engine said of the way from one cell's centre to another's. Roads belong to nobody, but which cells are asked about tells where an
-- organization's clients are: each has rows of its own (docs/decisions/0024-travel-times-learnt.md).
CREATE TABLE travel_times (
  organization_id uuid NOT NULL REFERENCES organizations,
  mode            text NOT NULL CHECK (mode IN ('car', 'bike', 'foot')),
  from_cell       bigint NOT NULL, -- resolution 9
  to_cell         bigint NOT NULL,
  hour            smallint NOT NULL CHECK (hour BETWEEN -1 AND 23), -- local hour of leaving; -1: without traffic
  seconds         integer CHECK (seconds >= 0), -- null with metres: no way was found
  metres          integer CHECK (metres >= 0),
  learnt_at       timestamptz NOT NULL,
  PRIMARY KEY (organization_id, mode, from_cell, to_cell, hour),
  CHECK ((seconds IS NULL) = (metres IS NULL))
);
CREATE INDEX travel_times_age ON travel_times (organization_id, learnt_at);

-- A calibration of the estimator: what it was learnt from, how far off it is before and after, and the parameters, if they are better.
-- The newest with parameters is in use.
CREATE TABLE travel_calibrations (
  organization_id uuid NOT NULL REFERENCES organizations,
  id              uuid NOT NULL,
  status          text NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed')),
  requested_by    uuid NOT NULL, -- the nil UUID: the program itself
  created_at      timestamptz NOT NULL,
  finished_at     timestamptz,
  failure         text NOT NULL DEFAULT '', -- a code
  report          jsonb NOT NULL DEFAULT '[]', -- see geo.Calibration
  parameters      jsonb, -- see geo.Parameters
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX travel_calibrations_in_use ON travel_calibrations (organization_id, id) WHERE parameters IS NOT NULL;

-- Technicians' journeys are read out of these.
CREATE INDEX events_of_journeys ON events (organization_id, at) WHERE kind IN ('visit.en_route', 'visit.arrived');

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['travel_times', 'travel_calibrations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I USING (organization_id = current_organization())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tournee', t);
  END LOOP;
END $$;
-- +goose StatementEnd
