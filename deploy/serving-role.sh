#!/bin/sh
# Run once by the PostgreSQL image, when it makes the database: the role the program serves as. It owns nothing and
# cannot bypass row-level security; the migrations grant it what it needs.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$SERVING_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
CREATE ROLE tournee LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'password';
GRANT CONNECT ON DATABASE tournee TO tournee;
SQL
