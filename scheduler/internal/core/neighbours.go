package core

import "slices"

// neighbourhood is how many near visits are kept for each visit.
const neighbourhood = 100

// neighbours lists for each visit the others by nearness: travel there and back
// by the first transport mode, plus the gap between their windows, so that
// what lies on other days is far. Remote visits are near in time only.
func neighbours(m *Model) [][]int32 {
	n := int(m.Visits)
	k := min(neighbourhood, n-1)
	out := make([][]int32, n)
	flat := make([]int32, 0, n*max(k, 0))
	row := make([]uint64, 0, n)
	for v := range m.Visits {
		row = row[:0]
		for w := range m.Visits {
			if w != v && !m.Nodes[w].Frozen {
				row = append(row, uint64(m.distance(v, w))<<32|uint64(w))
			}
		}
		nearest := least(row, k)
		slices.Sort(nearest)
		start := len(flat)
		for _, x := range nearest {
			flat = append(flat, int32(x&(1<<32-1)))
		}
		out[v] = flat[start:len(flat):len(flat)]
	}
	return out
}

// least moves the k least elements to the front, by quickselect, and returns
// them.
func least(row []uint64, k int) []uint64 {
	if k >= len(row) {
		return row
	}
	low, high := 0, len(row)-1
	for low < high {
		pivot := row[(low+high)/2]
		i, j := low, high
		for i <= j {
			for row[i] < pivot {
				i++
			}
			for row[j] > pivot {
				j--
			}
			if i <= j {
				row[i], row[j] = row[j], row[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return row[:k]
		}
	}
	return row[:k]
}

// distance says how far two visits are from one another, in seconds.
func (m *Model) distance(v, w int32) int32 {
	d := int32(0)
	if m.Nodes[v].Place != Float && m.Nodes[w].Place != Float && len(m.Matrices) > 0 {
		mx := &m.Matrices[0]
		d = (mx.leg(m.Nodes[v].Place, m.Nodes[w].Place).Seconds + mx.leg(m.Nodes[w].Place, m.Nodes[v].Place).Seconds) / 2
	}
	a, b := m.Nodes[v].Windows, m.Nodes[w].Windows
	gap := max(a[0].Open-b[len(b)-1].Close, b[0].Open-a[len(a)-1].Close, 0)
	return d + gap
}
