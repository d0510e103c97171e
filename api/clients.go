package api

import (
	"context"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// clientOf is a client as the caller may see it: what dispatchers and partners note about a client is not shown to the client.
func clientOf(ctx context.Context, c dispatch.Client) oapi.Client {
	out := oapi.Client{
		ID: c.ID, Version: c.Version, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, DeletedAt: given(c.DeletedAt), PartnerID: c.PartnerID, ExternalID: c.ExternalID,
		Kind: oapi.ClientKind(c.Kind), Name: c.Name, Email: c.Email, Phone: c.Phone, Locale: oapi.Locale(c.Locale),
	}
	if principal(ctx).Role != dispatch.RoleClient {
		out.Notes, out.Metadata = c.Notes, oapi.Metadata(c.Metadata)
	}
	return out
}

// ListClients lists the clients that the caller may see.
func (h *handlers) ListClients(ctx context.Context, in oapi.ListClientsRequestObject) (oapi.ListClientsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Clients(ctx, principal(ctx), p)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(c dispatch.Client) oapi.Client { return clientOf(ctx, c) })
	return oapi.ListClients200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateClient makes a client.
func (h *handlers) CreateClient(ctx context.Context, in oapi.CreateClientRequestObject) (oapi.CreateClientResponseObject, error) {
	b := in.Body
	c, err := h.dispatch.CreateClient(ctx, principal(ctx), dispatch.Client{
		External: dispatch.External{ExternalID: b.ExternalID}, Kind: dispatch.ClientKind(b.Kind), Name: b.Name, Email: b.Email, Phone: b.Phone,
		Locale: string(b.Locale), Notes: b.Notes, Metadata: dispatch.Metadata(b.Metadata),
	})
	if err != nil {
		return nil, err
	}
	return oapi.CreateClient201JSONResponse{Body: clientOf(ctx, c), Headers: oapi.CreateClient201ResponseHeaders{ETag: etag(c.Version)}}, nil
}

// ReadClient gives one client.
func (h *handlers) ReadClient(ctx context.Context, in oapi.ReadClientRequestObject) (oapi.ReadClientResponseObject, error) {
	c, err := h.dispatch.Client(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadClient200JSONResponse{Body: clientOf(ctx, c), Headers: oapi.ReadClient200ResponseHeaders{ETag: etag(c.Version)}}, nil
}

// UpdateClient changes a client.
func (h *handlers) UpdateClient(ctx context.Context, in oapi.UpdateClientRequestObject) (oapi.UpdateClientResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "client")
	if err != nil {
		return nil, err
	}
	b := in.Body
	if principal(ctx).Role == dispatch.RoleClient && (b.Notes != nil || b.Metadata != nil) {
		return nil, dispatch.Forbidden() // whatever the value: an answer that depends on it would tell what is not shown
	}
	c, err := h.dispatch.PatchClient(ctx, principal(ctx), in.ID, v, func(c *dispatch.Client) {
		set(&c.Kind, (*dispatch.ClientKind)(b.Kind))
		set(&c.Name, b.Name)
		setOrClear(&c.Email, b.Email)
		setOrClear(&c.Phone, b.Phone)
		set(&c.Locale, (*string)(b.Locale))
		set(&c.Notes, b.Notes)
		set(&c.Metadata, (*dispatch.Metadata)(b.Metadata))
	})
	if err != nil {
		return nil, err
	}
	return oapi.UpdateClient200JSONResponse{Body: clientOf(ctx, c), Headers: oapi.UpdateClient200ResponseHeaders{ETag: etag(c.Version)}}, nil
}

// UpsertClient creates or replaces the client that another system knows under its own id.
func (h *handlers) UpsertClient(ctx context.Context, in oapi.UpsertClientRequestObject) (oapi.UpsertClientResponseObject, error) {
	v, err := seenVersion(in.Params.IfMatch, "client")
	if err != nil {
		return nil, err
	}
	b := in.Body
	c, created, err := h.dispatch.UpsertClient(ctx, principal(ctx), v, dispatch.Client{
		External: dispatch.External{ExternalID: in.ExternalID}, Kind: dispatch.ClientKind(b.Kind), Name: b.Name, Email: b.Email, Phone: b.Phone,
		Locale: string(b.Locale), Notes: b.Notes, Metadata: dispatch.Metadata(b.Metadata),
	})
	if err != nil {
		return nil, err
	}
	if created {
		return oapi.UpsertClient201JSONResponse{Body: clientOf(ctx, c), Headers: oapi.UpsertClient201ResponseHeaders{ETag: etag(c.Version)}}, nil
	}
	return oapi.UpsertClient200JSONResponse{Body: clientOf(ctx, c), Headers: oapi.UpsertClient200ResponseHeaders{ETag: etag(c.Version)}}, nil
}

// DeleteClient takes a client out.
func (h *handlers) DeleteClient(ctx context.Context, in oapi.DeleteClientRequestObject) (oapi.DeleteClientResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "client")
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.DeleteClient(ctx, principal(ctx), in.ID, v); err != nil {
		return nil, err
	}
	return oapi.DeleteClient204Response{}, nil
}

// everybody stands for every client in a list.
var everybody uuid.UUID

// named refuses the nil UUID in an address: nothing has it, and in the business it stands for everybody.
func named(id uuid.UUID, noun string) error {
	if id == everybody {
		return dispatch.NotFound(noun)
	}
	return nil
}
