package demo

import (
	"fmt"
	"strconv"
	"strings"

	"tournee/geo"
	"tournee/geo/commune"
)

func (g *generator) clients() []Client {
	var all []Client
	for n := range clients {
		code := fmt.Sprintf("client-%03d", n+1)
		if g.chance(65) {
			all = append(all, g.household(code))
		} else {
			all = append(all, g.company(code))
		}
	}
	return all
}

func (g *generator) household(code string) Client {
	c := Client{Code: code, Kind: "household", Name: pick(g, firstNames) + " " + pick(g, lastNames), Phone: g.mobile()}
	if g.chance(82) {
		c.Email = g.email(c.Name, "example.org")
	}
	if g.chance(30) {
		c.Phone = g.landline()
	}
	town, position := g.home()
	c.Sites = []Site{g.site(code, 1, "Domicile", town, position)}
	return c
}

func (g *generator) company(code string) Client {
	owner := pick(g, lastNames)
	c := Client{
		Code: code, Kind: "company", Name: fmt.Sprintf(pick(g, trades), owner), Phone: g.landline(),
		Contact: pick(g, firstNames) + " " + pick(g, lastNames),
	}
	domain := strings.ReplaceAll(commune.Normalize(c.Name), " ", "-") + ".example"
	c.Email = g.email("contact", domain)
	for n := range 1 + weighted(g, []int{60, 22, 11, 7}) {
		town, position := g.home()
		name := siteNames[0]
		if n > 0 {
			name = pick(g, siteNames[1:]) + " de " + cityName(town)
		}
		c.Sites = append(c.Sites, g.site(code, n+1, name, town, position))
	}
	return c
}

func (g *generator) site(client string, n int, name string, town commune.Commune, position geo.Position) Site {
	number := strconv.Itoa(1 + g.IntN(140))
	if g.chance(8) {
		number += pick(g, []string{" bis", " ter"})
	}
	territory, _ := g.region.territory(position)
	s := Site{
		Code: fmt.Sprintf("%s-%d", client, n), Name: name, Street: number + " " + pick(g, streets),
		Postcode: town.Postcodes[0], City: cityName(town), CityCode: town.Code, Position: position, Territory: territory,
	}
	if g.chance(25) {
		s.AccessNotes = pick(g, accessNotes)
	}
	return s
}
