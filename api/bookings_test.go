package api_test

import (
	"maps"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// offered is availability as the API tells it.
type offered struct {
	TimeZone string `json:"time_zone"`
	Slots    []slot
	Refused  []struct {
		Start   time.Time
		Reasons []struct{ Code, Detail string }
	}
	Needs []string
}

type slot struct {
	Start, End time.Time
	Price      *told
	Risk       int `json:"lateness_risk"`
	Green      bool
	Cost       *struct{ Amount int64 }
	Token      string
	ExpiresAt  time.Time `json:"expires_at"`
}

// at is the slot that opens at a moment.
func (o offered) at(t *testing.T, at time.Time) slot {
	t.Helper()
	for _, s := range o.Slots {
		if s.Start.Equal(at) {
			return s
		}
	}
	t.Fatalf("no slot opens at %v among %d", at, len(o.Slots))
	return slot{}
}

// booking is a booking as the API tells it.
type booking struct {
	ID         uuid.UUID
	RequestID  uuid.UUID   `json:"request_id"`
	VisitIDs   []uuid.UUID `json:"visit_ids"`
	Status     string
	Slot       struct{ Start, End time.Time }
	HeldUntil  *time.Time `json:"held_until"`
	Price      *told
	ReplacedBy uuid.UUID `json:"replaced_by"`
	Version    int
}

// wanted is work that somebody describes: an hour for who knows networks.
func wanted(client, site any) fields {
	return fields{
		"client_id": client, "site_id": site, "category": "network", "description": "La box ne se connecte plus.", "mode": "on_site", "duration": "PT1H",
		"required_skills": []fields{{"skill": "network", "level": 2}},
	}
}

// books gives everybody's office a booking, a spare one, a hold, a draft, a slot to take and a link: the company's on Friday, the insured's on Thursday.
func (p *program) books(o office) {
	p.t.Helper()
	for _, party := range []struct {
		role dispatch.Role
		day  int
		slot time.Time
	}{{dispatch.RoleDispatcher, 4, p.At(4, 12, 0)}, {dispatch.RolePartner, 3, p.At(2, 10, 0)}} {
		bearer, own := o.bearer[party.role], ids{}
		work := wanted(o.own[party.role]["clients"], o.own[party.role]["sites"])
		var free offered
		p.post("/v1/availability", bearer, fields{"work": work}).into(http.StatusOK, &free)
		hold := func(hour int) (b booking) {
			p.post("/v1/holds", bearer, fields{"slot": free.at(p.t, p.At(party.day, hour, 0)).Token, "request": work}).into(http.StatusCreated, &b)
			return b
		}
		book := func(hour int) (b booking) {
			held := hold(hour)
			p.post("/v1/bookings", bearer, fields{"hold_id": held.ID, "accepted_total": held.Price.Total}).into(http.StatusCreated, &b)
			return b
		}
		first, spare, held := book(8), book(10), hold(14)
		own["bookings"], own["spare bookings"], own["holds"], own["hold total"] = first.ID.String(), spare.ID.String(), held.ID.String(), strconv.FormatInt(held.Price.Total, 10)
		own["waiting"] = spare.VisitIDs[0].String()
		p.post("/v1/visits/"+own["waiting"]+"/waitlist", bearer, fields{}).is(http.StatusCreated)
		chosen := free.at(p.t, party.slot)
		own["slot"], own["slot total"] = chosen.Token, strconv.FormatInt(chosen.Price.Total, 10)
		var link struct{ Token string }
		p.post("/v1/bookings/"+own["bookings"]+"/link", bearer, nil).into(http.StatusOK, &link)
		own["link"] = link.Token
		draft := fields{"by_slot": true}
		maps.Copy(draft, work)
		var request struct{ ID string }
		p.post("/v1/requests", bearer, draft).into(http.StatusCreated, &request)
		var visits struct{ Items []struct{ ID string } }
		p.call("GET", "/v1/requests/"+request.ID+"/visits", bearer, nil).into(http.StatusOK, &visits)
		own["drafts"] = visits.Items[0].ID
		for role := range o.own {
			if (role == dispatch.RolePartner) == (party.role == dispatch.RolePartner) {
				maps.Copy(o.own[role], own)
			}
		}
	}
}

// chosen are the bodies of the operations that take a slot or a price, with the caller's own.
func chosen(own ids) map[string]string {
	return map[string]string{
		"holdSlot":    `{"slot":"` + own["slot"] + `","visit_id":"` + own["drafts"] + `"}`,
		"bookSlot":    `{"hold_id":"` + own["holds"] + `","accepted_total":` + own["hold total"] + `}`,
		"moveBooking": `{"slot":"` + own["slot"] + `","accepted_total":` + own["slot total"] + `}`,
	}
}

// moreau is a program in which Mme Moreau, a household, has an account.
func moreau(t *testing.T) (p *program, bearer string) {
	t.Helper()
	p = start(t)
	p.tariffed()
	n := p.account(dispatch.RoleClient, "moreau@example.fr")
	n.ClientID, n.Locale = p.Household.ID, "fr"
	if _, err := p.identity.Provision(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return p, p.signIn("moreau@example.fr", password).AccessToken
}

// tariffed gives the World's organization a tariff.
func (p *program) tariffed() {
	p.t.Helper()
	p.post("/v1/tariffs", p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken, tariff(nil)).is(http.StatusCreated)
}
