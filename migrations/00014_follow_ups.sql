-- +goose Up
-- Why a visit failed, in a word that something follows from; the visit that another one makes up for; and which step was proposed to whoever does it.
ALTER TABLE visits
  ADD COLUMN cause text NOT NULL DEFAULT '' CHECK (cause IN ('', 'no_show', 'access_refused', 'part_missing', 'other')),
  ADD COLUMN follows_id uuid,
  ADD COLUMN proposed text NOT NULL DEFAULT '', -- since its last step: proposed once
  ADD FOREIGN KEY (organization_id, follows_id) REFERENCES visits (organization_id, id);
CREATE INDEX visits_follows ON visits (organization_id, follows_id) WHERE follows_id IS NOT NULL;
