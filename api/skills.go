package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

func skillOf(s dispatch.Skill) oapi.Skill {
	return oapi.Skill{Code: s.Code, NameFr: s.NameFR, NameEn: s.NameEN, Version: s.Version, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, DeletedAt: given(s.DeletedAt)}
}

// ListSkills lists the skills.
func (h *handlers) ListSkills(ctx context.Context, in oapi.ListSkillsRequestObject) (oapi.ListSkillsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Skills(ctx, principal(ctx), p)
	if err != nil {
		return nil, err
	}
	return oapi.ListSkills200JSONResponse{Items: each(list.Items, skillOf), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateSkill makes a skill.
func (h *handlers) CreateSkill(ctx context.Context, in oapi.CreateSkillRequestObject) (oapi.CreateSkillResponseObject, error) {
	s, err := h.dispatch.CreateSkill(ctx, principal(ctx), dispatch.Skill{Code: in.Body.Code, NameFR: in.Body.NameFr, NameEN: in.Body.NameEn})
	if err != nil {
		return nil, err
	}
	return oapi.CreateSkill201JSONResponse{Body: skillOf(s), Headers: oapi.CreateSkill201ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// ReadSkill gives one skill.
func (h *handlers) ReadSkill(ctx context.Context, in oapi.ReadSkillRequestObject) (oapi.ReadSkillResponseObject, error) {
	s, err := h.dispatch.Skill(ctx, principal(ctx), in.Code)
	if err != nil {
		return nil, err
	}
	return oapi.ReadSkill200JSONResponse{Body: skillOf(s), Headers: oapi.ReadSkill200ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// UpdateSkill changes what a skill is called.
func (h *handlers) UpdateSkill(ctx context.Context, in oapi.UpdateSkillRequestObject) (oapi.UpdateSkillResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "skill")
	if err != nil {
		return nil, err
	}
	s, err := h.dispatch.PatchSkill(ctx, principal(ctx), in.Code, v, func(s *dispatch.Skill) {
		set(&s.NameFR, in.Body.NameFr)
		set(&s.NameEN, in.Body.NameEn)
	})
	if err != nil {
		return nil, err
	}
	return oapi.UpdateSkill200JSONResponse{Body: skillOf(s), Headers: oapi.UpdateSkill200ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// DeleteSkill takes a skill out.
func (h *handlers) DeleteSkill(ctx context.Context, in oapi.DeleteSkillRequestObject) (oapi.DeleteSkillResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "skill")
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.DeleteSkill(ctx, principal(ctx), in.Code, v); err != nil {
		return nil, err
	}
	return oapi.DeleteSkill204Response{}, nil
}
