package geo

// fitPlaces learns what journeys from and to each place take more than distance tells, one side after the other.
func (f *fitting) fitPlaces() {
	leaving, reaching := make([][]int, len(f.at)), make([][]int, len(f.at))
	for i := range f.samples {
		leaving[f.from[i]] = append(leaving[f.from[i]], i)
		reaching[f.to[i]] = append(reaching[f.to[i]], i)
	}
	for range 3 {
		f.fitSide(f.out, leaving, func(i int) float64 { return f.in[f.to[i]] })
		f.fitSide(f.in, reaching, func(i int) float64 { return f.out[f.from[i]] })
	}
}

// fitSide learns one side's places; other is what the other side of a sample says. What all have in common belongs to the distance.
func (f *fitting) fitSide(side []float64, of [][]int, other func(i int) float64) {
	total, n := 0.0, 0
	for place, samples := range of {
		if len(samples) == 0 {
			continue
		}
		var rests, weights []float64
		for _, i := range samples {
			driven := f.driven(i)
			rests, weights = append(rests, driven-f.base(i)-other(i)), append(weights, 1/driven)
		}
		few := float64(len(samples))
		side[place] = weightedMedian(rests, weights) * few / (few + placePrior)
		total += side[place]
		n++
	}
	for place := range side {
		if len(of[place]) > 0 {
			side[place] -= total / float64(n)
		}
	}
}

// reach is how far zones that lie so far apart speak, in spacings: neighbours overlap enough to leave no seam.
const reach = 0.75

// fitZones makes zones of what the places say.
func (f *fitting) fitZones() {
	n := min(len(f.tiling.Centres), MaxZones)
	if n == 0 || f.tiling.Spacing <= 0 {
		return
	}
	f.zones = Zones{
		Centres: f.tiling.Centres[:n], Reach: f.tiling.Spacing * reach,
		Out: make([]float64, n), In: make([]float64, n), Between: make([]float64, n*n),
	}
	ready := f.zones.ready()
	weights := make([]float64, n)
	for place, at := range f.at {
		b := ready.blend(at)
		for i := range b.n {
			z, w := b.zones[i], b.weights[i]
			weights[z] += w
			f.zones.Out[z] += w * f.out[place]
			f.zones.In[z] += w * f.in[place]
		}
	}
	for z, w := range weights {
		f.zones.Out[z] = bounded(f.zones.Out[z] / (w + zonePrior))
		f.zones.In[z] = bounded(f.zones.In[z] / (w + zonePrior))
	}
	f.addZones()
}

// addZones says what the zones add to each sample.
func (f *fitting) addZones() {
	ready, blends := f.blends()
	for i := range f.samples {
		f.added[i] = ready.between(&blends[f.from[i]], &blends[f.to[i]])
	}
}

// blends are the zones that each place listens to.
func (f *fitting) blends() (*zoning, []blend) {
	ready := f.zones.ready()
	blends := make([]blend, len(f.at))
	for place, at := range f.at {
		blends[place] = ready.blend(at)
	}
	return &ready, blends
}

// loudest is the largest share of a sample's time that it may say is left between zones; absurd ones say no more.
const loudest = 0.15

// fitBetween learns what is left from zone to zone.
func (f *fitting) fitBetween() {
	n := len(f.zones.Centres)
	if n == 0 {
		return
	}
	_, blends := f.blends()
	rests, weights := make([]float64, n*n), make([]float64, n*n)
	for i := range f.samples {
		driven := f.driven(i)
		rest := driven - f.base(i) - f.added[i]
		rest = max(-driven*loudest, min(driven*loudest, rest))
		from, to := &blends[f.from[i]], &blends[f.to[i]]
		for a := range from.n {
			for b := range to.n {
				at, w := int(from.zones[a])*n+int(to.zones[b]), from.weights[a]*to.weights[b]
				weights[at] += w
				rests[at] += w * rest
			}
		}
	}
	for at, w := range weights {
		f.zones.Between[at] = bounded(f.zones.Between[at] + rests[at]/(w+squarePrior))
	}
	f.addZones()
}

// bounded keeps a zone's word within what Validate allows.
func bounded(seconds float64) float64 { return max(-3600, min(3600, seconds)) }
