-- +goose Up
-- What the planner knows of a basin's day (a basin: territories that share technicians, named after the first): up to which state of its routes it
-- was planned again, and which node is at it. A lease that its node does not renew runs out, and another node takes over.
CREATE TABLE replans (
  organization_id uuid NOT NULL REFERENCES organizations,
  basin           uuid NOT NULL,
  day_start       timestamptz NOT NULL,
  day_end         timestamptz NOT NULL,
  seen            bigint,               -- a sum over the versions of its routes and of the visits that wait, when last planned again
  noticed         bigint NOT NULL,      -- the same when last looked at
  noticed_at      timestamptz NOT NULL, -- since when it is as noticed
  changed_at      timestamptz,          -- since when it is not as seen; null: it is
  asked_until     timestamptz,
  lease           uuid,
  lease_until     timestamptz,
  PRIMARY KEY (organization_id, basin, day_start)
);

-- A change that the planner found, and did or proposes: what moves, for whom, and what it saves.
CREATE TABLE plan_changes (
  organization_id uuid NOT NULL REFERENCES organizations,
  id              uuid NOT NULL,
  basin           uuid NOT NULL,
  day_start       timestamptz NOT NULL,
  status          text NOT NULL CHECK (status IN ('proposed', 'made', 'rejected', 'outdated')),
  saving          bigint NOT NULL, -- of the plan's cost, in minor units
  moves           jsonb NOT NULL,  -- see dispatch.PlannedMove
  routes          jsonb NOT NULL,  -- the versions it was thought out on, by shift
  decided_by_role text NOT NULL DEFAULT '',
  decided_by      uuid,
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX plan_changes_open ON plan_changes (organization_id, basin, day_start) WHERE status = 'proposed';

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['replans', 'plan_changes'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I USING (organization_id = current_organization())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tournee', t);
  END LOOP;
END $$;
-- +goose StatementEnd
