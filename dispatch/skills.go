package dispatch

import (
	"context"
	"regexp"
)

// Skills lists the skills.
func (s *Service) Skills(ctx context.Context, p Principal, page Page) (Listing[Skill], error) {
	return within(ctx, s, p, func(ctx context.Context) (Listing[Skill], error) { return s.store.Skills(ctx, page) })
}

// Skill gives one skill.
func (s *Service) Skill(ctx context.Context, p Principal, code string) (Skill, error) {
	return within(ctx, s, p, func(ctx context.Context) (Skill, error) { return s.livingSkill(ctx, code) })
}

func (s *Service) livingSkill(ctx context.Context, code string) (Skill, error) {
	skill, err := s.store.Skill(ctx, code)
	if err == nil && skill.DeletedAt != nil {
		return Skill{}, NotFound("skill")
	}
	return skill, err
}

// skillCode is what a code looks like; the table checks the same.
var skillCode = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)

// maxSkillName is the longest name of a skill, in characters.
const maxSkillName = 100

func checkSkill(skill *Skill) error {
	var faults Faults
	faults.Check(skillCode.MatchString(skill.Code), "/code", "skill.code")
	faults.tidy("/name_fr", &skill.NameFR, 1, maxSkillName, false)
	faults.tidy("/name_en", &skill.NameEN, 1, maxSkillName, false)
	return faults.Err()
}

// CreateSkill makes a skill. The code of a deleted one may be taken again: it is the same competence.
func (s *Service) CreateSkill(ctx context.Context, p Principal, in Skill) (Skill, error) {
	if err := checkSkill(&in); err != nil {
		return Skill{}, err
	}
	return changing(ctx, s, p, func(ctx context.Context) (Skill, error) {
		old, err := s.store.Skill(ctx, in.Code)
		switch {
		case missing(err):
			return s.insertSkill(ctx, in)
		case err != nil:
			return Skill{}, err
		case old.DeletedAt == nil:
			return Skill{}, Conflict("skill.exists", map[string]any{"skill": in.Code})
		}
		return s.writeSkill(ctx, old, in)
	})
}

func (s *Service) insertSkill(ctx context.Context, in Skill) (Skill, error) {
	in.Version, in.CreatedAt, in.UpdatedAt, in.DeletedAt = 1, s.clock(), s.clock(), nil
	err := s.store.InsertSkill(ctx, in)
	if CodeOf(err) == "already_exists" {
		return Skill{}, errMoved
	}
	return in, err
}

func (s *Service) writeSkill(ctx context.Context, old, changed Skill) (Skill, error) {
	changed.Code, changed.Version, changed.CreatedAt, changed.UpdatedAt = old.Code, old.Version+1, old.CreatedAt, s.clock()
	return changed, overtaken(s.store.UpdateSkill(ctx, changed))
}

// PatchSkill changes the names of a skill of the given version: patch is applied to it as it stands.
func (s *Service) PatchSkill(ctx context.Context, p Principal, code string, version int, patch func(*Skill)) (Skill, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Skill, error) {
		old, err := s.livingSkill(ctx, code)
		if err != nil {
			return old, err
		}
		if err := fresh(old.Version, version, "skill"); err != nil {
			return old, err
		}
		changed := old
		patch(&changed)
		changed.Code = old.Code
		if err := checkSkill(&changed); err != nil || changed == old {
			return changed, err
		}
		return s.writeSkill(ctx, old, changed)
	})
}

// DeleteSkill takes a skill of the given version out. It is refused while a technician has it or a visit needs it.
func (s *Service) DeleteSkill(ctx context.Context, p Principal, code string, version int) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		old, err := s.livingSkill(ctx, code)
		if err != nil {
			return err
		}
		if err := fresh(old.Version, version, "skill"); err != nil {
			return err
		}
		technicians, visits, err := s.store.SkillUse(ctx, code)
		if err != nil {
			return err
		}
		if technicians+visits > 0 {
			return Conflict("skill.in_use", map[string]any{"skill": code, "technicians": technicians, "visits": visits})
		}
		gone := s.clock()
		old.DeletedAt = &gone
		_, err = s.writeSkill(ctx, old, old)
		return err
	})
}
