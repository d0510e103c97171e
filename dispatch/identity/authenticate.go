package identity

import (
	"context"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// standing is what a session is worth right now.
type standing struct {
	session Session
	account Account
}

// Authenticate says who presents the bearer: an account's or a partner's access token, or an API key. It costs no query when the same
// session or key was seen on this node within RevocationDelay; sign-out, deactivation, a change of role and the revocation of a key
// therefore take effect at once on the node where they happen and within RevocationDelay elsewhere.
// Errors: token_expired, token_invalid, session_ended, api_key_invalid, api_key_expired (401), or the store's (503).
func (s *Service) Authenticate(ctx context.Context, bearer string) (dispatch.Principal, error) {
	if IsAPIKey(bearer) {
		return s.authenticateKey(ctx, bearer)
	}
	c, err := s.parseAccess(ctx, bearer)
	if err != nil {
		return dispatch.Principal{}, err
	}
	if c.SessionID == "" {
		return s.authenticateClient(ctx, c)
	}
	id, err := uuid.Parse(c.SessionID)
	if err != nil {
		return dispatch.Principal{}, refused("token_invalid", err)
	}
	st, err := s.standing(ctx, id)
	if err != nil {
		return dispatch.Principal{}, err
	}
	if st.account.State != Active || !st.session.live(st.account.Epoch, s.now()) {
		return dispatch.Principal{}, refused("session_ended", nil)
	}
	return st.account.principal(), nil
}

func (s *Service) standing(ctx context.Context, sessionID uuid.UUID) (standing, error) {
	if st, ok := s.sessions.lookup(sessionID); ok {
		return st, nil
	}
	read := s.now()
	var st standing
	err := s.store.Alone(ctx, func(ctx context.Context) (err error) {
		st.session, st.account, err = s.store.SessionAccount(ctx, sessionID)
		return err
	})
	if isNotFound(err) {
		return st, refused("session_ended", err)
	}
	if err != nil {
		return st, err
	}
	s.sessions.keep(sessionID, st, read)
	return st, nil
}

// forgetAccount makes this node read the account's sessions afresh.
func (s *Service) forgetAccount(id uuid.UUID) {
	s.sessions.dropWhere(func(st standing) bool { return st.account.ID == id })
}
