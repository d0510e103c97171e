package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/identity"
)

func accountOf(a identity.Account) oapi.Account {
	return oapi.Account{
		ID: a.ID, Role: oapi.AccountRole(a.Role), State: oapi.AccountState(a.State), Name: a.Name, Email: a.Email, Locale: oapi.Locale(a.Locale),
		ClientID: a.ClientID, TechnicianID: a.TechnicianID, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
}

// idPage is a page of a list in the order of ids: what was asked for, and one row more, which says whether there is a next page.
func idPage(limit int, cursor string) (after uuid.UUID, rows int, err error) {
	p, err := listPage(limit, cursor, time.Time{})
	if err == nil && p.After != nil {
		after = p.After.ID
	}
	return after, p.Limit + 1, err
}

// cut takes the row more off again, and gives the cursor of the next page when there was one.
func cut[T any](list []T, rows int, id func(T) uuid.UUID) ([]T, *string) {
	if len(list) < rows {
		return list, nil
	}
	list = list[:rows-1]
	return list, cursorText(&dispatch.Cursor{ID: id(list[len(list)-1])})
}

// ListAccounts lists who may sign in to the organization.
func (h *handlers) ListAccounts(ctx context.Context, in oapi.ListAccountsRequestObject) (oapi.ListAccountsResponseObject, error) {
	after, rows, err := idPage(in.Params.Limit, in.Params.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := h.identity.ListAccounts(ctx, principal(ctx), after, rows)
	list, next := cut(list, rows, func(a identity.Account) uuid.UUID { return a.ID })
	return oapi.ListAccounts200JSONResponse{Items: each(list, accountOf), NextCursor: next, AsOf: h.now()}, err
}

// DeactivateAccount ends an account's sessions and its notices. The two are not one transaction, so the second is done again when the call
// is repeated.
func (h *handlers) DeactivateAccount(ctx context.Context, in oapi.DeactivateAccountRequestObject) (oapi.DeactivateAccountResponseObject, error) {
	a, err := h.identity.DeactivateAccount(ctx, principal(ctx), in.ID, caller(ctx))
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.ForgetDevicesOf(ctx, principal(ctx), in.ID); err != nil {
		return nil, err
	}
	return oapi.DeactivateAccount200JSONResponse(accountOf(a)), nil
}

// Invite makes an account that waits for its owner, and mails a link.
func (h *handlers) Invite(ctx context.Context, in oapi.InviteRequestObject) (oapi.InviteResponseObject, error) {
	b := in.Body
	a, err := h.identity.Invite(ctx, principal(ctx), identity.Invitation{
		Role: dispatch.Role(b.Role), Email: b.Email, Name: b.Name, Locale: localeOr(ctx, b.Locale), ClientID: b.ClientID, TechnicianID: b.TechnicianID,
	}, caller(ctx))
	return oapi.Invite201JSONResponse(accountOf(a)), err
}
