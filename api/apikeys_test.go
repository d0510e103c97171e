package api_test

import (
	"encoding/base64"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

type apiKey struct {
	ID         uuid.UUID `json:"id"`
	PartnerID  uuid.UUID `json:"partner_id"`
	Name       string    `json:"name"`
	ClientID   string    `json:"client_id"`
	Scopes     []string  `json:"scopes"`
	ExpiresAt  time.Time `json:"expires_at"`
	LastUsedAt time.Time `json:"last_used_at"`
	RevokedAt  time.Time `json:"revoked_at"`
	Key        string    `json:"key"`
}

// secret is what follows the second underscore of the key.
func (k apiKey) secret() string { return strings.TrimPrefix(k.Key, k.ClientID+"_") }

func (p *program) apiKey(administrator session, scopes ...string) apiKey {
	p.t.Helper()
	a := p.post("/v1/api-keys", administrator.AccessToken, fields{"partner_id": p.Partner.ID, "name": "production", "scopes": scopes})
	var k apiKey
	a.into(201, &k)
	a.bearsSecret()
	return k
}

func TestAPartnersKeyOpensWhatItsScopesSay(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr")
	k := p.apiKey(boss, "requests:read")
	if !strings.HasPrefix(k.Key, k.ClientID+"_") || !strings.HasPrefix(k.ClientID, "trn_") || !k.ExpiresAt.Equal(p.Clock.Now().AddDate(1, 0, 0)) {
		t.Errorf("the key is %+v", k)
	}
	want := me{ID: k.ID, Role: "partner", OrganizationID: p.Organization.ID, Name: "production", Locale: "fr", PartnerID: p.Partner.ID, Scopes: []string{"requests:read"}}
	if got := p.me(k.Key); !same(got, want) {
		t.Errorf("known as %+v", got)
	}
	p.call("GET", "/v1/requests", k.Key, nil).is(200)
	p.call("GET", "/v1/visits", k.Key, nil).refused(403, "scope_missing")
	p.call("GET", "/v1/api-keys", k.Key, nil).refused(403, "forbidden")

	var list struct{ Items []apiKey }
	a := p.call("GET", "/v1/api-keys", boss.AccessToken, nil)
	a.into(200, &list)
	if len(list.Items) != 1 || list.Items[0].ID != k.ID || list.Items[0].LastUsedAt.IsZero() || strings.Contains(string(a.body), k.secret()) {
		t.Errorf("listed: %s", a.body)
	}
	a = p.call("GET", "/v1/api-keys?partner_id="+uuid.NewString(), boss.AccessToken, nil)
	if a.into(200, &list); len(list.Items) != 0 {
		t.Errorf("another partner's keys: %s", a.body)
	}
}

func TestAKeyIsRotatedWithAnOverlapAndRevokedAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr")
	old := p.apiKey(boss, "requests:read", "visits:read")
	a := p.post("/v1/api-keys/"+old.ID.String()+"/rotate", boss.AccessToken, fields{"old_until": p.Clock.Now().Add(time.Hour)})
	var fresh apiKey
	a.into(201, &fresh)
	a.bearsSecret()
	if fresh.ID == old.ID || fresh.PartnerID != old.PartnerID || strings.Join(fresh.Scopes, " ") != strings.Join(old.Scopes, " ") {
		t.Errorf("rotated to %+v", fresh)
	}
	p.me(old.Key)
	p.me(fresh.Key)
	p.Clock.Advance(time.Hour)
	p.call("GET", "/v1/me", old.Key, nil).refused(401, "api_key_expired")

	boss = p.signIn("boss@example.fr", password)
	p.post("/v1/api-keys/"+old.ID.String()+"/rotate", boss.AccessToken, fields{}).refused(409, "api_key_over")
	var last apiKey
	p.post("/v1/api-keys/"+fresh.ID.String()+"/rotate", boss.AccessToken, fields{}).into(201, &last)
	p.call("GET", "/v1/me", fresh.Key, nil).refused(401, "api_key_expired")
	for range 2 { // twice is no error
		p.call("DELETE", "/v1/api-keys/"+last.ID.String(), boss.AccessToken, nil).is(204)
	}
	p.call("GET", "/v1/me", last.Key, nil).refused(401, "api_key_expired")
	p.call("DELETE", "/v1/api-keys/"+uuid.NewString(), boss.AccessToken, nil).refused(404, "not_found")
}

func TestAKeyThatIsWrongTellsWhere(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr")
	good := fields{"partner_id": p.Partner.ID, "name": "production", "scopes": []string{"visits:read"}}
	for pointer, wrong := range map[string]any{
		"/partner_id partner_unknown":    uuid.New(),
		"/scopes/0 field.enum":           []string{"everything"},
		"/scopes field.too_few":          []string{},
		"/expires_at key_expiry_invalid": p.Clock.Now().AddDate(3, 0, 0),
	} {
		at, code, _ := strings.Cut(pointer, " ")
		body := maps.Clone(good)
		body[strings.Split(at, "/")[1]] = wrong
		if f := p.post("/v1/api-keys", boss.AccessToken, body).refused(422, "invalid").faults(); f[at] != code {
			t.Errorf("%s: faults %v", pointer, f)
		}
	}
}

func TestAPartnerGetsATokenForItsCredentials(t *testing.T) {
	t.Parallel()
	p := start(t)
	k := p.apiKey(p.enter(dispatch.RoleAdministrator, "boss@example.fr"), "requests:read", "visits:read")
	form := url.Values{"grant_type": {"client_credentials"}}
	named := url.Values{"grant_type": {"client_credentials"}, "client_id": {k.ClientID}, "client_secret": {k.secret()}, "scope": {"visits:read"}, "resource": {"ignored"}}
	for name, c := range map[string]struct {
		answer answer
		scopes string
	}{
		"in the form":       {p.post("/oauth/token", "", named), "visits:read"},
		"by HTTP Basic":     {p.post("/oauth/token", "", form, "Authorization", basic(k.ClientID, k.secret())), "requests:read visits:read"},
		"by escaped Basic":  {p.post("/oauth/token", "", form, "Authorization", basic("%74"+k.ClientID[1:], k.secret())), "requests:read visits:read"},
		"named in the form": {p.post("/oauth/token", "", url.Values{"grant_type": {"client_credentials"}, "client_id": {k.ClientID}}, "Authorization", basic(k.ClientID, k.secret())), "requests:read visits:read"},
	} {
		var token struct {
			AccessToken string `json:"access_token"`
			TokenType   string `json:"token_type"`
			ExpiresIn   int    `json:"expires_in"`
			Scope       string `json:"scope"`
		}
		c.answer.into(200, &token)
		c.answer.bearsSecret()
		if token.TokenType != "Bearer" || token.ExpiresIn != int(identity.ClientTTL/time.Second) || token.Scope != c.scopes {
			t.Errorf("%s: %s", name, c.answer.body)
		}
		if got := p.me(token.AccessToken); got.ID != k.ID || strings.Join(got.Scopes, " ") != c.scopes {
			t.Errorf("%s: known as %+v", name, got)
		}
	}
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

func TestATokenRequestIsRefusedAsOAuthSays(t *testing.T) {
	t.Parallel()
	p := start(t)
	k := p.apiKey(p.enter(dispatch.RoleAdministrator, "boss@example.fr"), "requests:read")
	with := func(change ...string) url.Values {
		v := url.Values{"grant_type": {"client_credentials"}, "client_id": {k.ClientID}, "client_secret": {k.secret()}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
			if change[i+1] == "" {
				v.Del(change[i])
			}
		}
		return v
	}
	twice := with()
	twice.Add("client_id", k.ClientID)
	for name, c := range map[string]struct {
		answer answer
		status int
		code   string
	}{
		"wrong secret":        {p.post("/oauth/token", "", with("client_secret", "guess")), 401, "invalid_client"},
		"wrong secret, Basic": {p.post("/oauth/token", "", with("client_id", "", "client_secret", ""), "Authorization", basic(k.ClientID, "guess")), 401, "invalid_client"},
		"another scheme":      {p.post("/oauth/token", "", with(), "Authorization", "Bearer "+k.Key), 401, "invalid_client"},
		"no client":           {p.post("/oauth/token", "", with("client_id", "", "client_secret", "")), 401, "invalid_client"},
		"both ways":           {p.post("/oauth/token", "", with(), "Authorization", basic(k.ClientID, k.secret())), 400, "invalid_request"},
		"two clients":         {p.post("/oauth/token", "", with("client_id", "trn_other", "client_secret", ""), "Authorization", basic(k.ClientID, k.secret())), 400, "invalid_request"},
		"a field twice":       {p.post("/oauth/token", "", twice), 400, "invalid_request"},
		"another grant":       {p.post("/oauth/token", "", with("grant_type", "password")), 400, "unsupported_grant_type"},
		"no grant":            {p.post("/oauth/token", "", with("grant_type", "")), 400, "invalid_request"},
		"a scope too many":    {p.post("/oauth/token", "", with("scope", "requests:read visits:read")), 400, "invalid_scope"},
		"JSON":                {p.post("/oauth/token", "", fields{"grant_type": "client_credentials"}), 400, "invalid_request"},
	} {
		var refusal struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		c.answer.into(c.status, &refusal)
		c.answer.bearsSecret()
		if refusal.Error != c.code || refusal.Description == "" || c.answer.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s", name, c.answer.body)
		}
		if strings.ContainsFunc(refusal.Description, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
			t.Errorf("%s: error_description holds what RFC 6749 forbids: %q", name, refusal.Description)
		}
		if got := c.answer.header.Get("WWW-Authenticate"); (c.status == 401) != strings.HasPrefix(got, "Basic ") {
			t.Errorf("%s: challenged with %q", name, got)
		}
	}
}
