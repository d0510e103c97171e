package check

import "tournee/scheduler"

// alternative: a visit is done at its place or at one of the others it names.
func alternative(s *sheet, report report) {
	for _, r := range s.plan.Routes {
		for i := range r.Stops {
			stop := &r.Stops[i]
			v, most := s.visits[stop.Visit], 0
			if v != nil {
				most = len(v.Places)
			}
			if stop.Alternative < 0 || stop.Alternative > most {
				report(r.Shift, stop.Visit+stop.Break, "is at alternative %d of %d", stop.Alternative, most)
			}
		}
	}
}

// placeOf is where a stop happens, or NoPlace.
func (s *sheet) placeOf(stop *scheduler.Stop) int {
	v := s.visits[stop.Visit]
	switch n := stop.Alternative; {
	case stop.Depot != "":
		return s.depot(stop.Depot).Place
	case v == nil:
		return scheduler.NoPlace
	case n > 0 && n <= len(v.Places):
		return v.Places[n-1]
	default:
		return v.Place
	}
}
