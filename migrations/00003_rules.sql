-- +goose Up
-- The rules of planning that people give as data: one typed document per row, versioned with it and checked field by field by the service
-- (dispatch.TechnicianRules, ShiftRules, WorkRules, VisitLinks, Policy); an empty document asks for nothing.

ALTER TABLE organizations ADD COLUMN policy jsonb NOT NULL DEFAULT '{}';
ALTER TABLE sites ADD COLUMN no_connection boolean NOT NULL DEFAULT false; -- remote work cannot be done from there
ALTER TABLE technicians ADD COLUMN rules jsonb NOT NULL DEFAULT '{}';
ALTER TABLE shifts ADD COLUMN rules jsonb NOT NULL DEFAULT '{}';
ALTER TABLE requests ADD COLUMN rules jsonb NOT NULL DEFAULT '{}';
ALTER TABLE visits
  ADD COLUMN rules           jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN links           jsonb NOT NULL DEFAULT '{}', -- to other visits of the request
  ADD COLUMN pinned_position smallint NOT NULL DEFAULT 0 CHECK (pinned_position BETWEEN 0 AND 100); -- among the first so many; 0: not pinned
CREATE INDEX visits_linked ON visits (organization_id, request_id) WHERE links <> '{}';

-- Where the work is done when it is not the visit's own site but one of its alternatives.
ALTER TABLE assignments
  ADD COLUMN site_id uuid,
  ADD FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id);
