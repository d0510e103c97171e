package identity

import (
	"context"
	"crypto/subtle"
	"strings"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// ExternalSignIn is an ID token of an external issuer, exchanged for tokens of ours.
type ExternalSignIn struct {
	Provider         string // a key of the verifiers given to New
	IDToken          string
	Nonce            string // what the app put into its authentication request (OpenID Connect Core §3.1.2.1); must equal the token's
	OrganizationSlug string // signs up a household there when nobody is known by the token; "": no sign-up
	Locale           string // of a new account
}

// SignInExternal signs in by an ID token. (issuer, subject) decides who it is; the first time, it is linked to the account, or the newest
// invitation, under the token's e-mail, but only if the issuer vouches for the e-mail. If there is none and a slug is given, a
// household signs up (without an e-mail of record unless the issuer vouches for it). From there on roles, sign-out everywhere and rotation are as
// for anybody. Errors: id_token_invalid (401), sign_in_failed (401: nobody known, or deactivated), not_found for the slug, account_exists (409),
// invalid with faults at /provider, /locale.
func (s *Service) SignInExternal(ctx context.Context, in ExternalSignIn, c Caller) (Tokens, error) {
	var f dispatch.Faults
	verifier, ok := s.verifiers[in.Provider]
	f.Check(ok, "/provider", "provider_unknown")
	checkLocale(&f, in.Locale)
	if err := f.Err(); err != nil {
		return Tokens{}, err
	}
	x, err := verifier.Verify(ctx, in.IDToken)
	if err != nil {
		return Tokens{}, externalRefused(err)
	}
	if x.Issuer == "" || x.Subject == "" || subtle.ConstantTimeCompare([]byte(x.Nonce), []byte(in.Nonce)) != 1 {
		return Tokens{}, refused("id_token_invalid", nil)
	}
	x.Email, ok = normalEmail(x.Email)
	if !ok || !x.EmailVerified {
		x.Email = ""
	}
	var session Session
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		session, err = s.sessionExternal(ctx, x, in, c)
		return err
	})
	if err != nil {
		return Tokens{}, emailTaken(err)
	}
	if session.ID == uuid.Nil {
		return Tokens{}, s.signInFailed(ctx, Account{}, c)
	}
	return s.tokens(ctx, session)
}

// externalRefused keeps an issuer that cannot be reached apart from a token that is not good.
func externalRefused(err error) error {
	if dispatch.KindOf(err) == dispatch.KindUnavailable {
		return err
	}
	return refused("id_token_invalid", err)
}

// sessionExternal finds, links or makes the account, and starts its session; no session when there is nobody to sign in.
func (s *Service) sessionExternal(ctx context.Context, x External, in ExternalSignIn, c Caller) (session Session, err error) {
	a, err := s.store.AccountBySubject(ctx, x.Issuer, x.Subject)
	if err == nil {
		return s.sessionIfActive(ctx, a, in.Provider, c)
	}
	if !isNotFound(err) {
		return session, err
	}
	if x.Email != "" {
		a, err := s.store.AccountByEmail(ctx, x.Email)
		if err == nil {
			if err := s.link(ctx, a, x, c); err != nil {
				return session, err
			}
			return s.sessionIfActive(ctx, a, in.Provider, c)
		}
		if !isNotFound(err) {
			return session, err
		}
		invited, err := s.store.InvitedAccounts(ctx, x.Email)
		if err != nil {
			return session, err
		}
		if len(invited) > 0 && s.now().Before(invited[0].UpdatedAt.Add(InvitationTTL)) {
			if err := s.link(ctx, invited[0], x, c); err != nil {
				return session, err
			}
			return s.join(ctx, invited[0], in.Provider, c)
		}
	}
	if in.OrganizationSlug == "" {
		return session, nil
	}
	return s.signUpExternal(ctx, x, in, c)
}

// sessionIfActive starts a session unless the account is deactivated.
func (s *Service) sessionIfActive(ctx context.Context, a Account, by string, c Caller) (Session, error) {
	a, err := s.store.LockAccount(ctx, a.ID)
	if err != nil || a.State != Active {
		return Session{}, err
	}
	return s.sessionFor(ctx, a, by, c)
}

func (s *Service) link(ctx context.Context, a Account, x External, c Caller) error {
	if err := s.store.InsertSubject(ctx, x.Issuer, x.Subject, a.ID, s.now()); err != nil {
		return err
	}
	return s.record(ctx, c, "external_subject_linked", a.OrganizationID, a.ID, a.ID, map[string]any{"issuer": x.Issuer})
}

func (s *Service) signUpExternal(ctx context.Context, x External, in ExternalSignIn, c Caller) (Session, error) {
	organizationID, err := s.directory.OrganizationBySlug(ctx, in.OrganizationSlug)
	if err != nil {
		return Session{}, err
	}
	name := x.name()
	a, err := s.newAccount(organizationID, dispatch.RoleClient, x.Email, name, in.Locale)
	if err != nil {
		return Session{}, err
	}
	a.State = Active
	session, err := s.insertClient(ctx, a, NewClient{Kind: "household", Name: name, Email: x.Email, Locale: in.Locale}, in.Provider, c)
	if err != nil {
		return session, err
	}
	return session, s.link(ctx, a, x, c)
}

// name is what the issuer calls the person, or the e-mail's local part, or a dash.
func (x External) name() string {
	var f dispatch.Faults
	if checkName(&f, "", x.Name); f.Err() == nil {
		return strings.TrimSpace(x.Name)
	}
	if local, _, ok := strings.Cut(x.Email, "@"); ok {
		return local
	}
	return "—"
}
