package core

import "reflect"

// kinds gives every shift the number of the first that differs from it in
// nothing but who works it, where that makes no difference either: of many
// unused ones of a kind it is enough to try a few.
func kinds(m *Model) []int32 {
	out := make([]int32, len(m.Shifts))
	people, served := peopleMarks(m), shiftMarks(m)
	first := map[uint64][]int32{}
	for i := range m.Shifts {
		s := &m.Shifts[i]
		mark := mix(mix(people[s.Technician], served[i]), uint64(s.Start)<<32|uint64(s.End))
		out[i] = int32(i)
		if m.Ties || len(s.Frozen) > 0 || len(s.Breaks) > 0 {
			continue
		}
		for _, k := range first[mark] {
			if alike(&m.Shifts[k], s) {
				out[i] = k
				break
			}
		}
		if out[i] == int32(i) {
			first[mark] = append(first[mark], int32(i))
		}
	}
	return out
}

func alike(a, b *Shift) bool {
	same := *b
	same.Technician = a.Technician
	return reflect.DeepEqual(a, &same)
}

// peopleMarks is a hash per technician of what they cost and how long they take.
func peopleMarks(m *Model) []uint64 {
	marks := make([]uint64, m.Technicians)
	for i, cost := range m.Assign {
		t := i % int(m.Technicians)
		marks[t] = mix(marks[t], uint64(cost))
	}
	for i := range m.Nodes {
		for t, d := range m.Nodes[i].Durations {
			marks[t] = mix(marks[t], uint64(d.Service)<<32|uint64(d.Setup))
		}
	}
	return marks
}

// shiftMarks is a hash per shift of the visits that may join it.
func shiftMarks(m *Model) []uint64 {
	marks := make([]uint64, len(m.Shifts))
	seen := map[*int32]bool{}
	for v := range m.Visits {
		list := m.Nodes[v].Candidates
		if len(list) == 0 || seen[&list[0]] {
			continue
		}
		seen[&list[0]] = true
		for _, s := range list {
			marks[s] = mix(marks[s], uint64(v))
		}
	}
	return marks
}

func mix(a, b uint64) uint64 {
	g := rng{a ^ b*0x9e3779b97f4a7c15}
	return g.next()
}
