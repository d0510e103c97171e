package api

import (
	"cmp"
	"context"
	"time"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/identity"
)

// caller is where the call comes from, for the audit and for the slowing of guessers.
func caller(ctx context.Context) identity.Caller {
	c := callOf(ctx)
	return identity.Caller{Address: c.address, UserAgent: c.agent}
}

// localeOr is the language that the body names, else the call's.
func localeOr(ctx context.Context, named oapi.Locale) string {
	return cmp.Or(string(named), callOf(ctx).locale)
}

// session is what a signed-in app gets: its tokens, and who it is signed in as. It passes err on.
func (h *handlers) session(ctx context.Context, t identity.Tokens, err error) (oapi.Session, error) {
	if err != nil {
		return oapi.Session{}, err
	}
	a, err := h.identity.OwnAccount(ctx, dispatch.Principal{ID: t.AccountID})
	return oapi.Session{
		AccessToken: t.AccessToken, TokenType: oapi.SessionTokenTypeBearer, ExpiresIn: int(t.ExpiresIn / time.Second),
		RefreshToken: t.RefreshToken, Principal: meOf(a),
	}, err
}

// SignUp mails a link to who wants to become a client.
func (h *handlers) SignUp(ctx context.Context, in oapi.SignUpRequestObject) (oapi.SignUpResponseObject, error) {
	b := in.Body
	err := h.identity.SignUp(ctx, identity.SignUp{
		OrganizationSlug: b.Organization, Kind: string(b.Kind), ClientName: b.ClientName, Email: b.Email, Name: b.Name, Locale: localeOr(ctx, b.Locale),
	}, caller(ctx))
	return oapi.SignUp202Response{}, err
}

// ConfirmSignUp makes the client and its account, and signs in.
func (h *handlers) ConfirmSignUp(ctx context.Context, in oapi.ConfirmSignUpRequestObject) (oapi.ConfirmSignUpResponseObject, error) {
	t, err := h.identity.ConfirmSignUp(ctx, in.Body.Token, in.Body.Password, caller(ctx))
	s, err := h.session(ctx, t, err)
	return oapi.ConfirmSignUp200JSONResponse(s), err
}

// SignIn signs in to a local account.
func (h *handlers) SignIn(ctx context.Context, in oapi.SignInRequestObject) (oapi.SignInResponseObject, error) {
	t, err := h.identity.SignIn(ctx, in.Body.Email, in.Body.Password, caller(ctx))
	s, err := h.session(ctx, t, err)
	return oapi.SignIn200JSONResponse(s), err
}

// RefreshSession gives the next pair of tokens.
func (h *handlers) RefreshSession(ctx context.Context, in oapi.RefreshSessionRequestObject) (oapi.RefreshSessionResponseObject, error) {
	t, err := h.identity.Refresh(ctx, in.Body.RefreshToken, caller(ctx))
	s, err := h.session(ctx, t, err)
	return oapi.RefreshSession200JSONResponse(s), err
}

// SignInExternal trades an external issuer's ID token for a session.
func (h *handlers) SignInExternal(ctx context.Context, in oapi.SignInExternalRequestObject) (oapi.SignInExternalResponseObject, error) {
	b := in.Body
	t, err := h.identity.SignInExternal(ctx, identity.ExternalSignIn{
		Provider: b.Provider, IDToken: b.IDToken, Nonce: b.Nonce, OrganizationSlug: b.Organization, Locale: localeOr(ctx, b.Locale),
	}, caller(ctx))
	s, err := h.session(ctx, t, err)
	return oapi.SignInExternal200JSONResponse(s), err
}

// SignOut ends one session.
func (h *handlers) SignOut(ctx context.Context, in oapi.SignOutRequestObject) (oapi.SignOutResponseObject, error) {
	return oapi.SignOut204Response{}, h.identity.SignOut(ctx, in.Body.RefreshToken, caller(ctx))
}

// SignOutEverywhere ends every session of the caller.
func (h *handlers) SignOutEverywhere(ctx context.Context, _ oapi.SignOutEverywhereRequestObject) (oapi.SignOutEverywhereResponseObject, error) {
	return oapi.SignOutEverywhere204Response{}, h.identity.SignOutEverywhere(ctx, principal(ctx), caller(ctx))
}

// RequestPasswordReset mails a link, if the address has an account.
func (h *handlers) RequestPasswordReset(ctx context.Context, in oapi.RequestPasswordResetRequestObject) (oapi.RequestPasswordResetResponseObject, error) {
	return oapi.RequestPasswordReset202Response{}, h.identity.RequestReset(ctx, in.Body.Email, callOf(ctx).locale, caller(ctx))
}

// ConfirmPasswordReset sets the password and ends every session.
func (h *handlers) ConfirmPasswordReset(ctx context.Context, in oapi.ConfirmPasswordResetRequestObject) (oapi.ConfirmPasswordResetResponseObject, error) {
	return oapi.ConfirmPasswordReset204Response{}, h.identity.ResetPassword(ctx, in.Body.Token, in.Body.Password, caller(ctx))
}

// AcceptInvitation opens the invited account and signs in.
func (h *handlers) AcceptInvitation(ctx context.Context, in oapi.AcceptInvitationRequestObject) (oapi.AcceptInvitationResponseObject, error) {
	t, err := h.identity.AcceptInvitation(ctx, in.Body.Token, in.Body.Password, caller(ctx))
	s, err := h.session(ctx, t, err)
	return oapi.AcceptInvitation200JSONResponse(s), err
}

// Bootstrap makes the first organization and its administrator, and signs in.
func (h *handlers) Bootstrap(ctx context.Context, in oapi.BootstrapRequestObject) (oapi.BootstrapResponseObject, error) {
	b := in.Body
	t, err := h.identity.Bootstrap(ctx, identity.Bootstrap{
		Token: b.Token, OrganizationName: b.OrganizationName, OrganizationSlug: b.OrganizationSlug, TimeZone: b.TimeZone,
		Email: b.Email, Name: b.Name, Locale: string(b.Locale), Password: b.Password,
	}, caller(ctx))
	s, err := h.session(ctx, t, err)
	return oapi.Bootstrap201JSONResponse(s), err
}
