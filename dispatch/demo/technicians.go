package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tournee/geo"
	"tournee/geo/commune"
)

// skills are what technicians are good at.
var skills = []Skill{
	{"windows", "Postes Windows", "Windows computers"},
	{"macos", "Postes Mac", "Mac computers"},
	{"reseau", "Réseau et Wi-Fi", "Networks and Wi-Fi"},
	{"imprimante", "Imprimantes et scanners", "Printers and scanners"},
	{"messagerie", "Messagerie et bureautique", "E-mail and office software"},
	{"materiel", "Réparation de matériel", "Hardware repair"},
	{"mobile", "Téléphones et tablettes", "Phones and tablets"},
	{"telephonie", "Téléphonie IP", "IP telephony"},
	{"securite", "Sécurité et virus", "Security and malware"},
	{"serveur", "Serveurs et sauvegardes", "Servers and backups"},
	{"recuperation_donnees", "Récupération de données", "Data recovery"},
}

// profiles are what technicians are trained as: the skills that each of the kind has, with the lowest and highest level.
var profiles = []struct {
	share  int
	skills []trained
}{
	{40, []trained{{"windows", 2, 4}, {"imprimante", 1, 3}, {"reseau", 1, 3}, {"messagerie", 2, 3}, {"materiel", 1, 3}}},
	{15, []trained{{"macos", 2, 4}, {"mobile", 2, 4}, {"messagerie", 1, 3}, {"windows", 1, 2}, {"imprimante", 1, 2}}},
	{18, []trained{{"reseau", 3, 4}, {"telephonie", 2, 4}, {"windows", 1, 3}, {"securite", 1, 2}, {"imprimante", 1, 2}}},
	{12, []trained{{"serveur", 2, 4}, {"windows", 3, 4}, {"reseau", 2, 3}, {"securite", 1, 3}, {"messagerie", 2, 4}}},
	{8, []trained{{"materiel", 3, 4}, {"recuperation_donnees", 1, 3}, {"windows", 2, 3}, {"macos", 1, 3}, {"mobile", 1, 3}}},
	{7, []trained{{"securite", 2, 3}, {"serveur", 1, 3}, {"windows", 2, 4}, {"reseau", 2, 3}}},
}

type trained struct {
	skill         string
	lowest, above int
}

// hoursOfWork are the shifts people work, as local hours and minutes from and to.
var hoursOfWork = [][4]int{{8, 0, 17, 0}, {8, 30, 17, 30}, {9, 0, 18, 0}, {9, 30, 18, 30}, {7, 30, 15, 30}}

func (g *generator) technicians() []Technician {
	var shares []int
	for _, p := range profiles {
		shares = append(shares, p.share)
	}
	var all []Technician
	for n := range technicians {
		town, home := g.home()
		first, last := pick(g, firstNames), pick(g, lastNames)
		t := Technician{
			Code: fmt.Sprintf("tech-%02d", n+1), Name: first + " " + last,
			Email: g.email(first+" "+last, "depann-idf.example"), Phone: g.mobile(),
			Employment: []string{"employee", "independent", "subcontractor"}[weighted(g, []int{75, 17, 8})],
			Home:       home, HomeCity: cityName(town),
		}
		t.Transport = g.transport(home)
		for _, s := range profiles[weighted(g, shares)].skills {
			t.Skills = append(t.Skills, SkillLevel{s.skill, s.lowest + g.IntN(s.above-s.lowest+1)})
		}
		t.Territories = g.served(home, t.Transport)
		t.Shifts = g.shifts()
		if n%12 == 5 {
			t.Absences = []Absence{g.absence(t.Shifts)}
		}
		all = append(all, t)
	}
	// One person alone in the organization masters data recovery and security.
	all[technicians-1].Skills = []SkillLevel{{"recuperation_donnees", 4}, {"securite", 4}, {"serveur", 3}, {"windows", 3}}
	return all
}

// transport: in Paris and at its gates many go by train or bike, farther out nearly all drive.
func (g *generator) transport(home geo.Position) geo.Mode {
	modes := []geo.Mode{geo.Car, geo.Bike, geo.PublicTransport}
	if geo.Distance(home, notreDame) < 9000 {
		return modes[weighted(g, []int{35, 25, 40})]
	}
	return modes[weighted(g, []int{92, 1, 7})]
}

// served are the territories that a technician takes work in: those with a town near home, fewer without a car.
func (g *generator) served(home geo.Position, mode geo.Mode) (codes []string) {
	radius := map[geo.Mode]float64{geo.Car: 30_000, geo.PublicTransport: 20_000, geo.Bike: 10_000}[mode]
	for _, c := range g.region.communes {
		code := departments[department(c)].code
		if geo.Distance(home, c.Position) < radius && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	if own, ok := g.region.territory(home); ok && !slices.Contains(codes, own) {
		codes = append(codes, own)
	}
	slices.Sort(codes)
	return codes
}

func (g *generator) shifts() (shifts []Shift) {
	h := pick(g, hoursOfWork)
	lunch := time.Duration(pick(g, []int{45, 60})) * time.Minute
	for day := range Days {
		shifts = append(shifts, Shift{
			Span:          Span{g.at(day, h[0], h[1]), g.at(day, h[2], h[3])},
			BreakEarliest: g.at(day, 11, 30), BreakLatest: g.at(day, 13, 30), Break: lunch,
		})
	}
	return shifts
}

// absence takes a technician out of one shift or its afternoon.
func (g *generator) absence(shifts []Shift) Absence {
	day := g.IntN(Days)
	a := Absence{shifts[day].Span, pick(g, []string{"sick", "holiday", "training", "other"})}
	if g.chance(40) {
		a.Start = g.at(day, 13, 0)
	}
	return a
}

// mobile and landline give out each number of the ranges that ARCEP keeps for fiction once: 06 39 98 and 01 99 00.
func (g *generator) mobile() string   { return number("+3363998", &g.mobiles) }
func (g *generator) landline() string { return number("+3319900", &g.landlines) }

func number(prefix string, left *[]int) string {
	n := (*left)[0]
	*left = (*left)[1:]
	return fmt.Sprintf("%s%04d", prefix, n)
}

// email is an address of the name at a domain that can never exist (RFC 2606); namesakes get a number.
func (g *generator) email(name, domain string) string {
	if g.addresses == nil {
		g.addresses = make(map[string]int)
	}
	local := strings.ReplaceAll(commune.Normalize(name), " ", ".")
	g.addresses[local+domain]++
	if n := g.addresses[local+domain]; n > 1 {
		local = fmt.Sprint(local, n)
	}
	return local + "@" + domain
}
