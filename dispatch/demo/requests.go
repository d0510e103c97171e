package demo

import (
	"fmt"
	"slices"
	"time"
)

// hardEvery makes one request in sixteen hard to serve, about 6 %.
const hardEvery = 16

func (g *generator) requests(clients []Client) []Request {
	var all []Request
	for n := range Requests {
		client := &clients[g.IntN(len(clients))]
		r := g.request(client)
		if n%hardEvery == hardEvery-1 {
			g.harden(&r, n/hardEvery, client, clients)
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b Request) int { return a.OpenedAt.Compare(b.OpenedAt) })
	for i := range all {
		all[i].Code = fmt.Sprintf("req-%03d", i+1)
	}
	return all
}

func (g *generator) request(client *Client) Request {
	k := g.kind(client.Kind)
	grade := grades[weighted(g, gradeShares)]
	site := pick(g, client.Sites)
	needed := pick(g, k.skills)
	r := Request{
		Client: client.Code, Site: site.Code, Category: k.code, Description: g.description(k, client, needed[0] == "macos"),
		Mode: "on_site", SupportLevel: 1 + weighted(g, supportShares), Severity: g.severity(grade),
		Impact: grade.impact, Urgency: grade.urgency,
		Duration: time.Duration(k.minutes[0]+15*g.IntN((k.minutes[1]-k.minutes[0])/15+1)) * time.Minute,
	}
	if g.chance(k.remote) {
		r.Mode = "remote"
		r.Duration = max(15*time.Minute, (r.Duration / 2).Truncate(5*time.Minute))
	}
	// Level 4 is for the hard ones: somebody has each skill at level 3.
	for i, skill := range needed {
		levels := []int{30, 45, 25, 0}
		if i > 0 {
			levels = []int{60, 35, 5, 0}
		}
		r.Skills = append(r.Skills, SkillLevel{skill, 1 + weighted(g, levels)})
	}
	r.Windows = g.windows(g.urgent(grade))
	r.OpenedAt = g.opened(r.Windows[0].Start, g.urgent(grade))
	return r
}

// kind draws a category that clients of the kind have trouble with.
func (g *generator) kind(client string) *kind {
	for {
		k := &kinds[weighted(g, categoryShares)]
		if k.clients == "" || k.clients == client {
			return k
		}
	}
}

func (g *generator) severity(of grade) string {
	switch {
	case of.impact == "high" && of.urgency == "high":
		return "crisis"
	case of.impact == "low":
		return "non_blocking"
	case of.impact == "high" || of.urgency == "high" || g.chance(45):
		return "blocking"
	}
	return "non_blocking"
}

func (g *generator) urgent(of grade) bool { return of.impact == "high" || of.urgency == "high" }

// windows draws when somebody is there: two hours, half a day, a whole day, or one of two half days. Urgent help is wanted on
// the first day that is left.
func (g *generator) windows(urgent bool) []Span {
	day := g.IntN(Days)
	if urgent {
		day = 0
	}
	for ; ; day++ {
		if windows := g.windowsOn(day, urgent); len(windows) > 0 {
			return windows
		}
	}
}

func (g *generator) windowsOn(day int, urgent bool) (windows []Span) {
	morning, afternoon := Span{g.at(day, 8, 0), g.at(day, 12, 0)}, Span{g.at(day, 13, 30), g.at(day, 18, 0)}
	switch shape := weighted(g, []int{45, 25, 15, 15}); {
	case urgent || shape == 2:
		windows = []Span{{morning.Start, afternoon.End}}
	case shape == 0:
		hour := pick(g, []int{8, 9, 10, 11, 13, 14, 15, 16})
		windows = []Span{{g.at(day, hour, 0), g.at(day, hour+2, 0)}}
	case shape == 1:
		windows = []Span{pick(g, []Span{morning, afternoon})}
	case day+1 < Days:
		windows = []Span{pick(g, []Span{morning, afternoon}), {g.at(day+1, 8, 0), g.at(day+1, 12, 0)}}
	default:
		windows = []Span{{morning.Start, morning.Start.Add(2 * time.Hour)}, afternoon}
	}
	return g.ahead(windows)
}

// shortest is the least that is left of a window that began already.
const shortest = 30 * time.Minute

// ahead keeps what is still to come of the windows, from the next full quarter of an hour.
func (g *generator) ahead(windows []Span) (left []Span) {
	const quarter = 15 * time.Minute
	soonest := g.from.Add(quarter - 1).Truncate(quarter)
	for _, w := range windows {
		if w.Start.Before(soonest) {
			w.Start = soonest
		}
		if w.End.Sub(w.Start) >= shortest {
			left = append(left, w)
		}
	}
	return left
}

// opened draws when the request came in: at an hour as busy as it is, some hours before the window if urgent, else on one of the
// three days before; always before the window and before from.
func (g *generator) opened(window time.Time, urgent bool) time.Time {
	before := window
	if g.from.Before(before) {
		before = g.from
	}
	local := before.In(g.midnight.Location())
	for {
		back := 1 + g.IntN(3)
		if urgent {
			back = g.IntN(2)
		}
		opened := time.Date(local.Year(), local.Month(), local.Day()-back, weighted(g, hourly), g.IntN(60), 0, 0, local.Location())
		if opened.Before(before) {
			return opened
		}
	}
}

// harden makes a request hard to serve, in one of four ways.
func (g *generator) harden(r *Request, n int, client *Client, clients []Client) {
	r.Hard, r.Mode = true, "on_site"
	switch n % 4 {
	case 0: // only one technician has the skill
		r.Category, r.Description = "donnees_perdues", lostForGood[client.Kind]
		r.Skills, r.Duration = []SkillLevel{{"recuperation_donnees", 4}}, 3*time.Hour
	case 1: // a company's whole day of work, and hardly anybody masters it
		client = g.companyOf(clients)
		r.Client, r.Site = client.Code, client.Sites[0].Code
		r.Category, r.Description = "virus", pick(g, attacked)
		r.Skills, r.Duration = []SkillLevel{{"securite", 4}, {"serveur", 3}}, 4*time.Hour
	case 2: // a quarter of an hour to arrive, at an hour when few work
		narrow := Span{g.at(1+g.IntN(Days-1), 7, 45), time.Time{}}
		narrow.End = narrow.Start.Add(15 * time.Minute)
		r.Windows = []Span{narrow}
	case 3: // far out, late, and long
		client, site := g.far(clients)
		r.Client, r.Site = client.Code, site.Code
		day := 1 + g.IntN(Days-1)
		r.Windows = []Span{{g.at(day, 16, 30), g.at(day, 17, 30)}}
		r.Skills = []SkillLevel{{"serveur", 3}}
		r.Category, r.Description = "serveur", pick(g, depot)
		r.Duration = 150 * time.Minute
	}
	r.OpenedAt = g.opened(r.Windows[0].Start, false)
}

func (g *generator) companyOf(clients []Client) *Client {
	for {
		if c := &clients[g.IntN(len(clients))]; c.Kind == "company" {
			return c
		}
	}
}

// far gives a company one more site, in a village far from Paris.
func (g *generator) far(clients []Client) (*Client, Site) {
	c := g.companyOf(clients)
	town, position := g.placeIn(g.region.communes[pick(g, g.region.remote)])
	s := g.site(c.Code, len(c.Sites)+1, "Dépôt de "+cityName(town), town, position)
	c.Sites = append(c.Sites, s)
	return c, s
}
