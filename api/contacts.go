package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

func contactOf(c dispatch.Contact) oapi.Contact {
	return oapi.Contact{
		ID: c.ID, Version: c.Version, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, DeletedAt: given(c.DeletedAt),
		ClientID: c.ClientID, SiteID: c.SiteID, Name: c.Name, Email: c.Email, Phone: c.Phone, Function: c.Function,
	}
}

// ListClientContacts lists the contacts of one client.
func (h *handlers) ListClientContacts(ctx context.Context, in oapi.ListClientContactsRequestObject) (oapi.ListClientContactsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	if err := named(in.ClientID, "client"); err != nil {
		return nil, err
	}
	list, err := h.dispatch.Contacts(ctx, principal(ctx), in.ClientID, p)
	if err != nil {
		return nil, err
	}
	return oapi.ListClientContacts200JSONResponse{Items: each(list.Items, contactOf), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateContact makes a contact of a client.
func (h *handlers) CreateContact(ctx context.Context, in oapi.CreateContactRequestObject) (oapi.CreateContactResponseObject, error) {
	b := in.Body
	c, err := h.dispatch.CreateContact(ctx, principal(ctx), dispatch.Contact{
		ClientID: in.ClientID, SiteID: b.SiteID, Name: b.Name, Email: b.Email, Phone: b.Phone, Function: b.Function,
	})
	if err != nil {
		return nil, err
	}
	return oapi.CreateContact201JSONResponse{Body: contactOf(c), Headers: oapi.CreateContact201ResponseHeaders{ETag: etag(c.Version)}}, nil
}

// ReadContact gives one contact.
func (h *handlers) ReadContact(ctx context.Context, in oapi.ReadContactRequestObject) (oapi.ReadContactResponseObject, error) {
	c, err := h.dispatch.Contact(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadContact200JSONResponse{Body: contactOf(c), Headers: oapi.ReadContact200ResponseHeaders{ETag: etag(c.Version)}}, nil
}

// UpdateContact changes a contact.
func (h *handlers) UpdateContact(ctx context.Context, in oapi.UpdateContactRequestObject) (oapi.UpdateContactResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "contact")
	if err != nil {
		return nil, err
	}
	c, err := h.dispatch.PatchContact(ctx, principal(ctx), in.ID, v, func(c *dispatch.Contact) {
		b := in.Body
		set(&c.SiteID, idPatch(b.SiteID))
		set(&c.Name, b.Name)
		setOrClear(&c.Email, b.Email)
		setOrClear(&c.Phone, b.Phone)
		set(&c.Function, b.Function)
	})
	if err != nil {
		return nil, err
	}
	return oapi.UpdateContact200JSONResponse{Body: contactOf(c), Headers: oapi.UpdateContact200ResponseHeaders{ETag: etag(c.Version)}}, nil
}

// DeleteContact takes a contact out.
func (h *handlers) DeleteContact(ctx context.Context, in oapi.DeleteContactRequestObject) (oapi.DeleteContactResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "contact")
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.DeleteContact(ctx, principal(ctx), in.ID, v); err != nil {
		return nil, err
	}
	return oapi.DeleteContact204Response{}, nil
}
