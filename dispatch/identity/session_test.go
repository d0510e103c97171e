package identity_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

func TestARefreshWhoseAnswerWasLostMayBeRepeated(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleTechnician, "tech@example.fr")
	first := h.signIn("tech@example.fr", phone)
	lost, err := h.Refresh(t.Context(), first.RefreshToken, phone)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.pass(identity.RefreshGrace)
	again, err := h.Refresh(t.Context(), first.RefreshToken, phone)
	if err != nil {
		t.Fatal(err)
	}
	if again.RefreshToken != lost.RefreshToken {
		t.Error("the repeat opened a second branch of the family")
	}
	if _, err := h.Authenticate(t.Context(), again.AccessToken); err != nil {
		t.Error(err)
	}
}

func TestAStolenRefreshTokenEndsTheSession(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		late time.Duration
		by   identity.Caller
	}{
		"by another app at once":    {time.Millisecond, stranger},
		"by the same app, too late": {identity.RefreshGrace + time.Microsecond, phone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
			first := h.signIn("admin@example.fr", phone)
			next, err := h.Refresh(t.Context(), first.RefreshToken, phone)
			if err != nil {
				t.Fatal(err)
			}
			h.clock.pass(c.late)
			_, err = h.Refresh(t.Context(), first.RefreshToken, c.by)
			refused(t, err, "session_ended")
			_, err = h.Refresh(t.Context(), next.RefreshToken, phone)
			refused(t, err, "session_ended")
			_, err = h.Authenticate(t.Context(), next.AccessToken)
			refused(t, err, "session_ended")
			list, err := h.ListAudit(t.Context(), admin, [16]byte{}, 1)
			if err != nil || len(list) != 1 || list[0].Action != "refresh_token_reused" {
				t.Errorf("the theft is not in the audit: %v %v", list, err)
			}
		})
	}
}

func TestTwoRefreshesAtOnceGiveOneSuccessor(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleTechnician, "tech@example.fr")
	first := h.signIn("tech@example.fr", phone)
	var wg sync.WaitGroup
	got := make([]identity.Tokens, 8)
	errs := make([]error, 8)
	for i := range got {
		wg.Go(func() { got[i], errs[i] = h.Refresh(t.Context(), first.RefreshToken, phone) })
	}
	wg.Wait()
	for i := range got {
		if errs[i] != nil || got[i].RefreshToken != got[0].RefreshToken {
			t.Errorf("refresh %d: %v, another token: %t", i, errs[i], got[i].RefreshToken != got[0].RefreshToken)
		}
	}
}

func TestARefreshTokenThatWeNeverMadeIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleTechnician, "tech@example.fr")
	token := h.signIn("tech@example.fr", phone).RefreshToken
	flipped := []byte(token)
	flipped[len(flipped)-2] ^= 1
	other := h.config
	other.Secrets = [][]byte{[]byte("another secret of thirty-two bytes or more")}
	for name, try := range map[string]string{"empty": "", "no prefix": token[4:], "cut short": token[:len(token)-1], "flipped": string(flipped)} {
		if _, err := h.Refresh(t.Context(), try, phone); dispatch.CodeOf(err) != "session_ended" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.node(other).Refresh(t.Context(), token, phone); dispatch.CodeOf(err) != "session_ended" {
		t.Errorf("made under another secret: %v", err)
	}
	changed := h.config
	changed.Secrets = slices.Concat(other.Secrets, h.config.Secrets)
	if _, err := h.node(changed).Refresh(t.Context(), token, phone); err != nil {
		t.Errorf("made under the previous secret: %v", err)
	}
}

func TestSignOutEverywhereBitesAtOnceHereAndWithinSecondsElsewhere(t *testing.T) {
	t.Parallel()
	h := open(t)
	p := h.person(dispatch.RoleTechnician, "tech@example.fr")
	here, there := h.signIn("tech@example.fr", phone), h.signIn("tech@example.fr", stranger)
	other := h.node(h.config)
	for _, token := range []string{here.AccessToken, there.AccessToken} {
		for _, node := range []*identity.Service{h.Service, other} {
			if _, err := node.Authenticate(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := h.SignOutEverywhere(t.Context(), p, phone); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{here.AccessToken, there.AccessToken} {
		_, err := h.Authenticate(t.Context(), token)
		refused(t, err, "session_ended")
	}
	h.clock.pass(identity.RevocationDelay)
	_, err := other.Authenticate(t.Context(), there.AccessToken)
	refused(t, err, "session_ended")
	_, err = other.Refresh(t.Context(), there.RefreshToken, stranger)
	refused(t, err, "session_ended")
	h.signIn("tech@example.fr", phone)
}

func TestSignOutEndsOneSessionOnly(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleTechnician, "tech@example.fr")
	one, two := h.signIn("tech@example.fr", phone), h.signIn("tech@example.fr", phone)
	for range 2 { // signing out twice is no error
		if err := h.SignOut(t.Context(), one.RefreshToken, phone); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.Authenticate(t.Context(), one.AccessToken)
	refused(t, err, "session_ended")
	if _, err := h.Authenticate(t.Context(), two.AccessToken); err != nil {
		t.Error(err)
	}
	if err := h.SignOut(t.Context(), "nonsense", phone); err != nil {
		t.Error(err)
	}
}

func TestASessionEndsWhenNobodyRefreshesAndInAnyCaseInTheEnd(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleTechnician, "tech@example.fr")
	idle := h.signIn("tech@example.fr", phone)
	busy := h.signIn("tech@example.fr", phone)
	began := h.clock.Now()
	for h.clock.Now().Sub(began) < identity.SessionTTL-10*24*time.Hour {
		h.clock.pass(10 * 24 * time.Hour)
		var err error
		if busy, err = h.Refresh(t.Context(), busy.RefreshToken, phone); err != nil {
			t.Fatalf("after %s: %v", h.clock.Now().Sub(began), err)
		}
	}
	_, err := h.Refresh(t.Context(), idle.RefreshToken, phone)
	refused(t, err, "session_ended")
	h.clock.pass(10 * 24 * time.Hour)
	_, err = h.Refresh(t.Context(), busy.RefreshToken, phone)
	refused(t, err, "session_ended")
}

// family is the model of one session: the tokens given out, newest last. It knows nothing of generations or MACs.
type family struct {
	tokens  []string
	rotated time.Time
	over    bool
}

// expect says what presenting a token must do, from the promise alone: the newest makes a new one; the one before may be repeated by
// the same app within the grace; anything older, or later, or by another app ends the family.
func (f *family) expect(token, agent string, now time.Time) (repeat, ok bool) {
	if f.over {
		return false, false
	}
	last := len(f.tokens) - 1
	switch slices.Index(f.tokens, token) {
	case last:
		return false, true
	case last - 1:
		if agent == phone.UserAgent && now.Sub(f.rotated) <= identity.RefreshGrace {
			return true, true
		}
	}
	f.over = true
	return false, false
}

func TestRefreshTokensKeepTheirPromiseWhateverHappens(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	ctx := context.WithoutCancel(t.Context())
	rapid.Check(t, func(rt *rapid.T) {
		tokens, err := h.SignIn(ctx, "owner@example.fr", password, phone)
		if err != nil {
			rt.Fatal(err)
		}
		f := &family{tokens: []string{tokens.RefreshToken}}
		access := tokens.AccessToken
		rt.Repeat(map[string]func(*rapid.T){
			"time passes": func(rt *rapid.T) {
				h.clock.pass(time.Duration(rapid.IntRange(0, 12).Draw(rt, "seconds")) * time.Second)
			},
			"a token is presented": func(rt *rapid.T) {
				// Mostly the newest ones, sometimes any.
				back := rapid.OneOf(rapid.IntRange(0, 1), rapid.IntRange(0, len(f.tokens)-1)).Draw(rt, "back")
				token := f.tokens[max(0, len(f.tokens)-1-back)]
				agent := rapid.SampledFrom([]string{phone.UserAgent, phone.UserAgent, stranger.UserAgent}).Draw(rt, "agent")
				repeat, ok := f.expect(token, agent, h.clock.Now())
				got, err := h.Refresh(ctx, token, identity.Caller{Address: phone.Address, UserAgent: agent})
				switch {
				case !ok && dispatch.CodeOf(err) != "session_ended":
					rt.Fatalf("taken although it must end the session: %v", err)
				case ok && err != nil:
					rt.Fatalf("refused: %v", err)
				case ok && repeat && got.RefreshToken != f.tokens[len(f.tokens)-1]:
					rt.Fatal("the repeat gave another token than the lost one")
				case ok && !repeat:
					if slices.Contains(f.tokens, got.RefreshToken) {
						rt.Fatal("a token was given twice")
					}
					f.tokens, f.rotated = append(f.tokens, got.RefreshToken), h.clock.Now()
				}
				if ok {
					access = got.AccessToken
				}
			},
			"": func(rt *rapid.T) {
				_, err := h.Authenticate(ctx, access)
				if f.over && err == nil {
					rt.Fatal("the access token outlives its session")
				}
				if !f.over && err != nil && dispatch.CodeOf(err) != "token_expired" {
					rt.Fatal(err)
				}
			},
		})
	})
}
