package dispatch

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/geo/cell"
)

// nearbyAge is how old the picture may be in which technicians near a place are looked for: a new shift, a lost skill, or a position that
// another node took in shows at the latest after it. Positions that this node takes in show at once.
const nearbyAge = 30 * time.Second

// Near is a technician near a place who has the skill and is on shift.
type Near struct {
	TechnicianID uuid.UUID
	Name         string
	TimeZone     string
	Travel       time.Duration // by the technician's transport, leaving at the hour asked for
	Metres       int           // as the crow flies
	OnShiftUntil time.Time
	PositionAge  *time.Duration // nil: where the shift begins stands in for a position
}

// NearQuery asks who is near a place.
type NearQuery struct {
	Position geo.Position
	Skill    string // a skill's code; "": none needed
	Level    int    // 1–4
	At       time.Time
	Limit    int // 1–100
}

// Nearby lists technicians near a place who have the skill at the level and are on shift, nearest in travel time first.
func (s *Service) Nearby(ctx context.Context, p Principal, q NearQuery) ([]Near, error) {
	if !p.Staff() {
		return nil, Forbidden()
	}
	var faults Faults
	faults.Check(q.Position.Validate() == nil, "query:lat", "position.coordinates")
	if q.Skill != "" && (q.Level < 1 || q.Level > 4) {
		faults.Add("query:level", "skill.level", map[string]any{"level": q.Level})
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	now := s.clock()
	if q.At.IsZero() {
		q.At = now
	}
	if q.Skill != "" {
		codes, err := within(ctx, s, p, s.store.SkillCodes)
		if err != nil {
			return nil, err
		}
		if !codes[q.Skill] {
			faults.Add("query:skill", "skill.unknown", map[string]any{"skill": q.Skill})
			return nil, faults.Err()
		}
	}
	picture, err := s.nearby.of(ctx, p.OrganizationID, now, q.At, s.picture)
	if err != nil {
		return nil, err
	}
	return picture.near(q, now), nil
}

// nearby keeps, for each organization that was asked for, the latest picture of who is on shift where. The zero value is empty.
type nearby struct {
	mu       sync.Mutex
	pictures map[uuid.UUID]*picture
}

// picture is who is on shift where, as read at one moment, good for questions about the nearbyAge after it.
type picture struct {
	taken time.Time
	index *cell.Index
	mu    sync.Mutex
	known map[uuid.UUID]onDuty
}

// onDuty is what the index does not keep of a technician on shift.
type onDuty struct {
	name   string
	zone   string
	shifts []Shift
	seen   time.Time // when the position was true; zero when it is where the shift begins
}

// of gives a picture that is young enough; one for another time than the present is taken for the question alone.
func (n *nearby) of(ctx context.Context, org uuid.UUID, now, at time.Time, take func(ctx context.Context, org uuid.UUID, at time.Time) (*picture, error)) (*picture, error) {
	n.mu.Lock()
	kept := n.pictures[org]
	n.mu.Unlock()
	if kept != nil && kept.shows(now) && kept.shows(at) {
		return kept, nil
	}
	fresh, err := take(ctx, org, at)
	if err != nil || at.Sub(now).Abs() > time.Second {
		return fresh, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.pictures == nil {
		n.pictures = map[uuid.UUID]*picture{}
	}
	n.pictures[org] = fresh
	return fresh, nil
}

// shows reports whether the picture is good for a moment.
func (p *picture) shows(at time.Time) bool {
	return !at.Before(p.taken) && at.Before(p.taken.Add(nearbyAge))
}

// moved puts a technician where he was last seen into the picture that is kept.
func (n *nearby) moved(org uuid.UUID, f Fix) {
	n.mu.Lock()
	kept := n.pictures[org]
	n.mu.Unlock()
	if kept == nil {
		return
	}
	kept.mu.Lock()
	defer kept.mu.Unlock()
	duty, here := kept.known[f.TechnicianID]
	if !here || !f.At.After(duty.seen) || !onShift(duty.shifts, f.At) {
		return
	}
	duty.seen = f.At
	kept.known[f.TechnicianID] = duty
	_, _ = kept.index.Move(cell.ID(f.TechnicianID), f.Position) // a position off the Earth was refused when it came in
}

// picture reads who is on shift, where, for questions about a moment and the nearbyAge after it.
func (s *Service) picture(ctx context.Context, org uuid.UUID, at time.Time) (*picture, error) {
	span := Span{Start: at, End: at.Add(nearbyAge)}
	out := &picture{taken: at, known: map[uuid.UUID]onDuty{}}
	err := s.store.Tx(ctx, org, func(ctx context.Context) error {
		estimator, _, err := s.estimator(ctx)
		if err != nil {
			return err
		}
		out.index = cell.NewIndex(estimator)
		shifts, err := s.store.ShiftsDuring(ctx, span)
		if err != nil || len(shifts) == 0 {
			return err
		}
		absences, err := s.store.AbsencesDuring(ctx, span)
		if err != nil {
			return err
		}
		technicians, err := s.store.LivingTechnicians(ctx)
		if err != nil {
			return err
		}
		fixes, err := s.store.LastFixes(ctx, at.Add(-maxShift))
		if err != nil {
			return err
		}
		return out.fill(technicians, shifts, absences, fixes)
	})
	return out, err
}

func (p *picture) fill(technicians []Technician, shifts []Shift, absences []Absence, fixes []Fix) error {
	of := map[uuid.UUID][]Shift{}
	for _, shift := range shifts {
		away := slices.ContainsFunc(absences, func(a Absence) bool { return a.TechnicianID == shift.TechnicianID && a.Contains(p.taken) })
		if !away {
			of[shift.TechnicianID] = append(of[shift.TechnicianID], shift)
		}
	}
	last := map[uuid.UUID]Fix{}
	for _, f := range fixes {
		last[f.TechnicianID] = f
	}
	for _, t := range technicians {
		mine := of[t.ID]
		if len(mine) == 0 {
			continue
		}
		duty := onDuty{name: t.Name, zone: t.TimeZone, shifts: mine}
		entry := cell.Technician{ID: cell.ID(t.ID), Position: mine[0].StartPlace, Mode: mine[0].Transport}
		if f, seen := last[t.ID]; seen && onShift(mine, f.At) && !f.At.After(p.taken.Add(maxClockSkew)) {
			entry.Position, duty.seen = f.Position, f.At
		}
		for _, l := range t.Skills {
			entry.Skills = append(entry.Skills, cell.Skill{ID: skillID(l.Skill), Level: l.Level})
		}
		for _, shift := range mine {
			entry.Shifts = append(entry.Shifts, cell.Shift{Start: shift.Start, End: shift.End})
		}
		if err := p.index.Put(entry); err != nil {
			return err
		}
		p.known[t.ID] = duty
	}
	return nil
}

// skillID names a skill in the index, made of its code.
func skillID(code string) cell.ID { return cell.ID(uuid.NewSHA1(uuid.Nil, []byte(code))) }

func (p *picture) near(q NearQuery, now time.Time) []Near {
	ask := cell.Query{Position: q.Position, At: q.At, Limit: q.Limit}
	if q.Skill != "" {
		ask.Needs = []cell.Skill{{ID: skillID(q.Skill), Level: q.Level}}
	}
	found := p.index.Nearest(ask, nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Near, len(found))
	for i, c := range found {
		duty := p.known[uuid.UUID(c.ID)]
		out[i] = Near{TechnicianID: uuid.UUID(c.ID), Name: duty.name, TimeZone: duty.zone, Travel: c.Travel, Metres: int(c.Metres)}
		for _, shift := range duty.shifts {
			if shift.Contains(q.At) {
				out[i].OnShiftUntil = shift.End
			}
		}
		if !duty.seen.IsZero() {
			age := max(0, now.Sub(duty.seen))
			out[i].PositionAge = &age
		}
	}
	return out
}
