-- +goose Up
-- What an organization asks for its work, in numbered versions that are added and read, never changed: a price that was accepted names its version.

CREATE TABLE tariffs (
  organization_id uuid NOT NULL REFERENCES organizations,
  version         integer NOT NULL CHECK (version > 0),
  id              uuid NOT NULL, -- a version's place in lists
  valid_from      timestamptz NOT NULL, -- of the versions valid at a moment, the highest is in force
  currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  terms           jsonb NOT NULL, -- see dispatch.TariffTerms
  created_at      timestamptz NOT NULL,
  created_by_role text NOT NULL,
  created_by      uuid NOT NULL,
  PRIMARY KEY (organization_id, version),
  UNIQUE (organization_id, id)
);

ALTER TABLE tariffs ENABLE ROW LEVEL SECURITY;
ALTER TABLE tariffs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tariffs USING (organization_id = current_organization());
GRANT SELECT, INSERT ON tariffs TO tournee;
