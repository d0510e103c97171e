-- +goose Up
-- Visits whose clients want an earlier slot, once a gap opens, and what each was offered last.
CREATE TABLE waitlist (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  visit_id        uuid NOT NULL,
  client_id       uuid NOT NULL,
  partner_id      uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  territory_id    uuid, -- the visit's; null for work without a place
  time_zone       text NOT NULL,
  earliest        timestamptz,
  latest          timestamptz,
  offer           jsonb, -- see dispatch.Slot
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz, -- never set: who waits no longer is no longer here
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, visit_id),
  FOREIGN KEY (organization_id, visit_id) REFERENCES visits (organization_id, id),
  FOREIGN KEY (organization_id, client_id) REFERENCES clients (organization_id, id)
);
ALTER TABLE waitlist ENABLE ROW LEVEL SECURITY;
ALTER TABLE waitlist FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON waitlist USING (organization_id = current_organization());
GRANT SELECT, INSERT, UPDATE, DELETE ON waitlist TO tournee;
