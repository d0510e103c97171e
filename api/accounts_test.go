package api_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
)

type account struct {
	ID           uuid.UUID `json:"id"`
	Role         string    `json:"role"`
	State        string    `json:"state"`
	Name         string    `json:"name"`
	Email        string    `json:"email"`
	Locale       string    `json:"locale"`
	ClientID     uuid.UUID `json:"client_id"`
	TechnicianID uuid.UUID `json:"technician_id"`
	UpdatedAt    time.Time `json:"updated_at"`
}

func TestATechnicianIsInvitedAndJoins(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr")
	var invited account
	p.post("/v1/invitations", boss.AccessToken, fields{
		"role": "technician", "email": "Karim@Example.fr", "name": "Karim Haddad", "technician_id": p.Karim.ID,
	}).into(201, &invited)
	if invited.Role != "technician" || invited.State != "invited" || invited.Email != "karim@example.fr" || invited.TechnicianID != p.Karim.ID || invited.Locale != "en" {
		t.Errorf("invited %+v", invited)
	}
	p.post("/v1/auth/sign-in", "", fields{"email": "karim@example.fr", "password": password}).refused(401, "sign_in_failed")
	s := p.post("/v1/auth/invitations/accept", "", fields{"token": p.link("karim@example.fr"), "password": password}).session(200)
	if s.Principal.ID != invited.ID || s.Principal.Role != "technician" || s.Principal.TechnicianID != p.Karim.ID {
		t.Errorf("joined as %+v", s.Principal)
	}
	p.me(p.signIn("karim@example.fr", password).AccessToken)
	p.post("/v1/invitations", boss.AccessToken, fields{
		"role": "technician", "email": "karim@example.fr", "name": "Karim", "technician_id": p.Karim.ID,
	}).refused(409, "account_exists")
}

func TestAClientInvitesIntoTheirOwnCompanyOnly(t *testing.T) {
	t.Parallel()
	p := start(t)
	owner := p.enter(dispatch.RoleClient, "patron@example.fr")
	var invited account
	p.post("/v1/invitations", owner.AccessToken, fields{
		"role": "client", "email": "vendeuse@example.fr", "name": "Inès Lebrun", "client_id": p.Household.ID, // not theirs to name
	}).into(201, &invited)
	if invited.ClientID != p.Company.ID {
		t.Errorf("invited into %s", invited.ClientID)
	}
	s := p.post("/v1/auth/invitations/accept", "", fields{"token": p.link("vendeuse@example.fr"), "password": password}).session(200)
	if s.Principal.ClientID != p.Company.ID {
		t.Errorf("joined %+v", s.Principal)
	}
	p.post("/v1/invitations", owner.AccessToken, fields{"role": "dispatcher", "email": "x@example.fr", "name": "X"}).refused(403, "forbidden")
	desk := p.enter(dispatch.RoleDispatcher, "nadia@example.fr")
	p.post("/v1/invitations", desk.AccessToken, fields{"role": "client", "email": "moreau@example.fr", "name": "Mme Moreau", "client_id": p.Household.ID}).into(201, &invited)
	if invited.ClientID != p.Household.ID {
		t.Errorf("a dispatcher invites into %s", invited.ClientID)
	}
	p.post("/v1/invitations", desk.AccessToken, fields{"role": "dispatcher", "email": "x@example.fr", "name": "X"}).refused(403, "forbidden")
}

func TestAnInvitationThatIsWrongTellsWhere(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr")
	for pointer, c := range map[string]struct {
		code string
		body fields
	}{
		"/technician_id": {"technician_unknown", fields{"role": "technician", "email": "x@example.fr", "name": "X", "technician_id": uuid.New()}},
		"/client_id":     {"client_missing", fields{"role": "client", "email": "x@example.fr", "name": "X"}},
		"/role":          {"field.enum", fields{"role": "partner", "email": "x@example.fr", "name": "X"}},
		"/email":         {"email_invalid", fields{"role": "dispatcher", "email": "x@localhost", "name": "X"}},
	} {
		if f := p.post("/v1/invitations", boss.AccessToken, c.body).refused(422, "invalid").faults(); f[pointer] != c.code {
			t.Errorf("%v: faults %v, want %s at %s", c.body, f, c.code, pointer)
		}
	}
	if mails := p.mails(); len(mails) != 0 {
		t.Errorf("mails went out all the same: %v", mails)
	}
}

func TestAnInvitationSentTwiceIsMadeOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr")
	body := fields{"role": "dispatcher", "email": "nadia@example.fr", "name": "Nadia"}
	first := p.post("/v1/invitations", boss.AccessToken, body, "Idempotency-Key", "k-1")
	first.is(201)
	if again := p.post("/v1/invitations", boss.AccessToken, body, "Idempotency-Key", "k-1"); !bytes.Equal(again.body, first.body) || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the repeat gets %d %s", again.status, again.body)
	}
	p.link("nadia@example.fr") // fails on two mails
}

func TestAccountsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr")
	want := map[string]string{"boss@example.fr": "administrator", "nadia@example.fr": "dispatcher", "claire@example.fr": "client"}
	p.person(dispatch.RoleDispatcher, "nadia@example.fr")
	p.person(dispatch.RoleClient, "claire@example.fr")
	got := map[string]string{}
	path := "/v1/accounts?limit=2"
	for pages := 1; ; pages++ {
		var page struct {
			Items      []account
			NextCursor *string   `json:"next_cursor"`
			AsOf       time.Time `json:"as_of"`
		}
		a := p.call("GET", path, boss.AccessToken, nil)
		a.into(200, &page)
		for _, i := range page.Items {
			got[i.Email] = i.Role
		}
		if strings.Contains(string(a.body), "argon2") || !page.AsOf.Equal(p.Clock.Now()) {
			t.Errorf("a page is %s", a.body)
		}
		if page.NextCursor == nil {
			if pages != 2 {
				t.Errorf("%d pages of two for three accounts", pages)
			}
			break
		}
		path = "/v1/accounts?limit=2&cursor=" + *page.NextCursor
	}
	if len(got) != len(want) {
		t.Errorf("listed %v", got)
	}
	for email, role := range want {
		if got[email] != role {
			t.Errorf("%s is listed as %q", email, got[email])
		}
	}
	p.call("GET", "/v1/accounts?cursor=nonsense", boss.AccessToken, nil).refused(422, "invalid")
}

func TestADeactivatedTechnicianIsOutAndGetsNoMoreNotices(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr")
	karim := p.enter(dispatch.RoleTechnician, "karim@example.fr")
	lea := p.enter(dispatch.RoleDispatcher, "lea@example.fr")
	principal := func(s session) dispatch.Principal {
		who, err := p.identity.Authenticate(t.Context(), s.AccessToken)
		if err != nil {
			t.Fatal(err)
		}
		return who
	}
	asKarim, asLea := principal(karim), principal(lea)
	for _, d := range []struct {
		who   dispatch.Principal
		token string
	}{{asKarim, "karim's phone"}, {asKarim, "karim's tablet"}, {asLea, "lea's phone"}} {
		if _, err := p.Service.RegisterDevice(t.Context(), d.who, dispatch.PlatformAndroid, d.token); err != nil {
			t.Fatal(err)
		}
	}
	path := "/v1/accounts/" + karim.Principal.ID.String() + "/deactivate"
	for range 2 { // twice is no error
		var closed account
		p.post(path, boss.AccessToken, nil).into(200, &closed)
		if closed.ID != karim.Principal.ID || closed.State != "deactivated" {
			t.Errorf("deactivated %+v", closed)
		}
	}
	p.call("GET", "/v1/me", karim.AccessToken, nil).refused(401, "session_ended")
	p.post("/v1/auth/sign-in", "", fields{"email": "karim@example.fr", "password": password}).refused(401, "sign_in_failed")
	for who, want := range map[*dispatch.Principal]int{&asKarim: 0, &asLea: 1} {
		if devices, err := p.Service.Devices(t.Context(), *who); err != nil || len(devices) != want {
			t.Errorf("%d devices left instead of %d (%v)", len(devices), want, err)
		}
	}
	p.post("/v1/accounts/"+boss.Principal.ID.String()+"/deactivate", boss.AccessToken, nil).refused(409, "last_administrator")
	p.post("/v1/accounts/"+uuid.NewString()+"/deactivate", boss.AccessToken, nil).refused(404, "not_found")
}

func TestOneChangesOnesOwnNameAndLanguage(t *testing.T) {
	t.Parallel()
	p := start(t)
	s := p.enter(dispatch.RoleClient, "claire@example.fr")
	var changed me
	p.call("PATCH", "/v1/me", s.AccessToken, fields{"locale": "fr"}).into(200, &changed)
	if changed.Locale != "fr" || changed.Name != s.Principal.Name {
		t.Errorf("changed to %+v", changed)
	}
	p.call("PATCH", "/v1/me", s.AccessToken, fields{"name": "Claire Moreau"}).into(200, &changed)
	if got := p.me(s.AccessToken); !same(got, changed) || got.Name != "Claire Moreau" || got.Locale != "fr" || got.Email != "claire@example.fr" {
		t.Errorf("now %+v", got)
	}
	if f := p.call("PATCH", "/v1/me", s.AccessToken, fields{"name": "two\nlines"}).refused(422, "invalid").faults(); f["/name"] != "name_invalid" {
		t.Errorf("faults %v", f)
	}
	p.call("PATCH", "/v1/me", s.AccessToken, fields{"role": "administrator"}).refused(422, "invalid")
}

func TestAClientNeitherWritesNorProbesWhatIsNotedAboutThem(t *testing.T) {
	t.Parallel()
	p := start(t)
	owner, desk := p.enter(dispatch.RoleClient, "patron@example.fr"), p.enter(dispatch.RoleDispatcher, "nadia@example.fr")
	path := "/v1/clients/" + p.Company.ID.String()
	at := func(bearer string) string { return p.call("GET", path, bearer, nil).header.Get("ETag") }
	p.call("PATCH", path, desk.AccessToken, fields{"notes": "late payer", "metadata": fields{"tier": "gold"}}, "If-Match", at(desk.AccessToken)).is(200)
	for _, body := range []fields{{"notes": "late payer"}, {"notes": "VIP"}, {"metadata": fields{"tier": "gold"}}, {"metadata": fields{}}} {
		p.call("PATCH", path, owner.AccessToken, body, "If-Match", at(owner.AccessToken)).refused(403, "forbidden")
	}
	p.call("PATCH", path, owner.AccessToken, fields{"phone": "+33612345678"}, "If-Match", at(owner.AccessToken)).is(200)
}
