#!/bin/sh
# Run once by the PostgreSQL image, when it makes its data folder. Neither role is a superuser or bypasses row-level
# security: tournee_migrator owns the database and makes the schema, tournee serves and owns nothing.
set -eu
psql -v ON_ERROR_STOP=1 -v migrator="$MIGRATOR_PASSWORD" -v serving="$SERVING_PASSWORD" -U "${POSTGRES_USER:-postgres}" -d postgres <<'SQL'
CREATE ROLE tournee_migrator LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'migrator';
CREATE ROLE tournee LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'serving';
CREATE DATABASE tournee OWNER tournee_migrator TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE tournee FROM PUBLIC;
GRANT CONNECT ON DATABASE tournee TO tournee;
\connect tournee
CREATE EXTENSION btree_gist;
SQL
