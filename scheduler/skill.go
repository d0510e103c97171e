package scheduler

import (
	"fmt"
	"slices"
	"strings"
)

// Rule: a technician owns every skill a visit asks for, at its level or above,
// one at least of each list of alternatives, and none that it excludes.

func (x *index) checkVisitSkills(f *faults, path string, v *Visit) {
	x.checkSkills(f, path+"/skills", v.Skills)
	x.checkAnyOf(f, path+"/any_of", v.AnyOf)
	x.checkSkills(f, path+"/none_of", v.NoneOf)
}

func (x *index) checkSkills(f *faults, path string, list []SkillLevel) {
	seen := make(map[string]bool, len(list))
	for i, s := range list {
		if known(f, x.skills, at(path, i)+"/skill", "skill", s.Skill) && seen[s.Skill] {
			f.addf(at(path, i)+"/skill", "duplicate", "skill %q comes twice", s.Skill)
		}
		seen[s.Skill] = true
		level(f, at(path, i)+"/level", s.Level)
	}
}

func level(f *faults, path string, l int) {
	if l < MinLevel || l > MaxLevel {
		f.addf(path, "out_of_range", "level %d is not between %d and %d", l, MinLevel, MaxLevel)
	}
}

func (x *index) checkAnyOf(f *faults, path string, lists [][]SkillLevel) {
	for i, list := range lists {
		if len(list) == 0 {
			f.addf(at(path, i), "missing", "one skill at least must be named")
		}
		x.checkSkills(f, at(path, i), list)
	}
}

func (x *index) skillAllows(v *Visit, t int32, why *[]Reason) bool {
	found := len(v.Skills) + len(v.AnyOf) + len(v.NoneOf)
	for _, need := range v.Skills {
		if x.owns(t, need) {
			found--
		} else if why != nil {
			*why = append(*why, x.lacks(t, need))
		}
	}
	for _, list := range v.AnyOf {
		if slices.ContainsFunc(list, func(s SkillLevel) bool { return x.owns(t, s) }) {
			found--
		} else if why != nil {
			*why = append(*why, Reason{"skill_none_of_these", map[string]any{"skills": alternatives(list)}})
		}
	}
	for _, bar := range v.NoneOf {
		if !x.owns(t, bar) {
			found--
		} else if why != nil {
			*why = append(*why, Reason{"skill_excluded", map[string]any{"skill": bar.Skill, "level": bar.Level, "has": x.level(t, bar.Skill)}})
		}
	}
	return found == 0
}

// level is what t owns of a skill, zero when nothing.
func (x *index) level(t int32, skill string) int { return x.levels[t][x.skills[skill]] }

func (x *index) owns(t int32, s SkillLevel) bool { return x.level(t, s.Skill) >= s.Level }

func (x *index) lacks(t int32, need SkillLevel) Reason {
	if has := x.level(t, need.Skill); has > 0 {
		return Reason{"skill_level_too_low", map[string]any{"skill": need.Skill, "needs": need.Level, "has": has}}
	}
	return Reason{"skill_missing", map[string]any{"skill": need.Skill, "needs": need.Level}}
}

// alternatives writes skills and their levels as "gas 2, fibre 1".
func alternatives(list []SkillLevel) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = fmt.Sprintf("%s %d", s.Skill, s.Level)
	}
	return strings.Join(names, ", ")
}
