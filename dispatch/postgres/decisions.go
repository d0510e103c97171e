package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

// InsertDecision implements dispatch.DecisionStore.
func (d *DB) InsertDecision(ctx context.Context, x dispatch.Decision) error {
	_, err := d.tx(ctx).Exec(ctx, `INSERT INTO decisions (organization_id, id, kind, made_at, program, seed, iterations, reached, input, input_hash, output_hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		org(ctx), x.ID, x.Kind, x.MadeAt, x.Program, int64(x.Seed), x.Iterations, x.Reached, x.Input, x.InputHash, x.OutputHash)
	return err
}

// Decision implements dispatch.DecisionStore.
func (d *DB) Decision(ctx context.Context, id uuid.UUID) (dispatch.Decision, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT id, kind, made_at, program, seed, iterations, reached, input, input_hash, output_hash FROM decisions
		WHERE organization_id = $1 AND id = $2`, org(ctx), id)
	if err != nil {
		return dispatch.Decision{}, err
	}
	return exactlyOne(rows, func(row pgx.CollectableRow) (x dispatch.Decision, err error) {
		var seed int64
		err = row.Scan(&x.ID, &x.Kind, &x.MadeAt, &x.Program, &seed, &x.Iterations, &x.Reached, &x.Input, &x.InputHash, &x.OutputHash)
		x.Seed = uint64(seed)
		return x, err
	}, "decision")
}

// ForgetDecisions implements dispatch.DecisionStore.
func (d *DB) ForgetDecisions(ctx context.Context, before time.Time) error {
	_, err := d.tx(ctx).Exec(ctx, `DELETE FROM decisions WHERE organization_id = $1 AND made_at < $2`, org(ctx), before)
	return err
}
