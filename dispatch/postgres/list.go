package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

// selection is a list's statement in the making: its conditions and their arguments.
type selection struct {
	head       string
	conditions []string
	args       []any
}

// selecting begins a list of a table's rows of one organization.
func selecting(columns, table string, organization uuid.UUID) *selection {
	q := &selection{head: `SELECT ` + columns + ` FROM ` + table}
	q.where(`organization_id = %s`, organization)
	return q
}

// where adds a condition; each %s in it stands for one argument.
func (q *selection) where(condition string, args ...any) {
	places := make([]any, len(args))
	for i, a := range args {
		q.args = append(q.args, a)
		places[i] = fmt.Sprintf("$%d", len(q.args))
	}
	q.conditions = append(q.conditions, fmt.Sprintf(condition, places...))
}

// equal adds a condition unless the id is the nil UUID.
func (q *selection) equal(column string, id uuid.UUID) {
	if id != uuid.Nil {
		q.where(column+` = %s`, id)
	}
}

// sql is the whole statement, with order and limit.
func (q *selection) sql(order string, limit int) string {
	return fmt.Sprintf("%s WHERE %s ORDER BY %s LIMIT %d", q.head, strings.Join(q.conditions, " AND "), order, limit)
}

// overlap is subtracted from a list's AsOf: longer than any transaction of ours, so that a row being written now is in the next list.
const overlap = time.Minute

// listed reads one page: living rows by id, or with UpdatedSince every row that changed, the deleted ones too, in the order of change.
func listed[T any](ctx context.Context, d *DB, q *selection, page dispatch.Page, scan pgx.RowToFunc[T], record func(T) dispatch.Record) (dispatch.Listing[T], error) {
	order := "id"
	switch {
	case page.UpdatedSince != nil:
		order = "updated_at, id"
		q.where(`updated_at >= %s`, *page.UpdatedSince)
		if page.After != nil {
			q.where(`(updated_at, id) > (%s, %s)`, page.After.At, page.After.ID)
		}
	case page.After != nil:
		q.where(`id > %s`, page.After.ID)
		fallthrough
	default:
		q.where(`deleted_at IS NULL`)
	}
	out := dispatch.Listing[T]{}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT now()`).QueryRow(func(row pgx.Row) error { return row.Scan(&out.AsOf) })
	batch.Queue(q.sql(order, page.Limit+1), q.args...).Query(func(rows pgx.Rows) (err error) {
		out.Items, err = pgx.CollectRows(rows, scan)
		return err
	})
	if err := d.tx(ctx).SendBatch(ctx, batch).Close(); err != nil {
		return dispatch.Listing[T]{}, err
	}
	out.AsOf = out.AsOf.Add(-overlap)
	if len(out.Items) > page.Limit {
		out.Items = out.Items[:page.Limit]
		last := record(out.Items[page.Limit-1])
		out.Next = &dispatch.Cursor{ID: last.ID}
		if page.UpdatedSince != nil {
			out.Next.At = last.UpdatedAt
		}
	}
	return out, nil
}

// prefixed names each plain column of a comma-separated list by its table.
func prefixed(table, columns string) string {
	return table + "." + strings.ReplaceAll(columns, ", ", ", "+table+".")
}
