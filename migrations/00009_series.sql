-- +goose Up
-- Work that comes back by a rule, and the requests that were made of it: one for each occurrence.

CREATE TABLE series (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  partner_id      uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  client_id       uuid NOT NULL,
  site_id         uuid,
  contact_id      uuid,
  asset_id        uuid,
  time_zone       text NOT NULL, -- the site's: the rule's days and hours are told in it
  work            jsonb NOT NULL, -- see dispatch.SeriesWork
  recurrence      jsonb NOT NULL, -- see dispatch.Recurrence
  horizon_days    smallint NOT NULL CHECK (horizon_days BETWEEN 1 AND 365), -- how far ahead requests are made
  status          text NOT NULL CHECK (status IN ('active', 'paused', 'ended')),
  made_through    date, -- requests are made up to this day, as the series now stands; null: nothing is made of this version yet
  stuck           jsonb NOT NULL DEFAULT '[]', -- coded reasons why the next request could not be made
  created_by_role text NOT NULL,
  created_by      uuid NOT NULL,
  updated_by_role text NOT NULL,
  updated_by      uuid NOT NULL,
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, client_id) REFERENCES clients (organization_id, id),
  FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts (organization_id, id),
  FOREIGN KEY (organization_id, asset_id) REFERENCES assets (organization_id, id)
);
CREATE INDEX series_updated ON series (organization_id, updated_at, id);
CREATE INDEX series_client ON series (organization_id, client_id, id);
CREATE INDEX series_to_make ON series (organization_id, made_through, id) WHERE status = 'active' OR made_through IS NULL;

-- An occurrence that has, or had, a request. Its name is the day that the rule gives, whatever day it was moved to; so it is made once.
CREATE TABLE series_occurrences (
  organization_id uuid NOT NULL,
  series_id       uuid NOT NULL,
  occurrence_on   date NOT NULL,
  planned_on      date NOT NULL, -- the day it falls on
  request_id      uuid NOT NULL,
  series_version  integer NOT NULL, -- of the series that the request was last compared with
  applied         jsonb NOT NULL, -- digests of what the series gave the request, by field: what people changed since is theirs
  made_at         timestamptz NOT NULL,
  withdrawn_at    timestamptz, -- when a change of the series took the request back; the occurrence may then be made again
  PRIMARY KEY (organization_id, series_id, occurrence_on),
  FOREIGN KEY (organization_id, series_id) REFERENCES series (organization_id, id),
  FOREIGN KEY (organization_id, request_id) REFERENCES requests (organization_id, id),
  UNIQUE (organization_id, request_id)
);
CREATE INDEX series_occurrences_planned ON series_occurrences (organization_id, series_id, planned_on);

ALTER TABLE series ENABLE ROW LEVEL SECURITY;
ALTER TABLE series FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON series USING (organization_id = current_organization());
GRANT SELECT, INSERT, UPDATE, DELETE ON series TO tournee;
ALTER TABLE series_occurrences ENABLE ROW LEVEL SECURITY;
ALTER TABLE series_occurrences FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON series_occurrences USING (organization_id = current_organization());
GRANT SELECT, INSERT, UPDATE, DELETE ON series_occurrences TO tournee;
