-- +goose Up
-- Who signs in, and how. These tables are tenant-free by design: an e-mail, an OpenID subject, a refresh token or an API key is looked up
-- before any organization is known, so organization_id cannot lead their keys and row-level security has nothing to compare with. For the
-- same reason nothing here references the tenant tables by foreign key: in a database spread by organization these tables live on every
-- node (or on one), the others by organization, and such a key could not be checked. The service compares organization_id itself.

CREATE SCHEMA identity;

CREATE TABLE identity.accounts (
  id              uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  role            text NOT NULL CHECK (role IN ('client', 'technician', 'dispatcher', 'administrator')), -- a partner signs in with API keys
  client_id       uuid,
  technician_id   uuid,
  email           text CHECK (email = lower(email)), -- null: known to an external issuer only, without a verified address
  name            text NOT NULL,
  locale          text NOT NULL CHECK (locale IN ('fr', 'en')),
  password_hash   text, -- PHC string of argon2id; null: no local sign-in
  state           text NOT NULL CHECK (state IN ('invited', 'active', 'deactivated')),
  session_epoch   integer NOT NULL DEFAULT 0, -- sessions of an older epoch are over
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  CHECK ((role = 'client') = (client_id IS NOT NULL)),
  CHECK ((role = 'technician') = (technician_id IS NOT NULL))
);

-- One person, one account. An invitation that nobody accepted does not keep its address from being used elsewhere.
CREATE UNIQUE INDEX accounts_email ON identity.accounts (email) WHERE state <> 'invited';
CREATE UNIQUE INDEX accounts_invited_email ON identity.accounts (email, organization_id) WHERE state = 'invited';
CREATE INDEX accounts_organization ON identity.accounts (organization_id, id);

CREATE TABLE identity.external_subjects (
  issuer     text NOT NULL,
  subject    text NOT NULL,
  account_id uuid NOT NULL REFERENCES identity.accounts ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX external_subjects_account ON identity.external_subjects (account_id);

-- A session is a family of refresh tokens, of which only the newest is good. A token is a MAC over (id, generation) under the server's secret:
-- nothing from which one could be rebuilt is kept here.
CREATE TABLE identity.sessions (
  id         uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES identity.accounts ON DELETE CASCADE,
  epoch      integer NOT NULL,
  generation integer NOT NULL CHECK (generation >= 1),
  user_agent text NOT NULL,
  created_at timestamptz NOT NULL,
  rotated_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX sessions_account ON identity.sessions (account_id);
CREATE INDEX sessions_expiry ON identity.sessions (expires_at);

-- One-time links sent by mail, and the bootstrap token. The token is a MAC over (purpose, id), so that neither this table nor the queued mail
-- holds it. Used means deleted.
CREATE TABLE identity.one_time_tokens (
  id              uuid PRIMARY KEY,
  purpose         text NOT NULL CHECK (purpose IN ('sign_up', 'invitation', 'password_reset', 'bootstrap')),
  organization_id uuid, -- sign_up: the organization whose client the person becomes
  account_id      uuid REFERENCES identity.accounts ON DELETE CASCADE, -- invitation: the account that waits
  email           text NOT NULL, -- '' for bootstrap
  locale          text NOT NULL CHECK (locale IN ('fr', 'en')),
  name            text NOT NULL DEFAULT '', -- sign_up: of the person
  details         jsonb NOT NULL DEFAULT '{}', -- sign_up: who the client will be
  created_at      timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL
);
CREATE INDEX one_time_tokens_email ON identity.one_time_tokens (email, purpose);
CREATE INDEX one_time_tokens_account ON identity.one_time_tokens (account_id);
CREATE INDEX one_time_tokens_expiry ON identity.one_time_tokens (expires_at);

-- Failed sign-ins per name and per place they come from. The name is a MAC of the e-mail, so that names nobody has are counted alike.
CREATE TABLE identity.sign_in_counters (
  name         bytea NOT NULL,
  source       text NOT NULL, -- coarsened address; '' counts all places the name never signed in from
  failures     integer NOT NULL,
  failed_at    timestamptz NOT NULL,
  succeeded_at timestamptz, -- a place the person is known to sign in from
  PRIMARY KEY (name, source)
);
CREATE INDEX sign_in_counters_age ON identity.sign_in_counters (failed_at);

CREATE TABLE identity.api_keys (
  id              uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  partner_id      uuid NOT NULL,
  name            text NOT NULL,
  secret_hash     bytea NOT NULL CHECK (octet_length(secret_hash) = 32), -- SHA-256 of 32 random bytes
  scopes          text[] NOT NULL,
  created_at      timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL,
  last_used_at    timestamptz,
  revoked_at      timestamptz
);
CREATE INDEX api_keys_organization ON identity.api_keys (organization_id, id);

-- The keys every node signs access tokens with, private halves sealed with a key derived from the server's secret.
CREATE TABLE identity.signing_keys (
  id         text PRIMARY KEY,
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
  sealed_key bytea NOT NULL,
  created_at timestamptz NOT NULL,
  retire_at  timestamptz NOT NULL -- no token signed with it is good after this
);

CREATE TABLE identity.audit (
  id              uuid PRIMARY KEY,
  at              timestamptz NOT NULL,
  organization_id uuid,
  subject_id      uuid, -- the account or API key it is about
  actor_id        uuid, -- the account that did it, when another
  action          text NOT NULL,
  source          text NOT NULL, -- coarsened address
  details         jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_organization ON identity.audit (organization_id, id);
CREATE INDEX audit_age ON identity.audit (at);

GRANT USAGE ON SCHEMA identity TO tournee;
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.accounts, identity.sessions, identity.sign_in_counters TO tournee;
GRANT SELECT, INSERT, DELETE ON identity.external_subjects, identity.one_time_tokens, identity.signing_keys, identity.audit TO tournee;
GRANT SELECT, INSERT, UPDATE ON identity.api_keys TO tournee;
