package cell

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"tournee/geo"
)

// ID names a technician or a skill: the bytes of a UUID.
type ID [16]byte

func (id ID) compare(other ID) int { return bytes.Compare(id[:], other[:]) }

// MaxLevel is the highest skill level; the lowest is 1.
const MaxLevel = 4

// Skill is a competence at a level, 1 to MaxLevel: one that a technician has, or one that a visit needs at least.
type Skill struct {
	ID    ID
	Level int
}

// Shift is a stretch of time in which a technician is on shift: from Start until just before End.
type Shift struct {
	Start, End time.Time
}

// Technician is what the index knows of a technician.
type Technician struct {
	ID       ID
	Position geo.Position
	Mode     geo.Mode
	Skills   []Skill
	Shifts   []Shift
}

// Query asks for technicians near a place.
type Query struct {
	Position geo.Position
	// Needs are the skills that a technician must all have, each at its level or above. Without any, every technician on shift is eligible.
	Needs []Skill
	// At is when they must be on shift and when they would leave.
	At time.Time
	// Limit is the most candidates wanted.
	Limit int
	// MaxMetres leaves out technicians at a greater great-circle distance; 0 sets no bound.
	MaxMetres float64
}

// Candidate is an eligible technician, and the way from the technician's position to the place.
type Candidate struct {
	ID     ID
	Mode   geo.Mode
	Travel time.Duration // whole seconds, as the estimator gives it
	Metres float64       // great-circle distance
}

// Index finds the technicians nearest to a place, by travel time. It holds one organization's technicians in memory, is
// empty at first, and is safe for concurrent use: a look-up sees all technicians at one instant.
//
// Each skill has a tree of its own over the H3 hierarchy, coarse to fine, that counts the technicians below each
// cell by level. A look-up grows outwards from the place through those cells in the order of a lower bound of the
// travel time, skipping the cells where nobody has the skill, and stops when no cell left can hold a better
// technician (Hjaltason and Samet, Distance browsing in spatial databases, ACM TODS 24, 1999).
// Enumerating H3 rings would visit the same cells, and the empty ones besides.
type Index struct {
	estimator *geo.Estimator
	scratch   sync.Pool // of *search

	mutex       sync.RWMutex
	technicians map[ID]*technician
	trees       map[ID]*tree // by skill
	everyone    *tree
}

type technician struct {
	shifts []stretch
	room   [3]stretch // where the shifts lie when they are few: close by
	skills []Skill
	id     ID
	mode   geo.Mode
	place  geo.Place
	stands []stand
}

// stretch is a shift in Unix microseconds, the database's precision, so that a look-up compares integers.
type stretch struct{ start, end int64 }

// stand is where a technician stands in one tree.
type stand struct {
	tree  *tree
	level uint8
	leaf  *node
}

// NewIndex makes an empty index that ranks by the estimator's travel times.
func NewIndex(estimator *geo.Estimator) *Index {
	return &Index{
		estimator:   estimator,
		scratch:     sync.Pool{New: func() any { return new(search) }},
		technicians: make(map[ID]*technician),
		trees:       make(map[ID]*tree),
		everyone:    newTree(),
	}
}

// Put adds a technician, or replaces the one of the same ID. A faulty technician is refused, all faults at once, and changes nothing.
func (x *Index) Put(t Technician) error {
	if err := t.validate(); err != nil {
		return err
	}
	added := &technician{
		id: t.ID, place: x.estimator.Place(t.Position), mode: t.Mode,
		skills: append([]Skill(nil), t.Skills...),
	}
	added.shifts = added.room[:0]
	for _, shift := range t.Shifts {
		added.shifts = append(added.shifts, stretch{shift.Start.UnixMicro(), shift.End.UnixMicro()})
	}
	at := Of(t.Position, leafResolution)

	x.mutex.Lock()
	defer x.mutex.Unlock()
	if replaced, ok := x.technicians[t.ID]; ok {
		x.remove(replaced)
	}
	x.technicians[t.ID] = added
	added.stands = append(added.stands, stand{tree: x.everyone, level: MaxLevel})
	for _, skill := range t.Skills {
		added.stands = append(added.stands, stand{tree: x.treeOf(skill.ID), level: uint8(skill.Level)})
	}
	for i := range added.stands {
		s := &added.stands[i]
		s.leaf = s.tree.insert(at, entry{added.place, added, s.level, added.mode})
	}
	return nil
}

func (t Technician) validate() error {
	faults := []error{t.Position.Validate()}
	if t.Mode >= geo.Modes {
		faults = append(faults, fmt.Errorf("unknown transport mode %d", t.Mode))
	}
	seen := make(map[ID]bool, len(t.Skills))
	for _, skill := range t.Skills {
		if skill.Level < 1 || skill.Level > MaxLevel {
			faults = append(faults, fmt.Errorf("skill %x: level %d is outside 1 to %d", skill.ID, skill.Level, MaxLevel))
		}
		if seen[skill.ID] {
			faults = append(faults, fmt.Errorf("skill %x is given twice", skill.ID))
		}
		seen[skill.ID] = true
	}
	for i, shift := range t.Shifts {
		if !shift.Start.Before(shift.End) {
			faults = append(faults, fmt.Errorf("shift %d ends at %v, not after its start at %v", i, shift.End, shift.Start))
		}
	}
	return errors.Join(faults...)
}

// Move sets a technician's position. It reports whether the index holds the technician; an invalid position is refused.
func (x *Index) Move(id ID, to geo.Position) (known bool, err error) {
	if err := to.Validate(); err != nil {
		return false, err
	}
	place, at := x.estimator.Place(to), Of(to, leafResolution)

	x.mutex.Lock()
	defer x.mutex.Unlock()
	t, known := x.technicians[id]
	if !known {
		return false, nil
	}
	t.place = place
	for i := range t.stands {
		s := &t.stands[i]
		if s.leaf.cell == at {
			s.leaf.move(t)
			continue
		}
		s.tree.remove(s.leaf, t)
		s.leaf = s.tree.insert(at, entry{place, t, s.level, t.mode})
	}
	return true, nil
}

// Remove takes a technician out. It reports whether the index held the technician.
func (x *Index) Remove(id ID) (known bool) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	t, known := x.technicians[id]
	if known {
		x.remove(t)
	}
	return known
}

// Len is the number of technicians.
func (x *Index) Len() int {
	x.mutex.RLock()
	defer x.mutex.RUnlock()
	return len(x.technicians)
}

func (x *Index) remove(t *technician) {
	delete(x.technicians, t.id)
	for _, s := range t.stands {
		s.tree.remove(s.leaf, t)
	}
	for _, skill := range t.skills {
		if x.trees[skill.ID].count[0] == 0 {
			delete(x.trees, skill.ID)
		}
	}
}

func (x *Index) treeOf(skill ID) *tree {
	t, ok := x.trees[skill]
	if !ok {
		t = newTree()
		x.trees[skill] = t
	}
	return t
}

func (t *technician) onShift(at int64) bool {
	for _, shift := range t.shifts {
		if shift.start <= at && at < shift.end {
			return true
		}
	}
	return false
}

func (t *technician) has(needs []Skill) bool {
	for _, need := range needs {
		if !t.hasSkill(need) {
			return false
		}
	}
	return true
}

func (t *technician) hasSkill(need Skill) bool {
	for _, skill := range t.skills {
		if skill.ID == need.ID {
			return skill.Level >= need.Level
		}
	}
	return false
}
