package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"tournee/geo"
	"tournee/geo/commune"
)

// row is a line of the result: a commune, or the name of a former commune and the code of the one that it belongs to now.
type row struct {
	code, name, city string
	lat, lon         float64
	placement        commune.Placement
	population       int
	postcodes        []string
}

// former marks a row that only gives a former commune's name.
const former = commune.Placement(255)

// overseas are the departments and collectivities that GeoNames has as countries of their own.
var overseas = map[string]string{
	"GP": "971", "MQ": "972", "GF": "973", "RE": "974", "PM": "975", "YT": "976",
	"BL": "977", "MF": "978", "WF": "986", "PF": "987", "NC": "988",
}

// english are the names of which GeoNames has the English form, and a seat that has another name than its commune.
var english = map[string]string{
	"59 dunkirk": "59 dunkerque", "978 marigot": "978 saint martin", "977 gustavia": "977 saint barthelemy",
}

type point struct{ lat, lon float64 }

// place gives every commune a position: its own in GeoNames, under its name or that of the former communes it is made of;
// else the mean of the communes nearest to it on paper.
func place(divisions []division, groups []group, cities []city) []row {
	known := named(cities)
	exact, seats, inside := map[string]point{}, map[string]point{}, map[string][]point{}
	for _, d := range divisions {
		p, ok := known[key(d)]
		switch {
		case !ok:
		case d.ChefLieu == "":
			exact[d.Code] = p
		case d.ChefLieu == d.Code:
			seats[d.Code] = p
		default:
			inside[d.ChefLieu] = append(inside[d.ChefLieu], p)
		}
	}
	for code, p := range seats {
		if _, placed := exact[code]; !placed {
			exact[code] = p
		}
	}
	shortened(divisions, known, exact)
	near := neighbourhoods(divisions, groups, exact)
	var rows []row
	for _, d := range divisions {
		if d.ChefLieu != "" {
			rows = append(rows, row{code: d.ChefLieu, name: d.Nom, placement: former})
			continue
		}
		p, placement, ok := near.of(d, exact, inside)
		if !ok || len(d.CodesPostaux) == 0 { // the southern lands and Clipperton, where nobody lives
			continue
		}
		rows = append(rows, row{
			code: d.Code, name: d.Nom, city: d.Commune, lat: p.lat, lon: p.lon, placement: placement,
			population: d.Population, postcodes: d.CodesPostaux,
		})
	}
	return rows
}

// named are the positions by department and name.
func named(cities []city) map[string]point {
	known := make(map[string]point)
	for _, c := range cities {
		department := c.Admin2
		if code, ok := overseas[c.Country]; ok {
			department = code
		} else if c.Country != "FR" {
			continue
		}
		lat, errLat := strconv.ParseFloat(c.Lat, 64)
		lon, errLon := strconv.ParseFloat(c.Lng, 64)
		if errLat != nil || errLon != nil {
			continue
		}
		name := department + " " + nameOf(c.Name)
		if other, ok := english[name]; ok {
			name = other
		}
		if number, ok := parisian(c.Name); ok {
			name = "75 " + number
		}
		known[name] = point{lat, lon}
	}
	return known
}

// parisian reads GeoNames' "Paris 15 Vaugirard" as the number of an arrondissement.
func parisian(name string) (string, bool) {
	words := strings.Fields(name)
	if len(words) < 3 || words[0] != "Paris" || len(words[1]) != 2 {
		return "", false
	}
	number, err := strconv.Atoi(words[1])
	return strconv.Itoa(75100 + number), err == nil
}

func key(d division) string {
	if d.Commune == "75056" {
		return "75 " + d.Code
	}
	return departmentOf(d) + " " + nameOf(d.Nom)
}

func departmentOf(d division) string {
	if strings.HasPrefix(d.Code, "97") || strings.HasPrefix(d.Code, "98") {
		return d.Code[:3]
	}
	return d.Code[:2]
}

func nameOf(name string) string { return commune.Normalize(name) }

// shortened finds the communes that GeoNames has under the first words of their name, as Saint-Ouen for
// Saint-Ouen-sur-Seine, where only one commune of the department begins so and no former commune is called so.
func shortened(divisions []division, known map[string]point, exact map[string]point) {
	full := make(map[string]bool)
	begins := make(map[string][]string)
	for _, d := range divisions {
		full[key(d)] = true
		if d.ChefLieu != "" || d.Commune != "" {
			continue
		}
		words := strings.Fields(key(d))
		for n := 2; n < len(words); n++ {
			beginning := strings.Join(words[:n], " ")
			begins[beginning] = append(begins[beginning], d.Code)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		codes := begins[name]
		if full[name] || len(codes) != 1 {
			continue
		}
		if _, placed := exact[codes[0]]; !placed {
			exact[codes[0]] = known[name]
		}
	}
}

// neighbours are the mean positions of the placed communes that share a postal code, a group, a district or a department.
type neighbours struct {
	means  map[string]point
	groups map[string]string // a commune's group
}

func neighbourhoods(divisions []division, groups []group, exact map[string]point) neighbours {
	n := neighbours{means: make(map[string]point), groups: make(map[string]string)}
	for i, g := range groups {
		for _, member := range g.Membres {
			n.groups[member.Code] = fmt.Sprint("group ", i)
		}
	}
	sums, counts := make(map[string]point), make(map[string]float64)
	for _, d := range divisions {
		p, placed := exact[d.Code]
		if !placed || d.ChefLieu != "" || d.Commune != "" {
			continue
		}
		for _, name := range n.around(d) {
			sums[name] = point{sums[name].lat + p.lat, sums[name].lon + p.lon}
			counts[name]++
		}
	}
	for name, sum := range sums {
		n.means[name] = point{sum.lat / counts[name], sum.lon / counts[name]}
	}
	return n
}

// around names the neighbourhoods of a commune, narrowest first.
func (n neighbours) around(d division) []string {
	var names []string
	for _, postcode := range d.CodesPostaux {
		names = append(names, "postcode "+postcode)
	}
	if group, ok := n.groups[d.Code]; ok {
		names = append(names, group)
	}
	if d.Arrondissement != "" {
		names = append(names, "district "+d.Arrondissement)
	}
	return append(names, "department "+departmentOf(d))
}

func (n neighbours) of(d division, exact map[string]point, inside map[string][]point) (p point, placement commune.Placement, ok bool) {
	if p, ok := exact[d.Code]; ok {
		return p, commune.Own, true
	}
	if points := inside[d.Code]; len(points) > 0 {
		return mean(points), commune.Own, true
	}
	if p, ok := exact[d.Commune]; ok {
		return p, commune.City, true
	}
	for _, name := range n.around(d) {
		if p, ok := n.means[name]; ok {
			switch {
			case strings.HasPrefix(name, "postcode"):
				return p, commune.Postcode, true
			case strings.HasPrefix(name, "group"):
				return p, commune.Group, true
			default:
				return p, commune.District, true
			}
		}
	}
	return point{}, 0, false
}

func mean(points []point) (m point) {
	for _, p := range points {
		m.lat += p.lat / float64(len(points))
		m.lon += p.lon / float64(len(points))
	}
	return m
}

// report tells how many communes and people have which placement, and the spread of a postal code.
func report(rows []row) string {
	communes, people := map[commune.Placement]int{}, map[commune.Placement]int{}
	byPostcode := map[string][]geo.Position{}
	for _, r := range rows {
		communes[r.placement]++
		if r.city == "" {
			people[r.placement] += r.population
		}
		if r.placement == commune.Own && r.city == "" {
			for _, postcode := range r.postcodes {
				byPostcode[postcode] = append(byPostcode[postcode], geo.Position{Lat: r.lat, Lon: r.lon})
			}
		}
	}
	var apart []float64
	for _, positions := range byPostcode {
		for i, p := range positions {
			if len(positions) > 1 {
				apart = append(apart, geo.Distance(p, positions[(i+1)%len(positions)]))
			}
		}
	}
	slices.Sort(apart)
	var text strings.Builder
	fmt.Fprintf(&text, "two placed communes of one postal code: %.0f m apart (median), %.0f m (90 %%)\n",
		apart[len(apart)/2], apart[len(apart)*9/10])
	for _, placement := range slices.Sorted(maps.Keys(communes)) {
		fmt.Fprintf(&text, "placement %d: %d rows, %.2f million people\n", placement, communes[placement], math.Round(float64(people[placement])/1e4)/100)
	}
	return text.String()
}
