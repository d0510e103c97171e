package migrations_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tournee/dispatch/postgres/pgtest"
	"tournee/migrations"
)

var schema = pgtest.NewTemplate("migrations", func(ctx context.Context, dsn string) error {
	return migrations.Up(ctx, dsn, slog.New(slog.DiscardHandler))
})

// tenantless are the tables of the schema public that belong to no tenant. The schema identity is tenant-free by design (decision 0010),
// and the schema jobs is the queue's.
var tenantless = []string{
	"goose_db_version",   // what was migrated
	"organization_slugs", // finds the organization before one is known
}

// otherIDs are the columns named as ids that hold no UUID.
var otherIDs = []string{
	"public.events.id",          // the place in the order of events
	"identity.signing_keys.id",  // the "kid" of RFC 7517, a text
	"public.goose_db_version.*", // goose's own
}

// places are the names of columns that may hold a floating-point number: degrees and nothing else.
var places = []string{"lat", "lon", "home_lat", "home_lon", "start_lat", "start_lon", "end_lat", "end_lon"}

// A rule is a question to the catalogue whose answer lists what breaches it, one text a row. $1 is the list of exceptions.
type rule struct {
	name     string
	question string
	except   []string
}

const tenantTables = `tenants AS (SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c
	WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> ALL ($1))`

// columns are those of the business's tables; what an extension brings is its own.
const columns = `columns AS (SELECT n.nspname || '.' || c.relname || '.' || a.attname AS name, n.nspname AS schema, c.relname, a.attname, a.atttypid::regtype::text AS type
	FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname IN ('public', 'identity') AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped)`

var rules = []rule{
	{"every tenant table has an organization_id that is never null", `WITH ` + tenantTables + `
		SELECT relname FROM tenants t WHERE NOT EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = t.oid AND a.attname = 'organization_id' AND a.atttypid = 'uuid'::regtype AND a.attnotnull)`, tenantless},
	{"every tenant table has a primary key", `WITH ` + tenantTables + `
		SELECT relname FROM tenants t WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'p')`, tenantless},
	{"organization_id leads every primary, unique, exclusion and foreign key", `WITH ` + tenantTables + `,
		keys AS (SELECT relname, conname AS key, conrelid AS here, conkey[1] AS first FROM tenants t JOIN pg_constraint k ON k.conrelid = t.oid WHERE contype IN ('p', 'u', 'x', 'f')
			UNION ALL SELECT relname, conname || ' (its target)', confrelid, confkey[1] FROM tenants t JOIN pg_constraint k ON k.conrelid = t.oid WHERE contype = 'f'
			UNION ALL SELECT relname, indexrelid::regclass::text, indrelid, indkey[0] FROM tenants t JOIN pg_index i ON i.indrelid = t.oid WHERE indisunique)
		SELECT DISTINCT relname || ': ' || key FROM keys
		WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = here AND a.attnum = first AND a.attname = 'organization_id')`, tenantless},
	{"no foreign key points out of the tenant tables", `WITH ` + tenantTables + `
		SELECT relname || ': ' || conname FROM tenants t JOIN pg_constraint k ON k.conrelid = t.oid
		WHERE contype = 'f' AND confrelid NOT IN (SELECT oid FROM tenants)`, tenantless},
	{"row-level security is enabled and forced", `WITH ` + tenantTables + `
		SELECT relname FROM tenants WHERE NOT relrowsecurity OR NOT relforcerowsecurity`, tenantless},
	{"a policy compares the organization, for every command and every role", `WITH ` + tenantTables + `
		SELECT relname FROM tenants t WHERE NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid AND p.polcmd = '*' AND p.polroles = '{0}' AND p.polpermissive
			AND pg_get_expr(p.polqual, p.polrelid) = '(organization_id = current_organization())' AND p.polwithcheck IS NULL)`, tenantless},
	{"no second policy opens what the first one closes", `WITH ` + tenantTables + `
		SELECT relname || ': ' || polname FROM tenants t JOIN pg_policy p ON p.polrelid = t.oid WHERE polpermissive AND polname <> 'tenant'`, tenantless},
	{"no table is inherited or looked at around its policy", `SELECT c.oid::regclass::text FROM pg_class c
		WHERE c.relnamespace IN ('public'::regnamespace, 'identity'::regnamespace) AND c.relkind IN ('v', 'm', 'f') AND c.relname <> ALL ($1)`, nil},
	{"no function runs with its owner's rights", `SELECT p.oid::regprocedure::text FROM pg_proc p
		WHERE p.pronamespace IN ('public'::regnamespace, 'identity'::regnamespace) AND p.prosecdef AND p.proname <> ALL ($1)`, nil},
	{"no triggers and no rules", `SELECT tgrelid::regclass || ': ' || tgname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
			WHERE NOT tgisinternal AND c.relnamespace IN ('public'::regnamespace, 'identity'::regnamespace) AND tgname <> ALL ($1)
		UNION ALL SELECT tablename || ': ' || rulename FROM pg_rules WHERE schemaname IN ('public', 'identity')`, nil},
	{"no ON DELETE or ON UPDATE writes into a row", `SELECT conrelid::regclass || ': ' || conname FROM pg_constraint
		WHERE contype = 'f' AND (confdeltype IN ('n', 'd') OR confupdtype IN ('n', 'd', 'c')) AND conname <> ALL ($1)`, nil},
	{"ids are uuid", `WITH ` + columns + `SELECT name FROM columns
		WHERE (attname = 'id' OR attname LIKE '%\_id' AND attname <> 'external_id') AND type <> 'uuid' AND name <> ALL ($1) AND schema || '.' || relname || '.*' <> ALL ($1)`, otherIDs},
	{"time is timestamptz", `WITH ` + columns + `SELECT name || ' ' || type FROM columns
		WHERE (type IN ('timestamp without time zone', 'time without time zone', 'time with time zone', 'tsrange') OR (attname = 'at' OR attname LIKE '%\_at') AND type <> 'timestamp with time zone')
			AND schema || '.' || relname <> ALL ($1)`, []string{"public.goose_db_version"}},
	{"no money, and nothing but a place on earth, is a floating-point number", `WITH ` + columns + `SELECT name || ' ' || type FROM columns
		WHERE type IN ('money', 'numeric') OR type IN ('real', 'double precision') AND attname <> ALL ($1)`, places},
	{"a cell is bigint", `WITH ` + columns + `SELECT name FROM columns WHERE attname = 'cell' AND type <> 'bigint' AND name <> ALL ($1)`, nil},
	{"the serving role is an ordinary one", `SELECT rolname::text FROM pg_roles WHERE rolname = 'tournee'
			AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication) AND rolname <> ALL ($1)
		UNION ALL SELECT 'member of ' || r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE m.member = 'tournee'::regrole`, nil},
	{"the serving role owns nothing", `SELECT 'relation ' || c.oid::regclass::text FROM pg_class c WHERE c.relowner = 'tournee'::regrole AND c.relname <> ALL ($1)
		UNION ALL SELECT 'function ' || p.oid::regprocedure::text FROM pg_proc p WHERE p.proowner = 'tournee'::regrole
		UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspowner = 'tournee'::regrole
		UNION ALL SELECT 'database ' || datname FROM pg_database WHERE datdba = 'tournee'::regrole AND datname = current_database()`, nil},
	{"the serving role creates nothing", `SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND has_schema_privilege('tournee', oid, 'CREATE') AND nspname <> ALL ($1)
		UNION ALL SELECT 'database' WHERE has_database_privilege('tournee', current_database(), 'CREATE')
		UNION ALL SELECT 'temporary tables' WHERE has_database_privilege('tournee', current_database(), 'TEMPORARY')`, nil},
	{"the serving role empties, references and watches no table", `SELECT c.oid::regclass || ' ' || privilege FROM pg_class c, unnest('{TRUNCATE,REFERENCES,TRIGGER}'::text[]) privilege
		WHERE c.relnamespace IN ('public'::regnamespace, 'identity'::regnamespace, 'jobs'::regnamespace) AND c.relkind IN ('r', 'p')
			AND has_table_privilege('tournee', c.oid, privilege) AND c.relname <> ALL ($1)`, nil},
	{"the serving role neither changes nor deletes what is only added to", `WITH kept AS (SELECT unnest('{events,tariffs,consents}'::regclass[]) AS kept)
		SELECT kept || ' ' || privilege FROM kept, unnest('{UPDATE,DELETE}'::text[]) privilege WHERE has_table_privilege('tournee', kept, privilege) AND privilege <> ALL ($1)
		UNION ALL SELECT kept || ': UPDATE of ' || attname FROM kept JOIN pg_attribute ON attrelid = kept AND attnum > 0 AND has_column_privilege('tournee', kept, attname, 'UPDATE')`, nil},
}

// breaches lists, by rule, what in the database is against it.
func breaches(t *testing.T, ctx context.Context, tx pgx.Tx) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, r := range rules {
		except := r.except
		if except == nil {
			except = []string{}
		}
		rows, err := tx.Query(ctx, r.question, except)
		if err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		if len(found) > 0 {
			out[r.name] = found
		}
	}
	return out
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestTheSchemaKeepsEveryRule(t *testing.T) {
	t.Parallel()
	conn := connect(t, schema.New(t).Superuser)
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, found := range breaches(t, t.Context(), tx) {
		t.Errorf("%s; against it: %s", name, strings.Join(found, ", "))
	}
}

func TestEveryExceptionIsStillNeeded(t *testing.T) {
	t.Parallel()
	conn := connect(t, schema.New(t).Superuser)
	for _, r := range rules {
		for i, name := range r.except {
			rest := slices.Delete(slices.Clone(r.except), i, i+1)
			rows, err := conn.Query(t.Context(), r.question, rest)
			if err != nil {
				t.Fatal(err)
			}
			found, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			// A table excepted from all the rules of tenants may well keep some of them.
			if len(found) == 0 && !slices.Contains(tenantless, name) {
				t.Errorf("%s: the exception %s stands for nothing", r.name, name)
			}
		}
	}
}

// breakings are changes of the schema, each against the one rule named: a rule that cannot fail guards nothing.
var breakings = []struct{ rule, ddl, breach string }{
	{"every tenant table has an organization_id that is never null", `ALTER TABLE plan_runs RENAME organization_id TO tenant_id`, "plan_runs"},
	{"every tenant table has a primary key", `ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey`, "idempotency_keys"},
	{"organization_id leads every primary, unique, exclusion and foreign key", `ALTER TABLE notices DROP CONSTRAINT notices_pkey, ADD PRIMARY KEY (id, organization_id)`, "notices_pkey"},
	{"organization_id leads every primary, unique, exclusion and foreign key", `ALTER TABLE requests ADD UNIQUE (reference)`, "requests_reference_key"},
	{"organization_id leads every primary, unique, exclusion and foreign key", `CREATE UNIQUE INDEX one_token ON devices (token)`, "one_token"},
	{"organization_id leads every primary, unique, exclusion and foreign key", `CREATE UNIQUE INDEX any_case ON skills (lower(code))`, "any_case"},
	{"organization_id leads every primary, unique, exclusion and foreign key", `ALTER TABLE absences ADD CONSTRAINT away_once EXCLUDE USING gist (technician_id WITH =, tstzrange(start_at, end_at) WITH &&)`, "away_once"},
	{"organization_id leads every primary, unique, exclusion and foreign key", `ALTER TABLE visits ADD CONSTRAINT site_first FOREIGN KEY (site_id, organization_id) REFERENCES sites (id, organization_id)`, "site_first"},
	{"no foreign key points out of the tenant tables", `ALTER TABLE plan_runs ADD CONSTRAINT slugged FOREIGN KEY (organization_id) REFERENCES organization_slugs (organization_id)`, "slugged"},
	{"row-level security is enabled and forced", `ALTER TABLE clients NO FORCE ROW LEVEL SECURITY`, "clients"},
	{"row-level security is enabled and forced", `ALTER TABLE clients DISABLE ROW LEVEL SECURITY`, "clients"},
	{"a policy compares the organization, for every command and every role", `DROP POLICY tenant ON sites`, "sites"},
	{"a policy compares the organization, for every command and every role", `DROP POLICY tenant ON sites; CREATE POLICY tenant ON sites FOR SELECT USING (organization_id = current_organization())`, "sites"},
	{"a policy compares the organization, for every command and every role", `ALTER POLICY tenant ON sites WITH CHECK (true)`, "sites"},
	{"no second policy opens what the first one closes", `CREATE POLICY everyone ON sites USING (true)`, "everyone"},
	{"no table is inherited or looked at around its policy", `CREATE VIEW names AS SELECT name FROM clients`, "names"},
	{"no function runs with its owner's rights", `CREATE FUNCTION names() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT name FROM clients'`, "names()"},
	{"no triggers and no rules", `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER touched BEFORE UPDATE ON visits FOR EACH ROW EXECUTE FUNCTION touch()`, "touched"},
	{"no triggers and no rules", `CREATE RULE quiet AS ON DELETE TO identity.accounts DO INSTEAD NOTHING`, "quiet"},
	{"no ON DELETE or ON UPDATE writes into a row", `ALTER TABLE assets ADD CONSTRAINT moved FOREIGN KEY (organization_id, site_id) REFERENCES sites ON DELETE SET NULL`, "moved"},
	{"ids are uuid", `ALTER TABLE plan_runs ADD shift_id bigint`, "plan_runs.shift_id"},
	{"time is timestamptz", `ALTER TABLE plan_runs ADD seen timestamp`, "plan_runs.seen"},
	{"time is timestamptz", `ALTER TABLE plan_runs ADD seen_at bigint`, "plan_runs.seen_at"},
	{"no money, and nothing but a place on earth, is a floating-point number", `ALTER TABLE plan_runs ADD price double precision`, "plan_runs.price"},
	{"no money, and nothing but a place on earth, is a floating-point number", `ALTER TABLE plan_runs ADD price money`, "plan_runs.price"},
	{"a cell is bigint", `ALTER TABLE plan_runs ADD cell text`, "plan_runs.cell"},
	{"the serving role is an ordinary one", `ALTER ROLE tournee BYPASSRLS`, "tournee"},
	{"the serving role owns nothing", `ALTER TABLE plan_runs OWNER TO tournee`, "plan_runs"},
	{"the serving role creates nothing", `GRANT CREATE ON SCHEMA identity TO tournee`, "identity"},
	{"the serving role empties, references and watches no table", `GRANT TRUNCATE ON visits TO tournee`, "visits TRUNCATE"},
	{"the serving role neither changes nor deletes what is only added to", `GRANT UPDATE (data) ON events TO tournee`, "events: UPDATE of data"},
	{"the serving role neither changes nor deletes what is only added to", `GRANT DELETE ON events TO tournee`, "events DELETE"},
	{"the serving role neither changes nor deletes what is only added to", `GRANT UPDATE (terms) ON tariffs TO tournee`, "tariffs: UPDATE of terms"},
}

func TestEveryRuleCatchesWhatIsAgainstIt(t *testing.T) {
	t.Parallel()
	conn := connect(t, schema.New(t).Superuser)
	tried := map[string]bool{}
	for _, b := range breakings {
		tried[b.rule] = true
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), b.ddl); err != nil {
			t.Errorf("%s: %v", b.ddl, err)
		} else if found := breaches(t, t.Context(), tx)[b.rule]; !strings.Contains(strings.Join(found, ", "), b.breach) {
			t.Errorf("after %q the rule %q finds %q, want %s among it", b.ddl, b.rule, found, b.breach)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range rules {
		if !tried[r.name] {
			t.Errorf("nothing tries to breach the rule %q", r.name)
		}
	}
}
