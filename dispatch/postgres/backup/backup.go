// Package backup writes a whole database to one file and reads it back, on any
// PostgreSQL and without its client programs.
//
// The file is a ZIP archive, since its entries are written as they come and
// checked before any is used: one entry per table, the rows as COPY's text
// format gives them, and then manifest.json, which lists the tables with their
// columns, row counts and checksums, and the sequences.
//
// Only what the schema cannot make by itself is kept: no generated columns and
// no unlogged tables (which a crash empties too). Columns of type xid8 name
// transactions of the cluster they were written in: what that means elsewhere
// is Schema.Settle's affair.
//
// Both ways need a role that row-level security does not bind: a superuser or
// one with BYPASSRLS. FORCE ROW LEVEL SECURITY binds the tables' owner as well.
package backup

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// Schema is what a backup must know of the schema's owner.
type Schema struct {
	// Version reads the version of the migrated schema. A backup is restored into
	// a database of the same version only. The search path is empty: it names the
	// table with its schema.
	Version func(ctx context.Context, tx pgx.Tx) (string, error)
	// Skip are the tables, as "schema.table", that migrating fills: the records
	// of migrations. They are neither kept nor restored.
	Skip []string
	// Settle, if not nil, adapts a restored database to its new cluster, inside
	// the restoring transaction. It changes no rows.
	Settle func(ctx context.Context, tx pgx.Tx) error
}

// Manifest says what a backup holds.
type Manifest struct {
	Format        int        `json:"format"`
	SchemaVersion string     `json:"schema_version"`
	Created       time.Time  `json:"created"`
	Server        string     `json:"server"` // PostgreSQL's version
	Tables        []Table    `json:"tables"`
	Sequences     []Sequence `json:"sequences"`
}

// Table is one table's rows.
type Table struct {
	Name    string   `json:"name"` // "schema.table", quoted where SQL needs it
	Columns []string `json:"columns"`
	Contents
}

// Sequence is the next value that a sequence gives.
type Sequence struct {
	Name string `json:"name"` // as Table's
	Next int64  `json:"next"`
}

const (
	format        = 1
	manifestEntry = "manifest.json"
)

func (t Table) entry() string { return "tables/" + t.Name + ".copy" }

// Rows is how many rows the backup holds.
func (m Manifest) Rows() int64 {
	var sum int64
	for _, t := range m.Tables {
		sum += t.Rows
	}
	return sum
}

// Write backs the database up to a new file that this account only may read. It
// sees the database as at one instant, while others go on writing. When it
// fails there is no file.
func Write(ctx context.Context, databaseURL, path string, s Schema, now time.Time) (Manifest, error) {
	m, err := write(ctx, databaseURL, path, s, now)
	if err != nil {
		return Manifest{}, fmt.Errorf("backup to %s: %w", path, err)
	}
	return m, nil
}

func write(ctx context.Context, databaseURL, path string, s Schema, now time.Time) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return Manifest{}, errors.New("the file exists already: name a new one, or remove it")
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return Manifest{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoring(os.ErrClosed, file.Close()), os.Remove(file.Name()))
		}
	}()
	archive := zip.NewWriter(file)
	m, err = dump(ctx, databaseURL, archive, s, now)
	if err != nil {
		return Manifest{}, err
	}
	if err := errors.Join(archive.Close(), file.Sync(), file.Close()); err != nil {
		return Manifest{}, err
	}
	// Unlike a rename, a link takes no other file's place.
	if err := os.Link(file.Name(), path); err != nil {
		return Manifest{}, err
	}
	_ = os.Remove(file.Name()) // the second name of what is safe by now
	return m, syncDir(filepath.Dir(path))
}

func ignoring(target, err error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// dump writes every entry within one snapshot of the database.
func dump(ctx context.Context, databaseURL string, archive *zip.Writer, s Schema, now time.Time) (Manifest, error) {
	m := Manifest{Format: format, Created: now.UTC()}
	err := inTx(ctx, databaseURL, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		c, err := readCatalogue(ctx, tx, s)
		if err != nil {
			return err
		}
		m.SchemaVersion, m.Server = c.version, c.server
		for _, t := range c.tables {
			w, err := archive.CreateHeader(&zip.FileHeader{Name: t.entry(), Method: zip.Deflate, Modified: m.Created})
			if err != nil {
				return err
			}
			if t.Contents, err = copyOut(ctx, tx, t, w); err != nil {
				return err
			}
			m.Tables = append(m.Tables, t)
		}
		// Read after the snapshot was taken, a sequence is past every row in it.
		m.Sequences, err = readSequences(ctx, tx, c.sequences)
		return err
	})
	if err != nil {
		return Manifest{}, err
	}
	w, err := archive.CreateHeader(&zip.FileHeader{Name: manifestEntry, Method: zip.Deflate, Modified: m.Created})
	if err != nil {
		return Manifest{}, err
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return m, encoder.Encode(m)
}

// copyOut writes a table's rows to w and returns their sum.
func copyOut(ctx context.Context, tx pgx.Tx, t Table, w io.Writer) (Contents, error) {
	sum := &summer{to: w}
	// A query, not a table, so that a partitioned table is read whole.
	query := "COPY (SELECT " + columnList(t.Columns) + " FROM " + t.Name + ") TO STDOUT"
	if _, err := tx.Conn().PgConn().CopyTo(ctx, sum, query); err != nil {
		return Contents{}, fmt.Errorf("table %s: %w", t.Name, err)
	}
	return sum.contents()
}

// inTx runs work in one transaction, under the settings that give and read
// every value in one unambiguous form.
func inTx(ctx context.Context, databaseURL string, o pgx.TxOptions, work func(pgx.Tx) error) error {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return err
	}
	maps.Copy(config.RuntimeParams, map[string]string{
		"client_encoding":    "UTF8",
		"DateStyle":          "ISO, YMD",
		"IntervalStyle":      "iso_8601",
		"TimeZone":           "UTC",
		"bytea_output":       "hex",
		"extra_float_digits": "1",
		"search_path":        "",
		"statement_timeout":  "0",
		"lock_timeout":       "0",
		// Rows that row-level security would hide are an error instead.
		"row_security": "off",
	})
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return pgx.BeginTxFunc(ctx, conn, o, work)
}
