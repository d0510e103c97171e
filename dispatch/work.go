package dispatch

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// checking is when work is checked, and whether its windows are as they were when they were found good: those stay, even past ones.
type checking struct {
	now         time.Time
	windowsKept bool
}

// checkWork checks a piece of work and puts its windows into order; a missing duration becomes an hour.
func checkWork(faults *Faults, w *Work, around RequestContext, names known, c checking) {
	switch w.Mode {
	case Hotline, Remote, OnSite, Workshop:
	default:
		faults.Add("/mode", "field.enum", nil)
	}
	checkSkills(faults, "/required_skills", w.RequiredSkills, around.Skills)
	w.Duration = cmp.Or(w.Duration, defaultDuration)
	if w.Duration < minDuration || w.Duration > maxDuration {
		faults.Add("/duration", "work.duration", map[string]any{"least": minDuration.Minutes(), "most": maxDuration.Hours()})
	}
	if !c.windowsKept {
		checkWindows(faults, w, c.now)
	}
	w.Rules.utc()
	faults.workRules(*w, names, around)
	w.Rules = stored(w.Rules)
}

// checkSkills checks skill levels against the codes in use: an unknown code, a level outside 1–4, a code given twice.
func checkSkills(faults *Faults, path string, levels []SkillLevel, codes map[string]bool) {
	seen := map[string]bool{}
	for i, l := range levels {
		at := fmt.Sprintf("%s/%d", path, i)
		if !codes[l.Skill] {
			faults.Add(at+"/skill", "skill.unknown", map[string]any{"skill": l.Skill})
		}
		if l.Level < 1 || l.Level > 4 {
			faults.Add(at+"/level", "skill.level", map[string]any{"level": l.Level})
		}
		if seen[l.Skill] {
			faults.Add(at+"/skill", "skill.twice", map[string]any{"skill": l.Skill})
		}
		seen[l.Skill] = true
	}
}

func checkWindows(faults *Faults, w *Work, now time.Time) {
	if len(w.Windows) == 0 || len(w.Windows) > maxWindows {
		faults.Add("/windows", "window.count", map[string]any{"most": maxWindows})
		return
	}
	sound := true
	for i, win := range w.Windows {
		at := fmt.Sprintf("/windows/%d", i)
		switch {
		case !win.Start.Before(win.End):
			faults.Add(at+"/end", "window.ends_before_start", nil)
			sound = false
		case !win.End.After(now):
			faults.Add(at+"/end", "window.past", nil)
			sound = false
		case win.End.After(now.Add(maxAhead)):
			faults.Add(at+"/end", "window.too_far", nil)
			sound = false
		}
	}
	if !sound {
		return
	}
	order := slices.Clone(w.Windows)
	slices.SortFunc(order, func(a, b Span) int { return a.Start.Compare(b.Start) })
	for i := 1; i < len(order); i++ {
		if order[i].Start.Before(order[i-1].End) {
			faults.Add("/windows", "window.overlap", nil)
			return
		}
	}
	w.Windows = order
}
