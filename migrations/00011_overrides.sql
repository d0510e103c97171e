-- +goose Up
-- What dispatchers overruled: what was changed, why and by whom, and the state of what it touched before and after, so that it can be undone.

CREATE TABLE overrides (
  organization_id uuid NOT NULL REFERENCES organizations,
  id              uuid NOT NULL,
  status          text NOT NULL CHECK (status IN ('made', 'undone')),
  changes         jsonb NOT NULL, -- see dispatch.Change
  reason          text NOT NULL,
  forced          boolean NOT NULL,
  breaches        jsonb NOT NULL, -- the hard rules it broke by force, see dispatch.Breach
  costs           jsonb NOT NULL, -- by term, in the organization's minor unit: what the plan cost more
  before_state    jsonb NOT NULL, -- see dispatch.PlanState
  after_state     jsonb NOT NULL,
  made_by_role    text NOT NULL,
  made_by         uuid NOT NULL,
  changed_by_role text NOT NULL, -- who undid or redid it last, else who made it
  changed_by      uuid NOT NULL,
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id)
);

ALTER TABLE overrides ENABLE ROW LEVEL SECURITY;
ALTER TABLE overrides FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON overrides USING (organization_id = current_organization());
GRANT SELECT, INSERT, UPDATE, DELETE ON overrides TO tournee;

-- A place that a dispatcher forced against a rule: its whole route stays as it stands until the visit is over or taken out.
ALTER TABLE assignments ADD COLUMN forced boolean NOT NULL DEFAULT false;
