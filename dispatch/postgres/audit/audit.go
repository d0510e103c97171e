// Package audit checks the plan as it is stored against what must be true of it, with queries that share nothing with the program that
// writes it: a dispatcher runs them as `tournee audit`, load and failure tests after every run.
package audit

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

//go:embed checks.sql
var checksSQL string

// Check is one thing that must be true.
type Check struct {
	Name string // stable
	Says string // what is wrong where it is not, in a sentence
	SQL  string // gives the id and the details of each breach
}

// Breach is one thing that is not as it must be.
type Breach struct {
	Check
	OrganizationID uuid.UUID
	ID             uuid.UUID // of a visit, a booking or a request, as the check says
	Details        string
}

// Checks are all checks, in the order of the file.
func Checks() []Check {
	var out []Check
	for _, block := range strings.Split(checksSQL, "-- name: ")[1:] {
		name, rest, _ := strings.Cut(block, "\n")
		says, sql, _ := strings.Cut(strings.TrimPrefix(rest, "-- says: "), "\n")
		out = append(out, Check{Name: strings.TrimSpace(name), Says: says, SQL: strings.TrimSuffix(strings.TrimSpace(sql), ";")})
	}
	return out
}

// mostBreaches bounds what one check tells.
const mostBreaches = 100

// Run makes every check of the organizations on one snapshot each, as a role that row-level security binds.
func Run(ctx context.Context, db *pgx.Conn, organizations []uuid.UUID) ([]Breach, error) {
	var out []Breach
	for _, org := range organizations {
		found, err := one(ctx, db, org)
		if err != nil {
			return out, fmt.Errorf("audit: organization %s: %w", org, err)
		}
		out = append(out, found...)
	}
	return out, nil
}

func one(ctx context.Context, db *pgx.Conn, org uuid.UUID) (out []Breach, err error) {
	tx, err := db.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, `SELECT set_config('app.organization_id', $1, true)`, org.String()); err != nil {
		return nil, err
	}
	for _, c := range Checks() {
		rows, err := tx.Query(ctx, fmt.Sprintf("SELECT breach.id, breach.details FROM (%s) AS breach (id, details) LIMIT %d", c.SQL, mostBreaches))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		b := Breach{Check: c, OrganizationID: org}
		if _, err := pgx.ForEachRow(rows, []any{&b.ID, &b.Details}, func() error {
			out = append(out, b)
			return nil
		}); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return out, nil
}
