package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// catalogue is the part of a database's schema that a backup deals with.
type catalogue struct {
	version string // the schema's
	server  string
	// tables are in an order in which each comes after those it refers to, but
	// for the foreign keys in cyclic.
	tables    []Table
	cyclic    []foreignKey
	sequences []string
}

// foreignKey is a constraint that refers from one table to another.
type foreignKey struct {
	name, from, to string
	deferrable     bool
}

// kept restricts pg_class c to what belongs to the application: not to the
// system, not to an extension, not to a session, not lost in a crash.
const kept = `
	c.relpersistence = 'p'
	AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
	AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`

func readCatalogue(ctx context.Context, tx pgx.Tx, s Schema) (c catalogue, err error) {
	if c.version, err = s.Version(ctx, tx); err != nil {
		return catalogue{}, fmt.Errorf("read the schema's version: %w", err)
	}
	if err := tx.QueryRow(ctx, "SHOW server_version").Scan(&c.server); err != nil {
		return catalogue{}, err
	}
	tables, err := readTables(ctx, tx, s.Skip)
	if err != nil {
		return catalogue{}, err
	}
	keys, err := readForeignKeys(ctx, tx)
	if err != nil {
		return catalogue{}, err
	}
	c.tables, c.cyclic = inOrder(tables, keys)
	rows, err := tx.Query(ctx, `SELECT c.oid::regclass::text FROM pg_catalog.pg_class c WHERE c.relkind = 'S' AND `+kept+` ORDER BY 1`)
	if err != nil {
		return catalogue{}, err
	}
	c.sequences, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return c, err
}

// readTables returns the tables by name. A partitioned table stands for its
// partitions. It refuses a role from which row-level security hides rows.
func readTables(ctx context.Context, tx pgx.Tx, skip []string) ([]Table, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.oid::regclass::text,
			coalesce(array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = ''), '{}'),
			c.relrowsecurity
				AND (c.relforcerowsecurity OR NOT pg_has_role(c.relowner, 'USAGE'))
				AND NOT (SELECT r.rolsuper OR r.rolbypassrls FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)
		FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND `+kept+`
		GROUP BY c.oid
		ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	var tables []Table
	var hidden []string
	var t Table
	var bound bool
	_, err = pgx.ForEachRow(rows, []any{&t.Name, &t.Columns, &bound}, func() error {
		if slices.Contains(skip, t.Name) {
			return nil
		}
		if bound {
			hidden = append(hidden, t.Name)
		}
		tables = append(tables, Table{Name: t.Name, Columns: slices.Clone(t.Columns)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(hidden) > 0 {
		return nil, fmt.Errorf("row-level security binds this role on %s: use a superuser or a role with BYPASSRLS", strings.Join(hidden, ", "))
	}
	return tables, nil
}

func readForeignKeys(ctx context.Context, tx pgx.Tx) ([]foreignKey, error) {
	rows, err := tx.Query(ctx, `
		SELECT k.conname::text, k.conrelid::regclass::text, k.confrelid::regclass::text, k.condeferrable
		FROM pg_catalog.pg_constraint k
		WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid <> k.confrelid
		ORDER BY 2, 1`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (k foreignKey, err error) {
		err = row.Scan(&k.name, &k.from, &k.to, &k.deferrable)
		return k, err
	})
}

// inOrder sorts the tables so that each comes after those it refers to. Where
// tables refer to one another in a circle, the first by name goes first, and the
// keys that then lead ahead are returned.
func inOrder(tables []Table, keys []foreignKey) (sorted []Table, cyclic []foreignKey) {
	left := slices.Clone(tables)
	waits := func(t Table) bool {
		return slices.ContainsFunc(keys, func(k foreignKey) bool {
			return k.from == t.Name && slices.ContainsFunc(left, func(other Table) bool { return other.Name == k.to })
		})
	}
	for len(left) > 0 {
		next := max(0, slices.IndexFunc(left, func(t Table) bool { return !waits(t) }))
		t := left[next]
		left = slices.Delete(left, next, next+1)
		sorted = append(sorted, t)
		for _, k := range keys {
			if k.from == t.Name && slices.ContainsFunc(left, func(other Table) bool { return other.Name == k.to }) {
				cyclic = append(cyclic, k)
			}
		}
	}
	return sorted, cyclic
}

func readSequences(ctx context.Context, tx pgx.Tx, names []string) ([]Sequence, error) {
	var sequences []Sequence
	for _, name := range names {
		q := Sequence{Name: name}
		err := tx.QueryRow(ctx, `SELECT CASE WHEN is_called THEN last_value + (SELECT seqincrement FROM pg_catalog.pg_sequence WHERE seqrelid = $1::regclass) ELSE last_value END FROM `+name, name).Scan(&q.Next)
		if err != nil {
			return nil, fmt.Errorf("sequence %s: %w", name, err)
		}
		sequences = append(sequences, q)
	}
	return sequences, nil
}

func columnList(columns []string) string {
	quoted := make([]string, len(columns))
	for i, column := range columns {
		quoted[i] = pgx.Identifier{column}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}
