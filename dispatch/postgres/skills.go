package postgres

import (
	"context"
	"crypto/md5" //nolint:gosec // not a secret: see skillID

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const skillColumns = `code, name_fr, name_en, version, created_at, updated_at, deleted_at`

// skillRows gives skills the id that lists go by; see skillID.
const skillRows = `(SELECT organization_id, ` + skillColumns + `, md5(code)::uuid AS id FROM skills) skill`

// skillID is a stable id made of the code, which is the skill's identity: the cursors of all lists hold ids.
func skillID(code string) uuid.UUID { return uuid.UUID(md5.Sum([]byte(code))) } //nolint:gosec // not a secret

func scanSkill(row pgx.CollectableRow) (s dispatch.Skill, err error) {
	err = row.Scan(&s.Code, &s.NameFR, &s.NameEN, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.DeletedAt)
	return s, err
}

// Skill implements dispatch.RegistryStore.
func (d *DB) Skill(ctx context.Context, code string) (dispatch.Skill, error) {
	q := selecting(skillColumns, "skills", org(ctx))
	q.where(`code = %s`, code)
	return only(ctx, d, q, scanSkill, "skill")
}

// Skills implements dispatch.RegistryStore.
func (d *DB) Skills(ctx context.Context, page dispatch.Page) (dispatch.Listing[dispatch.Skill], error) {
	return listed(ctx, d, selecting(skillColumns, skillRows, org(ctx)), page, scanSkill, func(s dispatch.Skill) dispatch.Record {
		return dispatch.Record{ID: skillID(s.Code), UpdatedAt: s.UpdatedAt}
	})
}

// InsertSkill implements dispatch.RegistryStore.
func (d *DB) InsertSkill(ctx context.Context, s dispatch.Skill) error {
	return d.exec(ctx, `INSERT INTO skills (organization_id, code, name_fr, name_en, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)`,
		org(ctx), s.Code, s.NameFR, s.NameEN, s.CreatedAt)
}

// UpdateSkill implements dispatch.RegistryStore.
func (d *DB) UpdateSkill(ctx context.Context, s dispatch.Skill) error {
	return d.update(ctx, "skill", `UPDATE skills SET name_fr = $3, name_en = $4, version = $5, updated_at = $6, deleted_at = $7
		WHERE organization_id = $1 AND code = $2 AND version = $5 - 1`, org(ctx), s.Code, s.NameFR, s.NameEN, s.Version, s.UpdatedAt, s.DeletedAt)
}

// SkillUse implements dispatch.RegistryStore.
func (d *DB) SkillUse(ctx context.Context, code string) (technicians, visits int, err error) {
	err = d.tx(ctx).QueryRow(ctx, `SELECT
		(SELECT count(*) FROM technicians WHERE organization_id = $1 AND deleted_at IS NULL AND skills @> jsonb_build_array(jsonb_build_object('skill', $2::text))),
		(SELECT count(*) FROM visits WHERE organization_id = $1 AND status NOT IN ('completed', 'failed', 'cancelled')
			AND (required_skills @> jsonb_build_array(jsonb_build_object('skill', $2::text))
				OR rules @> jsonb_build_object('none_of', jsonb_build_array(jsonb_build_object('skill', $2::text)))
				OR rules @> jsonb_build_object('any_of', jsonb_build_array(jsonb_build_array(jsonb_build_object('skill', $2::text))))))`, org(ctx), code).Scan(&technicians, &visits)
	return technicians, visits, err
}
