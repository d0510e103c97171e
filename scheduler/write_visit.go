package scheduler

type visitJSON struct {
	ID        string             `json:"id"`
	Place     string             `json:"place,omitempty"`
	Places    []string           `json:"places,omitempty"`
	Duration  Seconds            `json:"duration"`
	Setup     Seconds            `json:"setup,omitempty"`
	Durations []durationForJSON  `json:"durations,omitempty"`
	Windows   []windowJSON       `json:"windows,omitempty"`
	Prefer    *windowJSON        `json:"prefer,omitempty"`
	Due       string             `json:"due,omitempty"`
	LateHour  Cost               `json:"late_hour,omitempty"`
	Skills    []skillLevelJSON   `json:"skills,omitempty"`
	AnyOf     [][]skillLevelJSON `json:"any_of,omitempty"`
	NoneOf    []skillLevelJSON   `json:"none_of,omitempty"`
	Territory string             `json:"territory,omitempty"`
	Required  []string           `json:"required,omitempty"`
	Preferred []string           `json:"preferred,omitempty"`
	Forbidden []string           `json:"forbidden,omitempty"`
	Priority  int                `json:"priority,omitempty"`
	DropCost  Cost               `json:"drop_cost,omitempty"`
	Mandatory bool               `json:"mandatory,omitempty"`
	Told      *toldJSON          `json:"told,omitempty"`
	Loads     []int              `json:"loads,omitempty"`
	Pickups   []int              `json:"pickups,omitempty"`
	Parts     []partJSON         `json:"parts,omitempty"`
	Resources []string           `json:"resources,omitempty"`
}

type durationForJSON struct {
	Technician string  `json:"technician,omitempty"`
	Kind       string  `json:"kind,omitempty"`
	Level      int     `json:"level,omitempty"`
	Duration   Seconds `json:"duration"`
	Setup      Seconds `json:"setup,omitempty"`
}

type toldJSON struct {
	Technician string      `json:"technician,omitempty"`
	Window     *windowJSON `json:"window,omitempty"`
	Percent    int         `json:"percent"`
}

func (w *problemWriter) visit(v Visit) visitJSON {
	return visitJSON{
		ID: v.ID, Place: w.place(v.Place), Places: mapped(v.Places, w.place),
		Duration: v.Duration, Setup: v.Setup,
		Durations: mapped(v.Durations, func(d DurationFor) durationForJSON { return durationForJSON(d) }),
		Windows:   mapped(v.Windows, w.window), Prefer: w.wish(v.Prefer), Due: w.moment(v.Due), LateHour: v.LateHour,
		Skills: skillLevels(v.Skills), AnyOf: mapped(v.AnyOf, skillLevels), NoneOf: skillLevels(v.NoneOf),
		Territory: v.Territory, Required: v.Required, Preferred: v.Preferred, Forbidden: v.Forbidden,
		Priority: v.Priority, DropCost: v.DropCost, Mandatory: v.Mandatory,
		Told: w.told(v.Told), Loads: v.Loads, Pickups: v.Pickups, Parts: parts(v.Parts), Resources: v.Resources,
	}
}

// wish is a window that may not be given.
func (w *problemWriter) wish(x *Window) *windowJSON {
	if x == nil {
		return nil
	}
	out := w.window(*x)
	return &out
}

func (w *problemWriter) told(t *Told) *toldJSON {
	if t == nil {
		return nil
	}
	return &toldJSON{Technician: t.Technician, Window: w.wish(t.Window), Percent: t.Percent}
}
