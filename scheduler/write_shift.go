package scheduler

type shiftJSON struct {
	ID           string       `json:"id"`
	Technician   string       `json:"technician"`
	Mode         string       `json:"mode,omitempty"`
	Start        string       `json:"start"`
	End          string       `json:"end"`
	StartPlace   string       `json:"start_place,omitempty"`
	EndPlace     string       `json:"end_place,omitempty"`
	Breaks       []breakJSON  `json:"breaks,omitempty"`
	Cost         Cost         `json:"cost,omitempty"`
	Frozen       []frozenJSON `json:"frozen,omitempty"`
	Overtime     Seconds      `json:"overtime,omitempty"`
	OvertimeHour Cost         `json:"overtime_hour,omitempty"`
	WorkHour     Cost         `json:"work_hour,omitempty"`
	Free         bool         `json:"free,omitempty"`
	TravelHour   *Cost        `json:"travel_hour,omitempty"`
	Kilometre    *Cost        `json:"kilometre,omitempty"`
	VisitCost    Cost         `json:"visit_cost,omitempty"`
	Continues    bool         `json:"continues,omitempty"`
	Pool         bool         `json:"pool,omitempty"`
	MaxTravel    Seconds      `json:"max_travel,omitempty"`
	MaxDistance  Metres       `json:"max_distance,omitempty"`
	MaxVisits    int          `json:"max_visits,omitempty"`
	Capacity     []int        `json:"capacity,omitempty"`
	Stock        []partJSON   `json:"stock,omitempty"`
}

type breakJSON struct {
	ID        string       `json:"id"`
	Earliest  any          `json:"earliest"` // as in windowJSON
	Latest    any          `json:"latest"`
	Duration  Seconds      `json:"duration"`
	Windows   []windowJSON `json:"windows,omitempty"`
	FromStart bool         `json:"from_start,omitempty"`
	Optional  bool         `json:"optional,omitempty"`
	SkipCost  Cost         `json:"skip_cost,omitempty"`
	MaxLoad   []int        `json:"max_load,omitempty"`
}

type frozenJSON struct {
	Visit       string `json:"visit,omitempty"`
	Break       string `json:"break,omitempty"`
	Alternative int    `json:"alternative,omitempty"`
	Arrive      string `json:"arrive"`
	Begin       string `json:"begin"`
	Depart      string `json:"depart"`
}

type partJSON struct {
	Part     string `json:"part"`
	Quantity int    `json:"quantity"`
}

func (w *problemWriter) shift(s Shift) shiftJSON {
	return shiftJSON{
		ID: s.ID, Technician: s.Technician, Mode: s.Mode, Start: w.p.clock(s.Start), End: w.p.clock(s.End),
		StartPlace: w.place(s.StartPlace), EndPlace: w.place(s.EndPlace),
		Breaks: mapped(s.Breaks, w.shiftBreak), Cost: s.Cost, Frozen: mapped(s.Frozen, w.frozenStop),
		Overtime: s.Overtime, OvertimeHour: s.OvertimeHour, WorkHour: s.WorkHour, Free: s.Free,
		TravelHour: s.TravelHour, Kilometre: s.Kilometre, VisitCost: s.VisitCost, Continues: s.Continues, Pool: s.Pool,
		MaxTravel: s.MaxTravel, MaxDistance: s.MaxDistance, MaxVisits: s.MaxVisits, Capacity: s.Capacity, Stock: parts(s.Stock),
	}
}

func (w *problemWriter) shiftBreak(b Break) breakJSON {
	write := func(t Time) any { return w.p.clock(t) }
	if b.FromStart {
		write = func(t Time) any { return t }
	}
	return breakJSON{
		ID: b.ID, Earliest: write(b.Earliest), Latest: write(b.Latest), Duration: b.Duration,
		Windows:   mapped(b.Windows, func(x Window) windowJSON { return windowJSON{write(x.Open), write(x.Close)} }),
		FromStart: b.FromStart, Optional: b.Optional, SkipCost: b.SkipCost, MaxLoad: b.MaxLoad,
	}
}

func (w *problemWriter) frozenStop(s FrozenStop) frozenJSON {
	return frozenJSON{Visit: s.Visit, Break: s.Break, Alternative: s.Alternative, Arrive: w.p.clock(s.Arrive), Begin: w.p.clock(s.Begin), Depart: w.p.clock(s.Depart)}
}

func parts(list []Part) []partJSON { return mapped(list, func(p Part) partJSON { return partJSON(p) }) }
