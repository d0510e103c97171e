package backup

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Restore fills the database, migrated to the backup's schema version and
// otherwise empty, with the backup's rows. The whole file is checked before the
// database is touched, and the database is read back and checked before the
// change is made: it is made whole or not at all.
func Restore(ctx context.Context, databaseURL, path string, s Schema) (Manifest, error) {
	m, err := restore(ctx, databaseURL, path, s)
	if err != nil {
		return Manifest{}, fmt.Errorf("restore from %s: nothing was changed: %w", path, err)
	}
	return m, nil
}

func restore(ctx context.Context, databaseURL, path string, s Schema) (m Manifest, err error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return Manifest{}, fmt.Errorf("the file is no whole backup: %w", err)
	}
	defer func() { _ = archive.Close() }()
	if m, err = check(&archive.Reader); err != nil {
		return Manifest{}, err
	}
	return m, inTx(ctx, databaseURL, pgx.TxOptions{}, func(tx pgx.Tx) error {
		c, err := readCatalogue(ctx, tx, s)
		if err != nil {
			return err
		}
		if err := fits(m, c); err != nil {
			return err
		}
		if err := lockEmpty(ctx, tx, c.tables); err != nil {
			return err
		}
		if err := fill(ctx, tx, &archive.Reader, m, c); err != nil || s.Settle == nil {
			return err
		}
		return s.Settle(ctx, tx)
	})
}

// check reads the whole archive and compares it with its manifest.
func check(archive *zip.Reader) (Manifest, error) {
	m, err := readManifest(archive)
	if err != nil {
		return Manifest{}, fmt.Errorf("the file is no whole backup: %w", err)
	}
	if m.Format != format {
		return Manifest{}, fmt.Errorf("the backup is of format %d, and this program reads format %d", m.Format, format)
	}
	var damaged error
	for _, t := range m.Tables {
		have, err := readEntry(archive, t, io.Discard)
		if err == nil && have != t.Contents {
			err = fmt.Errorf("it holds %d rows of sum %s, not %d of sum %s", have.Rows, have.Sum, t.Rows, t.Sum)
		}
		if err != nil {
			damaged = errors.Join(damaged, fmt.Errorf("the backup's table %s is damaged: %w", t.Name, err))
		}
	}
	return m, damaged
}

func readManifest(archive *zip.Reader) (m Manifest, err error) {
	file, err := archive.Open(manifestEntry)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	text, err := io.ReadAll(file) // to its end, where its own checksum is compared
	if err != nil {
		return Manifest{}, err
	}
	err = json.Unmarshal(text, &m)
	return m, err
}

// readEntry writes a table's rows to w and returns their sum.
func readEntry(archive *zip.Reader, t Table, w io.Writer) (_ Contents, err error) {
	file, err := archive.Open(t.entry())
	if err != nil {
		return Contents{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	sum := &summer{to: w}
	if _, err := io.Copy(sum, file); err != nil {
		return Contents{}, err
	}
	return sum.contents()
}

// fits refuses a database whose schema is another than the backup's.
func fits(m Manifest, c catalogue) error {
	if m.SchemaVersion != c.version {
		return fmt.Errorf("the backup is of schema version %s and the database of version %s: restore with the program that made the backup, then migrate", m.SchemaVersion, c.version)
	}
	same := slices.EqualFunc(m.Tables, c.tables, func(x, y Table) bool {
		return x.Name == y.Name && slices.Equal(x.Columns, y.Columns)
	})
	sequences := make([]string, len(m.Sequences))
	for i, q := range m.Sequences {
		sequences[i] = q.Name
	}
	if !same || !slices.Equal(sequences, c.sequences) {
		return fmt.Errorf("the database's tables or sequences differ from the backup's, although both are of schema version %s: restore into a database freshly migrated by this program", m.SchemaVersion)
	}
	return nil
}

// lockEmpty keeps others from writing and refuses a database that has rows.
func lockEmpty(ctx context.Context, tx pgx.Tx, tables []Table) error {
	var full []string
	for _, t := range tables {
		if _, err := tx.Exec(ctx, "LOCK TABLE "+t.Name+" IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		var rows bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+t.Name+")").Scan(&rows); err != nil {
			return err
		}
		if rows {
			full = append(full, t.Name)
		}
	}
	if len(full) > 0 {
		return fmt.Errorf("the database is not empty (%s): restore into a new one", strings.Join(full, ", "))
	}
	return nil
}

// fill copies the rows in, in an order that foreign keys allow, and compares what
// is then in the database with the manifest.
func fill(ctx context.Context, tx pgx.Tx, archive *zip.Reader, m Manifest, c catalogue) error {
	if err := makeDeferrable(ctx, tx, c.cyclic, true); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "SET CONSTRAINTS ALL DEFERRED"); err != nil {
		return err
	}
	for _, t := range m.Tables {
		if err := copyIn(ctx, tx, archive, t); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	if _, err := tx.Exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
		return err
	}
	if err := makeDeferrable(ctx, tx, c.cyclic, false); err != nil {
		return err
	}
	for _, t := range m.Tables {
		have, err := copyOut(ctx, tx, t, io.Discard)
		if err != nil {
			return err
		}
		if have != t.Contents {
			return fmt.Errorf("table %s reads back otherwise than it was: %d rows of sum %s, not %d of sum %s", t.Name, have.Rows, have.Sum, t.Rows, t.Sum)
		}
	}
	for _, t := range m.Tables {
		if _, err := tx.Exec(ctx, "ANALYZE "+t.Name); err != nil {
			return err
		}
	}
	for _, q := range m.Sequences {
		// Undone with the transaction, unlike setval.
		if _, err := tx.Exec(ctx, fmt.Sprintf("ALTER SEQUENCE %s RESTART WITH %d", q.Name, q.Next)); err != nil {
			return fmt.Errorf("sequence %s: %w", q.Name, err)
		}
	}
	return nil
}

// makeDeferrable lets keys that lead in a circle wait for the last table, or
// makes them again as they were.
func makeDeferrable(ctx context.Context, tx pgx.Tx, keys []foreignKey, on bool) error {
	mode := "NOT DEFERRABLE"
	if on {
		mode = "DEFERRABLE INITIALLY DEFERRED"
	}
	for _, k := range keys {
		if k.deferrable {
			continue
		}
		if _, err := tx.Exec(ctx, "ALTER TABLE "+k.from+" ALTER CONSTRAINT "+pgx.Identifier{k.name}.Sanitize()+" "+mode); err != nil {
			return fmt.Errorf("table %s: %w", k.from, err)
		}
	}
	return nil
}

func copyIn(ctx context.Context, tx pgx.Tx, archive *zip.Reader, t Table) error {
	file, err := archive.Open(t.entry())
	if err != nil {
		return err
	}
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, file, "COPY "+t.Name+" ("+columnList(t.Columns)+") FROM STDIN")
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if tag.RowsAffected() != t.Rows {
		return fmt.Errorf("%d rows were taken, not %d", tag.RowsAffected(), t.Rows)
	}
	return nil
}
