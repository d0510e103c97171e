-- +goose Up
-- The first schema. Rules that hold for every table (docs/architecture.md): organization_id leads every primary, unique, exclusion and
-- foreign key, so that the tables can be spread by organization; ids are UUIDv7; time is timestamptz; an H3 cell is bigint; no triggers;
-- no ON DELETE SET NULL; row-level security is forced on every tenant table. partner_id is never null: the nil UUID says "the organization
-- itself", so that (partner, external id) is unique for both.

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- +goose StatementBegin
CREATE FUNCTION current_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.organization_id', true), '')::uuid $$;
-- +goose StatementEnd

-- A restored database starts a new era: transaction ids count from another beginning there, and events of earlier eras are all finished.
-- +goose StatementBegin
CREATE FUNCTION current_era() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT 1 $$;
-- +goose StatementEnd

-- Tenant-free by design: finds the organization before one is known (sign-up, bootstrap).
CREATE TABLE organization_slugs (
  slug            text PRIMARY KEY CHECK (slug ~ '^[a-z0-9](-?[a-z0-9]){1,62}$'),
  organization_id uuid NOT NULL UNIQUE
);

CREATE TABLE organizations (
  organization_id uuid PRIMARY KEY,
  slug            text NOT NULL,
  name            text NOT NULL,
  time_zone       text NOT NULL,
  locale          text NOT NULL CHECK (locale IN ('fr', 'en')),
  currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  priority_matrix smallint[] NOT NULL CHECK (cardinality(priority_matrix) = 9), -- row-major: impact high, medium, low × urgency high, medium, low
  weights         jsonb NOT NULL, -- the planner's prices, see dispatch.Weights
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE partners (
  organization_id uuid NOT NULL REFERENCES organizations,
  id              uuid NOT NULL,
  name            text NOT NULL,
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id)
);

CREATE TABLE territories (
  organization_id uuid NOT NULL REFERENCES organizations,
  id              uuid NOT NULL,
  external_id     text,
  name            text NOT NULL,
  metadata        jsonb NOT NULL DEFAULT '{}',
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, external_id)
);

-- Cells of one resolution (7), each in at most one territory of an organization: the primary key keeps territories disjoint.
CREATE TABLE territory_cells (
  organization_id uuid NOT NULL,
  cell            bigint NOT NULL,
  territory_id    uuid NOT NULL,
  PRIMARY KEY (organization_id, cell),
  FOREIGN KEY (organization_id, territory_id) REFERENCES territories (organization_id, id)
);
CREATE INDEX territory_cells_territory ON territory_cells (organization_id, territory_id);

CREATE TABLE skills (
  organization_id uuid NOT NULL REFERENCES organizations,
  code            text NOT NULL CHECK (code ~ '^[a-z0-9_]{1,40}$'),
  name_fr         text NOT NULL,
  name_en         text NOT NULL,
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, code)
);

CREATE TABLE clients (
  organization_id uuid NOT NULL REFERENCES organizations,
  id              uuid NOT NULL,
  partner_id      uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  external_id     text,
  kind            text NOT NULL CHECK (kind IN ('household', 'company')),
  name            text NOT NULL,
  email           text,
  phone           text,
  locale          text NOT NULL CHECK (locale IN ('fr', 'en')),
  notes           text NOT NULL DEFAULT '',
  metadata        jsonb NOT NULL DEFAULT '{}',
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, partner_id, external_id)
);
CREATE INDEX clients_updated ON clients (organization_id, updated_at, id);

CREATE TABLE sites (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  partner_id      uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  external_id     text,
  client_id       uuid NOT NULL,
  name            text NOT NULL DEFAULT '',
  street          text NOT NULL,          -- number and street
  complement      text NOT NULL DEFAULT '', -- building, floor
  postal_code     text NOT NULL,
  city            text NOT NULL,
  country         text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  lat             double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  lon             double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  precision       text NOT NULL CHECK (precision IN ('exact', 'housenumber', 'street', 'locality', 'commune')),
  cell            bigint NOT NULL,        -- resolution 9
  territory_id    uuid NOT NULL,
  time_zone       text NOT NULL,
  access_notes    text NOT NULL DEFAULT '',
  metadata        jsonb NOT NULL DEFAULT '{}',
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, partner_id, external_id),
  FOREIGN KEY (organization_id, client_id) REFERENCES clients (organization_id, id),
  FOREIGN KEY (organization_id, territory_id) REFERENCES territories (organization_id, id)
);
CREATE INDEX sites_client ON sites (organization_id, client_id);
CREATE INDEX sites_updated ON sites (organization_id, updated_at, id);

CREATE TABLE contacts (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  client_id       uuid NOT NULL,
  site_id         uuid,
  name            text NOT NULL,
  email           text,
  phone           text,
  function        text NOT NULL DEFAULT '', -- what the person does there: caretaker, IT manager
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, client_id) REFERENCES clients (organization_id, id),
  FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id)
);
CREATE INDEX contacts_client ON contacts (organization_id, client_id);

CREATE TABLE assets (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  partner_id      uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  external_id     text,
  client_id       uuid NOT NULL,
  site_id         uuid,
  kind            text NOT NULL, -- laptop, desktop, printer, server, router, phone, tablet, other
  make            text NOT NULL DEFAULT '',
  model           text NOT NULL DEFAULT '',
  serial          text NOT NULL DEFAULT '',
  warranty_end    date,
  metadata        jsonb NOT NULL DEFAULT '{}',
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, partner_id, external_id),
  FOREIGN KEY (organization_id, client_id) REFERENCES clients (organization_id, id),
  FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id)
);
CREATE INDEX assets_client ON assets (organization_id, client_id);

CREATE TABLE technicians (
  organization_id uuid NOT NULL REFERENCES organizations,
  id              uuid NOT NULL,
  external_id     text,
  name            text NOT NULL,
  email           text,
  phone           text,
  employment      text NOT NULL CHECK (employment IN ('employee', 'independent', 'subcontractor')),
  transport       text NOT NULL CHECK (transport IN ('car', 'bike', 'foot', 'public_transport')),
  home_lat        double precision NOT NULL CHECK (home_lat BETWEEN -90 AND 90),
  home_lon        double precision NOT NULL CHECK (home_lon BETWEEN -180 AND 180),
  time_zone       text NOT NULL,
  locale          text NOT NULL CHECK (locale IN ('fr', 'en')),
  skills          jsonb NOT NULL DEFAULT '[]', -- [{"skill": code, "level": 1..4}]; codes checked by the service against skills
  territory_ids   uuid[] NOT NULL DEFAULT '{}', -- empty: anywhere
  metadata        jsonb NOT NULL DEFAULT '{}',
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, external_id)
);
CREATE INDEX technicians_updated ON technicians (organization_id, updated_at, id);

-- A shift is a dated stretch of work; its route is the same row's other half: route_version moves whenever the stops, the shift, the absence
-- or the skills behind it do, and a commit compares it.
CREATE TABLE shifts (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  external_id     text,
  technician_id   uuid NOT NULL,
  start_at        timestamptz NOT NULL,
  end_at          timestamptz NOT NULL,
  start_lat       double precision NOT NULL,
  start_lon       double precision NOT NULL,
  end_lat         double precision NOT NULL,
  end_lon         double precision NOT NULL,
  transport       text NOT NULL CHECK (transport IN ('car', 'bike', 'foot', 'public_transport')),
  breaks          jsonb NOT NULL DEFAULT '[]', -- [{"earliest": instant, "latest": instant, "seconds": n}]
  route_version   bigint NOT NULL DEFAULT 1,
  published_at    timestamptz,
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, external_id),
  FOREIGN KEY (organization_id, technician_id) REFERENCES technicians (organization_id, id),
  CHECK (end_at > start_at AND end_at <= start_at + interval '24 hours'),
  CONSTRAINT shifts_do_not_overlap EXCLUDE USING gist
    (organization_id WITH =, technician_id WITH =, tstzrange(start_at, end_at) WITH &&) WHERE (deleted_at IS NULL)
);
CREATE INDEX shifts_by_time ON shifts (organization_id, start_at) WHERE deleted_at IS NULL;
CREATE INDEX shifts_technician ON shifts (organization_id, technician_id, start_at);

CREATE TABLE absences (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  technician_id   uuid NOT NULL,
  start_at        timestamptz NOT NULL,
  end_at          timestamptz NOT NULL CHECK (end_at > start_at),
  kind            text NOT NULL CHECK (kind IN ('sick', 'holiday', 'training', 'other')),
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, technician_id) REFERENCES technicians (organization_id, id)
);
CREATE INDEX absences_technician ON absences (organization_id, technician_id, start_at);

CREATE TABLE requests (
  organization_id  uuid NOT NULL,
  id               uuid NOT NULL,
  reference        text NOT NULL,
  partner_id       uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  external_id      text,
  client_id        uuid NOT NULL,
  site_id          uuid,
  contact_id       uuid,
  asset_id         uuid,
  time_zone        text NOT NULL, -- the site's
  category         text NOT NULL,
  description      text NOT NULL,
  support_level    smallint NOT NULL CHECK (support_level BETWEEN 0 AND 4),
  severity         text NOT NULL CHECK (severity IN ('non_blocking', 'blocking', 'crisis')),
  impact           text NOT NULL CHECK (impact IN ('high', 'medium', 'low')),
  urgency          text NOT NULL CHECK (urgency IN ('high', 'medium', 'low')),
  priority         smallint NOT NULL CHECK (priority BETWEEN 1 AND 5), -- 1 is the most pressing
  mode             text NOT NULL CHECK (mode IN ('hotline', 'remote', 'on_site', 'workshop')),
  required_skills  jsonb NOT NULL DEFAULT '[]',
  duration_seconds integer NOT NULL CHECK (duration_seconds BETWEEN 300 AND 43200),
  windows          jsonb NOT NULL, -- [{"start": instant, "end": instant}]; service may begin inside one of them
  status           text NOT NULL CHECK (status IN ('open', 'scheduled', 'in_progress', 'completed', 'failed', 'cancelled')),
  outcome          text NOT NULL DEFAULT '', -- why it was cancelled
  created_by_role  text NOT NULL,
  created_by       uuid NOT NULL,
  metadata         jsonb NOT NULL DEFAULT '{}',
  version          integer NOT NULL DEFAULT 1,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  deleted_at       timestamptz,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, reference),
  UNIQUE (organization_id, partner_id, external_id),
  FOREIGN KEY (organization_id, client_id) REFERENCES clients (organization_id, id),
  FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts (organization_id, id),
  FOREIGN KEY (organization_id, asset_id) REFERENCES assets (organization_id, id)
);
CREATE INDEX requests_updated ON requests (organization_id, updated_at, id);
CREATE INDEX requests_client ON requests (organization_id, client_id, id);

CREATE TABLE visits (
  organization_id      uuid NOT NULL,
  id                   uuid NOT NULL,
  request_id           uuid NOT NULL,
  reference            text NOT NULL, -- the request's, by which people name the visit
  client_id            uuid NOT NULL,
  partner_id           uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  site_id              uuid,
  territory_id         uuid, -- the site's; null for work without a place
  time_zone            text NOT NULL,
  mode                 text NOT NULL CHECK (mode IN ('hotline', 'remote', 'on_site', 'workshop')),
  status               text NOT NULL CHECK (status IN ('unassigned', 'planned', 'published', 'accepted', 'refused', 'en_route', 'arrived',
                         'started', 'paused', 'completed', 'failed', 'cancelled')),
  priority             smallint NOT NULL CHECK (priority BETWEEN 1 AND 5),
  required_skills      jsonb NOT NULL DEFAULT '[]',
  duration_seconds     integer NOT NULL CHECK (duration_seconds BETWEEN 300 AND 43200),
  windows              jsonb NOT NULL,
  window_start         timestamptz NOT NULL, -- of the first window: the planner reads by it
  window_end           timestamptz NOT NULL, -- of the last window
  pinned_technician_id uuid,
  pinned_start         timestamptz,
  refused_by           uuid[] NOT NULL DEFAULT '{}', -- technicians who refused it: not offered to them again
  promised_start       timestamptz, -- the window the client was told
  promised_end         timestamptz,
  actual_start         timestamptz,
  actual_end           timestamptz,
  unassigned_reasons   jsonb NOT NULL DEFAULT '[]', -- the last plan's coded reasons, one per technician
  outcome              text NOT NULL DEFAULT '', -- what the technician wrote at the end
  version              integer NOT NULL DEFAULT 1,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now(),
  deleted_at           timestamptz,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, request_id) REFERENCES requests (organization_id, id),
  FOREIGN KEY (organization_id, client_id) REFERENCES clients (organization_id, id),
  FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id),
  FOREIGN KEY (organization_id, territory_id) REFERENCES territories (organization_id, id),
  FOREIGN KEY (organization_id, pinned_technician_id) REFERENCES technicians (organization_id, id),
  CHECK (mode <> 'on_site' OR site_id IS NOT NULL)
);
CREATE INDEX visits_request ON visits (organization_id, request_id);
CREATE INDEX visits_updated ON visits (organization_id, updated_at, id);
CREATE INDEX visits_to_plan ON visits (organization_id, window_start, window_end) WHERE status IN ('unassigned', 'refused', 'planned', 'published', 'accepted');

-- Who does a visit, when: keyed by the visit and the place in the crew. Planned times only; what really happened stands in visits and events.
CREATE TABLE assignments (
  organization_id uuid NOT NULL,
  visit_id        uuid NOT NULL,
  crew_place      smallint NOT NULL CHECK (crew_place >= 0),
  shift_id        uuid NOT NULL,
  technician_id   uuid NOT NULL,
  arrive_at       timestamptz NOT NULL,
  begin_at        timestamptz NOT NULL,
  depart_at       timestamptz NOT NULL,
  travel_seconds  integer NOT NULL CHECK (travel_seconds >= 0),
  travel_metres   integer NOT NULL CHECK (travel_metres >= 0),
  decided_by      text NOT NULL CHECK (decided_by IN ('planner', 'dispatcher')),
  PRIMARY KEY (organization_id, visit_id, crew_place),
  FOREIGN KEY (organization_id, visit_id) REFERENCES visits (organization_id, id),
  FOREIGN KEY (organization_id, shift_id) REFERENCES shifts (organization_id, id),
  FOREIGN KEY (organization_id, technician_id) REFERENCES technicians (organization_id, id),
  CHECK (arrive_at <= begin_at AND begin_at < depart_at)
);
CREATE INDEX assignments_shift ON assignments (organization_id, shift_id, begin_at);
CREATE INDEX assignments_technician ON assignments (organization_id, technician_id, begin_at);

-- Planned and held time of people. The exclusion constraint makes a double booking impossible even if every line of Go is wrong; it is
-- immediate unless a resequencing defers it.
CREATE TABLE occupancies (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  technician_id   uuid NOT NULL,
  visit_id        uuid, -- null for a hold
  crew_place      smallint,
  during          tstzrange NOT NULL CHECK (NOT isempty(during) AND lower(during) IS NOT NULL AND upper(during) IS NOT NULL),
  exclusive       boolean NOT NULL DEFAULT true, -- false for benches and a subcontractor's capacity
  expires_at      timestamptz, -- of a hold
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, technician_id) REFERENCES technicians (organization_id, id),
  FOREIGN KEY (organization_id, visit_id, crew_place) REFERENCES assignments (organization_id, visit_id, crew_place),
  CHECK ((visit_id IS NULL) = (expires_at IS NOT NULL)),
  CONSTRAINT nobody_is_in_two_places EXCLUDE USING gist
    (organization_id WITH =, technician_id WITH =, during WITH &&) WHERE (exclusive) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX occupancies_visit ON occupancies (organization_id, visit_id, crew_place);

-- What happened, never changed. Read in the order (era, transaction, id), below the oldest transaction still running, so that a late commit
-- is never skipped and no per-organization counter serialises writers.
CREATE TABLE events (
  organization_id uuid NOT NULL,
  id              bigint GENERATED ALWAYS AS IDENTITY,
  era             integer NOT NULL DEFAULT current_era(),
  transaction     xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at              timestamptz NOT NULL DEFAULT now(),
  kind            text NOT NULL,
  request_id      uuid,
  visit_id        uuid,
  client_id       uuid,
  technician_id   uuid,
  partner_id      uuid,
  actor_role      text NOT NULL,
  actor_id        uuid NOT NULL,
  data            jsonb NOT NULL DEFAULT '{}', -- ids and codes only: no names, no addresses
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX events_in_order ON events (organization_id, era, transaction, id);
CREATE INDEX events_of_request ON events (organization_id, request_id, id) WHERE request_id IS NOT NULL;

CREATE TABLE idempotency_keys (
  organization_id uuid NOT NULL,
  principal_id    uuid NOT NULL,
  operation       text NOT NULL,
  key             text NOT NULL,
  request_hash    bytea NOT NULL,
  status          smallint NOT NULL,
  headers         jsonb NOT NULL,
  body            bytea NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, principal_id, operation, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (organization_id, created_at);

CREATE TABLE devices (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  account_id      uuid NOT NULL,
  technician_id   uuid, -- whose notices it receives: a technician's or a client's
  client_id       uuid,
  platform        text NOT NULL CHECK (platform IN ('android', 'ios', 'web')),
  token           text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, token)
);
CREATE INDEX devices_account ON devices (organization_id, account_id);
CREATE INDEX devices_technician ON devices (organization_id, technician_id) WHERE technician_id IS NOT NULL;
CREATE INDEX devices_client ON devices (organization_id, client_id) WHERE client_id IS NOT NULL;

-- A notice's text is fixed when the change is made, so that every attempt to send it says the same.
CREATE TABLE notices (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  technician_id   uuid, -- whose devices receive it
  client_id       uuid,
  title           text NOT NULL,
  body            text NOT NULL,
  collapse        text NOT NULL,
  ttl_seconds     integer NOT NULL,
  data            jsonb NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  delivered       uuid[] NOT NULL DEFAULT '{}', -- devices that the push service took it for
  PRIMARY KEY (organization_id, id),
  CHECK ((technician_id IS NULL) <> (client_id IS NULL))
);
CREATE INDEX notices_age ON notices (organization_id, created_at);

-- Where a technician was, during the shift only, coarsened before it is written, forgotten after two months.
CREATE TABLE technician_positions (
  organization_id uuid NOT NULL,
  technician_id   uuid NOT NULL,
  at              timestamptz NOT NULL,
  lat             real NOT NULL,
  lon             real NOT NULL,
  cell            bigint NOT NULL, -- resolution 9
  PRIMARY KEY (organization_id, technician_id, at),
  FOREIGN KEY (organization_id, technician_id) REFERENCES technicians (organization_id, id)
);
CREATE INDEX technician_positions_age ON technician_positions (organization_id, at);

-- A planning run: what was asked, with what seed and budget, and what came of it.
CREATE TABLE plan_runs (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL,
  status          text NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed')),
  start_at        timestamptz NOT NULL,
  end_at          timestamptz NOT NULL CHECK (end_at > start_at),
  seed            bigint NOT NULL,
  iterations      integer NOT NULL,
  summary         jsonb NOT NULL DEFAULT '{}',
  requested_by    uuid NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  finished_at     timestamptz,
  PRIMARY KEY (organization_id, id)
);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['organizations', 'partners', 'territories', 'territory_cells', 'skills', 'clients', 'sites', 'contacts', 'assets',
    'technicians', 'shifts', 'absences', 'requests', 'visits', 'assignments', 'occupancies', 'events', 'idempotency_keys', 'devices', 'notices',
    'technician_positions', 'plan_runs'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I USING (organization_id = current_organization())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tournee', t);
  END LOOP;
END $$;
-- +goose StatementEnd

REVOKE UPDATE, DELETE ON events FROM tournee;
GRANT SELECT, INSERT ON organization_slugs TO tournee;
