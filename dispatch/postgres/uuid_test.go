package postgres

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestIDsComeBackAsTheyWentInEveryForm(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id, other := uuid.New(), uuid.New()
	var plain, none uuid.UUID
	var pointed, absent *uuid.UUID
	var several []uuid.UUID
	var text string
	none = other // what was in it goes
	err := d.pool.QueryRow(t.Context(), `SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::uuid[], $1::text`,
		id, &id, (*uuid.UUID)(nil), nil, []uuid.UUID{id, other}).Scan(&plain, &pointed, &absent, &none, &several, &text)
	if err != nil {
		t.Fatal(err)
	}
	if plain != id || pointed == nil || *pointed != id || absent != nil || none != uuid.Nil || text != id.String() {
		t.Errorf("got %v, %v, %v, %v, %q", plain, pointed, absent, none, text)
	}
	if diff := cmp.Diff([]uuid.UUID{id, other}, several); diff != "" {
		t.Error(diff)
	}
}
