package api_test

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

type fields = map[string]any

func TestAHouseholdSignsUpByAMailedLink(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.post("/v1/auth/sign-up", "", fields{
		"organization": p.Organization.Slug, "kind": "household", "name": "Claire Moreau", "email": "Claire@Example.fr", "locale": "en",
	}).is(http.StatusAccepted)
	link := p.link("claire@example.fr")
	s := p.post("/v1/auth/confirm", "", fields{"token": link, "password": password}).session(200)
	want := me{
		ID: s.Principal.ID, Role: "client", OrganizationID: p.Organization.ID, Name: "Claire Moreau", Email: "claire@example.fr", Locale: "en",
		ClientID: s.Principal.ClientID,
	}
	if got := p.me(s.AccessToken); !same(got, want) || !same(s.Principal, want) || want.ClientID == uuid.Nil {
		t.Errorf("signed up as %+v, known as %+v", s.Principal, got)
	}
	p.post("/v1/auth/confirm", "", fields{"token": link, "password": password}).refused(401, "link_invalid")
	p.signIn("claire@example.fr", password)
}

func same(a, b me) bool {
	return strings.Join(a.Scopes, " ") == strings.Join(b.Scopes, " ") && a.ID == b.ID && a.Role == b.Role && a.OrganizationID == b.OrganizationID &&
		a.Name == b.Name && a.Email == b.Email && a.Locale == b.Locale && a.ClientID == b.ClientID && a.TechnicianID == b.TechnicianID && a.PartnerID == b.PartnerID
}

func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.person(dispatch.RoleClient, "known@example.fr")
	for path, body := range map[string]fields{
		"/v1/auth/sign-up":        {"organization": p.Organization.Slug, "kind": "household", "name": "Claire"},
		"/v1/auth/password-reset": {},
		"/v1/auth/sign-in":        {"password": "not the password"},
	} {
		var answers []answer
		for _, email := range []string{"known@example.fr", "unknown@example.fr"} {
			body := maps.Clone(body)
			body["email"] = email
			answers = append(answers, p.post(path, "", body, "X-Request-Id", "same"))
		}
		a, b := answers[0], answers[1]
		if a.status != b.status || !bytes.Equal(a.body, b.body) || a.header.Get("RateLimit-Policy") != b.header.Get("RateLimit-Policy") {
			t.Errorf("%s tells them apart: %d %s / %d %s", path, a.status, a.body, b.status, b.body)
		}
	}
}

func TestAWrongPasswordIsRefusedInTheCallersLanguage(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.person(dispatch.RoleDispatcher, "nadia@example.fr")
	french := p.post("/v1/auth/sign-in", "", fields{"email": "nadia@example.fr", "password": "wrong"}).refused(401, "sign_in_failed")
	english := p.post("/v1/auth/sign-in", "", fields{"email": "nadia@example.fr", "password": "wrong"}, "Accept-Language", "en").refused(401, "sign_in_failed")
	if french.Detail == english.Detail {
		t.Errorf("both are told %q", french.Detail)
	}
	p.signIn("nadia@example.fr", password)
}

func TestARefreshTokenIsGoodOnceAndACopyEndsTheSession(t *testing.T) {
	t.Parallel()
	p := start(t)
	first := p.enter(dispatch.RoleTechnician, "karim@example.fr")
	refresh := func(token string) answer { return p.post("/v1/auth/refresh", "", fields{"refresh_token": token}) }
	second := refresh(first.RefreshToken).session(200)
	if second.RefreshToken == first.RefreshToken || second.Principal.TechnicianID != p.Karim.ID {
		t.Errorf("refreshed to %+v", second)
	}
	third := refresh(second.RefreshToken).session(200)
	p.Clock.Advance(identity.RefreshGrace + time.Second)
	refresh(first.RefreshToken).refused(401, "session_ended") // somebody copied it
	refresh(third.RefreshToken).refused(401, "session_ended")
	p.call("GET", "/v1/me", third.AccessToken, nil).refused(401, "session_ended")
}

func TestSignOutEndsOneSessionAndEverywhereEndsAll(t *testing.T) {
	t.Parallel()
	p := start(t)
	phone := p.enter(dispatch.RoleDispatcher, "nadia@example.fr")
	tablet, desk := p.signIn("nadia@example.fr", password), p.signIn("nadia@example.fr", password)
	p.post("/v1/auth/sign-out", phone.AccessToken, fields{"refresh_token": phone.RefreshToken}).is(204)
	p.call("GET", "/v1/me", phone.AccessToken, nil).refused(401, "session_ended")
	p.me(tablet.AccessToken)
	p.post("/v1/auth/sign-out", tablet.AccessToken, fields{"refresh_token": "trr_not one of ours"}).is(204)
	p.me(tablet.AccessToken)

	p.post("/v1/auth/sign-out-everywhere", desk.AccessToken, nil).is(204)
	for _, s := range []session{tablet, desk} {
		p.call("GET", "/v1/me", s.AccessToken, nil).refused(401, "session_ended")
		p.post("/v1/auth/refresh", "", fields{"refresh_token": s.RefreshToken}).refused(401, "session_ended")
	}
	p.me(p.signIn("nadia@example.fr", password).AccessToken)
}

func TestAForgottenPasswordIsSetByAMailedLink(t *testing.T) {
	t.Parallel()
	p := start(t)
	s := p.enter(dispatch.RoleClient, "claire@example.fr")
	p.post("/v1/auth/password-reset", "", fields{"email": "claire@example.fr"}).is(http.StatusAccepted)
	link := p.link("claire@example.fr")
	f := p.post("/v1/auth/password-reset/confirm", "", fields{"token": link, "password": "claire@example.fr"}).refused(422, "invalid").faults()
	if f["/password"] != "password_is_email" {
		t.Errorf("faults %v", f)
	}
	const fresh = "un vélo dans la neige"
	p.post("/v1/auth/password-reset/confirm", "", fields{"token": link, "password": fresh}).is(204)
	p.post("/v1/auth/password-reset/confirm", "", fields{"token": link, "password": fresh}).refused(401, "link_invalid")
	p.call("GET", "/v1/me", s.AccessToken, nil).refused(401, "session_ended")
	p.post("/v1/auth/sign-in", "", fields{"email": "claire@example.fr", "password": password}).refused(401, "sign_in_failed")
	p.signIn("claire@example.fr", fresh)
}

func TestALinkWorksForItsOwnPurposeAndTimeOnly(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.person(dispatch.RoleClient, "claire@example.fr")
	p.post("/v1/auth/password-reset", "", fields{"email": "claire@example.fr"}).is(http.StatusAccepted)
	link := p.link("claire@example.fr")
	for _, path := range []string{"/v1/auth/confirm", "/v1/auth/invitations/accept"} {
		p.post(path, "", fields{"token": link, "password": password}).refused(401, "link_invalid")
	}
	p.Clock.Advance(identity.ResetTTL)
	p.post("/v1/auth/password-reset/confirm", "", fields{"token": link, "password": password}).refused(401, "link_invalid")
}

func TestTheFirstAdministratorIsMadeOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	token, err := p.identity.BootstrapToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	body := fields{
		"token": token, "organization_name": "Dépannage du Nord", "organization_slug": "depannage-nord", "time_zone": "Europe/Paris", "locale": "fr",
		"name": "Samir Benali", "email": "samir@example.fr", "password": password,
	}
	taken := maps.Clone(body)
	taken["organization_slug"] = p.Organization.Slug
	if f := p.post("/v1/auth/bootstrap", "", taken).refused(422, "invalid").faults(); f["/organization_slug"] != "organization.slug_taken" {
		t.Errorf("faults %v", f) // and the token stays good
	}
	s := p.post("/v1/auth/bootstrap", "", body).session(201)
	if got := p.me(s.AccessToken); got.Role != "administrator" || got.OrganizationID == p.Organization.ID || got.Name != "Samir Benali" {
		t.Errorf("the first administrator is %+v", got)
	}
	p.post("/v1/auth/bootstrap", "", body).refused(401, "link_invalid")
	if again, err := p.identity.BootstrapToken(t.Context()); err != nil || again != "" {
		t.Errorf("another token %q (%v) though there is an administrator", again, err)
	}
}

func TestATokenThatIsExpiredOrNotOursIsRefused(t *testing.T) {
	t.Parallel()
	p := start(t)
	s := p.enter(dispatch.RoleDispatcher, "nadia@example.fr")
	foreign := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "https://tournee.example", "aud": "tournee", "sub": s.Principal.ID.String(), "exp": p.Clock.Now().Add(time.Hour).Unix(),
	})
	text, err := foreign.SignedString([]byte(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	for name, bearer := range map[string]string{
		"another's": text, "cut short": s.AccessToken[:len(s.AccessToken)-4], "no token at all": "abc", "a refresh token": s.RefreshToken,
		"an issuer's": p.issuer.Token(jwt.MapClaims{"iss": p.issuer.URL, "sub": "42", "exp": p.Clock.Now().Add(time.Hour).Unix()}),
	} {
		a := p.call("GET", "/v1/me", bearer, nil)
		a.refused(401, "token_invalid")
		if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
			t.Errorf("%s: challenged with %q", name, got)
		}
	}
	p.Clock.Advance(identity.AccessTTL + time.Second)
	p.call("GET", "/v1/me", s.AccessToken, nil).refused(401, "token_expired")
	p.me(p.post("/v1/auth/refresh", "", fields{"refresh_token": s.RefreshToken}).session(200).AccessToken)
}

func TestAnIssuersTokenSignsIn(t *testing.T) {
	t.Parallel()
	p := start(t)
	claims := func(email string, verified bool) jwt.MapClaims {
		now := p.Clock.Now()
		return jwt.MapClaims{
			"iss": p.issuer.URL, "sub": "id of " + email, "aud": "tournee-android", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(),
			"nonce": "n-1", "email": email, "email_verified": verified, "name": "Jeanne Petit",
		}
	}
	external := func(c jwt.MapClaims, more fields) answer {
		body := fields{"provider": "oidc", "id_token": p.issuer.Token(c), "nonce": "n-1"}
		maps.Copy(body, more)
		return p.post("/v1/auth/external", "", body)
	}
	jeanne := claims("jeanne@example.fr", true)
	external(jeanne, nil).refused(401, "sign_in_failed") // nobody knows her, and she names no organization
	s := external(jeanne, fields{"organization": p.Organization.Slug}).session(200)
	if s.Principal.Role != "client" || s.Principal.Email != "jeanne@example.fr" || s.Principal.Name != "Jeanne Petit" || s.Principal.ClientID == uuid.Nil {
		t.Errorf("signed up as %+v", s.Principal)
	}
	if again := external(jeanne, nil).session(200); again.Principal.ID != s.Principal.ID {
		t.Errorf("comes back as %+v", again.Principal)
	}
	nadia := p.person(dispatch.RoleDispatcher, "nadia@example.fr")
	external(claims("nadia@example.fr", false), nil).refused(401, "sign_in_failed") // anybody can say so
	if linked := external(claims("nadia@example.fr", true), nil).session(200); linked.Principal.ID != nadia.ID {
		t.Errorf("linked to %+v", linked.Principal)
	}
	external(jeanne, fields{"nonce": "another app's"}).refused(401, "id_token_invalid")
	other := claims("jeanne@example.fr", true)
	other["aud"] = "another-app"
	external(other, nil).refused(401, "id_token_invalid")
	if f := external(jeanne, fields{"provider": "pigeon"}).refused(422, "invalid").faults(); f["/provider"] != "provider_unknown" {
		t.Errorf("faults %v", f)
	}
}

// One guesser is slowed down by name and place; whatever slips through is counted per name, so that many addresses cannot share it out.
func TestAGuesserIsToldToWait(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.person(dispatch.RoleAdministrator, "admin@example.fr")
	spellings := []string{"admin@example.fr", "Admin@Example.FR", "\uff41dmin@example.fr"} // one person, whatever the guesser writes
	var codes []string
	for i := range 30 {
		a := p.post("/v1/auth/sign-in", "", fields{"email": spellings[i%len(spellings)], "password": "guess " + strconv.Itoa(i)})
		if a.status == http.StatusUnauthorized {
			continue
		}
		var refusal problem
		a.into(429, &refusal)
		seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
		if err != nil || seconds < 1 || !strings.Contains(refusal.Detail, strconv.Itoa(seconds)) {
			t.Errorf("told to wait %q: %s", a.header.Get("Retry-After"), refusal.Detail)
		}
		if len(codes) == 0 || codes[len(codes)-1] != refusal.Code {
			codes = append(codes, refusal.Code)
		}
		p.Clock.Advance(time.Duration(seconds) * time.Second) // a patient guesser meets the other limit
	}
	if strings.Join(codes, " ") != "sign_in_backoff too_many_requests" {
		t.Errorf("refused with %v", codes)
	}
	p.post("/v1/auth/sign-in", "", fields{"email": "somebody.else@example.fr", "password": "x"}).refused(401, "sign_in_failed")
}

func TestSecretsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	p := start(t)
	s := p.enter(dispatch.RoleAdministrator, "admin@example.fr")
	p.post("/v1/auth/sign-in", "", fields{"email": "admin@example.fr", "password": "a password mistyped"}).refused(401, "sign_in_failed")
	p.post("/v1/auth/password-reset", "", fields{"email": "admin@example.fr"}).is(http.StatusAccepted)
	link := p.link("admin@example.fr")
	p.post("/v1/auth/password-reset/confirm", "", fields{"token": link + "x", "password": password}).refused(401, "link_invalid")
	p.post("/v1/auth/refresh", "", fields{"refresh_token": s.RefreshToken + "x"}).refused(401, "session_ended")
	var key struct{ Key string }
	p.post("/v1/api-keys", s.AccessToken, fields{"partner_id": p.Partner.ID, "name": "production", "scopes": []string{"visits:read"}}).into(201, &key)
	log := p.log.String()
	if !strings.Contains(log, "/v1/auth/sign-in") {
		t.Fatalf("the log is empty of calls: %s", log)
	}
	for _, secret := range []string{password, "mistyped", link, s.AccessToken, s.RefreshToken, key.Key, "admin@example.fr"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
}
