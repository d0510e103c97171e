-- +goose Up
-- What a plan was decided on, so that it can be made again to the bit: ids, times and travel matrices, no names and no places.
CREATE TABLE decisions (
  organization_id uuid NOT NULL REFERENCES organizations,
  id              uuid NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('plan', 'replan')),
  made_at         timestamptz NOT NULL,
  program         text NOT NULL,  -- the version that decided
  seed            bigint NOT NULL,
  iterations      bigint NOT NULL, -- asked for
  reached         bigint NOT NULL, -- fewer, when it was stopped
  input           bytea NOT NULL,  -- gzip of the problem and the plan before, see dispatch.DecisionInput
  input_hash      bytea NOT NULL,  -- SHA-256 of the input, unpacked
  output_hash     bytea NOT NULL,  -- SHA-256 of the plan's routes
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX decisions_age ON decisions (organization_id, made_at);
ALTER TABLE decisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE decisions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON decisions USING (organization_id = current_organization());
GRANT SELECT, INSERT, DELETE ON decisions TO tournee;
